// Live parts. The server renders them; this only asks for the page again and puts its [data-live] parts in place of the old ones.
// Without it the page shows the same after a reload.
const live = document.getElementById("live")?.dataset;
const source = live?.events;
let clock;
const pause = 1000;
let asked = false;
let busy = false;

function isInUse(part) {
  const active = document.activeElement;
  const isTyped = field => field.type === "checkbox" || field.type === "radio" ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
  return (part.contains(active) && active.matches("input, select, textarea, button, summary")) || [...part.querySelectorAll("input, textarea")].some(isTyped);
}

async function refresh() {
  if (busy) {
    asked = true;
    return;
  }
  busy = true;
  asked = false;
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    if (answer.ok && !answer.redirected) {
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      every(fresh.getElementById("live")?.dataset.refresh);
      for (const part of document.querySelectorAll("[data-live]")) {
        const now = fresh.getElementById(part.id);
        if (now && !isInUse(part) && now.innerHTML !== part.innerHTML) {
          part.replaceChildren(...now.childNodes);
        }
      }
    }
  } catch {
    // The server is away: the next event or tick asks again.
  }
  setTimeout(() => {
    busy = false;
    if (asked) {
      refresh();
    }
  }, pause);
}

if (source) {
  const events = new EventSource(source);
  for (const kind of ["progress", "log"]) {
    events.addEventListener(kind, refresh);
  }
  events.addEventListener("end", () => {
    events.close();
    refresh();
  });
}

// The server says how often, each time anew: what was under way may be over.
function every(seconds) {
  clearInterval(clock);
  if (Number(seconds) > 0) {
    clock = setInterval(() => {
      if (!document.hidden) {
        refresh();
      }
    }, seconds * 1000);
  }
}

every(live?.refresh);
