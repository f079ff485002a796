"""What the claims on Theorem 2 share: Algorithm 1 on its schedule, on drawn data and on the population."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np

from checks import oracles
from checks.problem import Problem
from checks.xing2021.low_dimension import frozen_fixed_point_is_not_the_minimizer as resting
from checks.xing2021.low_dimension.frozen_update import FROZEN, GRADIENT
from models.linear.training import Training, adversarial_training
from theory.population import LinearGaussian
from theory.schedules import Schedule, low_dimensional_schedule
from theory.surrogate import frozen_attack_field, surrogate_risk_gradient
from theory.validation import FloatArray

ENTRIES = 2**22  # entries of the designs held at once: 32 MiB
CONVERGED = 1e-6  # stationarity residual, relative to v: a thousandth of any sampling error that is looked at

FIELDS = {"frozen": FROZEN, "full": GRADIENT}


@dataclass(frozen=True)
class Setting:
    """A problem with a Toeplitz covariance and equal coefficients, and how it is trained.

    `size` is ‖θ₀‖, `smoothness` the theorem's L, `update` whether the attack is held fixed ("frozen") or differentiated
    ("full"), `start` the initial coefficients over θ₀, `patience` how many times T the training takes.
    """

    n: int
    d: int = 1
    size: float = 1.0
    noise_std: float = 1.0
    correlation: float = 0.0
    radius: float = 0.5
    smoothness: float = 2.4
    update: str = "frozen"
    start: float = 0.0
    patience: float = 1.0

    @cached_property
    def population(self) -> LinearGaussian:
        """The population, with θ₀ = (1, ..., 1) ‖θ₀‖/√d."""
        truth = np.full(self.d, self.size / math.sqrt(self.d))
        return LinearGaussian(truth, oracles.toeplitz(self.d, self.correlation), self.noise_std)

    @cached_property
    def schedule(self) -> Schedule:
        """ξ, η and T of Theorem 2 at this n, T multiplied by `patience`."""
        literal = low_dimensional_schedule(self.population.total_std, self.n, self.d, self.smoothness)
        return replace(literal, time=self.patience * literal.time)

    @cached_property
    def init(self) -> FloatArray:
        """The initial coefficients, shape (d,)."""
        start: FloatArray = self.start * self.population.true_coefficients
        return start

    def problem(self, coefficients: FloatArray) -> Problem:
        """The setting at some coefficients, as the linear theory sees it."""
        return Problem(self.population, coefficients, self.radius, self.schedule.smoothing)

    def field(self, coefficients: FloatArray) -> FloatArray:
        """What the update moves against on average, shape (..., d)."""
        expected = frozen_attack_field if self.update == "frozen" else surrogate_risk_gradient
        return expected(coefficients, self.population, self.radius, self.schedule.smoothing)

    def __str__(self) -> str:
        """The setting as a reader would write it down."""
        return (
            f"n = {self.n}, d = {self.d}, ‖θ₀‖ = {self.size}, σ = {self.noise_std}, correlation {self.correlation}, "
            f"ε = {self.radius}, L = {self.smoothness}, {self.update} update, θ(0) = {self.start} θ₀"
        )


def population_run(setting: Setting, pace: float = 1.0) -> FloatArray:
    """Every iterate of Algorithm 1 on the expected update, shape (steps + 1, d); `pace` multiplies the step size."""
    path = [setting.init]
    for _ in range(setting.schedule.steps):
        path.append(path[-1] - pace * setting.schedule.step_size * setting.field(path[-1]))
    return np.stack(path)


@lru_cache(maxsize=64)
def rest(setting: Setting) -> FloatArray:
    """Where the expected update stops, on the path of Proposition 8, shape (d,)."""
    found: FloatArray = resting.rest(FIELDS[setting.update], setting.problem(setting.init)).coefficients
    return found


def batches(setting: Setting, replicates: int, rng: np.random.Generator) -> Iterator[tuple[FloatArray, FloatArray]]:
    """`replicates` data sets of n pairs, shapes (k, n, d) and (k, n), k at a time, few enough to hold."""
    size = max(1, ENTRIES // (setting.n * setting.d))
    for done in range(0, replicates, size):
        yield draw(setting, min(size, replicates - done), rng)


def draw(setting: Setting, replicates: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """`replicates` data sets of n pairs, shapes (replicates, n, d) and (replicates, n)."""
    X, y = setting.population.sample(replicates * setting.n, rng)
    return X.reshape(replicates, setting.n, setting.d), y.reshape(replicates, setting.n)


def train(setting: Setting, X: FloatArray, y: FloatArray, record: tuple[str, ...] = ()) -> Training:
    """Algorithm 1 on each of the data sets, as the setting says."""
    return adversarial_training(
        X, y, setting.radius, setting.schedule.smoothing, step_size=setting.schedule.step_size,
        steps=setting.schedule.steps, init=setting.init, update=setting.update, record=record,
        population=setting.population,
    )  # fmt: skip


def trained_coefficients(setting: Setting, replicates: int, rng: np.random.Generator) -> FloatArray:
    """θ(T) on `replicates` data sets of their own, shape (replicates, d)."""
    return np.concatenate([train(setting, X, y).coefficients for X, y in batches(setting, replicates, rng)])
