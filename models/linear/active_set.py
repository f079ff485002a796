"""Newton's method on the piece that an approximate minimiser lies on: exact zeros, and the last digits."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.linear.cones import take
from models.linear.duality import Problem, allowances, certified_gap, length, pull, transposed_times
from models.linear.interior_point import Solution
from theory.population import EPS
from theory.validation import FloatArray

STEPS = 8
"""Newton steps at most: one is exact for the linf attack, the l2 attack converges quadratically."""


@dataclass
class Piece:
    """Residuals that are 0 (n,), the coefficients that are not (d,), and signs: where they hold, P is smooth."""

    kinks: NDArray[np.bool_]
    support: NDArray[np.bool_]
    residual_signs: FloatArray
    signs: FloatArray


def sharpened(problem: Problem, found: Solution, tol: float) -> Solution:
    """Replace each solution by the stationary point of its piece, where that reaches `tol` or at least comes closer."""
    gap = certified_gap(problem, found.coefficients, found.multipliers)
    for i in range(len(gap)):
        alone = take(problem, slice(i, i + 1))
        point = _stationary_point(alone, found.coefficients[i], found.multipliers[i])
        if point is not None and certified_gap(alone, point[0][None], point[1][None])[0] <= max(tol, gap[i]):
            found.coefficients[i], found.multipliers[i] = point
    return found


def _stationary_point(problem: Problem, theta: FloatArray, alpha: FloatArray) -> tuple[FloatArray, FloatArray] | None:
    """Return θ (d,) and α (n,) with the derivative of P zero on the piece of the given ones; None where there are none.

    On a piece P is smooth: (1/n) Σ (σᵢrᵢ + εt)² + λ τᵀθ with t = ‖θ‖₂ or τᵀθ, subject to rᵢ = 0 at the kinks, whose
    multipliers are their α. Whether the piece was the right one is for the certificate to say.
    """
    piece = _piece(problem, theta, alpha)
    columns, point = problem.X[0][:, piece.support], theta[piece.support]
    zero, target = columns[piece.kinks], problem.y[0, piece.kinks]
    if len(zero) > len(point):
        return None
    for _ in range(STEPS):
        hessian, gradient, force = _expansion(problem, piece, columns, point)
        system = np.block([[hessian, -zero.T], [zero, np.zeros((len(zero), len(zero)))]])
        try:
            step = np.linalg.solve(system, np.concatenate([-gradient, target - zero @ point]))
        except np.linalg.LinAlgError:
            return None
        force[piece.kinks] = step[len(point) :]
        point = point + step[: len(point)]
        if not length(step[: len(point)]) > 4 * EPS * length(point):
            break
    refined = np.zeros_like(theta)
    refined[piece.support] = point
    return (refined, force) if np.isfinite(refined).all() and np.isfinite(force).all() else None


def _piece(problem: Problem, theta: FloatArray, alpha: FloatArray) -> Piece:
    """Of rᵢ and the slack of |αᵢ| <= pᵢ, and of θⱼ and its dual constraint's slack, the smaller is taken to be 0."""
    residuals = problem.y[0] - problem.X[0] @ theta
    correlations = transposed_times(problem.X, alpha[None])
    needed = pull(problem, correlations)
    p = allowances(alpha[None], problem.radius, needed)[0]
    kinks = np.abs(residuals) * p.max() < (p - np.abs(alpha)) * np.abs(problem.y[0]).mean()
    limit = problem.l1[0] + (needed[0] if math.isinf(problem.norm) else 0.0)
    slack = limit - np.abs(correlations[0])
    size = np.abs(theta)
    support = (theta != 0) & ((size * limit > slack * size.max()) | (limit == 0))
    return Piece(kinks, support, np.where(kinks, 0.0, np.sign(residuals)), np.sign(theta[support]))


def _expansion(
    problem: Problem, piece: Piece, columns: FloatArray, point: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Hessian and gradient of the piece at the point, and α where it is no kink; the kinks' own terms are (εt)²/n."""
    n, radius, linf = len(columns), problem.radius[0], math.isinf(problem.norm)
    t = piece.signs @ point if linf else length(point)
    slope = piece.signs if linf else point / t
    attacked = piece.residual_signs * (problem.y[0] - columns @ point) + radius * t
    rows = radius * slope - piece.residual_signs[:, None] * columns
    gradient = 2 / n * attacked @ rows + problem.l1[0] * piece.signs
    hessian = 2 / n * rows.T @ rows
    if not linf:
        curvature = 2 / n * radius * attacked.sum() / t
        hessian += curvature * (np.eye(len(point)) - np.outer(slope, slope))
    return hessian, gradient, 2 / n * attacked * piece.residual_signs
