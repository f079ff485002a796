"""A training as far as it has come: weights, momentum, generators, curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from models.perceptron import TwoLayerClassifiers
from models.resnet import WideResNet
from models.training.batches import TrainingData
from models.training.task import How, Task

MEANS = {"cifar10": ((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616))}
"""Mean and standard deviation of the training pixels by channel, of what a convolutional network is trained on."""


@dataclass
class State:
    """A training as far as it has come; `curves[name]` holds a list of one value a network for every evaluation."""

    model: nn.Module
    optimizer: torch.optim.Optimizer
    attack_draws: torch.Generator
    order: torch.Generator
    epoch: int = 0
    seconds: float = 0.0
    resumed: int = 0
    curves: dict[str, list[list[float]]] = field(default_factory=dict)
    first: dict[str, list[float]] = field(default_factory=dict)
    best: dict[str, Tensor] = field(default_factory=dict)
    best_robust: list[float] = field(default_factory=list)
    best_epoch: list[int] = field(default_factory=list)

    PLAIN = ("epoch", "seconds", "resumed", "curves", "first", "best", "best_robust", "best_epoch")

    def saved(self, members: Sequence[tuple[str, int]]) -> dict[str, Any]:
        """All of it as a checkpoint."""
        return {name: getattr(self, name) for name in self.PLAIN} | {
            "members": [list(member) for member in members],
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "attack_draws": self.attack_draws.get_state(),
            "order": self.order.get_state(),
        }

    def restore(self, saved: dict[str, Any]) -> None:
        """Go on from a checkpoint."""
        for name in self.PLAIN:
            setattr(self, name, saved[name])
        self.model.load_state_dict(saved["model"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.attack_draws.set_state(saved["attack_draws"].cpu())
        self.order.set_state(saved["order"].cpu())
        self.resumed += 1


def start(task: Task, data: TrainingData, how: How) -> State:
    """The untrained networks of `task` with their optimiser and generators."""
    schedule = task.experiment.schedule
    # Drawn on the CPU, so that a network starts from the same weights on every device.
    model = network(task, data).to(how.device)
    if how.device.type == "cuda":
        model = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch 2.13 has no such stub
    optimizer = torch.optim.SGD(
        model.parameters(), lr=schedule.rate, momentum=schedule.momentum, weight_decay=schedule.weight_decay
    )
    # Arms of one seed that are trained alone see the same starts, batches, crops and flips; in a group each has starts
    # of its own, and only images and initial weights are shared.
    seed = min(task.seeds) * 1000 + 7
    return State(
        model, optimizer, torch.Generator(how.device).manual_seed(seed + how.workers.rank),
        torch.Generator().manual_seed(seed + 500),
    )  # fmt: skip


def network(task: Task, data: TrainingData) -> nn.Module:
    """The untrained networks of `task`, drawn from its seeds."""
    settings, classes = task.experiment.network, int(data.test.labels.max()) + 1
    if settings.kind == "perceptron":
        return TwoLayerClassifiers(task.seeds, data.training.images.shape[-1], settings.width, classes)
    mean, std = MEANS.get(task.experiment.dataset, ((0.5,), (0.25,)))
    (seed,), channels = task.seeds, data.training.images.shape[2]
    return WideResNet(settings.depth, settings.width, classes, channels, settings.smooth_backward, seed, mean, std)
