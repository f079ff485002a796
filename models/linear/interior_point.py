"""A primal-dual interior-point method for the adversarial training objective of a linear model.

    minimise (1/n) Σ (uᵢ + εt)² + λ Σ aⱼ   over  uᵢ >= |yᵢ - xᵢᵀθ|,  aⱼ >= |θⱼ|,  t >= ‖θ‖

The l2 attack has t >= ‖θ‖₂, a second-order cone with Nesterov-Todd scaling; the linf attack has t = Σ aⱼ. Every
iterate is strictly feasible, primal and dual, so that the complementarity is the duality gap. Mehrotra's predictor and
corrector share one factorisation. The first axis of every array is the replicate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.linear.cones import Ball, Bounds, take
from models.linear.duality import Problem, length, times, transposed_times
from models.linear.newton_system import State, newton_direction
from theory.validation import FloatArray

TO_BOUNDARY = 0.995
"""Share of the way to the boundary that a step may go."""

STALLED = 1e-8
"""Steps shorter than this share of the Newton step come from rounding: no further progress is possible."""


@dataclass
class Solution:
    """θ (B, d), α (B, n) and the number of iterations (B,) that led there."""

    coefficients: FloatArray
    multipliers: FloatArray
    iterations: NDArray[np.int_]


def solve(problem: Problem, tol: float, max_iterations: int) -> Solution:
    """Follow the central path until the relative gap is at most tol, or rounding stops it; needs y ≠ 0."""
    state, alive = _start(problem), np.arange(len(problem.y))
    found = Solution(np.zeros_like(state.coefficients), np.zeros_like(problem.y), np.zeros(len(alive), dtype=int))
    with np.errstate(all="ignore"):  # a breakdown shows as a step that is not finite, and ends the replicate
        for iteration in range(max_iterations + 1):
            gap, value = state.complementarity(), _value(problem, state)
            stepped, share = _step(problem, state)
            done = (gap <= tol * value) | ~(share > STALLED) | (iteration == max_iterations)
            found.coefficients[alive[done]] = state.coefficients[done]
            found.multipliers[alive[done]] = state.multipliers()[done]
            found.iterations[alive[done]] = iteration
            if done.all():
                break
            if done.any():
                alive, problem, stepped = alive[~done], take(problem, ~done), take(stepped, ~done)
            state = stepped
    return found


def _value(problem: Problem, state: State) -> FloatArray:
    attacked = state.bound + (problem.radius * state.reach)[:, None]
    size = np.abs(state.coefficients).sum(axis=-1)
    value: FloatArray = np.mean(attacked**2, axis=-1) + problem.l1 * size
    return value


def _start(problem: Problem) -> State:
    """θ = 0 with α = 0; u and t of the size of y and of a steepest descent step."""
    X, y = problem.X, problem.y
    slope = transposed_times(X, y)
    theta, bound = np.zeros_like(slope), np.abs(y) + np.abs(y).mean(axis=-1, keepdims=True)
    reach = 2 * length(slope) ** 3 / length(times(X, slope)) ** 2
    attacked = bound + (problem.radius * reach)[:, None]
    force = 2 * problem.radius * attacked.mean(axis=-1)
    residual = Bounds.around(y, bound, 2 / y.shape[1] * attacked)
    if math.isinf(problem.norm):
        single = Bounds.around(theta, theta + reach[:, None] / theta.shape[1], theta + (problem.l1 + force)[:, None])
        return State(theta, bound, reach, residual, single, None)
    ball = Ball(np.column_stack([reach, theta]), np.column_stack([force, theta]))
    penalised = Bounds.around(theta, theta + reach[:, None], theta + problem.l1[:, None])
    return State(theta, bound, reach, residual, penalised if problem.l1.any() else None, ball)


def _step(problem: Problem, state: State) -> tuple[State, FloatArray]:
    """One predictor-corrector step and the share of it that was taken."""
    direction = newton_direction(problem, state)
    cones, gap = state.cones(), state.complementarity()
    guess = direction(tuple(cone.target(np.zeros_like(gap), None) for cone in cones)).cones()
    share = np.minimum(1.0, _longest(cones, guess))
    left = np.sum([cone.moved(step, share).complementarity() for cone, step in zip(cones, guess, strict=True)], axis=0)
    level = np.clip(left / gap, 0, 1) ** 3 * gap / sum(cone.degree() for cone in cones)
    step = direction(tuple(cone.target(level, part) for cone, part in zip(cones, guess, strict=True)))
    share = np.minimum(_least_gap(cones, step.cones()), TO_BOUNDARY * _longest(cones, step.cones()))
    return _moved(state, step, share), np.where(np.isfinite(step.reach), share, np.nan)


def _least_gap(cones: list[Any], steps: list[Any]) -> FloatArray:
    """The share of the step, at most 1, with the least complementarity, a parabola that falls at 0: no cycles."""
    pairs = [(type(cone), cone, step) for cone, step in zip(cones, steps, strict=True)]
    crosses = [
        kind(c.slack, s.dual).complementarity() + kind(s.slack, c.dual).complementarity() for kind, c, s in pairs
    ]
    fall, bend = -np.sum(crosses, axis=0), np.sum([step.complementarity() for step in steps], axis=0)
    share: FloatArray = np.divide(fall, 2 * bend, out=np.ones_like(bend), where=2 * bend > fall)
    return share


def _moved(state: State, step: State, share: FloatArray) -> State:
    return State(
        state.coefficients + share[:, None] * step.coefficients,
        state.bound + share[:, None] * step.bound,
        state.reach + share * step.reach,
        state.residual.moved(step.residual, share),
        state.single.moved(step.single, share) if state.single is not None and step.single is not None else None,
        state.ball.moved(step.ball, share) if state.ball is not None and step.ball is not None else None,
    )


def _longest(cones: list[Any], steps: list[Any]) -> FloatArray:
    longest: FloatArray = np.min([cone.longest(step) for cone, step in zip(cones, steps, strict=True)], axis=0)
    return longest
