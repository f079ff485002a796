"""cleverhans: projected gradient ascent on the mean cross-entropy of a batch."""

from __future__ import annotations

import math
from importlib import import_module

from torch import Tensor

from models.conformance.attack import Attack, Task

MODULE = "cleverhans.torch.attacks.projected_gradient_descent"


def attacks() -> tuple[Attack, ...]:
    """projected_gradient_descent in both norms."""
    import_module(MODULE)
    return (Attack("cleverhans", "PGD(2)", 2, _run), Attack("cleverhans", "PGD(inf)", math.inf, _run))


def _run(task: Task) -> Tensor:
    attacked: Tensor = import_module(MODULE).projected_gradient_descent(
        task.model,
        task.x,
        task.radius,
        task.step_size,
        task.steps,
        task.threat.norm,
        clip_min=0.0,
        clip_max=1.0,
        y=task.labels,
        rand_init=task.random_start,
    )
    return attacked
