"""The Newton step of the interior-point method: all but θ and two numbers eliminated by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from models.linear.cones import Ball, Bounds
from models.linear.duality import Problem, times, transposed_times
from theory.population import EPS
from theory.validation import FloatArray

Targets = tuple[FloatArray, ...]
"""For each cone, the step of its multipliers that is aimed at if its slacks stay as they are."""

Solver = Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]


@dataclass
class State:
    """A strictly feasible point: θ (B, d), u (B, n), t (B,); slacks and multipliers of each constraint."""

    coefficients: FloatArray
    bound: FloatArray
    reach: FloatArray
    residual: Bounds
    single: Bounds | None
    ball: Ball | None

    def cones(self) -> list[Any]:
        """The constraints that the problem has: their `Bounds` and `Ball`."""
        return [cone for cone in (self.residual, self.single, self.ball) if cone is not None]

    def complementarity(self) -> FloatArray:
        """Slack times multiplier, summed: the duality gap."""
        total: FloatArray = np.sum([cone.complementarity() for cone in self.cones()], axis=0)
        return total

    def multipliers(self) -> FloatArray:
        """The α of `duality`, for r = y - Xθ."""
        return self.residual.dual[:, 0] - self.residual.dual[:, 1]


class Error(NamedTuple):
    """Errors of stationarity in θ, u, t and a, of r = y - Xθ, and of t = Σ aⱼ."""

    coefficients: FloatArray
    bound: FloatArray
    reach: FloatArray
    single: FloatArray
    residual: FloatArray
    total: FloatArray


def newton_direction(problem: Problem, state: State) -> Callable[[Targets], State]:
    """The Newton step as a function of the aimed-at dual steps at fixed slacks.

    Eliminating u and a leaves B = Xᵀ D X + E for θ, with two more unknowns: t, and the multiplier v of its constraint,
    (B, w, -b; wᵀ, -κ, -ω; -bᵀ, -ω, τ) (θ, v, t) = (f, g, h).
    """
    X, ridge = problem.X, 2 / problem.X.shape[1]
    error = _stationarity(problem, state)
    total, lean = state.residual.weights()
    stiff = total + ridge
    rho, strain = lean / stiff, (state.residual.product() + ridge * total) / stiff
    b = ridge * problem.radius[:, None] * transposed_times(X, rho)
    tau = ridge * problem.radius**2 * np.sum(total / stiff, axis=-1)
    diagonal, w, kappa, omega = _border(state)
    if state.ball is not None:
        tau = tau - 1 / (2 * kappa)
    base = _base_solver(problem, strain, diagonal)
    border = np.stack([w, -b], axis=-1)
    corner = np.stack([np.stack([-kappa, -omega], -1), np.stack([-omega, tau], -1)], -2)
    response, strained = base(border, np.zeros((len(X), X.shape[1], 1)))
    schur = corner - np.swapaxes(border, -1, -2) @ response

    def direction(targets: Targets) -> State:
        both, apart = targets[0].sum(axis=1) - error.bound, targets[0][:, 0] - targets[0][:, 1]
        f = transposed_times(X, apart - rho * both) - error.coefficients
        g, h = np.zeros_like(kappa), -ridge * problem.radius * np.sum(both / stiff, axis=-1)
        if state.single is not None:
            f, g = _single_forces(state.single, targets[1], f, error.single, state.ball is None)
            g = g - error.total
        if state.ball is not None:
            f, h = f + targets[-1][:, 1:], h + targets[-1][:, 0] - error.reach
        first, force = base(f[..., None], error.residual[..., None])
        ends = np.stack([g, h], axis=-1)[..., None] - np.swapaxes(border, -1, -2) @ first
        v, t = np.moveaxis(_two_by_two(schur, ends), -1, 0)
        pair = np.stack([v, t], axis=-1)
        theta = first[..., 0] - times(response, pair)
        residual = (times(strained, pair) - force[..., 0]) / strain
        u = (both + lean * residual - ridge * (problem.radius * t)[:, None]) / stiff
        return _along(state, targets, error, theta, residual, u, t, v)

    return direction


def _stationarity(problem: Problem, state: State) -> Error:
    """Errors of the linear equations that every iterate obeys, all of rounding size; unchecked they would grow."""
    ridge = 2 / problem.X.shape[1]
    attacked = state.bound + (problem.radius * state.reach)[:, None]
    force = ridge * problem.radius * attacked.sum(axis=-1)
    slope = -transposed_times(problem.X, state.multipliers())
    reach = excess = np.zeros_like(force)
    single = np.zeros_like(slope)
    if state.single is not None:
        slope = slope + state.single.dual[:, 0] - state.single.dual[:, 1]
        single = (problem.l1 + (force if state.ball is None else 0))[:, None] - state.single.dual.sum(axis=1)
    if state.ball is not None:
        slope, reach = slope - state.ball.dual[:, 1:], force - state.ball.dual[:, 0]
    elif state.single is not None:
        excess = state.single.slack.sum(axis=(1, 2)) / 2 - state.reach
    slack = state.residual.slack
    residual = problem.y - times(problem.X, state.coefficients) - (slack[:, 1] - slack[:, 0]) / 2
    return Error(slope, ridge * attacked - state.residual.dual.sum(axis=1), reach, single, residual, excess)


def _border(state: State) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """E (B, d) or (B, 1), w (B, d), κ and ω (B,) of the Newton matrix."""
    diagonal = np.zeros((len(state.reach), 1))
    if state.single is not None:
        total, lean = state.single.weights()
        diagonal = state.single.product() / total
    if state.ball is None:
        return diagonal, lean / total, np.sum(1 / total, axis=-1), np.ones(len(total))
    point, scale = state.ball.scaling()
    return diagonal + 1 / scale[:, None] ** 2, point[:, 1:], scale**2 / 2, point[:, 0]


def _single_forces(
    single: Bounds, target: FloatArray, force: FloatArray, error: FloatArray, summed: bool
) -> tuple[FloatArray, FloatArray]:
    """Take the eliminated a into f; g is the sum that a contributes to t, for the linf attack."""
    total, lean = single.weights()
    both, apart = target.sum(axis=1) - error, target[:, 0] - target[:, 1]
    sums = -np.sum(both / total, axis=-1) if summed else np.zeros(len(total))
    return force - (apart - lean / total * both), sums


def _along(
    state: State,
    targets: Targets,
    error: Error,
    theta: FloatArray,
    residual: FloatArray,
    u: FloatArray,
    t: FloatArray,
    v: FloatArray,
) -> State:
    """The step of every slack and multiplier that belongs to a step of θ, r, u, t and v."""
    steps = state.residual.step(targets[0], residual, u)
    single = ball = None
    if state.single is not None:
        total, lean = state.single.weights()
        shift = v[:, None] if state.ball is None else 0.0
        a = (targets[1].sum(axis=1) - error.single + lean * theta - shift) / total
        single = state.single.step(targets[1], theta, a)
    if state.ball is not None:
        ball = state.ball.step(targets[-1], np.concatenate([t[:, None], theta], axis=-1))
    return State(theta, u, t, steps, single, ball)


def _base_solver(problem: Problem, strain: FloatArray, diagonal: FloatArray) -> Solver:
    """Return (f (B, d, m), e (B, n)) -> θ and w with E θ + Xᵀw = f, w = D(Xθ - e), through a matrix for the
    features, or for the samples: then w is solved for, as D has no bound where residuals tend to 0 and Xθ cancels.
    """
    X, transposed = problem.X, np.swapaxes(problem.X, 1, 2)
    if not problem.by_samples:
        solve_features = _factored(transposed @ (strain[:, :, None] * X), np.broadcast_to(diagonal, X[:, 0].shape))

        def through_features(right: FloatArray, shift: FloatArray) -> tuple[FloatArray, FloatArray]:
            theta = solve_features(right + transposed @ (strain[:, :, None] * shift))
            return theta, strain[:, :, None] * (X @ theta - shift)

        return through_features
    inner = problem.gram / diagonal[:, :, None] if problem.gram is not None else X / diagonal[:, None, :] @ transposed
    solve_samples = _factored(inner, 1 / strain)

    def through_samples(right: FloatArray, shift: FloatArray) -> tuple[FloatArray, FloatArray]:
        force = solve_samples(X @ (right / diagonal[:, :, None]) - shift)
        return (right - transposed @ force) / diagonal[:, :, None], force

    return through_samples


def _factored(matrices: FloatArray, diagonals: FloatArray) -> Callable[[FloatArray], FloatArray]:
    """Solver for positive definite matrices (B, k, k) plus diagonals (B, k); NaN where rounding left one indefinite."""
    index = np.arange(matrices.shape[1])
    matrices[:, index, index] += diagonals
    factors = [_cholesky(matrix) for matrix in matrices]
    return lambda right: np.stack(
        [cho_solve((f, True), r, check_finite=False) for f, r in zip(factors, right, strict=True)]
    )


def _cholesky(matrix: FloatArray) -> FloatArray:
    """The lower factor of the matrix, shifted by its rounding error where it is singular or indefinite without."""
    error = len(matrix) * EPS * np.abs(np.diagonal(matrix)).max()
    for shift in (0.0, error, 100 * error):
        try:
            shifted = matrix + shift * np.eye(len(matrix)) if shift > 0 else matrix
            factor: FloatArray = cho_factor(shifted, lower=True, check_finite=False)[0]
        except np.linalg.LinAlgError:
            continue
        return factor
    return np.full_like(matrix, np.nan)


def _two_by_two(matrix: FloatArray, right: FloatArray) -> FloatArray:
    """Cramer's rule for (B, 2, 2) and (B, 2, 1); (B, 2)."""
    (a, b), (c, d) = np.moveaxis(matrix[:, 0], -1, 0), np.moveaxis(matrix[:, 1], -1, 0)
    p, q = right[:, 0, 0], right[:, 1, 0]
    solution: FloatArray = np.stack([d * p - b * q, a * q - c * p], axis=-1) / (a * d - b * c)[:, None]
    return solution
