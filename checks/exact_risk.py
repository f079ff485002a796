"""The adversarial risk of one problem in ball arithmetic: every float64 of a problem is an exact rational."""

from collections.abc import Sequence

import numpy as np
from flint import arb

from checks.enclosure import Ball
from checks.problem import Problem
from theory.validation import FloatArray

PRECISION = 1024  # bits: products of a few float64 numbers and a step of 2^-200 are exact
STEP = arb(2) ** -200


def balls(vector: FloatArray) -> list[Ball]:
    """The entries of a vector as exact balls."""
    return [arb(float(x)) for x in vector]


def moved(theta: Sequence[Ball], axis: int, step: Ball) -> list[Ball]:
    """θ with `step` added to one coordinate."""
    return [x + step if i == axis else x for i, x in enumerate(theta)]


def dual_norm(theta: Sequence[Ball], norm: float) -> Ball:
    """‖θ‖₁ for the linf attack, ‖θ‖₂ for the l2 attack."""
    if np.isinf(norm):
        return sum((abs(x) for x in theta), arb(0))
    return sum((x * x for x in theta), arb(0)).sqrt()


def product(left: Sequence[Ball], right: Sequence[Ball]) -> Ball:
    """The inner product of two vectors."""
    return sum((x * y for x, y in zip(left, right, strict=True)), arb(0))


def signal(case: Problem) -> list[Ball]:
    """The entries of Σθ₀."""
    truth = balls(case.population.true_coefficients)
    return [product(balls(row), truth) for row in case.population.covariance]


def residual_std(case: Problem, theta: Sequence[Ball]) -> Ball:
    """s = sqrt((θ - θ₀)ᵀΣ(θ - θ₀) + σ²)."""
    error = [x - y for x, y in zip(theta, balls(case.population.true_coefficients), strict=True)]
    spread = product([product(balls(row), error) for row in case.population.covariance], error)
    return (spread + arb(case.population.noise_std) ** 2).sqrt()


def mean_loss(s: Ball, attack: Ball) -> Ball:
    """E (|e| + t)² for e ~ N(0, s²), from the two moments of |e|, and t = `attack`."""
    return s * s + 2 * (2 / arb.pi()).sqrt() * s * attack + attack * attack


def risk(case: Problem, theta: Sequence[Ball]) -> Ball:
    """The adversarial risk of θ for the problem's population, radius and norm."""
    return mean_loss(residual_std(case, theta), arb(case.radius) * dual_norm(theta, case.norm))


def slope(case: Problem, theta: Sequence[Ball], axis: int, sign: int) -> Ball:
    """The one-sided derivative of the risk at θ along an axis, enclosed by a difference quotient over 2^-200.

    The risk is convex (the mean of a squared non-negative convex function), so the quotient D bounds the derivative
    from above; and it is twice differentiable between the two points, with second derivative at most H there, so
    D - H 2^-200 bounds it from below.
    """
    end = moved(theta, axis, sign * STEP)
    quotient = (risk(case, end) - risk(case, theta)) / STEP
    return (quotient - _curvature(case, theta, end, axis) * STEP).union(quotient)


def _curvature(case: Problem, theta: Sequence[Ball], end: Sequence[Ball], axis: int) -> Ball:
    """A bound on the second derivative along an axis between two points without a kink in between, linf attack.

    2q² (1 + εc₀ m/s) - 2εc₀ (m/s) s'² ± 4εc₀ s' + 2ε² with q² = Σ_jj and |s'| <= q; where s vanishes at one end it is
    linear along the axis, s' = q, and the terms in 1/s cancel.
    """
    q, strength = arb(float(case.population.covariance[axis, axis])).sqrt(), arb(case.radius)
    start, stop = residual_std(case, theta), residual_std(case, end)
    steep = arb(0) if start == 0 or stop == 0 else dual_norm(theta, case.norm) + dual_norm(end, case.norm)
    smallest = arb(1) if steep == 0 else start.min(stop) - q * STEP
    return 2 * q * q * (1 + strength * steep / smallest) + 4 * strength * q + 2 * strength**2


def lower_bound(case: Problem, direction: Sequence[Ball]) -> Ball:
    """A number that the risk of no θ is below, for any w = `direction`; sharp at the minimiser for w = θ* - θ₀.

    With S² = wᵀΣw + σ², Cauchy-Schwarz gives s >= ((θ - θ₀)ᵀΣw + σ²)/S, and, since R is the squared length of
    (s + εc₀m, ε√(1 - c₀²) m), √R >= a s + b m for b = ε (c₀ cos φ + √(1 - c₀²) sin φ), any φ and 0 <= a <= cos φ.
    Where b >= a ‖Σw‖/S, in the norm dual to m, the terms in θ add up to at least 0, which leaves a (σ² - θ₀ᵀΣw)/S.
    The largest such a is cos φ for the least φ >= 0 that allows it; beyond cos φ = c₀, where b = ε is largest, it is
    ε S/‖Σw‖.
    """
    population, radius, c0 = case.population, arb(case.radius), (2 / arb.pi()).sqrt()
    rise = [product(balls(row), direction) for row in population.covariance]
    noise = arb(population.noise_std) ** 2
    length = (product(rise, direction) + noise).sqrt()
    size = max((abs(x) for x in rise), key=lambda x: float(x.upper())) if np.isinf(case.norm) else dual_norm(rise, 2)
    tangent = ((size / length / radius - c0) / (1 - c0**2).sqrt()).max(arb(0))
    weight = radius * length / size if radius * length < c0 * size else 1 / (1 + tangent**2).sqrt()
    value = weight * (noise - product(rise, balls(population.true_coefficients))) / length
    return value.max(arb(0)) ** 2
