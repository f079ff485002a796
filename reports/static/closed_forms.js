/* Closed forms along the ray θ = t θ₀ when Σ = I: risk.py, surrogate.py, shrinkage.py and optimum.py of theory/.

A setting is { size: ‖θ₀‖, noise: σ, radius: ε, smoothing: ξ }, each finite and non-negative. */
const closedForms = (() => {
  "use strict";

  const C0 = Math.sqrt(2 / Math.PI);
  const moments = () => smoothedMoments; // asked for when used, so that the order of the files does not matter
  const divide = (a, b) => (b === 0 ? 0 : a / b);

  const totalStd = ({ size, noise }) => Math.hypot(size, noise);

  /* s and n at θ = t θ₀. */
  const spread = ({ size, noise }, t) => ({ s: Math.hypot((t - 1) * size, noise), n: Math.abs(t) * size });

  /* E(|e| + b)² for e ~ N(0, s²): equation (5) with b = ε n. */
  function riskOf(s, b) {
    const large = Math.max(s, b);
    const ratio = divide(Math.min(s, b), large);
    return large * large * (1 + ratio * (2 * C0 + ratio));
  }

  function risk(setting, t) {
    const { s, n } = spread(setting, t);
    return riskOf(s, setting.radius * n);
  }

  const cleanRisk = (setting, t) => spread(setting, t).s ** 2;

  /* k = ξ/(2sn): 0 where ξ = 0, inf where only sn = 0. */
  const shape = (s, n, smoothing) => (smoothing === 0 ? 0 : smoothing / (2 * s * n));

  /* s² + 2 ε n s M(k) + ε² n² H(k); beyond k = 1 with εn/k = 2 ε s n²/ξ, which is small where k is large. */
  function surrogateOf(s, n, radius, smoothing) {
    const k = shape(s, n, smoothing);
    const attack = k <= 1 ? radius * n : (2 * radius * s * n * n) / smoothing;
    const { crossMoment, squareMoment } = moments();
    return s * s + 2 * crossMoment.scaled(k) * s * attack + squareMoment.scaled(k) * attack * attack;
  }

  function surrogateRisk(setting, t) {
    const { s, n } = spread(setting, t);
    return surrogateOf(s, n, setting.radius, setting.smoothing);
  }

  /* a / (b max(1, k)) for k = ξ/(2ab). */
  const dampedRatio = (a, b, k, smoothing) => (k <= 1 ? divide(a, b) : (2 * a * a) / smoothing);

  /* The derivatives R_{s²}, R_{n²}, s² R_{s²s²}, s n R_{s²n²} and n² R_{n²n²} of the surrogate. */
  function derivatives(s, n, radius, smoothing) {
    const k = shape(s, n, smoothing);
    const inverse = 1 / Math.max(k, 1);
    const [perS, perN] = [dampedRatio(n, s, k, smoothing), dampedRatio(s, n, k, smoothing)];
    const at = (name) => moments()[name].scaled(k);
    const [p, q, bendS, bendN] = ["crossSlope", "squareSlope", "squareBendS", "squareBendN"].map(at);
    const bend = at("crossBend") * inverse ** 2;
    const gain = radius * perS;
    return {
      inS: 1 + gain * (p + gain * q),
      inN: radius * (perN * p + radius * inverse ** 2 * (at("squareMoment") + q)),
      inSS: -gain * (bend / 2 + 2 * gain * bendS * inverse ** 2),
      mixed: radius * inverse * (p - bend / 2 + 2 * gain * bendN),
      inNN: radius * (2 * radius * bendN * inverse ** 2 - (perN * bend) / 2),
    };
  }

  /* Second derivative of (5) in the distance along the ray; NaN at its kinks. */
  function riskCurvature({ s, n }, u, w, radius) {
    if (radius === 0) return 2;
    if (s === 0 || n === 0) return NaN;
    return 2 * (1 + radius * C0 * (n / s) * (1 - u * u)) + 4 * radius * C0 * u * w + 2 * radius * radius;
  }

  /* Second derivative of the surrogate in the distance along the ray, t ‖θ₀‖; of (5) where ξ = 0. */
  function curvature(setting, t) {
    const { radius, smoothing, size } = setting;
    const { s, n } = spread(setting, t);
    const [u, w] = [divide((t - 1) * size, s), Math.sign(t)];
    if (radius === 0 || smoothing === 0) return riskCurvature({ s, n }, u, w, radius);
    const { inS, inN, inSS, mixed, inNN } = derivatives(s, n, radius, smoothing);
    return 2 * (inS + inN) + 4 * (inSS * u * u + 2 * mixed * u * w + inNN * w * w);
  }

  const nullThreshold = (setting) => (setting.size > 0 ? setting.size / (C0 * totalStd(setting)) : 0);

  function recoveryThreshold({ size, noise }) {
    if (size === 0) return Infinity;
    return noise > 0 ? 0 : C0;
  }

  /* (ε² n + ε c₀ s)/(1 + ε c₀ n/s). */
  const balance = (s, n, radius) => (radius * s * (radius * n + C0 * s)) / (s + radius * C0 * n);

  /* κ of Proposition 8: 0 up to exact recovery, inf from the null threshold on, and a root by bisection between. */
  function shrinkage(setting) {
    const { size, noise, radius } = setting;
    if (radius >= nullThreshold(setting)) return Infinity;
    if (radius <= recoveryThreshold(setting)) return 0;
    let [low, high] = [-80 * Math.LN2, 80 * Math.LN2]; // the root is within a few powers of 1/EPS of 1 but for noise
    if (noise > 0) low = Math.min(low, Math.log((radius * C0 * noise) / size) - 1);
    for (let i = 0; i < 64; i += 1) {
      const middle = (low + high) / 2;
      const kappa = Math.exp(middle);
      const [s, n] = [Math.hypot(kappa / (1 + kappa), noise / size), 1 / (1 + kappa)];
      if (balance(s, n, radius) > kappa * n) low = middle;
      else high = middle;
    }
    return Math.exp((low + high) / 2);
  }

  /* θ* = θ₀/(1 + κ): what it keeps of θ₀, its risk R*, and the clean risk that it costs, over v². */
  function minimizer(setting) {
    const kappa = shrinkage(setting);
    const lost = 1 / (1 + 1 / kappa);
    const kept = 1 / (1 + kappa);
    const s = Math.hypot(lost * setting.size, setting.noise);
    return {
      kappa,
      kept,
      risk: riskOf(s, setting.radius * kept * setting.size),
      cost: divide(lost * setting.size, totalStd(setting)) ** 2,
    };
  }

  // Places t in [0, 1], close together at both ends: there can be a basin next to each.
  const CLOSER = Array.from({ length: 57 }, (_, i) => 10 ** (-2 - i / 4));
  const EVEN = Array.from({ length: 129 }, (_, i) => i / 128);
  const PLACES = [...new Set([...EVEN, ...CLOSER, ...CLOSER.map((t) => 1 - t)])].sort((a, b) => a - b);

  /* The least value of `f` between two places that have one basin between them: golden section. */
  function bottom(f, left, right) {
    for (let i = 0; i < 60; i += 1) {
      const [a, b] = [left + 0.382 * (right - left), left + 0.618 * (right - left)];
      if (f(a) < f(b)) right = b;
      else left = a;
    }
    return (left + right) / 2;
  }

  /* The least value of the surrogate and where it is: R grows in s and in n, so that it lies on [0, θ₀]. */
  function surrogateMinimizer(setting) {
    const at = (t) => surrogateRisk(setting, t);
    const values = PLACES.map(at);
    const isLow = (i) => values[i] <= (values[i - 1] ?? Infinity) && values[i] <= (values[i + 1] ?? Infinity);
    const basins = PLACES.flatMap((t, i) =>
      isLow(i) ? [t, bottom(at, PLACES[i - 1] ?? t, PLACES[i + 1] ?? t)] : [],
    );
    const t = basins.reduce((best, other) => (at(other) < at(best) ? other : best));
    return { t, risk: at(t) };
  }

  /* The smoothings in [low, high] where the surrogate bends down at t: intervals, their ends found by bisection. */
  function concaveSpans(setting, t, low, high, steps) {
    const bendsDown = (power) => curvature({ ...setting, smoothing: 10 ** power }, t) < 0;
    const [first, last] = [Math.log10(low), Math.log10(high)];
    const spans = [];
    let [inside, start] = [bendsDown(first), low];
    for (let i = 1; i <= steps; i += 1) {
      let [a, b] = [first + ((i - 1) * (last - first)) / steps, first + (i * (last - first)) / steps];
      if (bendsDown(b) === inside) continue;
      for (let j = 0; j < 12; j += 1) {
        const middle = (a + b) / 2;
        if (bendsDown(middle) === inside) a = middle;
        else b = middle;
      }
      if (inside) spans.push([start, 10 ** b]);
      [inside, start] = [!inside, 10 ** b];
    }
    return inside ? [...spans, [start, high]] : spans;
  }

  return {
    cleanRisk,
    concaveSpans,
    curvature,
    minimizer,
    nullThreshold,
    recoveryThreshold,
    risk,
    surrogateMinimizer,
    surrogateOf,
    surrogateRisk,
    totalStd,
  };
})();
