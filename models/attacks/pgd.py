"""Projected gradient ascent: per-sample steps, random starts and restarts, the best iterate kept."""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass

import torch
from torch import Tensor

from models.attacks.losses import Loss, Model, value, value_and_gradient
from models.attacks.smoothing import smoothed_attack
from models.attacks.threat import PerSample, Threat, checked, per_sample

# The whole way of all steps, in radii: enough to reach any point of the ball from any other, as Madry et al. (2018).
WAY = 2.5

KEPT = ("best", "last")
DIRECTIONS = ("steepest", "sign")


@dataclass(frozen=True, eq=False)
class Best:
    """The best perturbation found so far of every sample, and its loss, shape (N,)."""

    delta: Tensor
    loss: Tensor

    @classmethod
    def none(cls, x: Tensor) -> Best:
        """No perturbation yet: 0, worse than any."""
        # Single precision at least: a loss is never kept in less than it was computed in.
        exact = torch.promote_types(x.dtype, torch.float32)
        return cls(torch.zeros_like(x), torch.full((len(x),), -torch.inf, dtype=exact, device=x.device))

    def or_better(self, delta: Tensor, loss: Tensor) -> Best:
        """The better of this and `delta`, sample by sample; a loss that is no number is never better."""
        better = loss > self.loss
        rows = better.reshape(-1, *[1] * (delta.ndim - 1))
        return Best(torch.where(rows, delta, self.delta), torch.where(better, loss.to(self.loss), self.loss))


def pgd(
    model: Model,
    x: Tensor,
    labels: Tensor,
    threat: Threat,
    *,
    loss: Loss,
    steps: int,
    step_size: PerSample | None = None,
    restarts: int = 1,
    random_start: bool = True,
    generator: torch.Generator | None = None,
    smoothing: PerSample = 0.0,
    keep: str = "best",
    direction: str = "steepest",
) -> Tensor:
    """Return perturbations δ, shape of x (N, ...), feasible for `threat`, that make `loss` large.

    Iterates δ ← project(δ + step_size · direction) from 0 or a random start. Every sample is on its own: losses are
    summed, and radius, step size (2.5 radii over `steps` by default) and smoothing may differ from sample to sample.
    `keep`: "best" returns, for each sample, the iterate of largest loss over all restarts, the starts included, so
    that more steps or restarts of the same size and starts never do worse; "last" the last one (of the best restart),
    which saves an evaluation of the model. `direction`: "steepest" is g/‖g‖ for l2 and sign g for linf; "sign" is
    sign g in either: with l2 that is the attack of the repository that the paper modified, sign steps projected on the
    ball, and its default step has the same l2 length. With `smoothing` > 0 the result is the smoothed attack.

    Draws of a random start depend on where a sample stands in the batch; nothing else does. Wrap calls in
    `parameters_frozen(model)`. Raises ValueError for settings out of range and for shapes that do not fit.
    """
    if keep not in KEPT or direction not in DIRECTIONS:
        raise ValueError(f"keep must be one of {KEPT} and direction of {DIRECTIONS}, got {keep!r} and {direction!r}")
    steps, restarts = checked_call(x, labels, steps, restarts)
    checked("smoothing", smoothing)
    signed = direction == "sign"
    step = per_sample(_step_size(threat, step_size, steps, signed, x), x)
    best = Best.none(x)
    for _ in range(restarts):
        delta = threat.random_start(x, generator) if random_start else torch.zeros_like(x)
        for _ in range(steps):
            values, gradient = value_and_gradient(model, x + delta, labels, loss)
            if keep == "best":
                best = best.or_better(delta, values)
            ascent = gradient.sign() if signed else threat.steepest(gradient)
            delta = threat.project(x, delta + step * ascent)
        if keep == "best" or restarts > 1:
            best = best.or_better(delta, value(model, x + delta, labels, loss))
    found = delta if keep == "last" and restarts == 1 else best.delta
    return smoothed_attack(model, x, labels, found, loss, smoothing, threat.norm)


def checked_call(x: Tensor, labels: Tensor, steps: int, restarts: int) -> tuple[int, int]:
    """Return `steps` and `restarts`; ValueError for less than 1, or samples and labels that do not fit."""
    for name, count in (("steps", steps), ("restarts", restarts)):
        if isinstance(count, bool) or not hasattr(count, "__index__") or operator.index(count) < 1:
            raise ValueError(f"{name} must be a positive integer, got {count!r}")
    if x.ndim < 2 or not x.is_floating_point():
        raise ValueError(f"x must be floating point of shape (N, ...), got {x.dtype} of shape {tuple(x.shape)}")
    if labels.ndim == 0 or len(labels) != len(x):
        raise ValueError(f"labels must be {len(x)}, one a sample, got shape {tuple(labels.shape)}")
    return operator.index(steps), operator.index(restarts)


def _step_size(threat: Threat, step_size: PerSample | None, steps: int, signed: bool, x: Tensor) -> PerSample:
    if step_size is not None:
        checked("step_size", step_size)
        return step_size
    step = WAY / steps * threat.radius
    return step / math.sqrt(x[0].numel()) if signed and threat.norm == 2 else step
