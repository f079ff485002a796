"""Our attacks."""

from __future__ import annotations

import math
from functools import partial

import torch
from torch import Tensor

from models.attacks.apgd import apgd
from models.attacks.losses import Loss, cross_entropy, margin, squared_error
from models.attacks.pgd import pgd
from models.conformance.attack import Attack, Task, norm_name

NAME = "advtheory"


def attacks() -> tuple[Attack, ...]:
    """PGD on the margin and APGD, and, for comparison, PGD on the cross-entropy and by sign steps in l2."""
    norms = (2, math.inf)
    return (
        *(Attack(NAME, f"PGD, margin, {norm_name(p)}", p, climb(), regression=True) for p in norms),
        *(Attack(NAME, f"APGD, margin, {norm_name(p)}", p, _apgd, regression=True, own_steps=True) for p in norms),
        *(Attack(NAME, f"PGD, cross-entropy, {norm_name(p)}", p, climb(cross_entropy)) for p in norms),
        Attack(NAME, "PGD, margin, l2, sign steps", 2, climb(direction="sign")),
    )


def climb(loss: Loss = margin, direction: str = "steepest") -> partial[Tensor]:
    """PGD on a loss, as an attack runs it."""
    return partial(_pgd, loss=loss, direction=direction)


def _pgd(task: Task, loss: Loss, direction: str) -> Tensor:
    return task.x + pgd(
        task.model,
        task.x,
        task.labels,
        task.threat,
        loss=squared_error if task.regression else loss,
        steps=task.steps,
        step_size=task.step_size,
        random_start=task.random_start,
        generator=torch.Generator().manual_seed(task.seed),
        direction=direction,
    )


def _apgd(task: Task) -> Tensor:
    generator = torch.Generator().manual_seed(task.seed)
    return task.x + apgd(
        task.model,
        task.x,
        task.labels,
        task.threat,
        loss=squared_error if task.regression else None,
        steps=task.steps,
        random_start=task.random_start,
        generator=generator,
    )
