/* Boxes with their points, as reports/boxes.py draws them.

A series of boxes is { label, x, y, values, offset, half }: at x[i] the values of a group, y[i] their median; its boxes
stand `offset` beside x[i] and are 2 `half` wide. */
const boxPlots = (() => {
  "use strict";

  const { svg, number, round } = axes;
  const [ROOM, WIDE, REACH] = [0.8, 0.42, 1.5];
  const FULL = 160; // pixels that a group may take, however few there are
  const OFFSETS = [0, -1, 1, -2, 2]; // neighbours in rank stand beside each other, so that ties are seen

  /* Linear between order statistics, as NumPy's default. */
  function quantile(ordered, share) {
    const place = share * (ordered.length - 1);
    const below = Math.floor(place);
    const above = Math.min(below + 1, ordered.length - 1);
    return ordered[below] + (place - below) * (ordered[above] - ordered[below]);
  }

  /* Quartiles, and whiskers that end at the last value within 1.5 box lengths; null without finite values. */
  function summarise(values) {
    const ordered = values.filter((value) => axes.drawable(value, false)).sort((a, b) => a - b);
    if (!ordered.length) return null;
    const [first, median, third] = [0.25, 0.5, 0.75].map((share) => quantile(ordered, share));
    const reach = REACH * (third - first);
    const inside = ordered.filter((value) => value >= first - reach && value <= third + reach);
    return { ordered, low: inside[0], first, median, third, high: inside[inside.length - 1] };
  }

  /* The boxes of one label, the `place`-th of `of`, as a series. */
  function series({ label, values }, place, of) {
    const width = ROOM / of;
    return {
      label,
      x: values.map((_, i) => i + 1),
      y: values.map((group) => summarise(group)?.median ?? NaN),
      values,
      offset: (place - (of - 1) / 2) * width,
      half: WIDE * width,
    };
  }

  const groupWidth = (frame) => Math.min(frame.x.at(2) - frame.x.at(1), FULL);

  /* Where the box of group `i` stands on the picture. */
  const place = (item, i, frame) => frame.x.at(item.x[i]) + item.offset * groupWidth(frame);

  function outline(box, x, half, y) {
    const level = (value) => round(y.at(value));
    const [left, right] = [round(x - half), round(x + half)];
    const [middle, first, third] = [round(x), level(box.first), level(box.third)];
    const whiskers = `M${middle} ${level(box.low)}V${first}M${middle} ${third}V${level(box.high)}`;
    return `M${left} ${first}H${right}V${third}H${left}zM${left} ${level(box.median)}H${right}${whiskers}`;
  }

  /* The boxes of a series, and a dot for each of its values, as elements. */
  function draw(item, colour, frame) {
    const unit = groupWidth(frame);
    return item.values.flatMap((values, i) => {
      const box = summarise(values);
      if (!box) return [];
      const x = place(item, i, frame);
      const shift = (rank) => (OFFSETS[rank % OFFSETS.length] * item.half * unit) / 5;
      const dots = box.ordered
        .map((value, rank) => [round(x + shift(rank)), round(frame.y.at(value))])
        .filter((place) => place.every(Number.isFinite))
        .map(([cx, cy]) => `M${cx} ${cy}h.01`);
      const d = outline(box, x, item.half * unit, frame.y);
      return [
        ...(d.includes("NaN") ? [] : [svg("path", { class: "box-plot", d, stroke: colour, fill: colour })]),
        svg("path", { class: "box-dots", d: dots.join(""), stroke: colour }),
      ];
    });
  }

  /* What a group's box says, in words. */
  function words(values) {
    const box = summarise(values);
    if (!box) return "no values";
    const [first, median, third] = [box.first, box.median, box.third].map((value) => number(value));
    return `median ${median}, middle half ${first} to ${third}, ${values.length} values`;
  }

  return { draw, place, series, summarise, words };
})();
