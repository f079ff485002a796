r"""Corrected: if $\sigma^2/v^2$ is bounded away from 0, and under the other hypotheses of Theorem 2,
$\|\theta_\xi^{(T)} - \theta^*\|/v \to 0$ for both updates, the attack held fixed as printed or differentiated too. What
training for longer than $T$ leaves of it is a part that is due to the smoothing, exactly that of the population, and
a bias of order $d/n$; how fast it falls up to $T$ is a claim of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from checks.claim import Claim, Mutant, Reference
from checks.evidence import sampled
from checks.xing2021 import PAPER
from checks.xing2021.low_dimension import converged_training as converged
from checks.xing2021.low_dimension.converged_training import Rested
from checks.xing2021.low_dimension.scheduled_training import Setting, rest, trained_coefficients
from theory.norms import lp_norm
from theory.optimum import robust_minimizer
from theory.population import LinearGaussian
from theory.validation import FloatArray


@dataclass(frozen=True)
class Optimum:
    """What the trained coefficients are said to tend to."""

    coefficients: Callable[[LinearGaussian, float], FloatArray]

    def along_truth(self, setting: Setting) -> float:
        """Its coordinate along θ₀, over ‖θ₀‖."""
        return _along_truth(setting, self.coefficients(setting.population, setting.radius))


def _along_truth(setting: Setting, coefficients: FloatArray) -> float:
    truth = setting.population.true_coefficients
    return float(coefficients @ truth / (truth @ truth))


def minimizer(population: LinearGaussian, radius: float) -> FloatArray:
    """θ*, by the code users call."""
    return robust_minimizer(population, radius).coefficients


def distance(optimum: Optimum, rested: Rested) -> float:
    """‖θ - θ*‖/v where the expected update rests."""
    case = rested.problem
    claimed = optimum.coefficients(case.population, case.radius)
    return float(lp_norm(case.coefficients - claimed, 2.0)) / case.population.total_std


def along_truth(setting: Setting, replicates: int, rng: np.random.Generator) -> FloatArray:
    """The coordinate of the trained coefficients along θ₀, less what the smoothing moves it by, over ‖θ₀‖."""
    truth = setting.population.true_coefficients
    moved = _along_truth(setting, rest(setting) - minimizer(setting.population, setting.radius))
    shares: FloatArray = trained_coefficients(setting, replicates, rng) @ truth / (truth @ truth) - moved
    return shares


CLAIM = Claim(
    id="xing2021.trained_coefficients_reach_optimum_with_noise",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 2"),
    formula=Optimum(minimizer),
    checks=(
        sampled.search(
            "resting_points", converged.resting_points(), distance, converged.TOLERANCE,
            "The distance to θ* where either expected update rests",
            scope="d = 1 to 4, Σ invertible, σ >= 0.05, ξ = 2^-20 ε v²",
        ),
        *converged.limits(
            along_truth, lambda optimum, setting: optimum.along_truth(setting), "The coefficient along θ₀"
        ),
    ),
    mutants=(
        Mutant("true_coefficients", Optimum(lambda population, radius: population.true_coefficients)),
        Mutant("five_percent_more", Optimum(lambda population, radius: 1.05 * minimizer(population, radius))),
        Mutant("weaker_attack", Optimum(lambda population, radius: minimizer(population, 0.9 * radius))),
        Mutant("without_the_mean_of_the_residual", Optimum(lambda population, radius: _ridge(population, radius))),
    ),
    uses=("xing2021.optimum_is_ridge_like", "xing2021.surrogate_optimum_is_ridge_like"),
    amends="xing2021.trained_coefficients_reach_optimum",
)  # fmt: skip


def _ridge(population: LinearGaussian, radius: float) -> FloatArray:
    """Ridge regression with κ = ε²: the attack's square without its cross term."""
    signal = population.covariance @ population.true_coefficients
    return np.linalg.solve(population.covariance + radius**2 * np.eye(population.d), signal).astype(np.float64)
