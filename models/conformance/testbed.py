"""Models and data whose worst cases are known exactly, and one small network; the same everywhere but for rounding.

Samples are images of 1 x 8 x 8 pixels, d = 64. Where the box must not bind, they lie in [0.4, 0.6] and radii are at
most 0.3: some libraries clip to [0, 1] in any case.
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass, replace
from functools import cache

import torch
from torch import Tensor, nn

from models.attacks.losses import margin

D, HIDDEN = 64, 128
SAMPLES = 1024
TRAINING_STEPS = 1000


@dataclass(frozen=True, eq=False)
class Problem:
    """A model, samples (N, 1, 8, 8) and labels (N,), and the radii, by norm, that go with them."""

    model: nn.Module
    x: Tensor
    labels: Tensor
    radii: dict[float, float]

    def first(self, n: int) -> Problem:
        """The first n samples."""
        return replace(self, x=self.x[:n], labels=self.labels[:n])

    def outputs(self, points: Tensor) -> Tensor:
        """The model's outputs at points, in float64."""
        outputs: Tensor = copy.deepcopy(self.model).double()(points.double())
        return outputs

    def margin(self, points: Tensor) -> Tensor:
        """The margin of the model at points against the labels, shape (N,), in float64."""
        return margin(self.outputs(points), self.labels)


class Scaled(nn.Module):
    """A model with its logits multiplied: the same classifier."""

    def __init__(self, model: nn.Module, scale: float) -> None:
        super().__init__()
        self.model, self.scale = model, scale

    def forward(self, x: Tensor) -> Tensor:
        """The logits, multiplied."""
        logits: Tensor = self.scale * self.model(x)
        return logits


class Peak(nn.Module):
    """Two classes whose margin, -‖x - p‖²/width², has its only maximum at p: an attack must not step past it."""

    def __init__(self, point: Tensor, width: float) -> None:
        super().__init__()
        self.point, self.width = nn.Parameter(point, requires_grad=False), width

    def forward(self, x: Tensor) -> Tensor:
        """Logits 0 and the margin."""
        score = -(((x - self.point).flatten(1) / self.width) ** 2).sum(1)
        return torch.stack([torch.zeros_like(score), score], dim=1)


class Rising(nn.Module):
    """Two classes whose margin is s t + 100 t² along a direction, t = 0 at x = 0.

    The square leaves the gradient at 0 alone, and shows in the loss that an attack moved: s t is lost in rounding.
    """

    def __init__(self, direction: Tensor, slope: float) -> None:
        super().__init__()
        self.direction, self.slope = nn.Parameter(direction, requires_grad=False), slope

    def forward(self, x: Tensor) -> Tensor:
        """Logits 0 and the margin."""
        t = x.flatten(1) @ self.direction
        return torch.stack([torch.zeros_like(t), self.slope * t + 100 * t**2], dim=1)


@cache
def linear_regression() -> Problem:
    """θᵀx + b with residuals as large as the attack's reach in l2, so that their signs matter."""
    draw = torch.Generator().manual_seed(1)
    x = _inner(256, draw)
    theta = torch.randn(1, D, generator=draw)
    model = linear(theta, torch.zeros(1))
    residuals = 0.3 * theta.norm() * torch.randn(256, generator=draw)
    return Problem(model, x, model(x)[:, 0] - residuals, {2: 0.3, math.inf: 0.1})


@cache
def linear_classifier(dtype: torch.dtype = torch.float32) -> Problem:
    """Two classes, W x + b with logits of a few units; the labels are its own."""
    draw = torch.Generator().manual_seed(2)
    x = _inner(256, draw).to(dtype)
    model = linear(torch.randn(2, D, generator=draw).to(dtype), torch.randn(2, generator=draw).to(dtype))
    return Problem(model, x, model(x).argmax(1), {2: 0.3, math.inf: 0.1})


@cache
def boxed_classifier() -> Problem:
    """The linear classifier on samples with half of their pixels black or white, where the box binds."""
    problem = linear_classifier()
    draw = torch.Generator().manual_seed(3)
    x = torch.rand(256, 1, 8, 8, generator=draw)
    x = torch.where(torch.rand(x.shape, generator=draw) < 0.5, x.round(), x)
    return Problem(problem.model, x, problem.model(x).argmax(1), {2: 1.0, math.inf: 0.1})


@cache
def network() -> Problem:
    """A trained two-layer ReLU network on two classes of two clusters each, robust on about three samples of four.

    Trained to a loss of 1e-5, as the paper's networks are trained to 100 %: most margins lie between 8 and 20, where
    float32 begins to lose the cross-entropy.
    """
    draw = torch.Generator().manual_seed(4)
    labels = torch.arange(SAMPLES) % 2
    side, cluster = 2.0 * labels - 1, 2.0 * torch.randint(2, (SAMPLES,), generator=draw) - 1
    patterns = torch.randn(2, D, generator=draw).sign()
    means = 0.12 * side[:, None] * patterns[0] + 0.06 * cluster[:, None] * patterns[1]
    x = (0.5 + means + 0.2 * torch.randn(SAMPLES, D, generator=draw)).clamp(0, 1).reshape(-1, 1, 8, 8)
    model = _trained(x, labels, draw)
    return Problem(model, x, labels, {2: 0.75, math.inf: 0.1})


def peak(norm: float, overshoot: float) -> tuple[Problem, float]:
    """Samples from which a step overshoots the peak by `overshoot` of itself, and the size of that step.

    Steps of one size go to and fro: after an odd number of them the margin is lower than at the sample itself.
    """
    draw = torch.Generator().manual_seed(5)
    step, short = 0.05, 0.05 * (1 - overshoot)
    toward = torch.randn(64, 1, 8, 8, generator=draw)
    toward = toward.sign() if norm == math.inf else toward / toward.flatten(1).norm(dim=1)[:, None, None, None]
    point = torch.full((1, 1, 8, 8), 0.5)
    width = short * (math.sqrt(D) if norm == math.inf else 1)
    problem = Problem(Peak(point, width), point - short * toward, torch.zeros(64, dtype=torch.long), {norm: 2 * step})
    return problem, step


def faint(gradient_norm: float, n: int) -> Problem:
    """Samples x = 0 of two classes whose cross-entropy has a gradient of the given l2 norm there, W > 0 in direction.

    From 0 every coordinate of an attack is resolved, however short it is, and none leaves the box.
    """
    slope = torch.rand(D, generator=torch.Generator().manual_seed(6)) + 0.5
    model = Rising(slope / slope.norm(), 2 * gradient_norm)
    return Problem(model, torch.zeros(n, 1, 8, 8), torch.zeros(n, dtype=torch.long), {2: 0.3})


def linear(weights: Tensor, bias: Tensor) -> nn.Sequential:
    """The model W x + b of images, without gradients of its parameters."""
    layer = nn.Linear(D, len(weights), dtype=weights.dtype)
    with torch.no_grad():
        layer.weight.copy_(weights)
        layer.bias.copy_(bias)
    return nn.Sequential(nn.Flatten(), layer).requires_grad_(False)


def _inner(n: int, draw: torch.Generator) -> Tensor:
    return 0.4 + 0.2 * torch.rand(n, 1, 8, 8, generator=draw)


def _trained(x: Tensor, labels: Tensor, draw: torch.Generator) -> nn.Module:
    model = nn.Sequential(nn.Flatten(), nn.Linear(D, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 2))
    with torch.no_grad():
        for parameter in model.parameters():
            size = parameter.shape[-1] ** -0.5 if parameter.ndim == 2 else 0.0
            parameter.copy_(size * torch.randn(parameter.shape, generator=draw))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
    for _ in range(TRAINING_STEPS):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), labels).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return model.requires_grad_(False)
