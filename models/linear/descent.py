"""The loop of Algorithm 1 over a batch: steps, stopping, recording, and the detection of divergence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.linear.coordinates import Coordinates
from models.linear.gradients import Settings, slope
from models.linear.recording import Recorder, mean_square
from theory.population import EPS
from theory.validation import FloatArray

# A divergent run grows geometrically, so that looking at every 64th step wastes little and costs nothing.
CHECK_EVERY = 64


@dataclass(frozen=True, eq=False)
class Descent:
    """Where a batch ended, (B, r), and of each replicate, (B,): steps taken, stopping level reached, diverged."""

    position: FloatArray
    steps_taken: NDArray[np.int_]
    stopped: NDArray[np.bool_]
    diverged: NDArray[np.bool_]


class Stop(NamedTuple):
    """When to stop: after `steps`; a replicate before, when its root mean square residual is below `residual`, (B,).

    Unless `patient`, the batch ends when some replicate is seen to diverge.
    """

    steps: int
    residual: FloatArray | None
    patient: bool = False


def descend(at: Coordinates, settings: Settings, stop: Stop, recorder: Recorder | None = None) -> Descent:
    """Run θ ← prox(θ - η gradient) from `at.start` until every replicate has stopped, or for `stop.steps` steps.

    A replicate has diverged, and stops, where its objective is not finite or exceeds 1/EPS times the larger of its
    values at the start and at zero: rounding then moves it by as much as its whole value was.
    """
    batch = len(settings.step_size)
    c = np.broadcast_to(at.start, (batch, at.start.shape[-1])).copy()
    taken, stopped, diverged = np.full(batch, stop.steps), np.zeros(batch, dtype=bool), np.zeros(batch, dtype=bool)
    step, limit, penalised = settings.step_size, np.zeros(()), bool(np.any(settings.l1))
    with np.errstate(over="ignore", invalid="ignore", under="ignore", divide="ignore"):
        for t in range(stop.steps + 1):
            residuals = at.residuals(c)
            attacked, gradient = slope(at, c, residuals, settings)
            if t == 0:
                limit = np.maximum(mean_square(attacked), mean_square(at.responses)) / EPS
            if t % CHECK_EVERY == 0 or t == stop.steps:
                diverged |= ~(mean_square(attacked) <= limit)
            if stop.residual is not None and t > 0:
                arrived = ~stopped & (np.sqrt(mean_square(residuals)) < stop.residual)
                taken[arrived], stopped = t, stopped | arrived
            idle = stopped | diverged
            last = t == stop.steps or bool(idle.all()) or (diverged.any() and not stop.patient)
            if recorder is not None and (last or t % recorder.every == 0):
                recorder.add(min(-(-t // recorder.every) * recorder.every, stop.steps), c, residuals, attacked)
            if last:
                break
            if idle.any():
                step = np.where(idle[:, None], 0.0, settings.step_size)
            c = c - step * gradient
            if penalised:
                c = np.sign(c) * np.maximum(np.abs(c) - step * settings.l1, 0.0)
    return Descent(c, taken, stopped, diverged)
