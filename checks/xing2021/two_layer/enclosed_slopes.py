"""The adversarial risk of two slopes in d = 1 in ball arithmetic, zone by zone: shares no code with its quadrature."""

from collections.abc import Callable
from functools import lru_cache

from flint import acb, arb, ctx

from checks.enclosure import Ball
from checks.xing2021.low_dimension.gaussianity_is_not_needed_with_exponential_moments import Compact, compact_laws

PRECISION = 128
CUTOFF = 20
"""Of a Gaussian x; what lies beyond is bounded."""
NEARNESS = 1e-6


def skewed_law() -> Compact:
    """The standardised Beta(1, 6) law."""
    return compact_laws()[3]


def risk(law: Compact | None, slopes: tuple[Ball, Ball], noise_std: float, radius: float) -> Ball:
    """E max {(f(x + δ) - y)² : |δ| ≤ ε}, f(x) = p x or q x by the sign of x, p and q not negative, y = x + noise.

    f is largest at x + ε and smallest at x - ε, which lie on the sides of 0 that |x| and ε say. `law` None is the
    standard Gaussian.
    """
    epsilon, sigma = arb(radius), arb(noise_std)
    p, q = slopes
    zones = ((None, -epsilon, q, q), (-epsilon, epsilon, q, p), (epsilon, None, p, p))
    total = arb(0)
    for low, high, lower, upper in zones:
        for left, right in _pieces(law):
            start, stop = left if low is None else left.max(low), right if high is None else right.min(high)
            if start < stop:
                total += _integral(law, start, stop, lower, upper, sigma, epsilon)
    return total if law is not None else total + _tail(p.max(q), sigma, epsilon)


def _pieces(law: Compact | None) -> tuple[tuple[Ball, Ball], ...]:
    return ((arb(-CUTOFF), arb(CUTOFF)),) if law is None else tuple((arb(a), arb(b)) for a, b in law.pieces)


def _integral(
    law: Compact | None, start: Ball, stop: Ball, lower: Ball, upper: Ball, sigma: Ball, epsilon: Ball
) -> Ball:
    """Of E (|y - m| + w)², m the middle and w half the width of [lower (x - ε), upper (x + ε)], over start to stop."""
    scale = arb(2).sqrt() * sigma

    def loss(x: Ball, analytic: bool) -> Ball:
        bottom, top = lower * (x - epsilon), upper * (x + epsilon)
        offset, half = x - (bottom + top) / 2, (top - bottom) / 2
        distance = scale / arb.pi().sqrt() * (-((offset / scale) ** 2)).exp() + offset * (offset / scale).erf()
        density = law.density(x) if law is not None else (-x * x / 2).exp() / (2 * arb.pi()).sqrt()
        return (sigma**2 + offset**2 + half**2 + 2 * half * distance) * density

    return acb.integral(loss, start, stop).real


def _tail(slope: Ball, sigma: Ball, epsilon: Ball) -> Ball:
    """What |x| > 20 adds: at most 2 (x² + σ²) + 4 slope² (x² + ε²) under a Gaussian of density φ(20)/20 there."""
    density = (-(arb(CUTOFF) ** 2) / 2).exp() / (2 * arb.pi()).sqrt()
    mass = density / CUTOFF
    square = CUTOFF * density + mass
    bound = 2 * ((2 + 4 * slope**2) * square + (2 * sigma**2 + 4 * slope**2 * epsilon**2) * mass)
    return arb(0).union(bound)


@lru_cache(maxsize=64)
def least_linear(skewed: bool, near: float, noise_std: float, radius: float) -> Ball:
    """R*, enclosed around a slope near θ*; NaN where that is not near enough."""
    law = skewed_law() if skewed else None
    return least(near, lambda slope: risk(law, (slope, slope), noise_std, radius))


def least(near: float, risk_at: Callable[[Ball], Ball]) -> Ball:
    """The least value of a convex function of a slope, enclosed by its values at `near` and a little aside.

    When it is higher on both sides its minimum lies between them, and on either side of `near` above the line through
    the values at `near` and at the other side. NaN when it is not higher.
    """
    with ctx.workprec(PRECISION):
        middle_slope, step = arb(near), arb(NEARNESS)
        left, middle, right = (risk_at(middle_slope + side * step) for side in (-1, 0, 1))
        if not (left > middle and right > middle):
            return arb("nan")
        return (middle - (left - middle).max(right - middle)).union(middle)
