"""What claims on smooth networks share: networks of any width beside the linear model, and their first order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import sympy as sp
import torch

from checks.evidence.sampled import EPS
from models.two_layer import network_training
from models.two_layer.activations import SIGMOID, SILU, SOFTPLUS, TANH, Activation
from theory import notation as sym
from theory.population import LinearGaussian
from theory.two_layer import Reduction, balanced_counts, collapse
from theory.validation import FloatArray

TILT = 2.0**-17
"""Bend at which the first order is taken, by central differences."""
TILTING = 1e-8
"""Relative error of that: 2^-34 of terms of third order, and EPS/TILT of rounding."""
NUDGE = 2.0**-26
"""Relative change of the data that shows what training makes of errors."""


@dataclass(frozen=True)
class Family:
    """Networks of every width: an activation, and output weights that equally many neurons have each."""

    activation: Activation
    weights: tuple[int, ...]

    def __str__(self) -> str:
        """The activation and the weights."""
        return f"{self.activation.name}, a = {', '.join(map(str, self.weights))}"

    def reduction(self, width: int) -> Reduction:
        """The exact model of the network of that width."""
        return collapse(self.weights, balanced_counts(width, len(self.weights)))

    def mean(self, share: sp.Expr) -> sp.Expr:
        """The mean over the neurons of an expression in a_j, ‖a‖²/h, φ'(0) and φ''(0), exact."""
        values = {
            sym.weights_mean_square: sp.Rational(sum(a * a for a in self.weights), len(self.weights)),
            sym.activation_slope: sp.Rational(self.activation.slope),
            sym.activation_curvature: sp.Rational(self.activation.curvature),
        }
        shares = [share.subs({**values, sym.output_weight: a}) for a in self.weights]
        return sum(shares, sp.S.Zero) / len(shares)


FAMILIES = (
    Family(TANH, (1,)),
    Family(TANH, (1, -1)),
    Family(SIGMOID, (1, -2)),
    Family(SOFTPLUS, (1,)),
    Family(SOFTPLUS, (1, -1)),
    Family(SOFTPLUS, (3, 4, 5, -6)),
    Family(SOFTPLUS, (3, 4, -5)),
    Family(SILU, (1, 1, -2)),
    Family(SILU, (3, 4, 5, -6)),
)
"""Σa³ is 0 for (1, -1) and (3, 4, 5, -6), Σa for (1, -1) and (1, 1, -2), ‖a⁺‖ = ‖a⁻‖ for (1, -1) and (3, 4, -5)."""


class Run(NamedTuple):
    """A training: the linear parts β after 0, 1, ... steps, shape (steps + 1, d), and the function at the samples."""

    path: FloatArray
    outputs: FloatArray


@dataclass(frozen=True)
class Lesson:
    """Data sets of model (4) with Σ = I and ‖θ₀‖ = 1, and how models are trained on them."""

    n: int
    d: int
    steps: int
    noise_std: float = 0.5
    radius: float = 0.5
    smoothing: float = 0.3
    linear_step: float = 0.1

    @property
    def population(self) -> LinearGaussian:
        """θ₀ with equal entries."""
        return LinearGaussian(np.full(self.d, self.d**-0.5), np.eye(self.d), self.noise_std)

    def network(self, family: Family, width: int, seed: int) -> Run:
        """The network of that width, from zero, by its exact model."""
        return _network(self, family, width, seed)

    def bent(self, bend: float, seed: int) -> Run:
        """Algorithm 1 for f(x) = xᵀβ + κ (xᵀβ)²/2, κ = `bend`, from 0: the linear model for κ = 0."""
        return self._bent(*sample(self, seed), bend)

    def _bent(self, X: FloatArray, y: FloatArray, bend: float) -> Run:
        beta = np.zeros(self.d)
        path = [beta]
        for _ in range(self.steps):
            beta = beta - self.linear_step * self._slope(X, y, beta, bend)
            path.append(beta)
        return Run(np.array(path), X @ beta + bend / 2 * (X @ beta) ** 2)

    def _slope(self, X: FloatArray, y: FloatArray, beta: FloatArray, bend: float) -> FloatArray:
        inner = X @ beta
        loss_slope = 2 * (inner + bend / 2 * inner**2 - y)[:, None] * (1 + bend * inner)[:, None] * beta
        moved = X + self.radius * loss_slope / np.sqrt((loss_slope**2).sum(axis=1) + self.smoothing**2)[:, None]
        inner = moved @ beta
        slope: FloatArray = 2 * moved.T @ ((inner + bend / 2 * inner**2 - y) * (1 + bend * inner)) / len(y)
        return slope

    def tilt(self, seed: int) -> Run:
        """The derivative of `bent` in the bend, at 0."""
        up, down = self.bent(TILT, seed), self.bent(-TILT, seed)
        return Run((up.path - down.path) / (2 * TILT), (up.outputs - down.outputs) / (2 * TILT))

    def rounding(self, seed: int) -> float:
        """A bound of the rounding errors of β and of the outputs, all together.

        A step adds n + d rounded terms; what becomes of errors is seen by moving all data by a share of 2^-26.
        """
        X, y = sample(self, seed)
        signs = np.random.default_rng(seed).choice([-1.0, 1.0], X.shape)
        moved, here = self._bent(X * (1 + NUDGE * signs), y, 0.0), self.bent(0.0, seed)
        response = np.abs(moved.path - here.path).max() + np.abs(moved.outputs - here.outputs).max()
        return self.steps * (self.n + self.d) * EPS * max(1.0, float(response) / NUDGE)


@lru_cache(maxsize=64)
def sample(lesson: Lesson, seed: int) -> tuple[FloatArray, FloatArray]:
    """X, shape (n, d), and y, (n,)."""
    return lesson.population.sample(lesson.n, np.random.default_rng(seed))


@lru_cache(maxsize=1024)
def _network(lesson: Lesson, family: Family, width: int, seed: int) -> Run:
    X, y = sample(lesson, seed)
    reduction, slope = family.reduction(width), family.activation.slope
    trained = network_training(
        X, y, reduction, family.activation, lesson.radius, lesson.smoothing, record=("vectors",),
        step_size=reduction.step_size(lesson.linear_step, slope), steps=lesson.steps,
    )  # fmt: skip
    path = reduction.linear_part(trained.curves["vectors"][0], slope)
    return Run(path, trained.network(torch.from_numpy(X)).detach().numpy()[0])
