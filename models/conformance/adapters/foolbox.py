"""foolbox: projected gradient ascent on the cross-entropy, or on a loss of one's own by subclassing."""

from __future__ import annotations

import math
from importlib import import_module

from torch import Tensor

from models.attacks.losses import squared_error
from models.conformance.attack import Attack, Task


def attacks() -> tuple[Attack, ...]:
    """L2PGD and LinfPGD."""
    import_module("foolbox")
    return (
        Attack("foolbox", "L2PGD", 2, _run, regression=True),
        Attack("foolbox", "LinfPGD", math.inf, _run, regression=True),
    )


def _run(task: Task) -> Tensor:
    foolbox, eagerpy = import_module("foolbox"), import_module("eagerpy")
    kind = foolbox.attacks.LinfPGD if task.threat.norm == math.inf else foolbox.attacks.L2PGD

    class Regression(kind):  # type: ignore[misc, valid-type]
        """The attack on the squared loss: foolbox's documented way to another loss."""

        def get_loss_fn(self, model: object, labels: object) -> object:
            """The sum of the squared errors."""
            return lambda inputs: eagerpy.astensor(squared_error(task.model(inputs.raw), task.labels).sum())

    settings = {"abs_stepsize": task.step_size, "steps": task.steps, "random_start": task.random_start}
    attack = (Regression if task.regression else kind)(**settings)
    model = foolbox.PyTorchModel(task.model.eval(), bounds=(0, 1), device=task.x.device)
    criterion = foolbox.criteria.Misclassification(task.labels)
    attacked: Tensor = attack.run(model, task.x, criterion, epsilon=task.radius)
    return attacked
