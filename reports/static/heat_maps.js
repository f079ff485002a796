/* Heat maps with a cursor: what a cell holds, under the pointer or by the arrow keys.

The drawing stays as it is; its data say which ends the axes have and where these stand in it. */
const heatMaps = (() => {
  "use strict";

  const { html, svg, number, round } = axes;
  const FAR = 10; // cells that Page Up and Page Down pass
  const STEPS = {
    ArrowRight: [1, 0],
    ArrowLeft: [-1, 0],
    ArrowDown: [0, 1],
    ArrowUp: [0, -1],
    PageDown: [0, FAR],
    PageUp: [0, -FAR],
    Home: [-Infinity, 0],
    End: [Infinity, 0],
  };

  /* The cells of an axis in the order of the drawing: the row of the data, its value, and where the cell lies. */
  function cells(values, { ends, at }, log, stride) {
    const scale = axes.scale(ends, log, ...at);
    const found = values.map((value, row) => ({ row, value, place: scale.at(value) }));
    found.sort((a, b) => a.place - b.place);
    const gap = (i) => found[i + 1].place - found[i].place;
    return found.map((cell, i) => {
      const whole = found.length === 1;
      const before = whole ? Math.abs(at[1] - at[0]) : gap(Math.max(i - 1, 0));
      const after = whole ? before : gap(Math.min(i, found.length - 2));
      return { ...cell, low: cell.place - before / 2 / stride, high: cell.place + after / 2 / stride };
    });
  }

  function nearest(list, place) {
    const far = list.map((cell) => Math.abs(cell.place - place));
    return far.indexOf(Math.min(...far));
  }

  const inside = ({ at }, place) => place >= Math.min(...at) && place <= Math.max(...at);

  /* Puts `picture` into an area with a cursor, above what the cursor reads and the buttons `tools`. */
  function enliven(picture, { x, y, grid }, tools) {
    const across = cells(grid.x, grid.frame.x, x.log, grid.stride);
    const down = cells(grid.y, grid.frame.y, y.log, grid.stride);
    const marks = [svg("rect"), svg("rect")]; // a dark one and a light one: one of them is seen on any colour
    const cursor = svg("g", { class: "cell", display: "none" }, marks);
    const names = [x.label, y.label, "value"];
    const read = names.map(() => html("dd", {}, ["–"]));
    const rows = names.map((name, i) => html("div", {}, [html("dt", {}, [name]), read[i]]));
    const said = html("p", { class: "hidden", "aria-live": "polite" });
    const area = html("div", {
      class: "plot-area plot-map",
      tabindex: 0,
      role: "application",
      "aria-roledescription": "heat map with a cursor, moved by the arrow keys",
      "aria-label": picture.getAttribute("aria-label"),
    });
    let here = null; // the cursor's column and row in the drawing

    const words = (value) => {
      if (typeof value === "string") return "no finite value";
      return grid.labels[value] ?? number(value);
    };

    function moveTo(place) {
      here = place;
      cursor.setAttribute("display", place ? "inline" : "none");
      if (!place) {
        read.forEach((cell) => cell.replaceChildren("–"));
        return;
      }
      const [column, row] = [across[place[0]], down[place[1]]];
      const texts = [number(column.value), number(row.value), words(grid.values[row.row][column.row])];
      texts.forEach((text, i) => read[i].replaceChildren(text));
      said.textContent = names.map((name, i) => `${name}: ${texts[i]}`).join(". ");
      for (const mark of marks) {
        mark.setAttribute("x", round(column.low));
        mark.setAttribute("y", round(row.low));
        mark.setAttribute("width", round(column.high - column.low));
        mark.setAttribute("height", round(row.high - row.low));
      }
    }

    function point(event) {
      const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(picture.getScreenCTM().inverse());
      if (inside(grid.frame.x, at.x) && inside(grid.frame.y, at.y)) moveTo([nearest(across, at.x), nearest(down, at.y)]);
    }

    function press(event) {
      if (event.key === "Escape") moveTo(null);
      const step = STEPS[event.key];
      if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      const last = [across.length - 1, down.length - 1];
      moveTo(here ? here.map((place, i) => Math.min(Math.max(place + step[i], 0), last[i])) : [0, last[1]]);
    }

    area.addEventListener("pointermove", point);
    area.addEventListener("pointerdown", point);
    area.addEventListener("pointerleave", () => document.activeElement === area || moveTo(null));
    area.addEventListener("keydown", press);
    picture.replaceWith(
      html("div", { class: "plot" }, [
        area,
        html("dl", { class: "plot-cell" }, rows),
        html("div", { class: "plot-tools" }, tools),
        said,
      ]),
    );
    picture.append(cursor);
    area.append(picture);
  }

  return { enliven };
})();
