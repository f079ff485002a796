"""Algorithm 1 for linear models, for one data set or a batch of replicates at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.linear.batch import Batch, Piece, batch_of
from models.linear.descent import Descent, Stop, descend
from models.linear.recording import EMPIRICAL, OF_POPULATION, Recorder
from models.linear.stability import measured
from theory.population import LinearGaussian
from theory.validation import FloatArray, integer, within_range

# A step that is 1 % too large grows the loss by 1/EPS in about this many steps.
ENOUGH_STEPS = 2000


class Divergence(ValueError):
    """The step size is too large for training to stay bounded; the message names the largest stable one."""


@dataclass(frozen=True, eq=False)
class Training:
    """Trained models: coefficients (..., d), the steps taken and whether the stopping residual was reached (...,).

    `curves[name]` has shape (..., K) and holds the recorded values after `recorded_steps`, shape (K,); a replicate that
    stopped keeps its last value from there on.
    """

    coefficients: FloatArray
    steps_taken: NDArray[np.int_]
    stopped: NDArray[np.bool_]
    recorded_steps: NDArray[np.int_]
    curves: dict[str, FloatArray]


@within_range
def adversarial_training(
    X: ArrayLike,
    y: ArrayLike,
    radius: ArrayLike,
    smoothing: ArrayLike = 0.0,
    norm: float = 2,
    *,
    step_size: ArrayLike,
    steps: int,
    init: ArrayLike | None = None,
    update: str = "frozen",
    l1: ArrayLike = 0.0,
    record: Sequence[str] = (),
    record_every: int = 1,
    population: LinearGaussian | None = None,
    stop_residual: ArrayLike | None = None,
) -> Training:
    """Return θ⁽ᵀ⁾ of θ⁽ᵗ⁾ = θ⁽ᵗ⁻¹⁾ - η ∇(1/n) Σ (θᵀ(xᵢ + A_{ε,ξ}) - yᵢ)²: Algorithm 1 for linear models.

    `update` "frozen" holds the attack of the last coefficients fixed, as the paper does, equation (3): the direction is
    (2/n) Σ wᵢ (xᵢ + Aᵢ) with wᵢ = θᵀ(xᵢ + Aᵢ) - yᵢ. "full" differentiates through the attack and is the gradient of
    the surrogate loss; both agree for smoothing ξ = 0. The attack is that of `models.attacks.linear_attack`, and so is
    its convention at kinks. A penalty l1 ‖θ‖₁ adds a proximal step, soft thresholding by η l1.

    `X` has shape (n, d) or (B, n, d) and `y` (n,) or (B, n); `radius`, `smoothing`, `l1`, `step_size` and
    `stop_residual` are numbers or have shape (B,); `init` is zero, or of shape (d,) or (B, d). What has no B is shared
    by the batch. A replicate stops at the first t >= 1 with ‖Xθ - y‖₂/√n < `stop_residual`, all stop after `steps`.

    `record` names curves, taken at the start, after every `record_every` steps, and at the end: "train" (the surrogate
    loss, without penalty), "adversarial_train" (the loss under the exact attack), "residual" (‖Xθ - y‖₂/√n), and with
    the `population` the risks "population" (exact attack), "surrogate" and "standard" (none), in closed form.

    When n < d, for the l2 attack without penalty, the iteration runs in the span of the samples and `init`, which it
    cannot leave: n² operations a step for n d, the same iterates to rounding. A batch too large for the memory is
    trained in parts; X may be a numpy.memmap.

    Raises ValueError for wrong shapes, n or d of zero, entries not finite, a negative radius, smoothing, l1 or
    stop_residual, a step_size not positive, unknown names and a missing population; and Divergence, which is one, where
    the step size is too large.
    """
    parameters: dict[str, ArrayLike | None] = {
        "radius": radius,
        "smoothing": smoothing,
        "l1": l1,
        "step_size": step_size,
    }
    batch = batch_of(X, y, init, parameters | {"stop_residual": stop_residual}, norm, update)
    limit, every = integer("steps", steps, 0), integer("record_every", record_every, 1)
    _check_record(record, population, batch.d)
    parts: list[_Part] = []
    for piece in batch.pieces():
        recorder = Recorder(record, every, piece.at, piece.settings, population) if record else None
        descent = descend(piece.at, piece.settings, Stop(limit, piece.stop_residual), recorder)
        if descent.diverged.any():
            first = sum(len(part.coefficients) for part in parts)
            raise _too_large(batch, piece, first, int(np.argmax(descent.diverged)), limit)
        steps_recorded, curves = (recorder.steps, recorder.curves()) if recorder else ([], {})
        parts.append(_Part(piece.at.lift(descent.position), descent, steps_recorded, curves))
    return _joined(parts, record, batch.single)


class _Part(NamedTuple):
    coefficients: FloatArray
    descent: Descent
    recorded_steps: list[int]
    curves: dict[str, FloatArray]


def _joined(parts: Sequence[_Part], record: Sequence[str], single: bool) -> Training:
    """The parts of a batch as one record; a part that ended before others keeps its last values."""
    coefficients = np.concatenate([part.coefficients for part in parts])
    taken = np.concatenate([part.descent.steps_taken for part in parts])
    stopped = np.concatenate([part.descent.stopped for part in parts])
    steps = max((part.recorded_steps for part in parts), key=len)
    curves = {name: np.concatenate([_lengthened(part.curves[name], len(steps)) for part in parts]) for name in record}
    if single:
        coefficients, taken, stopped = coefficients[0], taken[0], stopped[0]
        curves = {name: curve[0] for name, curve in curves.items()}
    return Training(coefficients, taken, stopped, np.array(steps, dtype=int), curves)


def _lengthened(curve: FloatArray, length: int) -> FloatArray:
    return np.pad(curve, ((0, 0), (0, length - curve.shape[-1])), mode="edge")


def _too_large(batch: Batch, piece: Piece, first: int, replicate: int, steps: int) -> Divergence:
    """The error for a `replicate` that diverged in the piece of the batch that begins at `first`."""
    found = float(np.broadcast_to(batch.parameters["step_size"], batch.size)[first + replicate])
    alone = piece.replicate(replicate)
    stable = measured(alone, min(steps, ENOUGH_STEPS))
    if stable >= found:
        stable = measured(alone, steps)
    where = "" if batch.single else f" in replicate {first + replicate}"
    return Divergence(f"step_size must be at most about {stable:.3g} for training not to diverge, got {found}{where}")


def _check_record(record: Sequence[str], population: LinearGaussian | None, d: int) -> None:
    for name in record:
        if name not in EMPIRICAL + OF_POPULATION:
            raise ValueError(f"record must hold names among {EMPIRICAL + OF_POPULATION}, got {name!r}")
        if name in OF_POPULATION and population is None:
            raise ValueError(f"population must be given to record {name!r}, got None")
    if population is not None and population.d != d:
        raise ValueError(f"population must have d = {d} to match X, got d = {population.d}")
