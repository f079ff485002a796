"""The adversarial training objective of a linear model, and a lower bound on it that certifies a minimiser.

P(θ) = (1/n) Σ (|rᵢ| + ε‖θ‖)² + λ‖θ‖₁ with r = y - Xθ and ‖·‖ the norm dual to the attack's. Its Lagrangian dual, with a
multiplier α for r = y - Xθ, is D(α, p) = αᵀy - (n/4) Σ pᵢ² over pᵢ >= |αᵢ| and ε Σ pᵢ >= β(α), where
β(α) = max {αᵀXθ - λ‖θ‖₁ : ‖θ‖ = 1}: the l2 norm of Xᵀα soft-thresholded at λ (l2 attack), or the excess of ‖Xᵀα‖_inf
over λ (linf attack). Every admissible (α, p) bounds P from below, however it was found.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theory.population import EPS
from theory.validation import FloatArray


@dataclass(frozen=True, eq=False)
class Problem:
    """Data X (B, n, d) and y (B, n) with entries of order 1, ε and λ (B,), and the attack's norm, 2 or inf.

    `by_samples`: whether Newton systems are solved for n unknowns, not d; `gram` is XXᵀ where that helps to form them.
    """

    X: FloatArray
    y: FloatArray
    radius: FloatArray
    l1: FloatArray
    norm: float
    by_samples: bool = False
    gram: FloatArray | None = None


def times(matrix: FloatArray, vector: FloatArray) -> FloatArray:
    """Return the matrix-vector products of (..., n, d) and (..., d)."""
    product: FloatArray = (matrix @ vector[..., None])[..., 0]
    return product


def transposed_times(matrix: FloatArray, vector: FloatArray) -> FloatArray:
    """Return the matrix-vector products of the transposes of (..., n, d), and (..., n)."""
    product: FloatArray = (vector[..., None, :] @ matrix)[..., 0, :]
    return product


def length(vector: FloatArray) -> FloatArray:
    """Return the l2 norm over the last axis, of entries whose squares are in range."""
    size: FloatArray = np.sqrt(np.sum(vector * vector, axis=-1))
    return size


def objective(problem: Problem, residuals: FloatArray, coefficients: FloatArray) -> FloatArray:
    """Return P = (1/n) Σ (|rᵢ| + ε‖θ‖)² + λ‖θ‖₁ for residuals (B, n) and coefficients (B, d); shape (B,)."""
    total = np.abs(coefficients).sum(axis=-1)
    size = total if math.isinf(problem.norm) else length(coefficients)
    attacked = np.abs(residuals) + (problem.radius * size)[:, None]
    value: FloatArray = np.mean(attacked**2, axis=-1) + problem.l1 * total
    return value


def pull(problem: Problem, correlations: FloatArray) -> FloatArray:
    """Return β = max {gᵀθ - λ‖θ‖₁ : ‖θ‖ = 1}, cut at 0, for correlations g = Xᵀα of shape (B, d)."""
    beyond = np.maximum(np.abs(correlations) - problem.l1[:, None], 0.0)
    return beyond.max(axis=-1) if math.isinf(problem.norm) else length(beyond)


def null_is_optimal(problem: Problem) -> NDArray[np.bool_]:
    """Whether θ = 0 minimises P: β(2y/n) <= 2ε mean|y|, the subgradient condition, exact up to rounding; (B,)."""
    slope = 2 / problem.y.shape[1] * transposed_times(problem.X, problem.y)
    null: NDArray[np.bool_] = pull(problem, slope) <= 2 * problem.radius * np.abs(problem.y).mean(axis=-1)
    return null


def allowances(multipliers: FloatArray, radius: FloatArray, needed: FloatArray) -> FloatArray:
    """Return the p of least norm with p >= |α| and ε Σ p >= `needed`: p = max(|α|, τ) with one level τ; (B, n).

    τ solves ε Σ max(|αᵢ|, τ) = needed, which is linear between the sorted |αᵢ|. Infinite where ε = 0 < needed.
    """
    magnitude = np.abs(multipliers)
    with np.errstate(over="ignore"):
        total = np.divide(needed, radius, out=np.where(needed > 0, np.inf, 0.0), where=radius > 0)
    ascending = np.sort(magnitude, axis=-1)
    above = np.flip(np.cumsum(np.flip(ascending, -1), axis=-1), -1) - ascending
    reached = np.arange(1, magnitude.shape[-1] + 1) * ascending + above <= total[:, None]
    count = reached.sum(axis=-1)
    rest = np.take_along_axis(above, np.maximum(count - 1, 0)[:, None], -1)[:, 0]
    level = np.where(count > 0, (total - rest) / np.maximum(count, 1), 0.0)
    least: FloatArray = np.maximum(magnitude, level[:, None])
    return least


def certified_gap(
    problem: Problem, coefficients: FloatArray, multipliers: FloatArray, tight: bool = False
) -> FloatArray:
    """Return a bound on (P(θ) - min P)/P(θ) from any α (B, n), rounding errors included on the safe side; (B,).

    Relative to EPS P(0) where P is smaller than that: such residuals float64 cannot tell from 0. A tight bound allows
    for one rounding of each residual and correlation, not for those within; it takes longer.
    """
    return relative_gap(problem, upper_bound(problem, coefficients, tight), lower_bound(problem, multipliers, tight))


def relative_gap(problem: Problem, upper: FloatArray, lower: FloatArray) -> FloatArray:
    """Return (upper - lower)/max(upper, EPS P(0)), 0 where that is 0/0."""
    scale = np.maximum(upper, EPS * np.mean(problem.y**2, axis=-1))
    gap: FloatArray = np.divide(np.maximum(upper - lower, 0.0), scale, out=np.zeros_like(scale), where=scale > 0)
    return gap


def upper_bound(problem: Problem, coefficients: FloatArray, tight: bool = False) -> FloatArray:
    """Return P at the coefficients, rounded up: at least the exact value for these float64 data."""
    n, d = problem.X.shape[1:]
    residuals = largest_residuals(problem.X, problem.y, coefficients, tight)
    upper: FloatArray = objective(problem, residuals, coefficients) * (1 + (n + 2 * d + 8) * EPS)
    return upper


def lower_bound(problem: Problem, multipliers: FloatArray, tight: bool = False) -> FloatArray:
    """Return a lower bound on min P from multipliers α (B, n), rounded down; (B,).

    The best of three multiples of α: α itself; the one that needs no τ (the only one where ε = 0 < λ); and for λ = 0,
    where D is quadratic along the ray, the best multiple.
    """
    n, d = problem.X.shape[1:]
    nothing = np.zeros_like(problem.X[:, 0])
    correlations = largest_residuals(np.swapaxes(problem.X, 1, 2), nothing, multipliers, tight)
    gain = _gain(problem, multipliers, tight)

    def cost(scale: FloatArray) -> FloatArray:
        needed = pull(problem, scale[:, None] * correlations) * (1 + (d + 8) * EPS)
        p = allowances(scale[:, None] * multipliers, problem.radius, needed) * (1 + 4 * n * EPS)
        with np.errstate(over="ignore"):
            squares: FloatArray = n / 4 * np.sum(p * p, axis=-1) * (1 + (n + 4) * EPS)
        return squares

    one, largest = np.ones_like(gain), correlations.max(axis=-1)
    plain = cost(one)
    ray = (problem.l1 == 0) & (plain > 0) & np.isfinite(plain) & (gain > 0)
    best = np.divide(gain, 2 * plain, out=one.copy(), where=ray)
    modest = np.divide(problem.l1, largest, out=one.copy(), where=largest > problem.l1) * (1 - (d + 8) * EPS)
    values = [scale * gain - 2 * EPS * np.abs(scale * gain) - cost(scale) for scale in (one, best, modest)]
    bound: FloatArray = np.maximum(np.max(values, axis=0), 0.0)
    return bound


def _gain(problem: Problem, multipliers: FloatArray, tight: bool) -> FloatArray:
    """αᵀy rounded down; (B,)."""
    if tight:
        pairs = zip(problem.y, multipliers, strict=True)
        gain: FloatArray = np.concatenate([rounded_residuals(-y[None], np.zeros(1), alpha) for y, alpha in pairs])
        return np.asarray(gain - EPS * np.abs(gain))
    gains = multipliers * problem.y
    lower: FloatArray = gains.sum(axis=-1) - gains.shape[1] * EPS * np.abs(gains).sum(axis=-1)
    return lower


def largest_residuals(matrix: FloatArray, target: FloatArray, vector: FloatArray, tight: bool) -> FloatArray:
    """Return bounds on the magnitudes of target - matrix vector, of shapes (B, m), (B, m, k) and (B, k)."""
    if tight:
        parts = zip(matrix, target, vector, strict=True)
        return np.array([np.abs(rounded_residuals(*part)) for part in parts]) * (1 + EPS)
    product, error = enclosed_product(matrix, vector)
    largest: FloatArray = np.abs(target - product) * (1 + EPS) + error
    return largest


def enclosed_product(matrix: FloatArray, vector: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the products of (B, m, k) and (B, k), and a bound on their rounding errors, underflow aside; each (B, m).

    In blocks of √k columns, added up one after the other: k terms summed in any order err by at most k EPS/2 times the
    sum of their magnitudes, a second-order term included in EPS, so that two levels err by 2√k + 2 such units.
    """
    k = matrix.shape[-1]
    block = math.isqrt(k - 1) + 1
    product, magnitude = np.zeros(matrix.shape[:-1]), np.zeros(matrix.shape[:-1])
    for i in range(0, k, block):
        columns, entries = matrix[..., i : i + block], vector[..., i : i + block]
        product += times(columns, entries)
        magnitude += times(np.abs(columns), np.abs(entries))
    return product, (2 * block + 2) * EPS * magnitude


def rounded_residuals(matrix: FloatArray, target: FloatArray, vector: FloatArray) -> FloatArray:
    """Return target - matrix vector, (m,), (m, k) and (k,), each entry rounded once, underflow aside."""
    support = np.flatnonzero(vector)
    products, errors = _exact_products(-matrix[:, support], vector[support])
    return np.array([math.fsum(row) for row in np.column_stack([target, products, errors])])


def _exact_products(left: FloatArray, right: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The products and their rounding errors: Dekker's, from halves of the digits that multiply exactly."""
    (a, b), (c, d) = _halves(left), _halves(right)
    product = left * right
    return product, b * d - (((product - a * c) - b * c) - a * d)


def _halves(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Veltkamp's split of 53 binary digits into 26 and 26 and a sign."""
    shifted = (2.0**27 + 1) * values
    upper = shifted - (shifted - values)
    return upper, values - upper
