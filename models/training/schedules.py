"""Learning rate and smoothing over the course of a training."""

from __future__ import annotations

from models.training.experiments import Schedule

RISE = 0.4  # share of the epochs in which a cyclic rate rises


def learning_rate(schedule: Schedule, progress: float) -> float:
    """The learning rate at the share `progress` in [0, 1) of the epochs."""
    if schedule.kind == "cyclic":
        return schedule.rate * min(progress / RISE, (1 - progress) / (1 - RISE))
    return schedule.rate * decay(schedule, progress)


def decay(schedule: Schedule, progress: float) -> float:
    """What the milestones passed at `progress` multiply the smoothing by (and, in "steps", the rate): 0.1 each."""
    return float(0.1 ** sum(progress >= milestone for milestone in schedule.milestones))
