"""ART, the Adversarial Robustness Toolbox: projected gradient ascent on classifiers and regressors, in NumPy."""

from __future__ import annotations

import math
from importlib import import_module

import numpy as np
import torch
from torch import Tensor, nn

from models.conformance.attack import Attack, Task

NORMS = {2: "L2", math.inf: "Linf"}


def attacks() -> tuple[Attack, ...]:
    """ProjectedGradientDescent in both norms."""
    import_module("art.attacks.evasion")
    return tuple(Attack("art", f"PGD, {name}", norm, _run, regression=True) for norm, name in NORMS.items())


def _run(task: Task) -> Tensor:
    np.random.seed(task.seed)  # noqa: NPY002, its random starts come from the global generator
    shape = tuple(task.x.shape[1:])
    if task.regression:
        kind = import_module("art.estimators.regression").PyTorchRegressor
        estimator = kind(task.model, loss=nn.MSELoss(), input_shape=shape, clip_values=(0.0, 1.0))
    else:
        kind = import_module("art.estimators.classification").PyTorchClassifier
        loss = nn.CrossEntropyLoss()
        estimator = kind(task.model, loss=loss, input_shape=shape, nb_classes=2, clip_values=(0.0, 1.0))
    attack = import_module("art.attacks.evasion").ProjectedGradientDescent(
        estimator,
        norm="inf" if task.threat.norm == math.inf else 2,
        eps=task.radius,
        eps_step=task.step_size,
        max_iter=task.steps,
        num_random_init=int(task.random_start),
        batch_size=len(task.x),
        verbose=False,
    )
    return torch.from_numpy(attack.generate(task.x.numpy(), task.labels.numpy()))
