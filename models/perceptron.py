"""Two-layer networks for classification, many of them at once."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn


class TwoLayerClassifiers(nn.Module):
    """A group of G networks W₂ ReLU(W₁ x + b₁) + b₂, each with weights of its own: section 3.2's "simple network".

    As a function it maps G·B inputs of shape (G·B, d), those of the first network first, to logits (G·B, classes).
    Weights start uniform in ±1/√fan-in, as torch.nn.Linear does, each network from its own seed.
    """

    def __init__(self, seeds: Sequence[int], d: int, hidden: int, classes: int) -> None:
        super().__init__()
        networks = [_drawn(seed, d, hidden, classes) for seed in seeds]
        self.group = len(networks)
        self.inner, self.inner_bias, self.outer, self.outer_bias = (
            nn.Parameter(torch.stack(parts)) for parts in zip(*networks, strict=True)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Logits of shape (G·B, classes) of inputs of shape (G·B, d)."""
        grouped = x.reshape(self.group, -1, x.shape[-1])
        hidden = torch.baddbmm(self.inner_bias[:, None], grouped, self.inner).relu()
        return torch.baddbmm(self.outer_bias[:, None], hidden, self.outer).flatten(0, 1)


def _drawn(seed: int, d: int, hidden: int, classes: int) -> tuple[Tensor, ...]:
    generator = torch.Generator().manual_seed(seed)

    def uniform(fan_in: int, *shape: int) -> Tensor:
        return (2 * torch.rand(shape, generator=generator) - 1) / math.sqrt(fan_in)

    return uniform(d, d, hidden), uniform(d, hidden), uniform(hidden, hidden, classes), uniform(hidden, classes)
