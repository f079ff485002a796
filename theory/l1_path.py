"""The path of minimisers of ½‖θ - θ₀‖_Σ² + μ‖θ‖₁ as μ falls from ‖Σθ₀‖_∞ to 0: piecewise linear in μ.

Every linf-robust minimiser lies on it (stationarity of (9) is stationarity here, with a μ that depends on θ).
Everything is computed from A = S Uᵀ with AᵀA = Σ and its QR factors, whose rounding grows with the square root of the
condition number of Σ.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

from theory.norms import lp_norm
from theory.population import LinearGaussian
from theory.validation import FloatArray, within_range

EPS = float(np.finfo(np.float64).eps)
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Segment:
    """θ(μ) - θ₀ = error + μ slope for lower <= μ <= upper; `signs` holds those of θ, 0 where it is 0.

    `residual` and `residual_slope` are A error and A slope. Held as an error, not as θ, because near θ₀ the
    error is what carries the digits.
    """

    upper: float
    lower: float
    error: FloatArray
    slope: FloatArray
    residual: FloatArray
    residual_slope: FloatArray
    signs: FloatArray


@within_range
def l1_path(population: LinearGaussian) -> list[Segment]:
    """Return the segments of the path, μ decreasing; empty when Σθ₀ = 0, so that θ = 0 for every μ > 0.

    On a segment Σ_AA (θ - θ₀)_A = -μ sign_A + Σ_AI θ₀_I for active A, inactive I: each is solved afresh, so that
    errors do not accumulate. Raises ValueError when rounding makes the path cycle.
    """
    matrix, truth = population.factor.T, population.true_coefficients
    signs, residual = np.zeros(population.d), -matrix @ truth
    level = float(np.abs(matrix.T @ residual).max())
    segments: list[Segment] = []
    # The path of d coordinates has far fewer knots in practice than its exponential worst case.
    while level > 0 and len(segments) < 100 * (10 + population.d):
        signs = _activate(matrix, residual, level, signs)
        segment, leaving = _segment(matrix, truth, level, signs)
        segments.append(segment)
        level = segment.lower
        residual = segment.residual + level * segment.residual_slope
        if leaving is not None:
            signs = np.where(np.arange(len(signs)) == leaving, 0.0, signs)
    if level > 0:
        raise ValueError(
            f"population must be of a scale at which the l1 path ends, got one that takes over {len(segments)} segments"
        )
    return segments


def _noise(matrix: FloatArray, vector: FloatArray) -> FloatArray:
    """Rounding in matrixᵀ vector for a vector from the QR factors, accurate to a few EPS times its length.

    The worst case is larger by d, but errors of d terms do not add up, and a wider margin would take well-separated
    coordinates for tied where Σ is nearly singular.
    """
    noise: FloatArray = 8 * EPS * lp_norm(matrix.T, 2.0) * lp_norm(vector, 2.0)
    return noise


def _equiangular(matrix: FloatArray, signs: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the slope d with Σ_AA d_A = -sign_A, 0 off the active set, and A d."""
    active = signs != 0
    q, r = np.linalg.qr(matrix[:, active])
    half = -solve_triangular(r, signs[active], trans="T")
    slope = np.zeros_like(signs)
    slope[active] = solve_triangular(r, half)
    return slope, q @ half


def _activate(matrix: FloatArray, residual: FloatArray, level: float, signs: FloatArray) -> FloatArray:
    """Return the signs just below a knot, 0 for inactive coordinates.

    The direction -d in which θ leaves the knot minimises ½ dᵀΣd + signᵀd, free on the active set and bound to its sign
    on coordinates that are zero but tied, |Σ(θ - θ₀)|_j = μ: non-negative least squares, by Lawson and Hanson's method.
    """
    pull = -matrix.T @ residual
    tied = (signs == 0) & (np.abs(pull) >= level - _noise(matrix, residual))
    goal = np.where(signs != 0, signs, np.where(tied, np.sign(pull), 0.0))
    chosen, slope, image, open_ = signs != 0, *_equiangular(matrix, signs), tied.copy()
    while True:
        gain = 1 + goal * (matrix.T @ image) - _noise(matrix, image)
        candidates = open_ & ~chosen & (gain > 0)
        if not candidates.any():
            return np.where(chosen, goal, 0.0)
        j = int(np.argmax(np.where(candidates, gain, -np.inf)))
        # Each coordinate is tried once a knot: a second entry can only be rounding.
        open_[j] = False
        if _is_independent(matrix, chosen, j):
            chosen[j] = True
            slope, image = _restore_signs(matrix, chosen, tied, goal, slope)


def _is_independent(matrix: FloatArray, chosen: Mask, j: int) -> bool:
    """Whether x_j has variance left given the chosen coordinates; its rounding is that of `LinearGaussian`."""
    q, _ = np.linalg.qr(matrix[:, chosen])
    column = matrix[:, j]
    rest = column - q @ (q.T @ column)
    # A std below d EPS of the column's is rounding of the projection.
    return bool(lp_norm(rest, 2.0) > 4 * len(matrix) * EPS * lp_norm(column, 2.0))


def _restore_signs(
    matrix: FloatArray, chosen: Mask, tied: Mask, goal: FloatArray, slope: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Move to the minimiser over `chosen`, dropping from it (in place) tied coordinates that would turn sign."""
    while True:
        target, image = _equiangular(matrix, np.where(chosen, goal, 0.0))
        wrong = chosen & tied & (goal * target >= 0)
        if not wrong.any():
            return target, image
        room = np.divide(slope, slope - target, out=np.zeros_like(goal), where=slope != target)
        length = room[wrong].min()
        slope = slope + length * (target - slope)
        chosen &= ~(wrong & (room <= length))
        slope[~chosen] = 0.0


def _segment(matrix: FloatArray, truth: FloatArray, level: float, signs: FloatArray) -> tuple[Segment, int | None]:
    """Return the segment below `level`, and the coordinate that leaves at its lower end, if one does.

    Knots are found from the values at μ = 0, so that one near 0 keeps its digits and the path ends at exactly 0.
    """
    active = signs != 0
    slope, image = _equiangular(matrix, signs)
    base = np.where(active, 0.0, -truth)
    residual = matrix @ base
    q, r = np.linalg.qr(matrix[:, active])
    base[active] = -solve_triangular(r, q.T @ residual)
    size = lp_norm(residual, 2.0)
    residual = residual - q @ (q.T @ residual)
    # Nothing but rounding is left of a residual that the active coordinates explain.
    residual = residual if lp_norm(residual, 2.0) > 4 * len(truth) * EPS * size else 0 * residual
    joins = _joins(matrix, residual, image, active)
    leaves = np.divide(-(truth + base), slope, out=np.zeros_like(base), where=active & (signs * slope > 0))
    lower = float(min(max(joins.max(), leaves.max(), 0.0), level))
    segment = Segment(level, lower, base, slope, residual, image, signs)
    return segment, int(np.argmax(leaves)) if leaves.max() > joins.max() else None


def _joins(matrix: FloatArray, residual: FloatArray, image: FloatArray, active: Mask) -> FloatArray:
    """The μ at which each inactive coordinate joins, |Σ(θ - θ₀)|_j = μ; 0 for those that never do."""
    pull, rate = -matrix.T @ residual, -matrix.T @ image
    joins = np.zeros_like(pull)
    for sign in (1.0, -1.0):
        # A rate within rounding of μ's own is that of a tied coordinate, which stays tied.
        speed = 1 - sign * rate
        meets = ~active & (speed > _noise(matrix, image))
        joins = np.maximum(joins, np.divide(sign * pull, speed, out=np.zeros_like(pull), where=meets))
    return joins
