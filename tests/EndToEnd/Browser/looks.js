// What anybody must be able to see, read and reach on a page. Installed before a page's own scripts; tests call what it offers.
window.looks = (() => {
  const describe = element => `<${element.tagName.toLowerCase()}${element.id ? " id=" + element.id : ""}${element.className?.length ? ` class="${element.className}"` : ""}> ${(element.textContent || element.outerHTML).replace(/\s+/g, " ").trim().slice(0, 70)}`;
  const isSeen = element => element.checkVisibility({ visibilityProperty: true }) && element.getBoundingClientRect().width > 0;

  // Colours: four numbers, the last from 0 to 1.
  const parse = text => {
    const numbers = text.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0, 0];
    return text.startsWith("color(srgb") ? [...numbers.slice(0, 3).map(x => x * 255), numbers[3] ?? 1] : [...numbers.slice(0, 3), numbers[3] ?? 1];
  };
  const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const behind = element => {
    const layers = [];
    for (let e = element; e; e = e.parentElement) {
      layers.push(parse(getComputedStyle(e).backgroundColor));
    }
    const canvas = getComputedStyle(document.documentElement).colorScheme.includes("dark") && matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18, 1] : [255, 255, 255, 1];
    return layers.reverse().reduce((below, top) => over(top, below), canvas);
  };
  const light = color => {
    const [r, g, b] = color.map(x => x / 255).map(x => x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (color, back, alpha = 1) => {
    const [a, b] = [light(over([...color.slice(0, 3), color[3] * alpha], back)), light(back)];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  };

  /** What a screen reader would say. */
  const nameOf = element => {
    const texts = ids => ids.split(/\s+/).map(id => document.getElementById(id)?.textContent ?? "").join(" ");
    const spoken = node => node.nodeType === 3 ? node.textContent
      : node.nodeType !== 1 || node.getAttribute("aria-hidden") === "true" ? ""
      : node.tagName === "IMG" ? node.alt
      : node.getAttribute("aria-label") ?? [...node.childNodes].map(spoken).join("");
    return (element.getAttribute("aria-label") || texts(element.getAttribute("aria-labelledby") ?? "").trim()
      || [...element.labels ?? []].map(spoken).join(" ").trim() || spoken(element) || "").trim();
  };

  /** Neither spoken nor reached: a form's first button, which the Enter key presses in its fields. */
  const isOfKeysOnly = element => element.tabIndex < 0 && element.closest("[aria-hidden=true]");

  const rules = {
    "headings"() {
      const levels = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter(isSeen).map(x => [Number(x.tagName[1]), x]);
      return [
        ...levels.filter(([level]) => level === 1).length === 1 ? [] : [`${levels.filter(([level]) => level === 1).length} h1`],
        ...levels.filter(([level], i) => level > (levels[i - 1]?.[0] ?? 0) + 1).map(([, x]) => "a level is skipped: " + describe(x)),
        ...levels.filter(([, x]) => !nameOf(x)).map(([, x]) => "empty: " + describe(x)),
      ];
    },
    "document"() {
      const main = document.querySelectorAll("main");
      const navs = [...document.querySelectorAll("nav")].map(nameOf);
      return [
        ...document.title.trim() ? [] : ["no title"],
        ...document.documentElement.lang ? [] : ["no language"],
        ...main.length === 1 ? [] : [`${main.length} main`],
        ...main[0] && document.querySelector("h1") && !main[0].contains(document.querySelector("h1")) ? ["the h1 is not in main"] : [],
        ...[...document.querySelectorAll("body > *")].filter(x => isSeen(x) && !x.matches("header, nav, main, footer, .skip")).map(x => "outside of landmarks: " + describe(x)),
        ...new Set(navs).size === navs.length ? [] : ["two navs of one name"],
      ];
    },
    "ids"() {
      const ids = [...document.querySelectorAll("[id]")].map(x => x.id);
      const led = [...document.querySelectorAll("[for], [form], [aria-labelledby], [aria-describedby], [aria-controls]")]
        .flatMap(x => ["for", "form", "aria-labelledby", "aria-describedby", "aria-controls"].flatMap(a => (x.getAttribute(a) ?? "").split(/\s+/).filter(Boolean)));
      return [...[...new Set(ids.filter((x, i) => ids.indexOf(x) !== i))].map(x => "twice: " + x), ...led.filter(x => !ids.includes(x)).map(x => "leads nowhere: " + x)];
    },
    "names"() {
      return [...document.querySelectorAll("input:not([type=hidden]), select, textarea, button, a, summary, progress, meter, th, fieldset > legend")].filter(x => !nameOf(x) && !isOfKeysOnly(x)).map(x => `${x.tagName} without a name: ${x.outerHTML.slice(0, 160)}`);
    },
    "images"() {
      return [
        ...[...document.querySelectorAll("img")].filter(x => !x.hasAttribute("alt")).map(describe),
        ...[...document.querySelectorAll("svg")].filter(x => x.getAttribute("aria-hidden") !== "true" && !(x.getAttribute("role") === "img" && nameOf(x))).map(describe),
      ];
    },
    "lists"() {
      return [
        ...[...document.querySelectorAll("ul > *, ol > *")].filter(x => x.tagName !== "LI").map(describe),
        ...[...document.querySelectorAll("dl > *")].filter(x => !["DT", "DD", "DIV"].includes(x.tagName)).map(describe),
        ...[...document.querySelectorAll("table")].filter(x => isSeen(x) && x.getAttribute("role") !== "presentation" && !x.querySelector("th")).map(x => "no heads: " + describe(x)),
        ...[...document.querySelectorAll("tbody th:not([scope])")].map(x => "no scope: " + describe(x)),
      ];
    },
    // Text against what is behind it (WCAG AA); what is switched off is left out.
    "contrast of text"() {
      const found = [];
      for (const element of document.querySelectorAll("body *")) {
        const text = [...element.childNodes].filter(x => x.nodeType === 3).map(x => x.textContent.trim()).join("") || element.placeholder;
        if (text && isSeen(element) && !element.closest(".skip, .unseen, [aria-disabled], :disabled, option, title")) {
          const style = getComputedStyle(element);
          const at = contrast(parse(element.closest("svg") ? style.fill : style.color), behind(element), Number(style.opacity));
          if (at < 4.5) {
            found.push(`${at.toFixed(2)}: ${describe(element)}`);
          }
        }
      }
      return found;
    },
    // Shapes of charts that tell something, and borders of fields.
    "contrast of shapes"() {
      const found = new Set();
      for (const shape of document.querySelectorAll("svg[role=img] :is(rect, line, polyline, path, circle):not(.grid, .tick), .legend i")) {
        const style = getComputedStyle(shape);
        const isStroked = style.stroke !== "none" && parseFloat(style.strokeWidth) > 0;
        const [paint, alpha] = shape.tagName === "I" ? [style.backgroundColor, 1] : isStroked ? [style.stroke, style.strokeOpacity] : [style.fill, style.fillOpacity];
        const at = contrast(parse(paint), behind(shape.closest("svg") ?? shape.parentElement), alpha * style.opacity);
        if (at < 3) {
          found.add(`${at.toFixed(2)}: ${shape.tagName} ${shape.getAttribute("class")}`);
        }
      }
      for (const field of document.querySelectorAll("input:not([type=hidden], [type=checkbox], [type=radio]), select, textarea")) {
        const at = contrast(parse(getComputedStyle(field).borderTopColor), behind(field.parentElement));
        if (at < 3 && isSeen(field)) {
          found.add(`${at.toFixed(2)}: border of ${field.outerHTML.slice(0, 100)}`);
        }
      }
      return [...found];
    },
    // A state has a word; series of a chart have a legend that names them.
    "colour alone"() {
      return [
        ...[...document.querySelectorAll(".badge, .notice, .steps li")].filter(x => !/[a-z]/i.test(x.textContent)).map(x => x.outerHTML.slice(0, 120)),
        ...[...document.querySelectorAll(".log tr:is(.warning, .error)")].filter(x => !/warning|error/i.test(x.textContent)).map(describe),
        ...[...document.querySelectorAll("svg[role=img]")].filter(svg => {
          const series = new Set([...svg.querySelectorAll(":is(rect, polyline, path, circle):not(.grid, .tick)")].map(x => getComputedStyle(x).fill + getComputedStyle(x).stroke));
          return series.size > 1 && !svg.closest("section, figure, main").querySelector(".legend") && !svg.querySelector("text.legend, .key");
        }).map(svg => "series without a legend: " + svg.getAttribute("aria-label")),
      ];
    },
    // On a desk nothing has to be scrolled sideways, on a phone tables may be; the page never.
    "width"() {
      const page = document.documentElement;
      const scrolled = innerWidth < 1280 ? [] : [...document.querySelectorAll(".scroll")].filter(x => isSeen(x) && x.scrollWidth > x.clientWidth + 1).map(x => `scrolls by ${x.scrollWidth - x.clientWidth}: ${describe(x)}`);
      if (page.scrollWidth <= page.clientWidth) {
        return scrolled;
      }
      const isHeld = x => x && x !== document.body && (getComputedStyle(x).overflowX !== "visible" || isHeld(x.parentElement));
      const widest = [...document.querySelectorAll("body *")].filter(x => isSeen(x) && !isHeld(x.parentElement)).toSorted((a, b) => b.getBoundingClientRect().right - a.getBoundingClientRect().right);
      return ["wider than the window: " + widest.slice(0, 3).map(describe).join("; ")];
    },
  };

  const unfold = () => document.querySelectorAll("details").forEach(x => { x.open = true; });

  /** All that can be wrong, with everything unfolded that can be. */
  const judge = () => {
    const folded = [...document.querySelectorAll("details:not([open])")];
    const found = rules.width().map(x => "folded: " + x);
    unfold();
    found.push(...Object.entries(rules).flatMap(([name, rule]) => rule().map(x => `${name}: ${x}`)));
    folded.forEach(x => { x.open = false; });
    return found;
  };

  // The keyboard's way through the page. What has the focus is judged when the next Tab is pressed: it has been scrolled to by then.
  const stops = [];
  const judgeFocus = () => {
    const e = document.activeElement;
    if (!e || e === document.body) {
      stops.push({ element: null, wrong: null });
      return;
    }
    const style = getComputedStyle(e);
    const box = e.getBoundingClientRect();
    const wrong = [];
    if (style.outlineStyle === "none" || (style.outlineStyle !== "auto" && parseFloat(style.outlineWidth) < 2)) {
      wrong.push("the focus is not shown");
    } else if (contrast(parse(style.outlineColor), behind(e.parentElement)) < 3) {
      wrong.push("the focus is shown too faintly");
    }
    if (!isSeen(e)) {
      wrong.push("it cannot be seen");
    } else {
      // Somewhere on it, it is what is on top.
      const spots = [[0.5, 0.5], [0.1, 0.2], [0.9, 0.2], [0.1, 0.8], [0.5, 0.05]].map(([x, y]) => document.elementFromPoint(box.left + box.width * x, Math.min(box.top + box.height * y, innerHeight - 2)));
      if (!spots.some(x => x && (e.contains(x) || x.contains(e)))) {
        wrong.push(`it is out of sight at ${Math.round(box.left)}, ${Math.round(box.top)}`);
      }
    }
    stops.push({ element: e, wrong });
  };
  addEventListener("keydown", event => event.key === "Tab" && judgeFocus(), true);

  /** What the keyboard should reach; of radio buttons of one name only one is. */
  const reachable = () => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")]
    .filter(x => !x.disabled && x.tabIndex >= 0 && isSeen(x) && !(x.type === "radio" && x !== (document.querySelector(`input[type=radio][name="${x.name}"]:checked`) ?? document.querySelector(`input[type=radio][name="${x.name}"]`))));

  const walked = () => {
    const reached = stops.filter(x => x.element);
    const missed = reachable().filter(x => !reached.some(y => y.element === x));
    return [
      ...reached.flatMap(x => x.wrong.map(w => `focus: ${w}: ${describe(x.element)}`)),
      ...missed.map(x => `focus: the keyboard does not reach ${describe(x)}`),
    ].filter((x, i, all) => all.indexOf(x) === i);
  };

  /** Before the keyboard goes through everything: how much there is. */
  const begin = () => {
    unfold();
    // Nothing becomes new under who walks here, not even by an answer that is under way; that the focus outlives that has a test of its own.
    Element.prototype.replaceChildren = () => {};
    return reachable().length;
  };

  return { judge, begin, walked };
})();
