"""What the claims of Theorem 5 share: sweeps of trainings on data drawn from model (4)."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import sympy as sp

from checks.evidence.trend import Sweep
from models.linear.training import adversarial_training
from theory import notation as sym
from theory.early_stopping import StoppedTraining
from theory.population import LinearGaussian
from theory.schedules import stopping_level
from theory.validation import FloatArray

VANISHING = 1e-12  # a smoothing far below ‖∂l/∂x‖ = 2|e|‖θ‖, about 0.1 where training stops: all but no smoothing
BLOCK_BYTES = 2**27  # data sets drawn at once


@dataclass(frozen=True)
class Setting:
    """One point of a sweep: model (4) with Σ = I, θ₀ along the first axis, the attack, and ηλ_max(XXᵀ) <= `share`.

    The step size is `share`/(√d + √n)², whose inverse exceeds λ_max up to a share of it of order n^(-2/3).
    """

    n: int
    d: int
    true_size: float = 1.0
    noise_std: float = 1.0
    radius: float = 0.5
    smoothing: float = VANISHING
    share: float = 0.5

    @property
    def step_size(self) -> float:
        """η."""
        return float(self.share / (np.sqrt(self.d) + np.sqrt(self.n)) ** 2)

    @property
    def theory(self) -> StoppedTraining:
        """What the theory says of it."""
        return StoppedTraining(self.n, self.d, self.true_size, self.noise_std, self.step_size)

    @property
    def remainder(self) -> float:
        """Relative size of what the closed forms leave out, 1/n + n/d."""
        return 1 / self.n + self.n / self.d

    @cached_property
    def scalars(self) -> dict[sp.Symbol, float]:
        """The values of the symbols that closed forms are written in."""
        return {
            sym.sample_size: self.n,
            sym.dimension: self.d,
            sym.true_size: self.true_size,
            sym.noise_std: self.noise_std,
            sym.radius: self.radius,
            sym.smoothing: self.smoothing,
            sym.step_size: self.step_size,
        }


SWEEP = Sweep(
    points=(Setting(20, 400), Setting(50, 5000), Setting(100, 40_000), Setting(200, 40_000)),
    quick=2,
    size=lambda setting: setting.n,
    axis="n",
    effort=lambda setting: {20: 20.0, 50: 10.0, 100: 0.5, 200: 0.25}[setting.n],
)
"""(n, d) along which (log n)√(n/d) falls from 0.67 to 0.23, d/n from 20 to 400; more data sets where they are small."""


@dataclass(frozen=True)
class Stopped:
    """Models stopped at T: the steps taken, surrogate training loss, test risk, all (B,), and ‖y‖²/(n v²)."""

    steps: FloatArray
    training_loss: FloatArray
    risk: FloatArray
    response: FloatArray
    finished: bool


def train(setting: Setting, replicates: int, rng: np.random.Generator, level: float | None = None) -> Stopped:
    """Draw that many data sets from model (4), train on each, and stop at `level`, the theorem's where None."""
    X, y = draw(setting, replicates, rng)
    truth = np.zeros(X.shape[-1])
    truth[0] = setting.true_size
    population = LinearGaussian(truth, np.eye(len(truth)), setting.noise_std)
    level = stopping_level(population.total_std, setting.n) if level is None else level
    leading = setting.n * np.log(np.log(setting.n)) / (4 * setting.step_size * setting.d)
    budget = 100 + round(20 * leading)  # far beyond T: a training that has not stopped by then never does
    trained = adversarial_training(
        X, y, setting.radius, setting.smoothing, step_size=setting.step_size, steps=budget, stop_residual=level,
        record=("train", "population"), record_every=budget, population=population,
    )  # fmt: skip
    return Stopped(
        trained.steps_taken.astype(np.float64),
        trained.curves["train"][:, -1],
        trained.curves["population"][:, -1],
        np.mean(y**2, axis=-1) / population.total_std**2,
        bool(trained.stopped.all()),
    )


def draw(setting: Setting, replicates: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Data sets X and y, X in axes in which it has n + 1 columns, θ₀'s direction the first.

    Training and its losses are the same in any orthonormal axes. Those of the n other columns span what X has besides
    θ₀: the triangular factor L of the other columns' XXᵀ = LLᵀ.
    """
    block = max(1, BLOCK_BYTES // (8 * setting.n * setting.d))
    sizes = [min(block, replicates - begun) for begun in range(0, replicates, block)]
    X = np.concatenate([_reduced(rng.standard_normal((size, setting.n, setting.d))) for size in sizes])
    noise = setting.noise_std * rng.standard_normal(X.shape[:2])
    return X, setting.true_size * X[..., 0] + noise


def _reduced(X: FloatArray) -> FloatArray:
    rest = X[..., 1:]
    factor = np.linalg.cholesky(rest @ rest.mT)
    reduced: FloatArray = np.concatenate([X[..., :1], factor], axis=-1)
    return reduced
