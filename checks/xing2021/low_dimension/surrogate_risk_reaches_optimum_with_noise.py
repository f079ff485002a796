r"""Corrected: if $\sigma^2/v^2$ is bounded away from 0, and under the other hypotheses of Theorem 2,
$(R_{L, \xi}(\theta_\xi^{(T)}, \epsilon) - R^*)/v^2 \to 0$ for both updates, the attack held fixed as printed or
differentiated too. What training for longer than $T$ leaves of it is a part that is due to the smoothing,
exactly that of the population, and one of order $d/n$.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from checks.claim import Claim, Mutant, Reference
from checks.evidence import sampled
from checks.xing2021 import PAPER
from checks.xing2021.low_dimension import converged_training as converged
from checks.xing2021.low_dimension.converged_training import Rested
from checks.xing2021.low_dimension.scheduled_training import Setting, rest, trained_coefficients
from theory.optimum import robust_minimizer
from theory.population import LinearGaussian
from theory.risk import adversarial_risk
from theory.surrogate import surrogate_risk
from theory.validation import FloatArray


@dataclass(frozen=True)
class Optimum:
    """What the surrogate risk is said to tend to."""

    risk: Callable[[LinearGaussian, float], float]

    def share(self, setting: Setting) -> float:
        """The same over v²."""
        return self.risk(setting.population, setting.radius) / setting.population.total_std**2


def smallest_risk(population: LinearGaussian, radius: float) -> float:
    """R*, by the code users call."""
    return robust_minimizer(population, radius).risk


def distance(optimum: Optimum, rested: Rested) -> float:
    """|R_{L,ξ} - R*|/v² where the expected update rests."""
    case = rested.problem
    claimed = optimum.risk(case.population, case.radius)
    found = float(surrogate_risk(case.coefficients, case.population, case.radius, case.smoothing))
    return abs(found - claimed) / case.population.total_std**2


def trained_risk(setting: Setting, replicates: int, rng: np.random.Generator) -> FloatArray:
    """The surrogate risk of the trained coefficients over v², less what the smoothing moves it by."""
    population, radius, variance = setting.population, setting.radius, setting.population.total_std**2
    coefficients = np.vstack([trained_coefficients(setting, replicates, rng), rest(setting)])
    found = surrogate_risk(coefficients, population, radius, setting.schedule.smoothing)
    moved = found[-1] - smallest_risk(population, radius)
    left: FloatArray = (found[:-1] - moved) / variance
    return left


def risk_of_truth(population: LinearGaussian, radius: float) -> float:
    """R_L(θ₀)."""
    return float(adversarial_risk(population.true_coefficients, population, radius))


CLAIM = Claim(
    id="xing2021.surrogate_risk_reaches_optimum_with_noise",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 2"),
    formula=Optimum(smallest_risk),
    checks=(
        sampled.search(
            "resting_points", converged.resting_points(), distance, converged.TOLERANCE,
            "The surrogate risk where either expected update rests, against R*",
            scope="d = 1 to 4, Σ invertible, σ >= 0.05, ξ = 2^-20 ε v²",
        ),
        *converged.limits(trained_risk, lambda optimum, setting: optimum.share(setting), "R_{L,ξ}/v²"),
    ),
    mutants=(
        Mutant("risk_of_the_truth", Optimum(risk_of_truth)),
        Mutant("five_percent_more", Optimum(lambda population, radius: 1.05 * smallest_risk(population, radius))),
        Mutant("weaker_attack", Optimum(lambda population, radius: smallest_risk(population, 0.95 * radius))),
        Mutant(
            "noise_forgotten",
            Optimum(lambda population, radius: smallest_risk(replace(population, noise_std=0.0), radius)),
        ),
    ),
    uses=("xing2021.optimum_is_ridge_like", "xing2021.smoothing_lowers_risk"),
    amends="xing2021.surrogate_risk_reaches_optimum",
)  # fmt: skip
