"""Exact minimisers of the adversarial training objective of a linear model, each with a certificate."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.linear.cones import take
from models.linear.duality import Problem, certified_gap, null_is_optimal, objective, times
from models.linear.interior_point import Solution
from models.linear.interpolator import require_shapes
from models.linear.row_space import least_squares, minimize_in_row_space
from models.linear.smoothed import stationary_points
from models.linear.working_set import minimize_on_working_sets
from theory.validation import FloatArray, finite, integer, l2_or_linf, nonnegative, real_array, within_range

CHUNK = 2**24
"""Entries of X worked on at once, 128 MiB: more replicates than that are done in turn, and X may be a memory map."""

SHARE = 0.1
"""Share of the tolerance that the solver may use up: the certificate adds its rounding allowances."""

LARGEST = 1e100
"""Bound on the scaled radius and l1: from far smaller values on, 0 is the minimiser, and their squares are finite;
its inverse is the least scaled smoothing."""


@dataclass(frozen=True, eq=False)
class AdversarialMinimum:
    """A minimiser with its certificate: coefficients (..., d), all else of the batch's shape (...).

    `objective` is the penalised training objective there. `gap` bounds its excess over the minimum relative to itself,
    rounding errors included; it is None where smoothing > 0, for then the problem is not convex. `stationarity`, None
    where smoothing = 0, is the l2 norm of the least subgradient relative to the slope ‖2Xᵀy/n‖₂ at 0. `converged` says
    whether the one that is there is at most the tolerance asked for; `iterations` counts Newton steps.
    """

    coefficients: FloatArray
    objective: FloatArray
    gap: FloatArray | None
    stationarity: FloatArray | None
    converged: NDArray[np.bool_]
    iterations: NDArray[np.int_]


@within_range
def adversarial_minimizer(
    X: ArrayLike,
    y: ArrayLike,
    radius: ArrayLike,
    norm: float = 2,
    l1: ArrayLike = 0.0,
    smoothing: float = 0.0,
    tol: float = 1e-9,
    max_iterations: int = 100,
) -> AdversarialMinimum:
    """Minimise (1/n) Σ max {(yᵢ - (xᵢ + z)ᵀθ)² : ‖z‖_p <= ε} + λ‖θ‖₁ = (1/n) Σ (|yᵢ - xᵢᵀθ| + ε‖θ‖_q)² + λ‖θ‖₁ over θ.

    p is the attack's `norm`, 2 or inf, q its conjugate, ε the `radius` and λ the weight `l1`: the empirical counterpart
    of (5) and (9), with the penalty of (8). `gap` is a certified duality gap relative to the objective (relative to EPS
    times the objective at 0 where that is larger). Where the smoothing ξ > 0 the attack is the surrogate's A_{ε,ξ}, and
    the lowest stationary point is returned that Newton's method finds from the unsmoothed minimiser, from 0, and for
    λ = 0 from least squares.

    `X` has shape (..., n, d), `y` (..., n); `radius` and `l1` are numbers or broadcast to (...). Where n < d and
    radius = l1 = 0 the minimiser is not unique, and the one of least l2 norm is returned. Not reaching `tol` within
    `max_iterations` Newton steps per subproblem is no error: see `converged`. Raises ValueError for other shapes, empty
    data, values that are not finite, a negative radius, l1, smoothing or tol, max_iterations below 1, or another norm.
    """
    settings = _Settings(l2_or_linf(norm), nonnegative("smoothing", smoothing), nonnegative("tol", tol), max_iterations)
    samples, responses = _array("X", X), _array("y", y)
    require_shapes(samples, responses)
    if samples.size <= CHUNK:
        finite("X", samples), finite("y", responses)
    batch, (n, d) = samples.shape[:-2], samples.shape[-2:]
    radii, weights = _numbers("radius", radius, batch), _numbers("l1", l1, batch)
    arrays = samples.reshape(-1, n, d), responses.reshape(-1, n), radii, weights
    step = max(1, CHUNK // (n * d))
    parts = [_minimize(arrays, slice(i, i + step), settings) for i in range(0, len(radii), step)]
    return _joined(parts, batch)


@dataclass(frozen=True)
class _Settings:
    norm: float
    smoothing: float
    tol: float
    max_iterations: int

    def __post_init__(self) -> None:
        integer("max_iterations", self.max_iterations, 1)


def _joined(parts: list[AdversarialMinimum], batch: tuple[int, ...]) -> AdversarialMinimum:
    def whole(name: str) -> Any:
        values = [getattr(part, name) for part in parts]
        return None if values[0] is None else np.concatenate(values).reshape(batch + values[0].shape[1:])

    return AdversarialMinimum(*(whole(field.name) for field in fields(AdversarialMinimum)))


def _array(name: str, value: ArrayLike) -> FloatArray:
    """The value as an array, float64 data as they are, so that a memory map is not read as a whole."""
    return value if isinstance(value, np.ndarray) and value.dtype == np.float64 else real_array(name, value)


def _numbers(name: str, value: ArrayLike, batch: tuple[int, ...]) -> FloatArray:
    array = finite(name, real_array(name, value))
    if (array < 0).any():
        raise ValueError(f"{name} must be non-negative, got {float(array.min())!r}")
    try:
        return np.broadcast_to(array, batch).reshape(-1)
    except ValueError:
        raise ValueError(f"{name} must be a number or of shape {batch} to match X, got shape {array.shape}") from None


def _minimize(arrays: tuple[FloatArray, ...], part: slice, settings: _Settings) -> AdversarialMinimum:
    X, y, radius, l1 = (array[part] for array in arrays)
    if len(X) < len(arrays[0]):
        finite("X", X), finite("y", y)
    problem, (a, b) = _scaled(X, y, radius, l1, settings.norm)
    tol, limit, smoothed = settings.tol, settings.max_iterations, settings.smoothing > 0
    theta, gap, iterations = _convex(problem, tol, limit)
    value = objective(problem, problem.y - times(problem.X, theta), theta)
    if smoothed:
        with np.errstate(over="ignore", under="ignore"):
            smoothing = np.clip(np.ldexp(settings.smoothing, a - 2 * b), 1 / LARGEST, LARGEST)
        theta, value, stationarity, steps = stationary_points(problem, smoothing, theta, tol, limit)
        iterations = iterations + steps
    with np.errstate(over="ignore", under="ignore"):
        theta, value = np.ldexp(theta, (b - a)[:, None]), np.ldexp(value, 2 * b)
    if smoothed:
        return AdversarialMinimum(theta, value, None, stationarity, stationarity <= tol, iterations)
    return AdversarialMinimum(theta, value, gap, None, gap <= tol, iterations)


def _scaled(
    X: FloatArray, y: FloatArray, radius: FloatArray, l1: FloatArray, norm: float
) -> tuple[Problem, tuple[NDArray[np.int_], NDArray[np.int_]]]:
    """The problem for X/2ᵃ and y/2ᵇ, whose largest entries lie in [1/2, 1); exact but for underflow."""
    entries = (array.reshape(len(array), -1) for array in (X, y))
    a, b = (np.frexp(np.maximum(rows.max(axis=1), -rows.min(axis=1)))[1] for rows in entries)
    with np.errstate(over="ignore", under="ignore"):
        strength, weight = np.ldexp(radius, -a), np.ldexp(np.ldexp(l1, -a), -b)
        samples, responses = np.ldexp(X, -a[:, None, None]), np.ldexp(y, -b[:, None])
    return Problem(samples, responses, np.minimum(strength, LARGEST), np.minimum(weight, LARGEST), norm), (a, b)


def _convex(problem: Problem, tol: float, limit: int) -> tuple[FloatArray, FloatArray, NDArray[np.int_]]:
    """The minimiser (B, d), its certified gap and the Newton steps (B,), each replicate by the method for its kind."""
    n = problem.y.shape[1]
    found = Solution(np.zeros_like(problem.X[:, 0]), 2 / n * problem.y, np.zeros(len(problem.y), dtype=int))
    null, plain = null_is_optimal(problem), (problem.radius == 0) & (problem.l1 == 0)
    sparse = (problem.l1 > 0) | math.isinf(problem.norm)
    for kind, method in ((~sparse, minimize_in_row_space), (sparse, minimize_on_working_sets)):
        mask = kind & ~null & ~plain
        if mask.any():
            part = method(take(problem, mask), SHARE * tol, limit)
            found.coefficients[mask], found.multipliers[mask] = part.coefficients, part.multipliers
            found.iterations[mask] = part.iterations
    gap = certified_gap(problem, found.coefficients, found.multipliers)
    loose = (gap > tol) & ~plain
    if loose.any():
        gap[loose] = certified_gap(
            take(problem, loose), found.coefficients[loose], found.multipliers[loose], tight=True
        )
    if plain.any():
        found.coefficients[plain], gap[plain] = least_squares(take(problem, plain))
    return found.coefficients, gap, found.iterations
