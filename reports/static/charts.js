/* Charts of evidence come alive: values under a cursor, switches for series and axes, and the data as files.

A chart is drawn anew from the page's chart data when it comes near the window; a heat map gets a cursor. Every chart
offers its data. */
(() => {
  "use strict";

  const { html } = axes;
  const BELOW = "800px"; // of the window; a chart above it that changed its height would move what is being read

  const words = { inf: Infinity, "-inf": -Infinity, nan: NaN };
  const numbers = (column) => column.map((value) => (typeof value === "string" ? words[value] : value));
  const read = (series) => {
    const columns = ["x", "y", "low", "high"].filter((name) => series[name]);
    return { ...series, ...Object.fromEntries(columns.map((name) => [name, numbers(series[name])])) };
  };

  const boxSeries = (boxes) =>
    boxes.map((box, place) => boxPlots.series({ ...box, values: box.values.map(numbers) }, place, boxes.length));

  function horizontal({ x, boxes }) {
    if (!boxes.length) return x;
    const { groups } = boxes[0];
    return { ...x, log: false, fixed: true, groups, reach: [0.5, groups.length + 0.5] };
  }

  function rows({ x, y, series, boxes, grid }) {
    if (grid) {
      const name = (value) => grid.labels[value] ?? value;
      const cells = grid.values.flatMap((row, i) => row.map((value, j) => [grid.x[j], grid.y[i], name(value)]));
      const points = (item) => item.x.map((at, i) => [at, item.y[i], item.label]);
      return [[x.label, y.label, "value"], ...cells, ...series.flatMap(points)];
    }
    if (boxes.length) {
      const values = (box) => box.groups.flatMap((group, i) => box.values[i].map((value) => [box.label, group, value]));
      const points = (item) => item.x.map((at, i) => [item.label, boxes[0].groups[at - 1] ?? at, item.y[i]]);
      return [["label", x.label, y.label], ...boxes.flatMap(values), ...series.flatMap(points)];
    }
    const points = series.flatMap((item) =>
      item.x.map((at, i) => [item.label, at, item.y[i], item.low?.[i], item.high?.[i]]),
    );
    return [["series", x.label, y.label, "low", "high"], ...points];
  }

  function tools(name, data) {
    return downloads.buttons(name, data.title, { rows: () => rows(data), whole: () => data });
  }

  function enliven(figure, charts) {
    const picture = figure.querySelector("svg[role=img]");
    if (!picture) return;
    const name = figure.dataset.chart ?? picture.id;
    const data = charts.get(name);
    if (!data) return;
    if (data.grid) {
      heatMaps.enliven(picture, data, tools(name, data));
      return;
    }
    if (!(data.boxes.length + data.series.length)) {
      picture.after(html("div", { class: "plot-tools" }, tools(name, data)));
      return;
    }
    const host = html("div");
    picture.replaceWith(host);
    const label = picture.getAttribute("aria-label");
    const live = new Plot(host, { label, picture: { id: picture.id }, tools: tools(name, data), noted: true });
    live.show({ x: horizontal(data), y: data.y, series: [...boxSeries(data.boxes), ...data.series.map(read)] });
  }

  /* The data of every chart by its name, as reports/chart_data.py packs it. */
  async function unpacked(text) {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Map(Object.entries(await new Response(stream).json()));
  }

  document.addEventListener("DOMContentLoaded", async () => {
    const store = document.getElementById("chart-data");
    if (!store || !globalThis.DecompressionStream) return; // an old browser keeps the pictures as they are
    const charts = await unpacked(store.textContent);
    const observer = new IntersectionObserver(
      (entries) => {
        for (const { target } of entries.filter((entry) => entry.isIntersecting)) {
          observer.unobserve(target);
          enliven(target, charts);
        }
      },
      { rootMargin: `0px 0px ${BELOW}` },
    );
    document.querySelectorAll("figure.chart").forEach((figure) => observer.observe(figure));
  });
})();
