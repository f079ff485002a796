"""Accuracies of a group of networks on clean images and under attack."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models.attacks.apgd import apgd
from models.attacks.losses import cross_entropy, margin, parameters_frozen
from models.attacks.pgd import pgd
from models.attacks.threat import Threat, length
from models.training.batches import Samples, as_pixels
from models.training.experiments import Evaluation
from models.training.workers import Workers

CHUNK = 1024
"""Inputs evaluated at once by one network: more need more memory and no less time."""

Attack = Callable[[Tensor, Tensor, torch.Generator], Tensor]


@dataclass(frozen=True, eq=False)
class Judge:
    """Measures a model, a group of `model.group` networks, under attacks of a `threat`; all draws come from `seed`."""

    model: nn.Module
    threat: Threat
    settings: Evaluation
    seed: int
    forward: Callable[[Tensor], Tensor]
    workers: Workers

    def watch(self, samples: Samples, images: int | None) -> tuple[Tensor, Tensor]:
        """Accuracy clean and under PGD on the margin, each (G,), over the first `images` of each network's samples."""
        steps = self.settings.watch_steps
        return self.accuracy(samples, None, images), self.accuracy(samples, self._pgd(margin, steps, 1), images)

    def figures(self, test: Samples, training: Samples) -> dict[str, Tensor]:
        """All that a record holds of a trained model, by name, each of shape (G,)."""
        settings, count = self.settings, self.settings.images
        by_margin = self._pgd(margin, settings.pgd_steps, settings.restarts)
        return {
            "clean": self.accuracy(test, None, count),
            "pgd_ce": self.accuracy(test, self._pgd(cross_entropy, settings.pgd_steps, settings.restarts), count),
            "pgd_margin": self.accuracy(test, by_margin, count),
            "apgd": self.accuracy(test, self._apgd(), count),
            "train_clean": self.accuracy(training, None, settings.held_out),
            "train_robust": self.accuracy(training, by_margin, settings.held_out),
            "zeros": self.zeros(),
            "l1": self.l1(),
        } | ({"attack_difference": self.attack_difference(test, count)} if settings.difference else {})

    def accuracy(self, samples: Samples, attack: Attack | None, images: int | None) -> Tensor:
        """Share of the first `images` samples of each network whose own class wins outright, under `attack`, (G,)."""

        def correct(pixels: Tensor, labels: Tensor, generator: torch.Generator) -> Tensor:
            delta = 0.0 if attack is None else attack(pixels, labels, generator)
            with torch.no_grad():
                return (margin(self.forward(pixels + delta), labels) < 0).float()

        return self._mean(samples, images, correct)

    def attack_difference(self, samples: Samples, images: int | None) -> Tensor:
        """Mean l2 distance of two PGD attacks on the margin from two random starts, in the ball's l2 radii, (G,)."""
        attack = self._pgd(margin, self.settings.pgd_steps, 1, keep="last")
        entries = samples.images[0, 0].numel()
        radius = self.threat.radius * (1 if self.threat.norm == 2 else math.sqrt(entries))

        def distance(pixels: Tensor, labels: Tensor, generator: torch.Generator) -> Tensor:
            one, two = (attack(pixels, labels, generator) for _ in range(2))
            return length(one - two).flatten() / radius

        return self._mean(samples, images, distance)

    def zeros(self) -> Tensor:
        """Share of the weights that are exactly 0, (G,)."""
        return self._over_weights(lambda weights: (weights == 0).float().mean(1))

    def l1(self) -> Tensor:
        """Mean magnitude of the weights, (G,)."""
        return self._over_weights(lambda weights: weights.abs().mean(1))

    def _over_weights(self, summary: Callable[[Tensor], Tensor]) -> Tensor:
        group = int(self.model.group)  # type: ignore[arg-type]
        return summary(torch.cat([p.detach().reshape(group, -1) for p in self.model.parameters()], dim=1))

    def _pgd(self, loss: Callable[[Tensor, Tensor], Tensor], steps: int, restarts: int, keep: str = "best") -> Attack:
        def attack(pixels: Tensor, labels: Tensor, generator: torch.Generator) -> Tensor:
            return pgd(
                self.forward, pixels, labels, self.threat, loss=loss, steps=steps, restarts=restarts,
                generator=generator, keep=keep,
            )  # fmt: skip

        return attack

    def _apgd(self) -> Attack:
        def attack(pixels: Tensor, labels: Tensor, generator: torch.Generator) -> Tensor:
            return apgd(self.forward, pixels, labels, self.threat, steps=self.settings.apgd_steps, generator=generator)

        return attack

    def _mean(
        self, samples: Samples, images: int | None, value: Callable[[Tensor, Tensor, torch.Generator], Tensor]
    ) -> Tensor:
        """The mean of a value a sample over the first `images` of each network, (G,), in float64."""
        group = samples.labels.shape[0]
        count = samples.labels.shape[1] if images is None else min(images, samples.labels.shape[1])
        generator = torch.Generator(samples.images.device).manual_seed(self.seed)
        total = torch.zeros(group, dtype=torch.float64, device=samples.images.device)
        training = self.model.training
        self.model.eval()
        with parameters_frozen(self.model):
            for first in range(0, count, CHUNK):
                rows = slice(first + self.workers.rank, min(first + CHUNK, count), self.workers.count)
                pixels = as_pixels(samples.images[:, rows].flatten(0, 1))
                found = value(pixels, samples.labels[:, rows].flatten(), generator)
                total += found.reshape(group, -1).double().sum(1)
        self.model.train(training)
        return self.workers.total(total) / count
