"""The largest step size at which training is stable: measured, and one that is proven to be small enough."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.linear.batch import Piece, batch_of
from models.linear.coordinates import Coordinates
from models.linear.descent import Stop, descend
from models.linear.gradients import Settings
from models.linear.recording import Recorder, mean_square
from theory.population import EPS
from theory.validation import FloatArray, choice, finite, integer, nonnegative, positive, real_array, within_range

# Steps tried at once: one batch on shared data costs little more than one training.
TRIALS = 8

# Doublings (and halvings) after which the search gives up: beyond the square root of the range of float64.
DOUBLINGS = 512

CRITERIA = ("bounded", "descent")


@within_range
def sufficient_step(X: ArrayLike, radius: float, norm: float = 2) -> float:
    """Return η = 1 / (4 (σ₁/√n + ε ρ)²), at which the frozen update is proven to be stable for every smoothing.

    σ₁ is the largest singular value of X, shape (n, d), and ρ the largest l2 norm in the attack's unit ball: 1 for l2,
    √d for linf. Attacked samples X̃ have λ = ‖X̃‖² <= n (σ₁/√n + ε ρ)², so that the direction F = (2/n) X̃ᵀ(X̃θ - y) has
    ‖F‖² <= (4 λ/n) J, J the surrogate loss; and J - P(ϑ) <= Fᵀ(θ - ϑ) for every ϑ, P the loss under the exact attack,
    since ϑ does no worse on X̃ than under its own attack. Summed over T steps from θ⁽⁰⁾ this is, for every ϑ,

        mean of J over the steps <= 2 P(ϑ) + ‖θ⁽⁰⁾ - ϑ‖² / (η T).

    Our own statement; the paper has none. Infinite where X and the radius are 0. Raises ValueError as
    `adversarial_training` does.
    """
    samples = real_array("X", X)
    batch = batch_of(samples, np.zeros(samples.shape[:-1]), None, {"radius": radius, "step_size": 1.0}, norm, "frozen")
    if not batch.single:
        raise ValueError(f"X must have shape (n, d) and radius be a number, got shape {np.shape(X)} and {radius!r}")
    return _sufficient(finite("X", real_array("X", batch.X[0])), nonnegative("radius", radius), norm)


@within_range
def largest_stable_step(
    X: ArrayLike,
    y: ArrayLike,
    radius: float,
    smoothing: float = 0.0,
    norm: float = 2,
    *,
    steps: int,
    init: ArrayLike | None = None,
    update: str = "frozen",
    l1: float = 0.0,
    criterion: str = "bounded",
    tol: float = 0.01,
) -> float:
    """Return sup {η : `steps` steps of size η are stable}, measured by bisection to the relative accuracy `tol`.

    The run is that of `adversarial_training` on one data set. "bounded": it does not diverge. "descent": the surrogate
    loss plus the penalty never rises beyond rounding. The result is a stable step with an unstable one at most 1 + tol
    times as large; stability need not be monotone in the step, and this is the first change found above
    `sufficient_step` (below it, where that is not stable). inf where no step is found to be unstable. Where every step
    raises the loss, as at a kink that is the minimiser, what is left is a step whose rise is rounding.

    Raises ValueError as `adversarial_training` does.
    """
    choice("criterion", criterion, CRITERIA)
    accuracy = max(positive("tol", tol), 4 * EPS)  # no finer than float64 is
    horizon = integer("steps", steps, 1)
    parameters: dict[str, ArrayLike | None] = {"radius": radius, "smoothing": smoothing, "l1": l1, "step_size": 1.0}
    batch = batch_of(X, y, init, parameters, norm, update)
    if not batch.single:
        raise ValueError(f"X must be a single data set of shape (n, d), got shape {np.shape(X)}")
    return measured(batch.piece(slice(0, 1)), horizon, criterion, accuracy)


def measured(piece: Piece, steps: int, criterion: str = "bounded", tol: float = 0.01) -> float:
    """Return the largest stable step of a piece of one replicate; see `largest_stable_step`."""
    settings = piece.settings
    start = _sufficient(piece.at.design[0], float(settings.radius[0, 0]), settings.norm)
    if not math.isfinite(start):
        return math.inf

    def stable(step_sizes: FloatArray) -> NDArray[np.bool_]:
        return _stable(piece.at, settings.with_steps(step_sizes), steps, criterion)

    low, high = _bracket(stable, start)
    while low > 0 and high < math.inf and high > low * (1 + tol):
        inner = low * (high / low) ** (np.arange(1, TRIALS) / TRIALS)
        low, high = _first_change(np.concatenate([[low], inner, [high]]), stable(inner))
    if math.isinf(high):
        return math.inf
    return math.ldexp(low, -2 * piece.at.units.samples)


def _bracket(stable: Callable[[FloatArray], NDArray[np.bool_]], start: float) -> tuple[float, float]:
    """A stable step and an unstable one at most twice as large; (0, ·) or (·, inf) where there is none."""
    upwards = bool(stable(np.array([start]))[0])
    for first in range(0, DOUBLINGS, TRIALS):
        exponents = np.arange(first, first + TRIALS + 1)
        steps = np.ldexp(start, exponents if upwards else -exponents[::-1])
        found = stable(steps)
        if found.any() and not found.all():
            return _first_change(steps, found[1:]) if upwards else _last_change(steps, found)
    return (math.ldexp(start, DOUBLINGS), math.inf) if upwards else (0.0, math.ldexp(start, -DOUBLINGS))


def _first_change(steps: FloatArray, inner: NDArray[np.bool_]) -> tuple[float, float]:
    """The neighbours in increasing `steps` at the first unstable one; the first step is stable, the last is not."""
    last = len(inner) if inner.all() else int(np.argmin(inner))
    return float(steps[last]), float(steps[last + 1])


def _last_change(steps: FloatArray, found: NDArray[np.bool_]) -> tuple[float, float]:
    """The largest stable step and its neighbour, where the last is unstable."""
    last = int(np.flatnonzero(found)[-1])
    return float(steps[last]), float(steps[last + 1])


def _stable(at: Coordinates, settings: Settings, steps: int, criterion: str) -> NDArray[np.bool_]:
    recorder = Recorder(("train", "penalty"), 1, at, settings, None) if criterion == "descent" else None
    diverged = descend(at, settings, Stop(steps, None, patient=True), recorder).diverged
    if recorder is None:
        return ~diverged
    curves = recorder.curves()
    objective = curves["train"] + curves["penalty"]
    # Each residual is a sum of r products and a difference, its mean square a sum of n squares.
    rounding = 4 * (at.n + at.design.shape[-1]) * EPS
    scale = objective[:, :1] + np.ldexp(mean_square(at.responses), 2 * at.units.responses)[:, None]
    with np.errstate(invalid="ignore"):  # of a run that diverged
        falling: NDArray[np.bool_] = np.all(np.diff(objective) <= rounding * scale, axis=-1)
    return falling & ~diverged


def _sufficient(X: FloatArray, radius: float, norm: float) -> float:
    n, d = X.shape
    reach = float(np.linalg.norm(X, 2)) / math.sqrt(n) + radius * (1 if norm == 2 else math.sqrt(d))
    half = 0.5 / reach if reach > 0 else math.inf
    return half * half
