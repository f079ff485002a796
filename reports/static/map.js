// The map of the claims: what a claim rests on and what rests on it, a preview of its statement, arrow keys.
(() => {
  "use strict";
  const drawing = document.querySelector(".map-drawing");
  if (!drawing) return;
  const section = drawing.closest(".map");
  const boxes = [...drawing.querySelectorAll("a")];
  const lines = [...drawing.querySelectorAll("[data-ends]")].map((path) => {
    const [source, target] = path.dataset.ends.split(" ").map(Number);
    return { path, source, target };
  });
  const idOf = (box) => decodeURIComponent(box.getAttribute("href").slice(1));
  const reasons = new Map([...document.querySelectorAll(".errata a.name")].map((name) => {
    const row = name.closest("tr");
    return [idOf(name), row.querySelector("summary") || row.cells[1]];
  }));
  const numbers = new Map(boxes.map((box, number) => [box, number]));

  // Walks from one claim along the lines, all in one direction, and collects what it meets.
  const walk = (start, from, to, met) => {
    const waiting = [start];
    while (waiting.length) {
      const here = waiting.pop();
      for (const line of lines) {
        if (line[from] !== here || met.has(line.path)) continue;
        met.add(line.path).add(boxes[line[to]]);
        waiting.push(line[to]);
      }
    }
    return met;
  };

  const trace = (box) => {
    const met = new Set([box]);
    const number = numbers.get(box);
    walk(number, "target", "source", met);
    walk(number, "source", "target", met);
    for (const part of [...boxes, ...lines.map((line) => line.path)]) part.classList.toggle("on", met.has(part));
    drawing.classList.add("tracing");
  };

  const card = document.createElement("div");
  card.className = "map-card";
  card.hidden = true;
  card.setAttribute("aria-hidden", "true"); // the link says the same, and leads to all of it
  section.append(card);

  const paragraph = (text, name) => {
    const made = document.createElement("p");
    made.className = name;
    made.textContent = text;
    return made;
  };

  const preview = (box) => {
    const article = document.getElementById(idOf(box));
    const [name, ...about] = box.getAttribute("aria-label").split(/: (?=proved|supported|refuted|open)/);
    const ends = (end) => lines.filter((line) => line[end] === numbers.get(box)).length;
    const counts = `rests on ${ends("target")}, carries ${ends("source")}`;
    card.replaceChildren(paragraph(name, "name"), paragraph(`${about.join(": ")}, ${counts}`, "about"));
    const reason = reasons.get(idOf(box));
    if (reason) {
      const why = paragraph("", "reason");
      why.append(...reason.cloneNode(true).childNodes);
      card.append(why);
    }
    const statement = article && article.querySelector(".statement");
    if (statement) card.append(statement.cloneNode(true));
    card.hidden = false;
    card.classList.toggle("cut", card.scrollHeight > card.clientHeight);
    const around = section.getBoundingClientRect();
    const place = box.getBoundingClientRect();
    const right = around.width - card.offsetWidth - 8;
    const below = place.bottom + card.offsetHeight + 10 < window.innerHeight || place.top < card.offsetHeight + 10;
    card.style.left = `${Math.max(8, Math.min(place.left - around.left, right))}px`;
    card.style.top = `${below ? place.bottom - around.top + 8 : place.top - around.top - card.offsetHeight - 8}px`;
  };

  const show = (box) => {
    trace(box);
    preview(box);
  };
  const rest = () => {
    card.hidden = true;
    drawing.classList.remove("tracing");
  };

  // One stop of the Tab key; from there the arrow keys go on.
  const stop = (box) => {
    for (const other of boxes) other.setAttribute("tabindex", other === box ? "0" : "-1");
  };

  const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const middle = (box) => {
    const { left, top, width, height } = box.getBoundingClientRect();
    return [left + width / 2, top + height / 2];
  };
  const next = (box, [across, down]) => {
    const [x, y] = middle(box);
    let best = null;
    let least = Infinity;
    for (const other of boxes) {
      const [there, lower] = middle(other);
      const along = (there - x) * across + (lower - y) * down;
      const aside = Math.abs((there - x) * down) + Math.abs((lower - y) * across);
      if (along > 1 && along + 4 * aside < least) [best, least] = [other, along + 4 * aside];
    }
    return best;
  };

  const hint = paragraph("Point at a claim to see what it rests on and what rests on it. Arrow keys go from claim to claim, Enter opens one.", "map-hint");
  hint.id = "map-hint";
  drawing.setAttribute("aria-describedby", hint.id);
  drawing.parentElement.before(hint);
  if (boxes.length) stop(boxes[0]);

  const frame = drawing.parentElement; // an SVG element that listens to focus would be a stop of the Tab key
  const boxAt = (event) => event.target.closest(".map-drawing a");
  frame.addEventListener("pointerover", (event) => {
    const box = boxAt(event);
    if (box && event.pointerType !== "touch") show(box);
  });
  frame.addEventListener("pointerout", (event) => {
    if (boxAt(event) && !boxAt(event).contains(event.relatedTarget)) rest();
  });
  frame.addEventListener("focusin", (event) => {
    const box = boxAt(event);
    if (!box) return;
    stop(box);
    if (box.matches(":focus-visible")) show(box);
  });
  frame.addEventListener("focusout", rest);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") rest();
  });
  frame.addEventListener("keydown", (event) => {
    const box = boxAt(event);
    const ends = { Home: boxes[0], End: boxes[boxes.length - 1] };
    const goal = box && !event.ctrlKey && !event.altKey && !event.metaKey && (WAYS[event.key] ? next(box, WAYS[event.key]) : ends[event.key]);
    if (!goal) return;
    event.preventDefault();
    goal.focus();
    goal.scrollIntoView({ block: "nearest", inline: "nearest" });
  });

  // The filters of the table say which claims they show.
  document.addEventListener("claims-shown", (event) => {
    for (const box of boxes) box.classList.toggle("out", !event.detail.has(idOf(box)));
  });
})();
