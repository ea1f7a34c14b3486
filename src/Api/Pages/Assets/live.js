// Live parts. The server renders them; this only asks for the page again and puts its [data-live] parts in place of the old ones.
// Without it the page shows the same after a reload.
const live = document.getElementById("live")?.dataset;
const source = live?.events;
let clock;
const pause = 1000;
let asked = false;
let busy = false;

// As the server sent them: what other scripts and readers do to a part makes it no other one.
const served = new Map([...document.querySelectorAll("[data-live]")].map(part => [part.id, part.innerHTML]));

function isInUse(part) {
  const active = document.activeElement;
  const isTyped = field => field.type === "checkbox" || field.type === "radio" ? field.checked !== field.defaultChecked
    : field.options ? field.selectedIndex !== Math.max(0, [...field.options].findIndex(x => x.defaultSelected))
    : field.value !== field.defaultValue;
  return (part.contains(active) && active.matches("input, select, textarea, button, summary")) || [...part.querySelectorAll("input, select, textarea")].some(isTyped);
}

// Puts the new content in place; what was unfolded, scrolled or had the focus is so again.
function renew(part, now) {
  const all = selector => [...part.querySelectorAll(selector)];
  const stops = "a, [tabindex], .scroll, pre";
  const focus = all(stops).indexOf(document.activeElement);
  const unfolded = all("details").map(x => x.open);
  const scrolled = all(".scroll, pre").map(x => [x.scrollLeft, x.scrollTop]);
  served.set(part.id, now.innerHTML);
  part.replaceChildren(...now.childNodes);
  all("details").forEach((x, i) => { x.open = unfolded[i] ?? x.open; });
  all(".scroll, pre").forEach((x, i) => { [x.scrollLeft, x.scrollTop] = scrolled[i] ?? [0, 0]; });
  if (focus >= 0) {
    all(stops)[focus]?.focus({ preventScroll: true });
  }
  part.dispatchEvent(new Event("renewed", { bubbles: true }));
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
        if (now && !isInUse(part) && now.innerHTML !== served.get(part.id)) {
          renew(part, now);
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
