"""The range of a network over a ball of perturbations, from which the worst-case loss follows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import erf

from theory.norms import lp_norm
from theory.validation import FloatArray, finite, nonnegative, real_array


@dataclass(frozen=True, eq=False)
class Range:
    """Brackets of min f and max f over the balls around samples; four arrays of one shape.

    `low_outer` <= min f <= `low` and `high` <= max f <= `high_outer`; `low` and `high` are attained. Where the range
    is exact both ends coincide.
    """

    low: FloatArray
    high: FloatArray
    low_outer: FloatArray
    high_outer: FloatArray

    def worst_loss(self, y: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Lower and upper bounds of max {(f(x + δ) - y)²}, for responses broadcast with the range."""
        response = np.asarray(y)
        inner, outer = (
            np.maximum(np.abs(low - response), np.abs(high - response)) ** 2
            for low, high in ((self.low, self.high), (self.low_outer, self.high_outer))
        )
        return inner, outer

    def expected_loss(self, signal: ArrayLike, noise_std: float) -> tuple[FloatArray, FloatArray]:
        """The same in the mean over y ~ N(signal, σ²)."""
        inner = expected_worst_loss(self.low, self.high, signal, noise_std)
        return inner, expected_worst_loss(self.low_outer, self.high_outer, signal, noise_std)


def expected_worst_loss(low: ArrayLike, high: ArrayLike, signal: ArrayLike, noise_std: float) -> FloatArray:
    """Return E max((low - y)², (high - y)²) over y ~ N(signal, σ²); arguments are broadcast.

    With m and w the middle and half the width of [low, high] it is E(|y - m| + w)² = σ² + μ² + w² + 2 w E|y - m|,
    μ = signal - m and E|y - m| = σ √(2/π) exp(-μ²/2σ²) + μ erf(μ/(√2 σ)). It increases with high and decreases
    with low. Raises ValueError for a noise_std that is negative or not finite.
    """
    sigma = nonnegative("noise_std", noise_std)
    bottom, top = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
    offset, half = np.asarray(signal) - (bottom / 2 + top / 2), top / 2 - bottom / 2
    distance = np.abs(offset)
    if sigma > 0:
        with np.errstate(over="ignore"):
            t = offset / (np.sqrt(2) * sigma)
            distance = sigma * np.sqrt(2 / np.pi) * np.exp(-(t**2)) + offset * erf(t)
    risk: FloatArray = sigma**2 + offset**2 + half**2 + 2 * half * distance
    return risk


def two_slope_range(X: ArrayLike, positive: ArrayLike, negative: ArrayLike, radius: float) -> Range:
    """Return the exact range of f(x) = (pᵀx)₊ - (-qᵀx)₊ over balls of l2 radius ε around samples.

    f = max(pᵀx, 0) + min(qᵀx, 0) = max(min(pᵀx, pᵀx + qᵀx), min(0, qᵀx)): the larger of two concave functions, each
    the smaller of two linear ones. Its maximum over the ball is that of one linear function where it is the smaller
    there, and otherwise lies on qᵀx = 0, where both agree; min f is -max of the same with (p, q) = (-q, -p). Exact to
    some d EPS of (‖p‖ + ‖q‖)(‖x‖ + ε).

    `X` has shape (..., n, d); `positive`, p, and `negative`, q, have shape (..., d); the result's arrays (..., n).
    Raises ValueError for shapes that do not fit, entries that are not finite and a negative radius.
    """
    samples, p, q = (
        finite(name, real_array(name, value))
        for name, value in (("X", X), ("positive", positive), ("negative", negative))
    )
    if samples.ndim < 2 or p.ndim == 0 or p.shape != q.shape or p.shape[-1] != samples.shape[-1]:
        shapes = f"{samples.shape}, {p.shape} and {q.shape}"
        raise ValueError(f"X, positive and negative must have shapes (..., n, d), (..., d) and (..., d), got {shapes}")
    epsilon = nonnegative("radius", radius)
    high = _largest(samples, p, q, epsilon)
    low = -_largest(samples, -q, -p, epsilon)
    return Range(low, high, low, high)


def _largest(X: FloatArray, p: FloatArray, q: FloatArray, radius: float) -> FloatArray:
    """max f over the balls."""
    size_p, size_q, size_both = (lp_norm(v, 2.0)[..., None] for v in (p, q, p + q))
    unit = np.divide(q, size_q, out=np.zeros_like(q), where=size_q > 0)
    along = _product(p, unit)[..., None]
    across = lp_norm(p - along * unit, 2.0)[
        ..., None
    ]  # not a root of ‖p‖² less a square, which is EPS, not 0, for p ∥ q
    a, t = _products(X, p), _products(X, unit)
    at_p = t + radius * _ratio(along, size_p)  # qᵀx/‖q‖ where pᵀx is largest
    at_both = t + radius * _ratio(along + size_q, size_both)  # and where (p + q)ᵀx is
    edge = a - along * t + np.sqrt(np.maximum((radius - t) * (radius + t), 0.0)) * across
    turned = np.where(at_both <= 0, _products(X, p + q) + radius * size_both, edge)
    largest: FloatArray = np.maximum(
        np.where(at_p >= 0, a + radius * size_p, turned), np.minimum((t + radius) * size_q, 0.0)
    )
    return largest


def _product(left: FloatArray, right: FloatArray) -> FloatArray:
    product: FloatArray = np.einsum("...d,...d->...", left, right)
    return product


def _products(X: FloatArray, vector: FloatArray) -> FloatArray:
    product: FloatArray = np.einsum("...nd,...d->...n", X, vector)
    return product


def _ratio(part: FloatArray, whole: FloatArray) -> FloatArray:
    ratio: FloatArray = np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
    return ratio
