/* Gaussian moments of the smoothed l2 attack: theory/smoothed_moments.py in the page, with its names and joins.

With a standard normal Z and D = Z² + k² they are integrals of positive terms, such as M = E[Z²/√D] and H = E[Z²/D].
`scaled(k)` is the moment times max(1, k)^power, which stays bounded for every k in [0, inf]. */
const smoothedMoments = (() => {
  "use strict";

  const C0 = Math.sqrt(2 / Math.PI);
  const EULER = 0.5772156649015329;
  const TERMS = 9; // of the series of I and K: the next is below 1e-18 at the largest argument, 1/4

  // K₁ overflows for smaller arguments, where M equals M(0) to rounding.
  const SMALLEST_BESSEL_ARGUMENT = 1e-300;

  // Below these shapes the closed forms lose at most a factor of five; above, the trapezoidal rule is as good as exact.
  const FIRST_JOIN = 1;
  const SECOND_JOIN = 0.5;
  const STEP = 1 / 16;
  const NODES = Array.from({ length: 148 }, (_, i) => STEP * (i + 1));
  const WEIGHTS = NODES.map((z) => STEP * C0 * z * z * Math.exp((-z * z) / 2));

  /* [e^q K₀(q), e^q K₁(q)] for q in (0, 1/4]: ascending series, whose terms all have one sign there. */
  function scaledBessel(q) {
    const square = (q * q) / 4;
    const logarithm = -Math.log(q / 2) - EULER;
    let power = 1; // (q²/4)^i / (i!)²
    let harmonic = 0;
    let k0 = 0;
    let k1 = 0;
    for (let i = 0; i < TERMS; i += 1) {
      k0 += power * (logarithm + harmonic);
      k1 -= (power / (i + 1)) * (logarithm + harmonic + 0.5 / (i + 1));
      harmonic += 1 / (i + 1);
      power *= square / ((i + 1) * (i + 1));
    }
    return [Math.exp(q) * k0, Math.exp(q) * (1 / q + (q / 2) * k1)];
  }

  /* exp(x²) erfc(x) for x in [0, 1]: exp(x²) less a series of positive terms. */
  function scaledErfc(x) {
    let term = (2 / Math.sqrt(Math.PI)) * x;
    let sum = 0;
    for (let i = 1; term > 1e-18 * sum; i += 1) {
      sum += term;
      term *= (2 * x * x) / (2 * i + 1);
    }
    return Math.exp(x * x) - sum;
  }

  /* q = k²/4, M = c₀ q (κ₁ - κ₀) and c₀ q κ₀, with κ = e^q K. */
  function bessel(k) {
    const q = Math.max((k * k) / 4, SMALLEST_BESSEL_ARGUMENT);
    const [k0, k1] = scaledBessel(q);
    return [q, C0 * q * (k1 - k0), C0 * q * k0];
  }

  const gap = (k) => Math.sqrt(Math.PI / 2) * k * scaledErfc(k / Math.SQRT2);

  /* The sum over every `stride`-th node; x = (z/c)², k2 = (k/c)², d = x + k2 with c = max(1, k). */
  function quadrature(integrand, k, stride) {
    const inverse = 1 / Math.max(k, 1);
    const k2 = Math.min(k, 1) ** 2;
    let sum = 0;
    for (let i = stride - 1; i < NODES.length; i += stride) {
      const z2 = NODES[i] * NODES[i];
      const x = z2 * inverse * inverse;
      sum += WEIGHTS[i] * integrand(x, k2, x + k2, z2);
    }
    return stride * sum;
  }

  function moment(power, join, closedForm, integrand) {
    const stride = (k) => (k < 1 ? 1 : k < 2 ? 2 : 4);
    const scaled = (k) => (k < join ? closedForm(k) : quadrature(integrand, k, stride(k)));
    return { scaled, at: (k) => scaled(k) / Math.max(k, 1) ** power };
  }

  return {
    scaledBessel,
    scaledErfc,
    crossMoment: moment(1, FIRST_JOIN, (k) => bessel(k)[1], (x, k2, d) => 1 / Math.sqrt(d)),
    crossSlope: moment(
      1,
      FIRST_JOIN,
      (k) => {
        const [q, m, b] = bessel(k);
        return (1 - 4 * q) * m + 2 * b;
      },
      (x, k2, d) => (x + 2 * k2) / (d * Math.sqrt(d)),
    ),
    crossBend: moment(
      3,
      SECOND_JOIN,
      (k) => {
        const [q, m, b] = bessel(k);
        return (1 - 12 * q - 16 * q * q) * m + 4 * (1 + 2 * q) * b;
      },
      (x, k2, d, z2) => (z2 * (x + 4 * k2)) / (d * d * Math.sqrt(d)),
    ),
    squareMoment: moment(2, FIRST_JOIN, (k) => 1 - gap(k), (x, k2, d) => 1 / d),
    squareSlope: moment(
      2,
      SECOND_JOIN,
      (k) => ((1 + k * k) * gap(k) - k * k) / 2,
      (x, k2, d) => k2 / (d * d),
    ),
    squareBendS: moment(
      4,
      SECOND_JOIN,
      (k) => ((3 + 6 * k ** 2 + k ** 4) * gap(k) - k * k * (5 + k * k)) / 8,
      (x, k2, d, z2) => (k2 * z2) / d ** 3,
    ),
    squareBendN: moment(
      2,
      SECOND_JOIN,
      (k) => ((1 - 2 * k ** 2 - k ** 4) * gap(k) + k * k * (1 + k * k)) / 8,
      (x, k2, d) => (k2 * k2) / d ** 3,
    ),
  };
})();
