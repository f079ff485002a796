"""Gaussian moments of the smoothed l2 attack, M(k) and H(k), with the combinations its derivatives need.

With a standard normal Z, D = Z² + k² and δ = k d/dk the moments are

    cross_moment   M = E[Z² / √D]                                  power 1
    cross_slope    M - δM = E[Z² (Z² + 2k²) / D^(3/2)]             power 1
    cross_bend     M - δ²M = E[Z⁴ (Z² + 4k²) / D^(5/2)]            power 3
    cross_turn     δ²M - δM = E[k² Z² (2k² - Z²) / D^(5/2)]        power 1
    square_moment  H = E[Z² / D]                                   power 2
    square_slope   -δH/2 = E[k² Z² / D²]                           power 2
    square_bend_s  -(δ²H + 2δH)/8 = E[k² Z⁴ / D³]                  power 4
    square_bend_n  (δ²H - 2δH)/8 = E[k⁴ Z² / D³]                   power 2

All terms but those of cross_turn, which changes its sign, are positive, so nothing cancels; times max(1, k)^power each
stays bounded for every k in [0, inf].
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import erfcx, k0e, k1e

from theory.validation import FloatArray, real_array

# The closed forms lose at most a factor of five to cancellation below these shapes.
FIRST_JOIN, SECOND_JOIN = 1.0, 0.5

# Above them the trapezoidal rule of step h is used. Its integrands are analytic but for poles or branch points at
# ±ik, of order at most three, so the relative error is about (2πk/h)² exp(k²/2 - 2πk/h): at most 3e-18 at
# k/h = 8 and k <= 2. Less than 1e-16 of the integral lies beyond z = 9.25. From each shape in DOUBLING on the
# step is doubled; the last, 1/4, is enough for every larger k, as the Gaussian alone leaves exp(-32π²).
STEP = SECOND_JOIN / 8
DOUBLING = (1.0, 2.0)
NODES = STEP * np.arange(1.0, 149.0)
WEIGHTS = STEP * np.sqrt(2 / np.pi) * NODES**2 * np.exp(-(NODES**2) / 2)

# K₁ overflows for smaller arguments, where M equals M(0) to rounding.
SMALLEST_BESSEL_ARGUMENT = 1e-300
TINY_SHAPE = 1e-10  # below, e^q K₀(q) equals its limit log(8/k²) - γ to rounding
SMALLEST = 5e-324  # for the logarithm of a shape of 0

# Entries of the (nodes x batch) arrays handled at once: small enough to stay in a second-level cache.
BLOCK_SIZE = 2**14


class Scale(NamedTuple):
    """The shape k split into level / inverse: both are finite, also at k = inf."""

    level: FloatArray
    inverse: FloatArray


class Ratio(NamedTuple):
    """What the integrands are made of, over nodes x batch: Z², (Z/c)², (k/c)² and D/c² with c = max(1, k)."""

    z2: FloatArray
    x: FloatArray
    k2: FloatArray
    d: FloatArray


@dataclass(frozen=True)
class Moment:
    """A Gaussian moment of the shape k in [0, inf], accurate to a few units in the last place.

    Below `join` it is evaluated by its closed form, from there on as E[Z² integrand] by the trapezoidal rule.
    """

    power: int
    closed_form: Callable[[FloatArray], FloatArray]
    integrand: Callable[[Ratio], FloatArray]
    join: float

    def __call__(self, shape: ArrayLike) -> FloatArray:
        """Return the moment at `shape` (any array of numbers in [0, inf])."""
        k = real_array("shape", shape)
        return self.scaled(k) * split(k).inverse ** self.power

    def scaled(self, shape: ArrayLike) -> FloatArray:
        """Return the moment times max(1, k)^power at `shape`, which neither under- nor overflows."""
        k = real_array("shape", shape)
        if not np.all(k >= 0):
            raise ValueError(f"shape must lie in [0, inf], got {shape!r}")
        stride = np.where(k < self.join, 0, 2 ** np.digitize(k, DOUBLING))
        result = np.empty_like(k)
        for step in np.unique(stride):
            here = stride == step
            result[here] = self._quadrature(k[here], step) if step else self.closed_form(k[here])
        return result

    def _quadrature(self, k: FloatArray, stride: int) -> FloatArray:
        level, inverse = split(k)
        inverse2, k2 = inverse**2, level**2

        def integrand(z: FloatArray) -> FloatArray:
            z2 = z[:, None] ** 2
            x = z2 * inverse2
            return self.integrand(Ratio(z2, x, k2, x + k2))

        nodes = slice(stride - 1, None, stride)
        return integrate(integrand, NODES[nodes], stride * WEIGHTS[nodes], k.size)


def split(shape: FloatArray) -> Scale:
    """Return level = min(k, 1) and inverse = 1 / max(k, 1) for every k in [0, inf]."""
    k = np.asarray(shape, dtype=np.float64)
    return Scale(np.minimum(k, 1.0), 1 / np.maximum(k, 1.0))


def attack_shape(residual_std: FloatArray, coefficient_norm: FloatArray, smoothing: FloatArray | float) -> FloatArray:
    """Return k = ξ / (2 s n) in [0, inf]; 0 where ξ = 0, and inf where only s n = 0.

    Exponents are added apart from the mantissas, so that no product leaves the range of float64.
    """
    s, s_exponent = np.frexp(residual_std)
    n, n_exponent = np.frexp(coefficient_norm)
    xi, xi_exponent = np.frexp(smoothing)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        k = np.ldexp(xi / (2 * s * n), xi_exponent - s_exponent - n_exponent)
    return np.where(xi == 0, 0.0, k)


def damped_ratio(a: FloatArray, b: FloatArray, shape: FloatArray, smoothing: float) -> FloatArray:
    """Return a / (b max(1, k)) for k = ξ / (2ab): the smaller of a/b and 2a²/ξ, and 0 for 0/0 at ξ = 0."""
    with np.errstate(over="ignore", under="ignore"):
        plain = safe_divide(a, b)
        return plain if smoothing == 0 else np.where(shape <= 1, plain, 2 * (a / np.sqrt(smoothing)) ** 2)


def safe_divide(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return a / b, and 0 where b = 0."""
    a, b = np.broadcast_arrays(a, b)
    quotient: FloatArray = np.divide(a, b, out=np.zeros_like(a), where=b != 0)
    return quotient


def safe_multiply(factor: FloatArray, vector: FloatArray) -> FloatArray:
    """Return factor[..., None] * vector, and 0 where the vector is 0, also for a factor out of range."""
    product: FloatArray = np.multiply(factor[..., None], vector, out=np.zeros_like(vector), where=vector != 0)
    return product


def integrate(
    integrand: Callable[[FloatArray], FloatArray], nodes: FloatArray, weights: FloatArray, size: int
) -> FloatArray:
    """Return the sum of weights times integrand(nodes), a block of nodes at a time.

    The integrand has the nodes on its first axis and about `size` entries for each of them.
    """
    block = max(1, BLOCK_SIZE // max(1, size))
    parts = [slice(start, start + block) for start in range(0, len(nodes), block)]
    sums = [np.tensordot(weights[part], integrand(nodes[part]), axes=1) for part in parts]
    total: FloatArray = np.sum(sums, axis=0)
    return total


def _bessel(k: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    # q = k²/4, M = c₀ q (κ₁ - κ₀) and c₀ q κ₀ with κ = e^q K; δ of each is again a combination of the three.
    q = np.maximum(k * k / 4, SMALLEST_BESSEL_ARGUMENT)
    c0_q = np.sqrt(2 / np.pi) * q
    return q, c0_q * (k1e(q) - k0e(q)), c0_q * k0e(q)


def _cross_moment(k: FloatArray) -> FloatArray:
    return _bessel(k)[1]


def _cross_slope(k: FloatArray) -> FloatArray:
    q, m, b = _bessel(k)
    return (1 - 4 * q) * m + 2 * b


def _cross_bend(k: FloatArray) -> FloatArray:
    q, m, b = _bessel(k)
    return (1 - 12 * q - 16 * q**2) * m + 4 * (1 + 2 * q) * b


def _cross_turn(k: FloatArray) -> FloatArray:
    # (8q + 16q²) M - (2 + 8q) c₀ q κ₀, where neither the clipped q nor k² out of range does harm: k is squared last.
    q, m, _ = _bessel(k)
    limit = np.log(8) - np.euler_gamma - 2 * np.log(np.maximum(k, SMALLEST))
    growing = np.sqrt(2 / np.pi) * np.where(k < TINY_SHAPE, limit, k0e(q))
    turn: FloatArray = k / 4 * (8 * (1 + 2 * q) * m - (2 + 8 * q) * growing) * k
    return turn


def _gap(k: FloatArray) -> FloatArray:
    # g = 1 - H, and δg = (1 + k²) g - k².
    gap: FloatArray = np.sqrt(np.pi / 2) * k * erfcx(k / np.sqrt(2))
    return gap


def _square_moment(k: FloatArray) -> FloatArray:
    return 1 - _gap(k)


def _square_slope(k: FloatArray) -> FloatArray:
    return ((1 + k**2) * _gap(k) - k**2) / 2


def _square_bend_s(k: FloatArray) -> FloatArray:
    return ((3 + 6 * k**2 + k**4) * _gap(k) - k**2 * (5 + k**2)) / 8


def _square_bend_n(k: FloatArray) -> FloatArray:
    return ((1 - 2 * k**2 - k**4) * _gap(k) + k**2 * (1 + k**2)) / 8


cross_moment = Moment(1, _cross_moment, lambda r: 1 / np.sqrt(r.d), FIRST_JOIN)
cross_slope = Moment(1, _cross_slope, lambda r: (r.x + 2 * r.k2) / (r.d * np.sqrt(r.d)), FIRST_JOIN)
cross_bend = Moment(3, _cross_bend, lambda r: r.z2 * (r.x + 4 * r.k2) / (r.d**2 * np.sqrt(r.d)), SECOND_JOIN)
cross_turn = Moment(1, _cross_turn, lambda r: r.k2 * (2 * r.k2 - r.x) / (r.d**2 * np.sqrt(r.d)), SECOND_JOIN)
square_moment = Moment(2, _square_moment, lambda r: 1 / r.d, FIRST_JOIN)
square_slope = Moment(2, _square_slope, lambda r: r.k2 / r.d**2, SECOND_JOIN)
square_bend_s = Moment(4, _square_bend_s, lambda r: r.k2 * r.z2 / r.d**3, SECOND_JOIN)
square_bend_n = Moment(2, _square_bend_n, lambda r: r.k2**2 / r.d**3, SECOND_JOIN)
