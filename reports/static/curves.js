/* How the series of a picture look, and what they have at a place of its horizontal axis.

A series is { label, x, y, low?, high?, points?, tone? }, or has `spans` in the place of y: an area, at x[i] the
intervals spans[i]. Its `tone` is the number of its colour, where that is not its place among the series. */
const curves = (() => {
  "use strict";

  const { svg, number } = axes;
  const DASHES = ["", "7 3", "9 3 2 3", "2 3", "7 2 2 2 2 2", "2 2"]; // as reports/charts.py dashes them
  const MOST = 3; // values of a series at one place that are read out
  const SHAPES = [
    "M-3.2 0a3.2 3.2 0 1 0 6.4 0a3.2 3.2 0 1 0-6.4 0z",
    "M-2.9-2.9h5.8v5.8h-5.8z",
    "M0-3.6L3.4 2.6H-3.4z",
    "M0-3.9L3.3 0L0 3.9L-3.3 0z",
    "M0 3.6L3.4-2.6H-3.4z",
    "M-1-3.4h2v2.4h2.4v2h-2.4v2.4h-2v-2.4h-2.4v-2h2.4z",
  ];
  const tone = (number) => `var(--series-${(number % SHAPES.length) + 1})`;
  const dash = (index) => DASHES[index % DASHES.length];
  const colour = (series, index) => tone(series.tone ?? index);

  /* The picture's path through the points that the axes can show. */
  function through(points) {
    let pen = "M";
    let d = "";
    for (const [x, y] of points) {
      if (Number.isFinite(x) && Number.isFinite(y)) d += `${pen}${axes.round(x)} ${axes.round(y)}`;
      pen = Number.isFinite(x) && Number.isFinite(y) ? "L" : "M";
    }
    return d;
  }

  function bounds(series, index, at) {
    const [low, high] = [series.low, series.high].map((column) => series.x.map((x, i) => at(x, column[i])));
    if (series.points) {
      const d = low.map((end, i) => through([end, high[i]])).filter((path) => path.includes("L")).join("");
      return svg("path", { class: "bar", "data-part": `bounds-${index}`, d, stroke: colour(series, index) });
    }
    const edge = [...low, ...high.reverse()].filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
    const d = `${through(edge)}Z`;
    return svg("path", { class: "band", "data-part": `bounds-${index}`, d, fill: colour(series, index) });
  }

  /* Spans of neighbours are joined one by one; an area begins and ends where it has been seen. */
  function areas(series, index, frame) {
    const stretches = series.x.slice(1).flatMap((x, i) => {
      const [before, after] = [series.spans[i], series.spans[i + 1]];
      return before.slice(0, after.length).map(([low, high], j) => {
        const corners = [[series.x[i], low], [series.x[i], high], [x, after[j][1]], [x, after[j][0]]];
        return `${through(corners.map(([a, b]) => [frame.x.at(a), frame.y.at(b)]))}z`;
      });
    });
    return svg("path", { class: "area", d: stretches.join(""), fill: colour(series, index) });
  }

  function shapes(series, index, at) {
    const d = SHAPES[index % SHAPES.length];
    const places = series.x.map((x, i) => at(x, series.y[i])).filter((place) => place.every(Number.isFinite));
    return places.map(([x, y]) =>
      svg("path", { d, fill: colour(series, index), transform: `translate(${axes.round(x)} ${axes.round(y)})` }),
    );
  }

  function curve(series, index, at) {
    const d = through(series.x.map((x, i) => at(x, series.y[i])));
    return svg("path", { class: "curve", d, stroke: colour(series, index), "stroke-dasharray": dash(index) });
  }

  /* The series as a group that a script can address; a hidden one is there without being seen. */
  function drawSeries(series, index, frame, hidden) {
    const at = (x, y) => [frame.x.at(x), frame.y.at(y)];
    const kind = series.values ? "boxes" : "series";
    const group = svg("g", { "data-part": `${kind}-${index}`, display: hidden ? "none" : null });
    if (series.low && series.high) group.append(bounds(series, index, at));
    if (series.values) group.append(...boxPlots.draw(series, colour(series, index), frame));
    else if (series.spans) group.append(areas(series, index, frame));
    else if (series.points) group.append(...shapes(series, index, at));
    else group.append(curve(series, index, at));
    return group;
  }

  /* Lines across the picture; labels of upright ones stand on rows of their own. */
  function drawMarks(marks, frame) {
    let row = 0;
    return marks.flatMap(({ axis, at, label }) => {
      const place = frame[axis].at(at);
      if (!Number.isFinite(place) || at < frame[axis].low || at > frame[axis].high) return [];
      if (axis === "y") {
        const above = place > frame.y.to + axes.LINE;
        return [
          axes.line("mark", frame.x.from, place, frame.x.to, place),
          axes.words(label, frame.x.to - 3, place + (above ? -5 : axes.LINE), "end", "note"),
        ];
      }
      row += 1;
      const left = place > (frame.x.from + frame.x.to) / 2;
      return [
        axes.line("mark", place, frame.y.from, place, frame.y.to),
        axes.words(label, place + (left ? -5 : 5), frame.y.to + row * axes.LINE - 3, left ? "end" : "start", "note"),
      ];
    });
  }

  function ring(x, y, stroke) {
    if (!Number.isFinite(x + y)) return [];
    return [svg("circle", { class: "dot", cx: axes.round(x), cy: axes.round(y), r: 5.5, stroke })];
  }

  const drawDot = ({ x, y, series }, frame) => ring(frame.x.at(x), frame.y.at(y), tone(series));

  /* Rings around what `series` has at the cursor. */
  function drawCursor(series, index, x, frame) {
    if (series.spans) return [];
    const across = (i) => (series.values ? boxPlots.place(series, i, frame) : frame.x.at(series.x[i]));
    const rows = nearest(series, x, frame.x).slice(0, MOST);
    return rows.flatMap((i) => ring(across(i), frame.y.at(series.y[i]), colour(series, index)));
  }

  /* The rows of `series` that stand nearest to `x` on the axis. */
  function nearest(series, x, scale) {
    const far = series.x.map((value) => Math.abs(scale.at(value) - scale.at(x)));
    const place = series.x[far.indexOf(Math.min(...far.filter(Number.isFinite)))];
    return series.x.flatMap((value, i) => (value === place ? [i] : []));
  }

  function value(series, i) {
    if (series.values) return boxPlots.words(series.values[i]);
    if (series.spans) {
      return series.spans[i].map(([low, high]) => `${number(low, 3)} to ${number(high, 3)}`).join(", ") || "nowhere";
    }
    const bound = series.low && series.high ? ` (${number(series.low[i])} to ${number(series.high[i])})` : "";
    return number(series.y[i]) + bound;
  }

  /* What `series` has at the cursor, in words; `named` are those for a place of the axis. */
  function reading(series, x, scale, named) {
    const rows = nearest(series, x, scale);
    if (!rows.length) return "no values";
    const elsewhere = Math.abs(scale.at(series.x[rows[0]]) - scale.at(x)) > 0.5;
    const shown = rows.slice(0, MOST).map((i) => value(series, i));
    if (rows.length > MOST) shown.push(`and ${rows.length - MOST} more`);
    return shown.join(", ") + (elsewhere ? ` at ${named(series.x[rows[0]])}` : "");
  }

  /* The mark of a series in the legend. */
  function swatch(series, index) {
    const [fill, shape] = [colour(series, index), SHAPES[index % SHAPES.length]];
    const mark = series.points
      ? svg("path", { d: shape, fill, transform: "translate(13 5)" })
      : series.spans || series.values
        ? svg("rect", { class: "area", width: 26, height: 10, fill })
        : svg("path", { class: "curve", d: "M0 5H26", stroke: fill, "stroke-dasharray": dash(index) });
    return svg("svg", { class: "swatch", viewBox: "0 0 26 10", "aria-hidden": "true" }, [mark]);
  }

  return { drawCursor, drawDot, drawMarks, drawSeries, reading, swatch };
})();
