// Tools of the table of claims: search, filters, order; they stand in the address, and the map hears of them.
(() => {
  "use strict";
  const table = document.querySelector("table.index");
  if (!table) return;
  const VERDICTS = ["refuted", "open", "supported", "proved"]; // the worst first
  const STATUS = { printed: "as printed", amended: "amended", ours: "ours" };
  const make = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };

  const several = table.tBodies.length > 1;
  const KINDS = [...table.tHead.rows[0].cells].slice(2, -2).map((cell) => cell.textContent); // between verdict and mutants
  const rows = [...table.querySelectorAll("tbody tr:not(.group)")].map((element, place) => {
    const name = element.querySelector("a.name");
    const id = decodeURIComponent(name.getAttribute("href").slice(1));
    const article = document.getElementById(id);
    const statement = article && article.querySelector(".statement");
    const paper = several ? element.parentElement.querySelector(".group th").textContent : "";
    const [rejected, mutants] = element.querySelector(".figure").textContent.split("/").map((text) => parseInt(text, 10));
    return {
      element, id, place,
      text: [name.textContent, id, element.dataset.section, statement ? statement.textContent : ""].join(" ").toLowerCase(),
      verdict: [...element.querySelector(".verdict").classList].find((word) => VERDICTS.includes(word)),
      section: several ? `${paper} · ${element.dataset.section}` : element.dataset.section,
      kind: KINDS.filter((_, place) => element.cells[2 + place].childElementCount),
      status: element.dataset.status,
      seconds: Number(element.dataset.seconds) || 0,
      power: mutants ? rejected / mutants : 1,
    };
  });
  if (!rows.length) return;

  const ORDERS = {
    paper: ["Order of the paper", () => 0],
    verdict: ["Verdict, worst first", (a, b) => VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict)],
    time: ["Time, longest first", (a, b) => b.seconds - a.seconds],
    mutants: ["Mutants rejected, fewest first", (a, b) => a.power - b.power],
  };
  const FACETS = ["verdict", "section", "kind", "status"];
  const EMPTY = { q: "", verdict: "", section: "", kind: "", status: "", order: "paper" };
  let state = { ...EMPTY };

  const chosen = (facet) => state[facet].split("|").filter(Boolean);
  const has = (row, facet, value) => [row[facet]].flat().includes(value);
  const matches = (row, besides) => state.q.toLowerCase().split(/\s+/).every((word) => row.text.includes(word))
    && FACETS.every((facet) => facet === besides || !state[facet]
      || (facet === "verdict" ? chosen(facet) : [state[facet]]).some((value) => has(row, facet, value)));
  const count = (facet, value) => rows.filter((row) => matches(row, facet) && (!value || has(row, facet, value))).length;

  // The controls: each knows its facet, and how to show a count.
  const labelled = (text, control) => {
    control.id = `tools-${text.toLowerCase()}`;
    return make("div", {}, make("label", { for: control.id }, text), control);
  };
  const search = make("input", { type: "search", autocomplete: "off", spellcheck: "false", placeholder: "title or statement" });
  const chips = VERDICTS.map((verdict) => {
    const icon = document.querySelector(`.tally .${verdict} .icon`).cloneNode(true);
    const chip = make("button", { type: "button", class: `chip ${verdict}`, "aria-pressed": "false" }, icon, `${verdict} `, make("span", { class: "times" }));
    chip.dataset.value = verdict;
    return chip;
  });
  const select = (facet, all, values, words = {}) => {
    const made = make("select");
    for (const value of ["", ...values]) {
      const option = make("option", { value });
      option.dataset.words = value ? words[value] || value : all;
      made.append(option);
    }
    made.addEventListener("change", () => set({ [facet]: made.value }));
    return made;
  };
  const distinct = (facet) => [...new Set(rows.flatMap((row) => row[facet]))];
  const selects = {
    section: select("section", "every section", distinct("section")),
    kind: select("kind", "every kind", [...table.tHead.rows[0].cells].map((cell) => cell.textContent).filter((word) => distinct("kind").includes(word))),
    status: select("status", "all", Object.keys(STATUS), STATUS),
  };
  const order = make("select", {}, ...Object.entries(ORDERS).map(([value, [words]]) => make("option", { value }, words)));
  const clear = make("button", { type: "button", class: "clear" }, "Show all");
  const found = make("p", { class: "found", role: "status" });
  const bar = make("div", { class: "tools", role: "search", "aria-label": "Find claims" },
    labelled("Search", search),
    labelled("Section", selects.section), labelled("Evidence", selects.kind),
    labelled("Status", selects.status), labelled("Order", order),
    make("div", { class: "chips", role: "group", "aria-label": "Verdict" }, ...chips));
  table.before(bar, make("div", { class: "found-line" }, found, clear));

  const words = (number) => `${number} of ${rows.length} claims`;
  const show = () => {
    const shown = new Set(rows.filter((row) => matches(row)).map((row) => row.id));
    for (const row of rows) row.element.hidden = !shown.has(row.id);
    const sorted = [...rows].sort((a, b) => ORDERS[state.order][1](a, b) || a.place - b.place);
    for (const body of table.tBodies) {
      body.append(...sorted.filter((row) => row.element.parentElement === body).map((row) => row.element));
      body.hidden = ![...body.rows].some((row) => !row.hidden && !row.matches(".group"));
    }
    table.hidden = !shown.size;
    found.textContent = shown.size ? words(shown.size) : "Nothing found: no claim is like this.";
    clear.hidden = FACETS.every((facet) => !state[facet]) && !state.q;
    if (search.value.trim() !== state.q) search.value = state.q;
    for (const chip of chips) {
      chip.setAttribute("aria-pressed", String(chosen("verdict").includes(chip.dataset.value)));
      chip.lastChild.textContent = count("verdict", chip.dataset.value);
    }
    for (const [facet, control] of Object.entries(selects)) {
      for (const option of control.options) option.textContent = `${option.dataset.words} (${count(facet, option.value)})`;
      control.value = state[facet];
    }
    order.value = state.order;
    document.dispatchEvent(new CustomEvent("claims-shown", { detail: shown }));
  };

  const set = (changes) => {
    state = { ...state, ...changes };
    const query = new URLSearchParams(Object.entries(state).filter(([name, value]) => value !== EMPTY[name]));
    history.replaceState(null, "", String(query) ? `#claims?${query}` : "#claims");
    show();
  };
  // An address may say anything: what the table does not have is not chosen.
  const read = () => {
    if (!location.hash.startsWith("#claims?")) return;
    const query = new URLSearchParams(location.hash.slice("#claims?".length));
    state = { ...EMPTY };
    for (const name of Object.keys(EMPTY)) state[name] = query.get(name) || EMPTY[name];
    state.verdict = chosen("verdict").filter((value) => VERDICTS.includes(value)).join("|");
    for (const facet of Object.keys(selects)) if (!distinct(facet).includes(state[facet])) state[facet] = "";
    if (!Object.hasOwn(ORDERS, state.order)) state.order = EMPTY.order;
    show();
    document.getElementById("claims").scrollIntoView();
  };

  search.addEventListener("input", () => set({ q: search.value.trim() }));
  order.addEventListener("change", () => set({ order: order.value }));
  for (const chip of chips) {
    chip.addEventListener("click", () => {
      const now = new Set(chosen("verdict"));
      if (!now.delete(chip.dataset.value)) now.add(chip.dataset.value);
      set({ verdict: VERDICTS.filter((verdict) => now.has(verdict)).join("|") });
    });
  }
  clear.addEventListener("click", () => {
    set({ ...EMPTY, order: state.order });
    search.focus();
  });
  for (const link of document.querySelectorAll("a[data-verdict]")) {
    link.hash = `claims?verdict=${link.dataset.verdict}`;
    link.addEventListener("click", () => {
      if (link.hash === location.hash) read(); // the address stays as it is, and no hashchange comes
    });
  }
  window.addEventListener("hashchange", read);
  show();
  read();
})();
