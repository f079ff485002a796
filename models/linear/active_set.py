"""Newton's method on the piece that an approximate minimiser lies on: exact zeros, and the last digits."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.linear.cones import take
from models.linear.duality import Problem, allowances, certified_gap, length, pull, transposed_times
from models.linear.interior_point import Solution, solve
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


FEW = 512
"""Samples at most for which a second attempt is made with the other Newton system: it may have that many unknowns."""


def solved_sharply(problem: Problem, tol: float, limit: int) -> Solution:
    """Solve, sharpen what needs it, and try what is still open with the other Newton system: the better of both.

    Neither system is accurate everywhere: that for the features squares the condition of X, that for the samples
    suffers from many coefficients in use.
    """
    found = _attempt(problem, tol, limit)
    gap = certified_gap(problem, found.coefficients, found.multipliers)
    still = gap > tol
    if still.any() and problem.y.shape[1] <= FEW:
        part = replace(take(problem, still), by_samples=not problem.by_samples, gram=None)
        other = _attempt(part, tol, limit)
        found.iterations[still] += other.iterations
        better = certified_gap(part, other.coefficients, other.multipliers) < gap[still]
        index = np.flatnonzero(still)[better]
        found.coefficients[index], found.multipliers[index] = other.coefficients[better], other.multipliers[better]
    return found


def _attempt(problem: Problem, tol: float, limit: int) -> Solution:
    found = solve(problem, tol, limit)
    rough = (problem.l1 > 0) | math.isinf(problem.norm)  # where coefficients are to be exactly 0
    if not rough.all():
        rough |= certified_gap(problem, found.coefficients, found.multipliers) > tol
    if rough.any():
        better = sharpened(take(problem, rough), take(found, rough), tol)
        found.coefficients[rough], found.multipliers[rough] = better.coefficients, better.multipliers
    return found


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
    target, saddle = problem.y[0, piece.kinks], _saddle_solver(columns[piece.kinks])
    for _ in range(STEPS):
        hessian, gradient, force = _expansion(problem, piece, columns, point)
        step, change = saddle(
            hessian, gradient - alpha[piece.kinks] @ columns[piece.kinks], target - columns[piece.kinks] @ point
        )
        force[piece.kinks] = alpha[piece.kinks] + change
        point = point + step
        if not length(step) > 4 * EPS * length(point):
            break
    refined = np.zeros_like(theta)
    refined[piece.support] = point
    return (refined, force) if np.isfinite(refined).all() and np.isfinite(force).all() else None


def _saddle_solver(zero: FloatArray) -> Callable[[FloatArray, FloatArray, FloatArray], tuple[FloatArray, FloatArray]]:
    """(H, g, e) -> the z and w of least norm with Hz + g = Zᵀw and Zz = e: rank deficient where there are ties."""
    left, singular, right = np.linalg.svd(zero)
    rank = int(np.sum(singular > max(zero.shape) * EPS * singular.max(initial=0.0)))
    along, across, left = right[:rank], right[rank:], left[:, :rank] / singular[:rank]

    def solved(hessian: FloatArray, gradient: FloatArray, error: FloatArray) -> tuple[FloatArray, FloatArray]:
        onto = along.T @ (left.T @ error)
        slope = across @ (gradient + hessian @ onto)
        rounding = len(zero.T) * EPS * np.abs(hessian).max(initial=0.0)
        step = onto - _least_step(across @ hessian @ across.T, slope, rounding) @ across
        return step, left @ (along @ (gradient + hessian @ step))

    return solved


def _least_step(hessian: FloatArray, slope: FloatArray, error: float) -> FloatArray:
    """The z of least norm with Hz = slope, of positive semidefinite H whose eigenvalues are off by up to `error`."""
    eigenvalues, axes = np.linalg.eigh(hessian)
    kept = eigenvalues > error
    step: FloatArray = (axes[:, kept] / eigenvalues[kept]) @ (slope @ axes[:, kept])
    return step


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
