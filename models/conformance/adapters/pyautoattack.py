"""pyautoattack, AutoAttack as packaged: its APGD alone, and its standard ensemble."""

from __future__ import annotations

import math
from functools import partial
from importlib import import_module

from torch import Tensor

from models.conformance.attack import Attack, Task

NORMS = {2: "L2", math.inf: "Linf"}


def attacks() -> tuple[Attack, ...]:
    """APGD on the cross-entropy and on the difference of logits ratio, and the standard ensemble."""
    import_module("pyautoattack")
    return (
        *(Attack("pyautoattack", f"APGD-CE, {NORMS[p]}", p, partial(_apgd, loss="ce"), own_steps=True) for p in NORMS),
        Attack("pyautoattack", "APGD-DLR, L2", 2, partial(_apgd, loss="dlr"), own_steps=True, classes=3),
        Attack("pyautoattack", "standard, L2", 2, _standard, own_steps=True, classes=4),
    )


def _apgd(task: Task, loss: str) -> Tensor:
    """It always starts at random, on the sphere; of its results, the points of largest loss."""
    attack = import_module("pyautoattack.autopgd_base").APGDAttack(
        task.model,
        n_iter=task.steps,
        norm=NORMS[task.threat.norm],
        eps=task.radius,
        seed=task.seed,
        loss=loss,
        device=task.x.device,
    )
    attacked: Tensor = attack.perturb(task.x, task.labels, best_loss=True)
    return attacked


def _standard(task: Task) -> Tensor:
    pyautoattack = import_module("pyautoattack")
    ensemble = pyautoattack.AutoAttack(task.model, eps=task.radius, norm=NORMS[task.threat.norm], seed=task.seed)
    attacked: Tensor = ensemble.run_standard_evaluation(task.x, task.labels)[0]
    return attacked
