/* Buttons that save what is on the page as files: CSV for spreadsheets, JSON for programs. */
const downloads = (() => {
  "use strict";

  const { html } = axes;
  const LATER = 30_000; // milliseconds after which a browser has read what it saves
  const LONGEST = 120; // characters of a file's name; file systems stop at 255 bytes
  const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$|^[-+]?inf$|^nan$/i;

  /* A field of a CSV file. Text that a spreadsheet would take for a formula gets an apostrophe before it. */
  function field(value) {
    const text = String(value ?? "");
    const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) && !NUMBER.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  }

  const csv = (rows) => rows.map((row) => row.map(field).join(",")).join("\r\n") + "\r\n";

  /* A button that saves `content()`; a link of its own is there only while it is used. */
  function button(text, title, name, type, content) {
    const pressed = html("button", { type: "button", "aria-label": `${text}: data of ${title}` }, [text]);
    pressed.addEventListener("click", () => {
      const address = URL.createObjectURL(new Blob([content()], { type }));
      html("a", { href: address, download: `${name.slice(-LONGEST)}.${text.toLowerCase()}` }).click();
      setTimeout(() => URL.revokeObjectURL(address), LATER);
    });
    return pressed;
  }

  /* Two buttons for files of this name: `rows()` are the lines of the one, `whole()` is what the other holds. */
  const buttons = (name, title, { rows, whole }) => [
    button("CSV", title, name, "text/csv;charset=utf-8", () => csv(rows())),
    button("JSON", title, name, "application/json", () => JSON.stringify(whole(), null, 1)),
  ];

  return { buttons };
})();
