"""The training objective under the smoothed attack: not convex, so stationary points of it, by Newton's method."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.linear.cones import take
from models.linear.duality import Problem, length
from models.linear.row_space import least_squares
from theory.population import EPS
from theory.validation import FloatArray

JOINING = 32
"""Zero coefficients that may become non-zero in one step, or as many as already are if those are more."""

DAMPING = 1e-3
"""Share of the mean curvature first added to each where the step is too long."""


@dataclass(frozen=True, eq=False)
class Surrogate:
    """(1/n) Σ φᵢ² + λ‖θ‖₁ for one data set X (n, d), y (n,): φ = |r| + ε H, the residual's size under A_{ε,ξ}.

    l2 attack: H = 2|r|‖θ‖²/sqrt(4r²‖θ‖² + ξ²); linf attack: H = Σ 2|r|θⱼ²/(2|r||θⱼ| + ξ). Both smooth, φ² too; ξ > 0.
    """

    X: FloatArray
    y: FloatArray
    radius: float
    l1: float
    norm: float
    smoothing: float


class Response(NamedTuple):
    """H (n,), its first and second derivatives in a = |r| and in θ; `bent(w)` is Σ wᵢ ∂²Hᵢ/∂θ², (k, k)."""

    value: FloatArray
    by_size: FloatArray
    by_size_twice: FloatArray
    by_theta: FloatArray
    mixed: FloatArray
    bent: Callable[[FloatArray], FloatArray]


@dataclass
class Stationary:
    """A stationary point (d,), the objective there, the relative residual of stationarity, and the Newton steps."""

    coefficients: FloatArray
    objective: float
    stationarity: float
    iterations: int


def stationary_points(
    problem: Problem, smoothing: FloatArray, minimizers: FloatArray, tol: float, limit: int
) -> tuple[FloatArray, FloatArray, FloatArray, NDArray[np.int_]]:
    """Return coefficients (B, d), objective, relative stationarity and Newton steps (B,): each replicate's best point.

    Newton's method starts from the unsmoothed minimiser, from 0, and for λ = 0 from least squares; only from there
    where that interpolates, for then the objective is 0 and cannot be lower. `smoothing` is ξ (B,), positive.
    """
    found = []
    for i, minimizer in enumerate(minimizers):
        alone = Surrogate(problem.X[i], problem.y[i], problem.radius[i], problem.l1[i], problem.norm, smoothing[i])
        starts = [minimizer, np.zeros_like(minimizer)]
        if alone.l1 == 0:
            fitted = least_squares(take(problem, slice(i, i + 1)))[0][0]
            starts = [fitted] if _value(alone, fitted) <= EPS * np.mean(alone.y**2) else [*starts, fitted]
        with np.errstate(over="ignore", invalid="ignore"):  # what overflows is no progress, and is refused as such
            points = [_descend(alone, start, tol, limit) for start in starts]
        found.append(min(points, key=lambda point: point.objective))
    columns = zip(
        *((point.coefficients, point.objective, point.stationarity, point.iterations) for point in found), strict=True
    )
    theta, value, stationarity, steps = (np.array(column) for column in columns)
    return theta, value, stationarity, steps


def _descend(problem: Surrogate, theta: FloatArray, tol: float, limit: int) -> Stationary:
    """Damped Newton steps in the orthant of θ and of the zero coefficients that should move, until stationary."""
    scale = length(problem.y @ problem.X) * 2 / len(problem.y)
    value, damping = _value(problem, theta), 0.0
    for iteration in range(limit + 1):
        slope = _least_subgradient(problem, theta)
        residual = float(length(slope) / scale) if scale > 0 else 0.0
        if residual <= tol or iteration == limit:
            break
        free = _free(theta, slope)
        moved = _damped_step(problem, theta, value, free, slope[free], damping)
        if moved is None:
            break
        theta, value, damping = moved
    return Stationary(theta, value, residual, iteration)


def _damped_step(
    problem: Surrogate, theta: FloatArray, value: float, free: NDArray[np.int_], slope: FloatArray, damping: float
) -> tuple[FloatArray, float, float] | None:
    """The first step that does not raise the objective, with ever more damping; None where rounding prevents any.

    Newton's step with the Hessian's eigenvalues replaced by their magnitudes, so that negative curvature is descended.
    """
    point = theta[free]
    signs = np.where(point != 0, np.sign(point), -np.sign(slope)) if problem.l1 > 0 else np.zeros_like(point)
    eigenvalues, axes = np.linalg.eigh(_hessian(problem, theta, free))
    curvatures = np.abs(eigenvalues)
    unit = DAMPING * max(float(curvatures.mean()), np.finfo(np.float64).tiny)
    curvatures = np.maximum(curvatures, len(point) * EPS * curvatures.max())
    while damping <= unit / EPS and damping < math.inf:  # the curvature of ever steeper data is infinite
        candidate = theta.copy()
        candidate[free] = _within_orthant(point, slope, (axes * (curvatures + damping)) @ axes.T, signs)
        reached = _value(problem, candidate)
        # Near a stationary point the objective shows no progress any more, the gradient still does.
        if reached <= value * (1 + 4 * EPS):
            return candidate, reached, damping / 10 if damping > unit else 0.0
        damping = max(unit, 10 * damping)
    return None


def _within_orthant(point: FloatArray, slope: FloatArray, matrix: FloatArray, signs: FloatArray) -> FloatArray:
    """Descend slopeᵀz + zᵀMz/2 from z = 0 to its minimum; where point + z comes to 0 on the way it stays."""
    start, moving = point, np.ones(len(point), dtype=bool)
    while moving.any():
        pull = slope + matrix @ (point - start)
        step = np.zeros_like(point)
        step[moving] = -np.linalg.solve(matrix[np.ix_(moving, moving)], pull[moving])
        crossing = moving & (signs != 0) & ((point + step) * signs <= 0)
        shares = np.divide(-point, step, out=np.ones_like(step), where=crossing & (step != 0))
        if not crossing.any():
            return point + step
        share = shares[crossing].min()
        stopped = crossing & (shares <= share)
        point = np.where(stopped, 0.0, point + share * step)
        moving &= ~stopped
    return point


def _free(theta: FloatArray, slope: FloatArray) -> NDArray[np.int_]:
    """The coefficients that are not 0, and those that are and have the steepest slopes."""
    support = np.flatnonzero(theta)
    waiting = np.flatnonzero((theta == 0) & (slope != 0))
    steepest = waiting[np.argsort(-np.abs(slope[waiting]))]
    free: NDArray[np.int_] = np.concatenate([support, steepest[: max(JOINING, len(support))]])
    return free


def _value(problem: Surrogate, theta: FloatArray) -> float:
    support = np.flatnonzero(theta)
    size = np.abs(problem.y - problem.X[:, support] @ theta[support])
    attacked = size + problem.radius * _response(problem, size, theta[support]).value
    return float(np.mean(attacked**2) + problem.l1 * np.abs(theta).sum())


def _least_subgradient(problem: Surrogate, theta: FloatArray) -> FloatArray:
    """The subgradient of least norm: gradient plus λ sign θⱼ, soft-thresholded at λ where θⱼ = 0."""
    support = np.flatnonzero(theta)
    residuals = problem.y - problem.X[:, support] @ theta[support]
    response = _response(problem, np.abs(residuals), theta[support])
    attacked = np.abs(residuals) + problem.radius * response.value
    along = attacked * np.sign(residuals) * (1 + problem.radius * response.by_size)
    gradient = -2 / len(residuals) * (along @ problem.X)
    gradient[support] += 2 / len(residuals) * problem.radius * (attacked @ response.by_theta)
    at_zero = np.sign(gradient) * np.maximum(np.abs(gradient) - problem.l1, 0.0)
    return np.where(theta != 0, gradient + problem.l1 * np.sign(theta), at_zero)


def _hessian(problem: Surrogate, theta: FloatArray, free: NDArray[np.int_]) -> FloatArray:
    """∂²/∂θ² of (1/n) Σ φ² = (2/n) Σ (∂φ ∂φᵀ + φ ∂²φ) on the free coefficients."""
    X, point = problem.X[:, free], theta[free]
    residuals = problem.y - X @ point
    # φ² is even in r, so that either sign will do at 0.
    signs = np.where(residuals < 0, -1.0, 1.0)
    response = _response(problem, np.abs(residuals), point)
    attacked = np.abs(residuals) + problem.radius * response.value
    rows = problem.radius * response.by_theta - (signs * (1 + problem.radius * response.by_size))[:, None] * X
    cross = X.T @ ((signs * attacked)[:, None] * response.mixed)
    bent = X.T @ ((attacked * response.by_size_twice)[:, None] * X) - cross - cross.T + response.bent(attacked)
    hessian: FloatArray = 2 / len(residuals) * (rows.T @ rows + problem.radius * bent)
    return hessian


def _response(problem: Surrogate, size: FloatArray, theta: FloatArray) -> Response:
    return (_linf_response if math.isinf(problem.norm) else _l2_response)(size, theta, problem.smoothing)


def _l2_response(a: FloatArray, theta: FloatArray, xi: float) -> Response:
    """H = 2am²/c with m = ‖θ‖, c = sqrt(4a²m² + ξ²); p = 2am/c and k = ξ/c are the sine and cosine of one angle."""
    m = float(length(theta))
    c = np.hypot(2 * a * m, xi)
    p, k = 2 * a * m / c, xi / c
    by_square = 2 * a / c * (p**2 / 2 + k**2)
    by_square_twice = -8 * (a / c) ** 3 * (p**2 / 4 + k**2)
    mixed = 2 * k**2 * (k**2 - p**2 / 2) / c

    def bent(weights: FloatArray) -> FloatArray:
        return 4 * (weights @ by_square_twice) * np.outer(theta, theta) + 2 * (weights @ by_square) * np.eye(len(theta))

    return Response(
        m * p,
        2 * m**2 * k**2 / c,
        -12 * m**3 * p * k**2 / c**2,
        np.outer(by_square, 2 * theta),
        np.outer(mixed, 2 * theta),
        bent,
    )


def _linf_response(a: FloatArray, theta: FloatArray, xi: float) -> Response:
    """H = Σ 2abⱼ²/cⱼ with bⱼ = |θⱼ|, cⱼ = 2abⱼ + ξ; kⱼ = ξ/cⱼ."""
    b, signs, size = np.abs(theta), np.sign(theta), a[:, None]
    c = 2 * size * b + xi
    k = xi / c

    def bent(weights: FloatArray) -> FloatArray:
        return np.diag(weights @ (4 * size * k**2 / c))

    return Response(
        np.sum(b * (1 - k), axis=1),
        np.sum(2 * b**2 * k / c, axis=1),
        -np.sum(8 * b**3 * k / c**2, axis=1),
        (1 - k) * (1 + k) * signs,
        4 * b * k**2 / c * signs,
        bent,
    )
