"""torchattacks: projected gradient ascent on the mean cross-entropy of a batch, and its APGD."""

from __future__ import annotations

import math
from importlib import import_module

from torch import Tensor

from models.conformance.attack import Attack, Task

NORMS = {2: "L2", math.inf: "Linf"}


def attacks() -> tuple[Attack, ...]:
    """PGDL2, PGD and APGD on the cross-entropy."""
    import_module("torchattacks")
    return (
        Attack("torchattacks", "PGDL2", 2, _pgd),
        Attack("torchattacks", "PGD", math.inf, _pgd),
        *(Attack("torchattacks", f"APGD-CE, {NORMS[norm]}", norm, _apgd, own_steps=True) for norm in NORMS),
    )


def _pgd(task: Task) -> Tensor:
    library = import_module("torchattacks")
    kind = library.PGD if task.threat.norm == math.inf else library.PGDL2
    attack = kind(task.model, task.radius, task.step_size, task.steps, random_start=task.random_start)
    attacked: Tensor = attack(task.x, task.labels)
    return attacked


def _apgd(task: Task) -> Tensor:
    """It always starts at random, on the sphere; of its results, the points of largest loss."""
    norm = NORMS[task.threat.norm]
    attack = import_module("torchattacks").APGD(task.model, norm, task.radius, task.steps, seed=task.seed)
    attacked: Tensor = attack.perturb(task.x, task.labels, best_loss=True)[1]
    return attacked
