"""secml-torch: its native projected gradient ascent."""

from __future__ import annotations

import math
from importlib import import_module

import torch
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from models.conformance.attack import Attack, Task

ONE_MORE = "one step more is asked for: its best iterate is the best of the first num_steps, the start included"
NORMS = {2: "l2", math.inf: "linf"}


def attacks() -> tuple[Attack, ...]:
    """PGD of the native back end in both norms."""
    import_module("secmlt.adv.evasion.pgd")
    return tuple(Attack("secml-torch", f"PGD native, {name}", norm, _run) for norm, name in NORMS.items())


def _run(task: Task) -> Tensor:
    attack = import_module("secmlt.adv.evasion.pgd").PGD(
        perturbation_model=NORMS[task.threat.norm],
        epsilon=task.radius,
        num_steps=task.steps + 1,
        step_size=task.step_size,
        random_start=task.random_start,
        backend=import_module("secmlt.adv.backends").Backends.NATIVE,
    )
    classifier = import_module("secmlt.models.pytorch.base_pytorch_nn").BasePyTorchClassifier(task.model)
    batches = attack(classifier, DataLoader(TensorDataset(task.x, task.labels), batch_size=len(task.x)))
    return torch.cat([points for points, _ in batches])
