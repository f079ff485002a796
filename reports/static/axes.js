/* Elements, numbers in words, scales and ticks: what a picture drawn in the page is made of. */
const axes = (() => {
  "use strict";

  const SVG = "http://www.w3.org/2000/svg";
  const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  const FAR = 1e300; // beyond it the width of an axis overflows
  const CHARACTER = 6.3; // pixels, about, of a digit of a tick's label
  const LINE = 14; // pixels between labels that would stand on each other

  /* An element of HTML or SVG; texts among its children stay texts. */
  function build(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== null && value !== undefined) element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  }
  const html = (tag, attributes = {}, children = []) => build(document.createElement(tag), attributes, children);
  const svg = (tag, attributes = {}, children = []) => build(document.createElementNS(SVG, tag), attributes, children);

  /* A number for readers, as reports/wording.py writes it: a power of ten where that is shorter. */
  function number(value, digits = 5) {
    if (Number.isNaN(value)) return "not a number";
    if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
    const size = Math.abs(value);
    if (size > 0 && (size < 1e-3 || size >= 1e9)) {
      const [mantissa, power] = value.toExponential(digits - 1).split("e");
      const raised = String(Math.abs(power)).replace(/\d/g, (digit) => SUPERSCRIPTS[digit]);
      return `${Number(mantissa)} × 10${power < 0 ? "⁻" : ""}${raised}`.replace("-", "−");
    }
    const rounded = size < 10 ** digits ? Number(value.toPrecision(digits)) : Math.round(value);
    const [whole, fraction] = String(rounded).split(".");
    const grouped = whole.replace(/\B(?=(\d{3})+$)/g, "\u202f");
    return (fraction ? `${grouped}.${fraction}` : grouped).replace("-", "−");
  }

  const drawable = (value, log) => Math.abs(value) < FAR && (!log || value > 0);

  /* The least interval of an axis that holds `values`, and a little more. */
  function reach(values, log) {
    const shown = values.filter((value) => drawable(value, log));
    if (!shown.length) return log ? [1, 10] : [0, 1];
    // No spread of the values over arguments: there may be more of them than a call can have.
    let [low, high] = shown.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [Infinity, -Infinity]);
    if (log) {
      const room = low === high ? 2 : (high / low) ** 0.04;
      return [low / room, high * room];
    }
    const room = low === high ? Math.abs(low) / 20 || 1 : 0.04 * (high - low);
    const onZero = low === 0 && high > 0; // what starts at 0 stands on the axis
    return [onZero ? 0 : low - room, high + room];
  }

  /* Maps [low, high] to pixels; NaN for what the axis cannot show. */
  function scale([low, high], log, from, to) {
    const level = log ? Math.log : (value) => value;
    const [first, last] = [level(low), level(high)];
    const at = (value) => (drawable(value, log) ? from + ((level(value) - first) / (last - first)) * (to - from) : NaN);
    return { at, low, high, log, from, to };
  }

  function evenTicks(low, high, count) {
    const rough = (high - low) / Math.max(count, 1);
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999);
    const ticks = [];
    for (let i = Math.ceil(low / step - 1e-9); i <= high / step + 1e-9; i += 1) {
      ticks.push(Number((i * step).toPrecision(12)));
    }
    return ticks;
  }

  function logTicks(low, high, count) {
    const [first, last] = [Math.log10(low), Math.log10(high)];
    if (last - first < 1) return evenTicks(low, high, count).filter((tick) => tick > 0);
    const stride = Math.max(1, Math.ceil((last - first) / count));
    const factors = last - first < 2 ? [1, 2, 5] : [1];
    const ticks = [];
    for (let power = Math.floor(first); power <= last; power += 1) {
      if (power % stride === 0) ticks.push(...factors.map((factor) => Number(`${factor}e${power}`)));
    }
    return ticks.filter((tick) => tick >= low && tick <= high);
  }

  const ticks = (low, high, log, count) => (log ? logTicks : evenTicks)(low, high, count);

  /* The scales of a picture of this size, with room for the labels of ticks, and those lines and labels. */
  function frame(width, height, { x, y }) {
    const [top, bottom] = [8, height - 22];
    const rows = ticks(...y.reach, y.log, Math.max(2, Math.floor(height / 55)));
    const left = 10 + CHARACTER * Math.max(3, ...rows.map((tick) => number(tick).length));
    const right = width - 14;
    const columns = x.groups
      ? x.groups.map((_, i) => i + 1)
      : ticks(...x.reach, x.log, Math.max(2, Math.floor((right - left) / 80)));
    const room = Math.floor((right - left) / columns.length / CHARACTER);
    const name = (tick) => (x.groups ? shortened(x.groups[tick - 1], room) : number(tick));
    const across = scale(x.reach, x.log, left, right);
    const up = scale(y.reach, y.log, bottom, top);
    const marks = [
      ...rows.map((tick) => line("grid", left, up.at(tick), right, up.at(tick))),
      ...columns.map((tick) => line("grid", across.at(tick), top, across.at(tick), bottom)),
      line("axis", left, bottom, right, bottom),
      ...rows.map((tick) => words(number(tick), left - 7, up.at(tick) + 4, "end")),
      ...columns.map((tick) => words(name(tick), across.at(tick), bottom + 17, "middle")),
    ];
    return { x: across, y: up, marks };
  }

  /* A name that fits so many characters; whole ones, so that no pair of surrogates is torn. */
  function shortened(text, most) {
    const characters = [...text];
    return characters.length <= most ? text : `${characters.slice(0, Math.max(most - 1, 1)).join("")}…`;
  }

  const round = (value) => Math.round(value * 100) / 100; // finer than a screen

  const line = (kind, x1, y1, x2, y2) =>
    svg("path", { class: kind, d: `M${round(x1)} ${round(y1)}L${round(x2)} ${round(y2)}` });

  const words = (text, x, y, anchor, kind = "tick") =>
    svg("text", { class: kind, x: round(x), y: round(y), "text-anchor": anchor }, [text]);

  return { LINE, drawable, frame, html, line, number, reach, round, scale, svg, words };
})();
