/* The section "Explore the closed forms": sliders, three pictures and the numbers behind them. */
(() => {
  "use strict";

  const { html, number } = axes;
  const STOP = 20; // positions of the smoothing's slider in a power of ten
  const [RAY, RADII, SMOOTHINGS] = [[-0.25, 1.25], [0, 2], [1e-4, 10]];
  const NEAR_ORIGIN = [1e-3, 1.25]; // the smoothed risk bends down next to the origin for every ε > 0
  const SLIDERS = [
    { key: "radius", symbol: "ε", words: "attack radius", min: 0, max: 2, step: 0.01, start: 0.5 },
    // Its first position is 0, the others are powers from 10⁻⁴ to 10.
    { key: "smoothing", symbol: "ξ", words: "smoothing", min: 0, max: 101, step: 1, start: 61 },
    { key: "noise", symbol: "σ", words: "noise", min: 0, max: 3, step: 0.01, start: 0.5 },
    { key: "size", symbol: "‖θ₀‖", words: "true coefficients", min: 0.1, max: 5, step: 0.1, start: 1 },
  ];

  const meant = ({ key }, position) =>
    key !== "smoothing" ? position : position === 0 ? 0 : 10 ** ((position - 1) / STOP - 4);

  const even = ([low, high], count) => Array.from({ length: count + 1 }, (_, i) => low + ((high - low) * i) / count);
  const sorted = (values, [low, high]) =>
    [...new Set(values)].filter((value) => value >= low && value <= high).sort((a, b) => a - b);

  /* One labelled slider; `changed` is told of every move. */
  function slider(spec, setting, changed) {
    const shown = html("output", { class: "slider-value", "aria-hidden": "true" });
    const input = html("input", { type: "range", min: spec.min, max: spec.max, step: spec.step });
    input.value = spec.start;
    const follow = () => {
      setting[spec.key] = meant(spec, Number(input.value));
      shown.textContent = number(setting[spec.key], 3);
      input.setAttribute("aria-valuetext", shown.textContent);
    };
    follow();
    input.addEventListener("input", () => {
      follow();
      changed();
    });
    const name = html("span", {}, [html("b", {}, [spec.symbol]), ` ${spec.words}`]);
    return html("label", { class: "slider" }, [name, shown, input]);
  }

  /* What all pictures need to know of a setting. */
  function facts(setting) {
    return {
      best: closedForms.minimizer(setting),
      least: closedForms.surrogateMinimizer(setting),
      nullAt: closedForms.nullThreshold(setting),
      exactTo: closedForms.recoveryThreshold(setting),
      variance: closedForms.totalStd(setting) ** 2,
    };
  }

  function riskAlongRay(setting, { best, least }) {
    const places = sorted([...even(RAY, 180), best.kept, least.t], RAY);
    const values = (name) => places.map((t) => closedForms[name](setting, t));
    return {
      x: { label: "t, where θ = tθ₀", name: "t", log: false, fixed: true, reach: RAY },
      y: { label: "risk", log: false },
      series: [
        { label: "adversarial risk (5)", x: places, y: values("risk") },
        { label: "smoothed risk", x: places, y: values("surrogateRisk") },
        { label: "without attack", x: places, y: values("cleanRisk") },
      ],
      marks: [
        { axis: "y", at: best.risk, label: "R*" },
        { axis: "x", at: best.kept, label: "θ*" },
      ],
      dots: [
        { x: best.kept, y: best.risk, series: 0 },
        { x: least.t, y: least.risk, series: 1 },
      ],
    };
  }

  function minimiserAlongRadius(setting, { nullAt, exactTo, variance }) {
    const places = sorted([...even(RADII, 200), setting.radius, nullAt, exactTo], RADII);
    const found = places.map((radius) => closedForms.minimizer({ ...setting, radius }));
    const thresholds = [
      { axis: "x", at: nullAt, label: "θ* = 0 from here" },
      { axis: "x", at: exactTo, label: "θ* = θ₀ up to here" },
    ];
    return {
      x: { label: "radius ε of the attack", name: "ε", log: false, reach: RADII },
      y: { label: "share", log: false },
      series: [
        { label: "θ*/θ₀ = 1/(1 + κ)", x: places, y: found.map(({ kept }) => kept) },
        { label: "cost of robustness c(ε)", x: places, y: found.map(({ cost }) => cost) },
        { label: "least risk R*/v²", x: places, y: found.map(({ risk }) => risk / variance) },
        { label: "shrinkage κ", x: places, y: found.map(({ kappa }) => kappa), hidden: true },
      ],
      marks: [{ axis: "x", at: setting.radius, label: "ε" }, ...thresholds.filter(({ at }) => at > 0)],
    };
  }

  function convexity(setting, { variance }) {
    const places = even(NEAR_ORIGIN.map(Math.log), 120).map(Math.exp);
    const [low, high] = SMOOTHINGS.map((share) => share * variance);
    const spans = places.map((t) =>
      closedForms.concaveSpans(setting, t, low, high, 30).map((span) => span.map((end) => end / variance)),
    );
    return {
      x: { label: "t, where θ = tθ₀", name: "t", log: true, fixed: true, reach: NEAR_ORIGIN },
      y: { label: "smoothing ξ/v²", log: true, fixed: true, reach: SMOOTHINGS },
      series: [{ label: "bends down for ξ/v²", x: places, spans, tone: 1 }],
      marks: [{ axis: "y", at: setting.smoothing / variance, label: "ξ" }],
    };
  }

  /* Where along the ray the smoothed risk bends down at this very smoothing, in words. */
  function verdict(setting) {
    const places = [...even(NEAR_ORIGIN.map(Math.log), 300).map(Math.exp), ...even(RAY, 300)].sort((a, b) => a - b);
    const bent = places.filter((t) => closedForms.curvature(setting, t) < 0);
    if (!bent.length) return "At this ξ the smoothed risk is convex along the ray, as far as it is drawn.";
    const span = `t = ${number(bent[0], 3)} and ${number(bent[bent.length - 1], 3)}`;
    return `At this ξ the smoothed risk is not convex: it bends down between ${span}.`;
  }

  function numbers(setting, { best, least, nullAt, exactTo, variance }) {
    const excess = Math.max(closedForms.risk(setting, least.t) / best.risk - 1, 0); // below 0 by rounding alone
    return [
      ["Least risk R*", number(best.risk)],
      ["R*/v², where v² is the risk of θ = 0", number(best.risk / variance)],
      ["Shrinkage κ", number(best.kappa)],
      ["θ*/θ₀ = 1/(1 + κ)", number(best.kept)],
      ["Cost of robustness c(ε)", number(best.cost)],
      ["θ* = 0 from ε =", number(nullAt)],
      ["θ* = θ₀ up to ε =", number(exactTo)],
      ["Least smoothed risk", `${number(least.risk)} at t = ${number(least.t)}`],
      ["Its minimiser’s risk (5), over R*", Number.isFinite(excess) ? `+ ${number(100 * excess, 3)} %` : "–"],
    ];
  }

  const figure = (title, body) =>
    html("figure", { class: "explore-figure" }, [html("figcaption", {}, [title]), body]);

  function live(stage, setting) {
    const pictures = [
      ["Risk along the ray", riskAlongRay],
      ["The minimiser as the attack grows", minimiserAlongRadius],
      ["Where smoothing costs convexity", convexity],
    ].map(([title, spec]) => {
      const host = html("div");
      stage.append(figure(title, host));
      return { spec, picture: new Plot(host, { label: title, hint: Plot.HINT }) };
    });
    const [list, sentence] = [html("dl", { class: "explore-numbers" }), html("p", { role: "status" })];
    stage.append(figure("The numbers", html("div", {}, [list, sentence])));
    return () => {
      const known = facts(setting);
      for (const { spec, picture } of pictures) picture.show(spec(setting, known));
      const row = ([name, value]) => html("div", {}, [html("dt", {}, [name]), html("dd", {}, [value])]);
      list.replaceChildren(...numbers(setting, known).map(row));
      sentence.textContent = verdict(setting);
    };
  }

  function start(stage) {
    const setting = {};
    let due = false; // at most one drawing for each picture of the screen
    const redraw = () => {
      if (due) return;
      due = true;
      requestAnimationFrame(() => {
        due = false;
        draw();
      });
    };
    const sliders = SLIDERS.map((spec) => slider(spec, setting, redraw));
    stage.append(html("div", { class: "sliders", role: "group", "aria-label": "Setting" }, sliders));
    const pictures = html("div", { class: "explore-pictures" });
    stage.append(pictures);
    const draw = live(pictures, setting);
    draw();
  }

  document.addEventListener("DOMContentLoaded", () => {
    const stage = document.querySelector(".explore-stage");
    if (stage) start(stage);
  });
})();
