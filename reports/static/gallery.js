/* The gallery shows the charts and tables of evidence: copies of what the page holds already, with ids of their own.

It runs before charts.js looks for charts to enliven, so that the copies are enlivened too. */
(() => {
  "use strict";

  const PREFIX = "gallery-";
  const REFERENCES = ["href", "clip-path", "mask", "fill", "stroke"];

  /* A copy that refers to itself where the original did; what it refers to elsewhere stays. */
  function copied(original) {
    const copy = original.cloneNode(true);
    const all = [copy, ...copy.querySelectorAll("*")];
    const own = new Set(all.map((element) => element.id).filter(Boolean));
    for (const element of all) {
      if (element.id) element.id = PREFIX + element.id;
      for (const name of REFERENCES) {
        const target = /^(url\()?#(.*?)(\)?)$/.exec(element.getAttribute(name) ?? "");
        if (target && own.has(target[2])) {
          element.setAttribute(name, `${target[1] ?? ""}#${PREFIX}${target[2]}${target[3]}`);
        }
      }
    }
    return copy;
  }

  for (const figure of document.querySelectorAll("figure[data-chart]")) {
    const picture = document.getElementById(figure.dataset.chart);
    if (picture) figure.append(copied(picture));
  }
  for (const place of document.querySelectorAll(".figures[data-evidence]")) {
    const evidence = document.getElementById(place.dataset.evidence);
    const table = evidence?.querySelectorAll("table.side")[Number(place.dataset.table)];
    if (table) place.append(copied(table.parentElement));
  }
})();
