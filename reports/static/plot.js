/* A picture with a cursor, a legend whose entries are switches and show values, and a switch for each axis' logarithm.

`new Plot(host, { label, picture, tools, hint, noted })` fills the element `host`: `picture` has attributes of its SVG,
`tools` are more buttons, `hint` stands where values are read while there is no cursor, and `noted` says that the page
already tells what the picture cannot show at first.
`show({ x, y, series, marks, dots })` draws: x and y are { label, log, fixed?, reach?, name?, groups? }, `series` as
curves.js has them (`hidden` ones begin switched off), marks are { axis, at, label }, dots are { x, y, series }. */
const Plot = (() => {
  "use strict";

  const { html, svg } = axes;
  const STRIDE = 10; // points that Page Up and Page Down pass
  const NAMES = { x: "horizontal", y: "vertical" };

  const button = (text, press) => {
    const element = html("button", { type: "button" }, [text]);
    element.addEventListener("click", press);
    return element;
  };

  class Plot {
    static HINT = "Point, or press ← and →, to read values.";
    #spec = null;
    #frame = null;
    #cursor = null;
    #hidden = new Set();
    #log = {};
    #switches = {};
    #entries = [];
    #hint;
    #noted;
    #picture;
    #parts;

    constructor(host, { label, picture = {}, tools = [], hint = "", noted = false }) {
      this.#hint = hint;
      this.#noted = noted;
      this.#picture = { role: "img", "aria-label": label, ...picture };
      for (const axis of ["x", "y"]) {
        this.#switches[axis] = button(`log ${NAMES[axis]}`, () => this.#toggleLog(axis));
      }
      this.#parts = {
        y: html("p", { class: "plot-label" }),
        area: html("div", {
          class: "plot-area",
          tabindex: 0,
          role: "application",
          "aria-roledescription": "chart with a cursor",
          "aria-label": label,
        }),
        x: html("p", { class: "plot-label plot-x" }),
        at: html("p", { class: "plot-at" }, [hint]),
        legend: html("ul", { class: "plot-legend" }),
        note: html("p", { class: "plot-note" }),
        tools: html("div", { class: "plot-tools" }, [...Object.values(this.#switches), ...tools]),
        said: html("p", { class: "hidden", "aria-live": "polite" }),
      };
      host.append(html("div", { class: "plot" }, Object.values(this.#parts)));
      this.#listen(this.#parts.area);
    }

    show(spec) {
      if (!this.#spec) {
        this.#log = { x: spec.x.log, y: spec.y.log };
        spec.series.forEach((series, i) => series.hidden && this.#hidden.add(i));
        this.#fillLegend(spec.series);
        for (const axis of ["x", "y"]) {
          this.#parts[axis].textContent = spec[axis].label;
          if (spec[axis].fixed) this.#switches[axis].remove();
        }
      }
      this.#spec = spec;
      this.#draw();
    }

    #fillLegend(series) {
      this.#entries = series.map((item, index) => {
        const value = html("span", { class: "plot-value" });
        const entry = button("", () => this.#toggle(index));
        entry.append(curves.swatch(item, index), html("span", { class: "plot-name" }, [item.label]), value);
        this.#parts.legend.append(html("li", {}, [entry]));
        return { entry, value };
      });
    }

    #toggle(index) {
      if (!this.#hidden.delete(index)) this.#hidden.add(index);
      this.#draw();
    }

    #toggleLog(axis) {
      this.#log[axis] = !this.#log[axis];
      this.#draw();
    }

    #visible() {
      return this.#spec.series.filter((_, index) => !this.#hidden.has(index));
    }

    /* The interval of an axis: the given one where it can be shown, else what the visible series and dots reach. */
    #reach(axis) {
      const [given, log] = [this.#spec[axis].reach, this.#log[axis]];
      if (given && given.every((end) => axes.drawable(end, log))) return given;
      const columns = axis === "x" ? ["x"] : ["y", "low", "high", "values"];
      const values = this.#visible().flatMap((series) => columns.flatMap((name) => (series[name] ?? []).flat()));
      const inside = given ? values.filter((value) => value >= given[0] && value <= given[1]) : values;
      const dots = this.#spec.dots?.filter(({ series }) => !this.#hidden.has(series)) ?? [];
      return axes.reach([...inside, ...dots.map((dot) => dot[axis])], log);
    }

    #draw() {
      const { area } = this.#parts;
      const width = area.clientWidth;
      this.#mirror();
      if (!width) return; // not laid out yet: the observer calls again
      const height = Math.round(Math.min(Math.max(width * 0.58, 200), 300));
      const { groups } = this.#spec.x;
      const sides = ["x", "y"].map((axis) => [axis, { reach: this.#reach(axis), log: this.#log[axis], groups }]);
      this.#frame = axes.frame(width, height, Object.fromEntries(sides));
      const { series, marks = [], dots = [] } = this.#spec;
      const drawn = [
        ...this.#frame.marks,
        ...series.map((item, i) => curves.drawSeries(item, i, this.#frame, this.#hidden.has(i))),
        ...curves.drawMarks(marks, this.#frame),
        ...dots.filter((dot) => !this.#hidden.has(dot.series)).flatMap((dot) => curves.drawDot(dot, this.#frame)),
        svg("g", { class: "cursor" }),
      ];
      area.replaceChildren(svg("svg", { ...this.#picture, viewBox: `0 0 ${width} ${height}` }, drawn));
      this.#moveTo(this.#cursor);
    }

    /* Switches show what is on, and the note what cannot be drawn. */
    #mirror() {
      for (const axis of ["x", "y"]) this.#switches[axis].setAttribute("aria-pressed", Boolean(this.#log[axis]));
      this.#entries.forEach(({ entry }, index) => entry.setAttribute("aria-pressed", !this.#hidden.has(index)));
      this.#parts.note.textContent = "";
      if (this.#noted && ["x", "y"].every((axis) => this.#log[axis] === this.#spec[axis].log)) return;
      const pairs = this.#visible().flatMap((series) => (series.y ?? []).map((y, i) => [series.x[i], y]));
      const lost = pairs.filter(([x, y]) => !axes.drawable(x, this.#log.x) || !axes.drawable(y, this.#log.y)).length;
      const reason = this.#log.x || this.#log.y ? "not finite, or not positive on a logarithmic axis" : "not finite";
      if (lost) this.#parts.note.textContent = `${lost} of ${pairs.length} points cannot be drawn: ${reason}.`;
    }

    /* The places that the cursor can stand at, from left to right. */
    #places() {
      const all = new Set(this.#visible().flatMap((series) => series.x));
      const { low, high, at } = this.#frame.x;
      return [...all].filter((x) => x >= low && x <= high && Number.isFinite(at(x))).sort((a, b) => a - b);
    }

    #moveTo(x) {
      const group = this.#parts.area.querySelector(".cursor");
      if (!group) return;
      this.#cursor = x;
      group.replaceChildren();
      this.#entries.forEach(({ value }) => value.replaceChildren());
      const { name, label, groups } = this.#spec.x;
      const named = (place) => (groups ? groups[place - 1] : axes.number(place));
      this.#parts.at.textContent = x === null ? this.#hint : `${name ?? label}: ${named(x)}`;
      if (x === null) return;
      const { x: across, y: up } = this.#frame;
      group.append(axes.line("hair", across.at(x), up.from, across.at(x), up.to));
      const words = [];
      this.#spec.series.forEach((series, index) => {
        if (this.#hidden.has(index)) return;
        const reading = curves.reading(series, x, across, named);
        this.#entries[index].value.textContent = reading;
        words.push(`${series.label}: ${reading}`);
        group.append(...curves.drawCursor(series, index, x, this.#frame));
      });
      this.#parts.said.textContent = `${this.#parts.at.textContent}. ${words.join(". ")}`;
    }

    #step(key) {
      const places = this.#places();
      if (!places.length) return;
      const last = places.length - 1;
      const now = this.#cursor === null ? -1 : places.findIndex((x) => x >= this.#cursor);
      const here = now < 0 && this.#cursor !== null ? last : now;
      const to = {
        ArrowRight: here + 1,
        ArrowLeft: here < 0 ? last : here - 1,
        PageDown: here + STRIDE,
        PageUp: here < 0 ? last : here - STRIDE,
        Home: 0,
        End: last,
      }[key];
      this.#moveTo(places[Math.min(Math.max(to, 0), last)]);
    }

    #point(event) {
      if (!this.#frame) return;
      const left = event.clientX - this.#parts.area.getBoundingClientRect().left;
      const { at } = this.#frame.x;
      const closer = (best, x) => (Math.abs(at(x) - left) < Math.abs(at(best) - left) ? x : best);
      const places = this.#places();
      if (places.length) this.#moveTo(places.reduce(closer));
    }

    #listen(area) {
      const keys = new Set(["ArrowRight", "ArrowLeft", "PageDown", "PageUp", "Home", "End"]);
      area.addEventListener("pointermove", (event) => this.#point(event));
      area.addEventListener("pointerdown", (event) => this.#point(event));
      // A press pins the cursor. It stays when the focus goes: less text would move the button that is being pressed.
      area.addEventListener("pointerleave", () => document.activeElement === area || this.#moveTo(null));
      area.addEventListener("focus", () => this.#cursor === null && (this.#parts.at.textContent = Plot.HINT));
      area.addEventListener("keydown", (event) => {
        if (event.key === "Escape") this.#moveTo(null);
        if (!keys.has(event.key) || event.altKey || event.ctrlKey || event.metaKey || !this.#frame) return;
        event.preventDefault();
        this.#step(event.key);
      });
      new ResizeObserver(() => this.#spec && this.#draw()).observe(area);
    }
  }

  return Plot;
})();
