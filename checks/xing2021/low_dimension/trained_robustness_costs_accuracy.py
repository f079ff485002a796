r"""If $\sigma > 0$, then $\frac{R_L(\theta_\xi^{(T)}, 0) - R_L(\hat\theta_{\text{OLS}}, 0)}{v^2} \to
\frac{R_L(\theta^*, 0) - R_L(\theta_0, 0)}{v^2} = c(\epsilon)$. (Beyond the paper: for $n > d + 1$ the excess of least
squares is exactly $E R_L(\hat\theta_{\text{OLS}}, 0) - R_L(\theta_0, 0) = \sigma^2 d/(n - d - 1)$, for every invertible
$\Sigma$, and $c(\epsilon) = \|\theta^* - \theta_0\|_\Sigma^2/v^2$.)
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from checks.claim import Claim, Mutant, Reference
from checks.evidence import sampled, trend
from checks.evidence.trend import Sweep
from checks.xing2021 import PAPER
from checks.xing2021.low_dimension import converged_training as converged
from checks.xing2021.low_dimension.converged_training import Rested
from checks.xing2021.low_dimension.scheduled_training import Setting, batches, rest, train
from theory.optimum import robust_minimizer, standard_risk_cost
from theory.population import LinearGaussian
from theory.validation import FloatArray


@dataclass(frozen=True)
class Cost:
    """c(ε), and what least squares loses at a finite size."""

    limit: Callable[[LinearGaussian, float], float] = standard_risk_cost
    least_squares: Callable[[Setting], float] = lambda setting: (
        setting.noise_std**2 * setting.d / (setting.n - setting.d - 1)
    )


OLS_SWEEP = Sweep(
    (Setting(20, 5), Setting(40, 5, correlation=0.5, noise_std=0.5), Setting(400, 2, correlation=-0.3),
     Setting(4000, 10, correlation=0.5)),
    3, lambda setting: setting.n, "n", lambda setting: 100_000 / setting.n,
)  # fmt: skip


def clean_excess(population: LinearGaussian, coefficients: FloatArray) -> FloatArray:
    """‖θ - θ₀‖²_Σ/v²."""
    error = population.clean_risk(coefficients) - population.noise_std**2
    left: FloatArray = error / population.total_std**2
    return left


def distance(cost: Cost, rested: Rested) -> float:
    """By how much the clean excess differs from c(ε) where the expected update rests."""
    case = rested.problem
    left = clean_excess(case.population, case.coefficients) - cost.limit(case.population, case.radius)
    return float(np.abs(left))


def trained_cost(setting: Setting, replicates: int, rng: np.random.Generator) -> FloatArray:
    """The clean risk of the trained model over that of least squares on the same data, over v².

    Less what the smoothing adds, which is known: the clean excess at rest over that at θ*.
    """
    population, best = setting.population, robust_minimizer(setting.population, setting.radius).coefficients
    moved = clean_excess(population, np.stack([rest(setting), best]))
    parts = [
        clean_excess(population, train(setting, X, y).coefficients) - clean_excess(population, least_squares(X, y))
        for X, y in batches(setting, replicates, rng)
    ]
    costs: FloatArray = np.concatenate(parts) - (moved[0] - moved[1])
    return costs


def least_squares(X: FloatArray, y: FloatArray) -> FloatArray:
    """The least-squares coefficients of each data set, shape (k, d); for n >= 4d XᵀX is well conditioned."""
    return np.linalg.solve(X.mT @ X, X.mT @ y[..., None])[..., 0].astype(np.float64)


def least_squares_excess(setting: Setting, replicates: int, rng: np.random.Generator) -> FloatArray:
    """R_L(θ_OLS, 0) - R_L(θ₀, 0) on each data set."""
    population = setting.population
    coefficients = np.concatenate([least_squares(X, y) for X, y in batches(setting, replicates, rng)])
    excess: FloatArray = clean_excess(population, coefficients) * population.total_std**2
    return excess


CLAIM = Claim(
    id="xing2021.trained_robustness_costs_accuracy",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Section 2.1, after Theorem 2"),
    formula=Cost(),
    checks=(
        sampled.search(
            "resting_points", converged.resting_points(), distance, converged.TOLERANCE,
            "The clean excess where either expected update rests, against c(ε)",
            scope="d = 1 to 4, Σ invertible, σ >= 0.05, ξ = 2^-20 ε v²",
        ),
        trend.finite_size(
            "least_squares", OLS_SWEEP, least_squares_excess, lambda cost, setting: cost.least_squares(setting), 0.15,
            "The mean excess of least squares", "Toeplitz Σ, d = 2 to 10, n = 20 to 4000",
        ),
        *converged.limits(
            trained_cost, lambda cost, setting: cost.limit(setting.population, setting.radius),
            "The clean risk of the trained model over least squares",
        ),
    ),
    mutants=(
        Mutant("five_percent_more", Cost(lambda population, radius: 1.05 * standard_risk_cost(population, radius))),
        Mutant("noise_forgotten", Cost(
            lambda population, radius: standard_risk_cost(replace(population, noise_std=0.0), radius)
        )),
        Mutant("everything_lost", Cost(lambda population, radius: standard_risk_cost(population, 100.0))),
        Mutant("least_squares_as_if_its_design_were_fixed", Cost(
            least_squares=lambda setting: setting.noise_std**2 * setting.d / setting.n
        )),
    ),
    uses=("xing2021.robustness_costs_accuracy_with_noise", "xing2021.trained_coefficients_reach_optimum_with_noise"),
    reading="σ > 0: without noise the limit is that of robustness_always_costs_accuracy, from some starts only.",
)  # fmt: skip
