"""APGD of Croce and Hein (2020): ascent with momentum whose step is halved wherever it stops paying off."""

from __future__ import annotations

import itertools

import torch
from torch import Tensor

from models.attacks.losses import Loss, Model, dlr, margin, value, value_and_gradient
from models.attacks.pgd import Best, checked_call
from models.attacks.threat import Threat, per_sample

# Settings of the paper's Algorithm 1 and section 3: share of the new direction against the last one, share of steps
# that must raise the loss, first step in radii. Of the checkpoints, in hundredths of the steps: the first period, by
# how much one is shorter than the one before, the shortest.
NEW, RISING, FIRST_STEP = 0.75, 0.75, 2.0
FIRST_PERIOD, SHORTER, SHORTEST = 22, 3, 6


def scale_free(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the margin for two classes and the difference of logits ratio from three on, shape (N,)."""
    return margin(logits, labels) if logits.shape[-1] == 2 else dlr(logits, labels)


def apgd(
    model: Model,
    x: Tensor,
    labels: Tensor,
    threat: Threat,
    *,
    loss: Loss | None = None,
    steps: int = 100,
    restarts: int = 1,
    random_start: bool = True,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Return perturbations δ, shape of x (N, ...), feasible for `threat`, that make `loss` large.

    For each sample the point of largest loss over all iterates of all restarts, the starts included: never below a
    start. Not guaranteed: more than `pgd` finds, or more with more steps, whose number sets the schedule. The loss is
    `scale_free` where none is given. Samples are on their own, checkpoints included; only the draws of a random start
    depend on where one stands in the batch. Raises ValueError as `pgd` does.
    """
    steps, restarts = checked_call(x, labels, steps, restarts)
    best = Best.none(x)
    for _ in range(restarts):
        start = threat.random_start(x, generator) if random_start else torch.zeros_like(x)
        found = _climb(model, x, labels, threat, loss or scale_free, steps, start)
        best = best.or_better(found.delta, found.loss)
    return best.delta


def checkpoints(steps: int) -> list[int]:
    """The iterations w_j = ⌈p_j N⌉ in 1..N-1: p_1 = 0.22, p_{j+1} = p_j + max(p_j - p_{j-1} - 0.03, 0.06)."""
    found, period, hundredths = set(), FIRST_PERIOD, FIRST_PERIOD
    while hundredths < 100:
        found.add(-(-hundredths * steps // 100))
        period = max(period - SHORTER, SHORTEST)
        hundredths += period
    return sorted(found - {steps})


def _climb(model: Model, x: Tensor, labels: Tensor, threat: Threat, loss: Loss, steps: int, start: Tensor) -> Best:
    ascent = _Ascent(x, threat, start)
    checks = [0, *checkpoints(steps)]
    periods = dict(itertools.pairwise(reversed(checks)))
    for k in range(steps):
        ascent.note(*value_and_gradient(model, x + ascent.delta, labels, loss))
        if k in periods:
            ascent.check(k - periods[k])
        ascent.move(NEW if k else 1.0)
    return ascent.best.or_better(ascent.delta, value(model, x + ascent.delta, labels, loss))


class _Ascent:
    """Algorithm 1 of Croce and Hein (2020), with its bookkeeping sample by sample: nothing waits for the device."""

    def __init__(self, x: Tensor, threat: Threat, start: Tensor) -> None:
        self.x, self.threat = x, threat
        self.delta, self.previous = start, start
        self.best = Best.none(x)
        self.gradient = self.best_gradient = torch.zeros_like(x)
        self.step = FIRST_STEP * threat.radius * x.new_ones(len(x))
        self.loss = torch.full_like(self.best.loss, torch.inf)
        self.checked_loss = self.loss
        self.rises = torch.zeros(len(x), dtype=torch.int32, device=x.device)
        self.halved = torch.zeros(len(x), dtype=torch.bool, device=x.device)

    def note(self, loss: Tensor, gradient: Tensor) -> None:
        """Take in the loss and gradient of the current iterate."""
        better = _rows(loss > self.best.loss, gradient)
        self.best_gradient = torch.where(better, gradient, self.best_gradient)
        first = self.best.loss == -torch.inf
        self.best = self.best.or_better(self.delta, loss)
        # At the start, where the first period begins.
        self.checked_loss = torch.where(first, self.best.loss, self.checked_loss)
        self.rises += loss > self.loss
        self.loss, self.gradient = loss, gradient

    def check(self, iterations: int) -> None:
        """Halve a step that raised the loss too rarely, or left the best one as it was; go on from the best point.

        The second condition spares a step that was halved at the last checkpoint.
        """
        stuck = ~self.halved & (self.best.loss == self.checked_loss)
        self.halved = (self.rises < RISING * iterations) | stuck
        self.step = torch.where(self.halved, self.step / 2, self.step)
        rows = _rows(self.halved, self.x)
        self.delta = torch.where(rows, self.best.delta, self.delta)
        self.gradient = torch.where(rows, self.best_gradient, self.gradient)
        self.loss = torch.where(self.halved, self.best.loss.to(self.loss), self.loss)
        self.checked_loss = self.best.loss
        self.rises = torch.zeros_like(self.rises)

    def move(self, share: float) -> None:
        """Go to the next iterate: `share` of the ascent step, the rest of the way from the previous iterate."""
        ascent = per_sample(self.step, self.x) * self.threat.steepest(self.gradient)
        ahead = self.threat.project(self.x, self.delta + ascent)
        mixed = self.delta + share * (ahead - self.delta) + (1 - share) * (self.delta - self.previous)
        self.previous, self.delta = self.delta, self.threat.project(self.x, mixed)


def _rows(chosen: Tensor, x: Tensor) -> Tensor:
    return chosen.reshape(-1, *[1] * (x.ndim - 1))
