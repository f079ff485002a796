/* Charts of evidence come alive: values under a cursor, switches for series and axes, and the data as files.

A chart is drawn anew from the JSON beside it when it comes near the window; a map stays as it is. Every chart offers
its data. */
(() => {
  "use strict";

  const { html } = axes;
  const BELOW = "800px"; // of the window; a chart above it that changed its height would move what is being read
  const LATER = 30_000; // milliseconds after which a browser has read what it saves
  const LONGEST = 120; // characters of a file's name; file systems stop at 255 bytes

  const numbers = (column) => column.map((value) => (typeof value === "string" ? words[value] : value));
  const words = { inf: Infinity, "-inf": -Infinity, nan: NaN };
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

  /* A field of a CSV file. Text that a spreadsheet would take for a formula gets an apostrophe before it. */
  function field(value) {
    const text = String(value ?? "");
    const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) && !(text in words) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  }

  function rows({ x, y, series, boxes, grid }) {
    if (grid) {
      const cells = grid.values.flatMap((row, i) => row.map((value, j) => [grid.x[j], grid.y[i], value]));
      const name = (value) => grid.labels[value] ?? value;
      return [[x.label, y.label, "value"], ...cells.map(([a, b, value]) => [a, b, name(value)])];
    }
    if (boxes.length) {
      const values = (box) => box.groups.flatMap((group, i) => box.values[i].map((value) => [box.label, group, value]));
      return [["label", x.label, y.label], ...boxes.flatMap(values)];
    }
    const points = series.flatMap((item) =>
      item.x.map((at, i) => [item.label, at, item.y[i], item.low?.[i], item.high?.[i]]),
    );
    return [["series", x.label, y.label, "low", "high"], ...points];
  }

  const csv = (data) => rows(data).map((row) => row.map(field).join(",")).join("\r\n") + "\r\n";

  /* A button that saves `text()` as a file; a link of its own is there only while it is used. */
  function download(text, title, file, type) {
    const button = html("button", { type: "button", "aria-label": `${text}: data of ${title}` }, [text]);
    button.addEventListener("click", () => {
      const address = URL.createObjectURL(new Blob([file.content()], { type }));
      html("a", { href: address, download: file.name }).click();
      setTimeout(() => URL.revokeObjectURL(address), LATER);
    });
    return button;
  }

  function downloads(name, data) {
    const [table, whole] = [() => csv(data), () => JSON.stringify(data, null, 1)];
    return [
      download("CSV", data.title, { name: `${name}.csv`, content: table }, "text/csv;charset=utf-8"),
      download("JSON", data.title, { name: `${name}.json`, content: whole }, "application/json"),
    ];
  }

  function enliven(figure) {
    const picture = figure.querySelector("svg[role=img]");
    const store = figure.querySelector("script[type='application/json']");
    if (!picture || !store) return;
    const data = JSON.parse(store.textContent);
    const tools = downloads(picture.id.slice(-LONGEST), data);
    if (data.grid || !(data.boxes.length + data.series.length)) {
      picture.after(html("div", { class: "plot-tools" }, tools));
      return;
    }
    const host = html("div");
    picture.replaceWith(host);
    const label = picture.getAttribute("aria-label");
    const live = new Plot(host, { label, picture: { id: picture.id }, tools, noted: true });
    live.show({ x: horizontal(data), y: data.y, series: [...boxSeries(data.boxes), ...data.series.map(read)] });
  }

  document.addEventListener("DOMContentLoaded", () => {
    const observer = new IntersectionObserver(
      (entries) => {
        for (const { target } of entries.filter((entry) => entry.isIntersecting)) {
          observer.unobserve(target);
          enliven(target);
        }
      },
      { rootMargin: `0px 0px ${BELOW}` },
    );
    document.querySelectorAll("figure.chart").forEach((figure) => observer.observe(figure));
  });
})();
