"""Models trained on generated populations and on samples, for the checks that compare them with the theory."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from hypothesis import strategies as st

from checks import domains, oracles
from checks.problem import Problem
from models.linear.population import PopulationTraining, Update, population_training
from models.linear.training import adversarial_training
from theory import notation as sym
from theory.optimum import Minimizer, null_threshold
from theory.population import LinearGaussian
from theory.validation import FloatArray

STEPS = 20_000  # a few hundred suffice; next to a threshold some thousands
STATIONARY = 2e-12
"""The stationarity asked for, over 2‖Σθ₀‖: training stops at 1e-13, probes around a kink at 1e-12."""
TOLERANCE = 1e-10
"""R - (1 - c₀²) s² = (c₀ s + ε m)² is convex, so that R is strongly convex: ‖θ - θ*‖ is at most the update's length
over 2 (1 - 2/π) λ, λ >= 1/4 the least eigenvalue of Σ. As the largest is at most 4.25, that is 50 STATIONARY ‖θ₀‖."""

SAMPLE, SAMPLE_STEPS = 4000, 150
STATIONARY_ON_SAMPLES = 1e-2
"""Without smoothing the loss of a sample has a kink wherever a residual is 0, where the update jumps by 4ε‖θ‖‖x‖/n: up
to a few thousandths of 2‖Σθ₀‖. Training hovers there, at a distance of η times the jump: of order 1/n, and small."""

Direction = tuple[Problem, FloatArray]

fractions = domains.numbers(0.05, 0.9)
"""Radii over the null threshold, below which θ* is not 0."""
around_one = st.one_of(
    domains.numbers(0.955, 0.97), domains.numbers(1.03, 1.045), st.sampled_from([0.25, 0.9, 1.1, 3.0])
)
"""Radii over a threshold on both sides of it, near and far."""


def conditioned_covariances(d: int) -> st.SearchStrategy[FloatArray]:
    """Covariances of every invertible structure with eigenvalues from 1/4 to d + 1/4."""
    return domains.invertible_covariances(d).map(
        lambda covariance: covariance * (d / np.trace(covariance)) + np.eye(d) / 4
    )


def sizeable_vectors(d: int) -> st.SearchStrategy[FloatArray]:
    """Vectors of d entries of which the largest is from 0.1 to 4 in size."""
    return domains.nonzero_vectors(d).map(lambda v: v * max(1.0, 0.1 / float(np.abs(v).max())))


def populations(noise: st.SearchStrategy[float] | None = None) -> st.SearchStrategy[LinearGaussian]:
    """Populations in d <= 4 that training settles on in thousands of steps; noise from 0.1 to 2, or as given."""
    drawn = noise if noise is not None else domains.numbers(0.1, 2.0)
    return domains.populations(4, conditioned_covariances, drawn, sizeable_vectors)


@st.composite
def attacked(
    draw: domains.Draw, radius: st.SearchStrategy[float], norm: float = 2,
    population: st.SearchStrategy[LinearGaussian] | None = None,
) -> Problem:  # fmt: skip
    """Populations attacked with `radius` times their null threshold, without smoothing; to start from 0."""
    drawn = draw(populations() if population is None else population)
    return Problem(drawn, np.zeros(drawn.d), draw(radius) * null_threshold(drawn, norm), norm=norm)


@st.composite
def smoothly_attacked(draw: domains.Draw, population: st.SearchStrategy[LinearGaussian] | None = None) -> Problem:
    """Populations attacked with a radius from 1/8 to 4, and smoothing from 1/30 to 30 times εv²."""
    drawn = draw(populations() if population is None else population)
    radius, scale = draw(domains.radii(0.125)), draw(domains.numbers(-1.5, 1.5))
    return Problem(drawn, np.zeros(drawn.d), radius, float(10.0**scale) * radius * drawn.total_std**2)


def train(case: Problem, update: Update = "frozen") -> PopulationTraining:
    """Algorithm 1 on the case's population, from its coefficients, until it is stationary."""
    return _train(_Key(case, update))


def distance(model: PopulationTraining, optimum: Minimizer[float], case: Problem) -> float:
    """How far the trained model is from a computed optimum: coefficients over ‖θ₀‖, and risk."""
    moved = oracles.l2(model.coefficients - optimum.coefficients) / oracles.l2(case.population.true_coefficients)
    return max(moved, abs(model.risk / optimum.risk - 1))


@dataclass(frozen=True)
class Recipe:
    """How samples are trained on: the attack, the update, η, and the length 2‖Σθ₀‖ that updates are measured in."""

    radius: float
    step_size: float
    scale: float
    smoothing: float = 0.0
    norm: float = 2
    update: Update = "frozen"

    def train(self, X: FloatArray, y: FloatArray, n: int) -> tuple[FloatArray, FloatArray]:
        """Coefficients trained from 0 on consecutive samples of size n, (B, d), and the update at the end, (B,)."""
        samples, responses = X.reshape(-1, n, X.shape[1]), y.reshape(-1, n)

        def trained(steps: int, init: FloatArray | None) -> FloatArray:
            return adversarial_training(
                samples, responses, self.radius, self.smoothing, self.norm,
                step_size=self.step_size, steps=steps, init=init, update=self.update,
            ).coefficients  # fmt: skip

        model = trained(SAMPLE_STEPS, None)
        moved = np.sqrt(((trained(1, model) - model) ** 2).sum(axis=1))
        return model, moved / (self.step_size * self.scale)


def unbiased(X: FloatArray, y: FloatArray, n: int, recipe: Recipe) -> tuple[FloatArray, FloatArray]:
    """Coefficients from samples of size n without their bias of order 1/n, (B, d), and the largest update, (B,).

    Of an estimate with bias b/n + O(1/n²), twice its value on a whole sample less its mean on the two halves has bias
    O(1/n²): far below the standard error, which is compared with.
    """
    whole, left = recipe.train(X, y, n)
    halves, left_of_halves = recipe.train(X, y, n // 2)
    estimate: FloatArray = 2 * whole - halves.reshape(len(whole), 2, -1).mean(axis=1)
    return estimate, np.maximum(left, left_of_halves.reshape(-1, 2).max(axis=1))


def samples_of(
    update: Update = "frozen",
) -> Callable[[Direction, int, np.random.Generator], tuple[FloatArray, FloatArray]]:
    """The product of a direction with coefficients trained on samples of 4000, and their stationarity, (B,)."""

    def train(case: Direction, replicates: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        problem, direction = case
        step, scale = 0.5 / _steepest(problem), 2 * problem.scalars[sym.signal_size]
        recipe = Recipe(problem.radius, step, scale, problem.smoothing, problem.norm, update)
        estimate, residuals = unbiased(*problem.population.sample(replicates * SAMPLE, rng), SAMPLE, recipe)
        return estimate @ direction, residuals

    return train


def _steepest(case: Problem) -> float:
    """The curvature of s² + ε²m² along its steepest direction."""
    sides = case.population.d if case.norm != 2 else 1
    return 2 * float(case.population.spectrum[0][0]) ** 2 + 2 * sides * case.radius**2


class _Key:
    """A case by its digits, so that a claim and its mutants, which see the same cases, share the training."""

    def __init__(self, case: Problem, update: Update) -> None:
        self.case, self.update, self.digits = case, update, f"{case} {update}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self.digits == other.digits

    def __hash__(self) -> int:
        return hash(self.digits)


@lru_cache(maxsize=4096)
def _train(key: _Key) -> PopulationTraining:
    case = key.case
    return population_training(
        case.population, case.radius, case.smoothing, case.norm,
        step_size=1 / _steepest(case), steps=STEPS, init=case.coefficients, update=key.update,
    )  # fmt: skip
