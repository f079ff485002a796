"""What is trained at once, and where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch

from models.training.experiments import Arm, Experiment
from models.training.workers import Workers


@dataclass(frozen=True)
class Task:
    """Networks trained at once: one case, and an arm and a seed for each of them."""

    experiment: Experiment
    case: dict[str, float]
    members: tuple[tuple[str, int], ...]

    @property
    def name(self) -> str:
        """A file name of its own."""
        case = "".join(f"{key}{value:g}-" for key, value in sorted(self.case.items()))
        first, last = self.members[0], self.members[-1]
        ends = [f"{arm}-{seed}" for arm, seed in dict.fromkeys((first, last))]
        return case + "-to-".join(ends)

    @property
    def arms(self) -> list[Arm]:
        """The arm of each network."""
        return [self.experiment.arm(name) for name, _ in self.members]

    @property
    def seeds(self) -> list[int]:
        """The seed of each network."""
        return [seed for _, seed in self.members]

    @property
    def radius(self) -> float:
        """The attack's radius in this case."""
        return self.case.get("radius", self.experiment.attack.radius)

    @property
    def standard_epochs(self) -> int:
        """Epochs without attack at the start; the same for all members."""
        return self.arms[0].standard_epochs

    @property
    def epochs(self) -> int:
        """All epochs."""
        return self.standard_epochs + self.experiment.schedule.epochs


@dataclass(frozen=True)
class How:
    """Where and how to train: the device, whether compiled, and what to call after each epoch."""

    device: torch.device
    compiled: bool = False
    workers: Workers = field(default_factory=Workers)
    progress: Callable[[int, str], None] = lambda epochs, text: None
