/* The tables of evidence and of the gallery as files; after gallery.js has shown the gallery's. */
document.addEventListener("DOMContentLoaded", () => {
  "use strict";

  const plain = (element) => element.textContent.trim().replace(/\s+/g, " ");
  const rowsOf = (table) => [...table.rows].map((row) => [...row.cells].map(plain));

  /* What a table's files are called: after the evidence that it belongs to, else after the figure. */
  function named(table) {
    const evidence = table.closest(".evidence");
    const shown = table.closest("[data-evidence]");
    const place = evidence ? [...evidence.querySelectorAll("table.side")].indexOf(table) : shown?.dataset.table;
    const owner = evidence?.id ?? shown?.dataset.evidence ?? plain(table.closest(".exhibit").querySelector("h3"));
    return `${owner}-table-${Number(place ?? 0) + 1}`.replace(/[^\w.-]/g, "_");
  }

  for (const table of document.querySelectorAll(":is(.evidence, .gallery) table.side")) {
    const title = plain(table.caption);
    const rows = () => rowsOf(table);
    const whole = () => {
      const [columns, ...body] = rows();
      return { title, columns, rows: body };
    };
    const tools = downloads.buttons(named(table), title, { rows, whole });
    table.parentElement.after(axes.html("div", { class: "plot-tools" }, tools));
  }
});
