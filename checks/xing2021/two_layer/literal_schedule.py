"""What claims on the schedule of Theorems 3 and 4 share: wide networks trained on it, and what is expected of them."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.two_layer import Activation, NetworkTraining, activation, network_training
from theory.population import LinearGaussian
from theory.schedules import Schedule, network_schedule
from theory.surrogate import frozen_attack_field
from theory.two_layer import Reduction, balanced_counts, collapse
from theory.validation import FloatArray

WIDTH = 3 * 10**9
"""Curvature adds about 1/√h, 2e-5, to what a linear model would become."""
ENTRIES = 2**22  # of the designs held at once: 32 MiB


@dataclass(frozen=True)
class Setting:
    """Σ = I, θ₀ = (1, ..., 1)/√d; output weights that take the `values` equally often; and the theorem's schedule."""

    n: int
    d: int
    reading: str = "theorem 3"
    name: str = "tanh"
    values: tuple[float, ...] = (1.0, -1.0)
    noise_std: float = 0.5
    radius: float = 0.5
    smoothness: float = 4.0

    @cached_property
    def population(self) -> LinearGaussian:
        """The population."""
        return LinearGaussian(np.full(self.d, 1 / math.sqrt(self.d)), np.eye(self.d), self.noise_std)

    @property
    def activation(self) -> Activation:
        """φ."""
        return activation(self.name)

    @cached_property
    def reduction(self) -> Reduction:
        """The collapse of a network of 3e9 neurons."""
        return collapse(self.values, balanced_counts(WIDTH, len(self.values)))

    @cached_property
    def schedule(self) -> Schedule:
        """ξ, T, and η, in which L absorbs φ'(0)²."""
        slope, largest = self.activation.slope, max(map(abs, self.values))
        return network_schedule(
            self.population.total_std, self.n, self.d, self.smoothness, width=self.reduction.width,
            largest_weight=largest, mean_square=self.reduction.mean_square * slope**2, reading=self.reading,
        )  # fmt: skip

    def train(self, X: FloatArray, y: FloatArray, steps: int) -> NetworkTraining:
        """Algorithm 1 from zero for so many steps on data sets (B, n, d), (B, n)."""
        return network_training(
            X, y, self.reduction, self.activation, self.radius, self.schedule.smoothing,
            step_size=self.schedule.step_size, steps=steps,
        )  # fmt: skip

    def draw(self, replicates: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        """`replicates` data sets of n pairs, shapes (replicates, n, d) and (replicates, n)."""
        X, y = self.population.sample(replicates * self.n, rng)
        return X.reshape(replicates, self.n, self.d), y.reshape(replicates, self.n)


def trained_linear_parts(setting: Setting, replicates: int, steps: int, rng: np.random.Generator) -> FloatArray:
    """β of networks trained on `replicates` data sets of their own, shape (replicates, d)."""
    size = max(1, ENTRIES // (setting.n * setting.d))
    counts = [min(size, replicates - done) for done in range(0, replicates, size)]
    return np.concatenate([setting.train(*setting.draw(count, rng), steps).linear_part for count in counts])


def expected_linear_part(setting: Setting, smoothing: float, step_size: float, steps: int) -> FloatArray:
    """Algorithm 1 for the linear model, from zero, on the expected update; shape (d,)."""
    theta = np.zeros(setting.d)
    for _ in range(steps):
        theta = theta - step_size * frozen_attack_field(theta, setting.population, setting.radius, smoothing)
    return theta
