// Times are told in UTC. Beside each is the same moment by the reader's own clock, unless that goes by UTC as well: below it in tables, else when it is pointed at.
const two = number => String(number).padStart(2, "0");
const isoDay = at => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;

function tell(time) {
  const at = new Date(time.dateTime);
  if (time.dataset.local || Number.isNaN(at.getTime()) || at.getTimezoneOffset() === 0) {
    return;
  }
  const zone = at.toLocaleTimeString("en-GB", { timeZoneName: "short" }).split(" ").pop();
  const clock = `${two(at.getHours())}:${two(at.getMinutes())}`;
  const isSameDay = isoDay(at) === at.toISOString().slice(0, 10);
  time.dataset.local = `${isSameDay ? "" : at.toLocaleDateString("en-GB", { weekday: "short" }) + " "}${clock} ${zone}`;
  time.title += `\n${isoDay(at)} ${clock}:${two(at.getSeconds())} ${zone}`;
}

const tellAll = part => part.querySelectorAll("time[datetime]").forEach(tell);
tellAll(document);
document.addEventListener("renewed", event => tellAll(event.target));
