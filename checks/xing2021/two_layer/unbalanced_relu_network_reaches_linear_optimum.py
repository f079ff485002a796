r"""Theorem 4 does not need $\|a^+\|/\|a^-\| = 1$. With a derivative of the ReLU function at 0 that is positive, and
$\|a^+\|/\|a^-\| = 1.5$ or $3$, training to rest with $\xi \rightarrow 0$ comes to the same function: the ratio sets
the speeds of the two slopes $p$ and $q$, not where their updates vanish, which is $p = q = \theta^*$. (The paper asks
for a ratio of 1.)
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from checks.claim import Check, Claim, Mutant, Reference
from checks.evidence import sampled, trend
from checks.evidence.trend import Limit, Sweep
from checks.xing2021 import PAPER
from checks.xing2021.two_layer import population_slopes, relu_training
from checks.xing2021.two_layer.population_slopes import Balance
from checks.xing2021.two_layer.relu_training import GAUSSIAN_LINE, RADIUS, Setting
from theory.optimum import robust_minimizer
from theory.population import LinearGaussian
from theory.validation import FloatArray


@dataclass(frozen=True)
class Rest:
    """Where training ends: p and q over θ*, a function of the ratio, and the radius of θ* over the attack's."""

    shares: Callable[[float], tuple[float, float]] = lambda ratio: (1.0, 1.0)
    strength: float = 1.0

    def slopes(self, ratio: float, population: LinearGaussian, radius: float) -> FloatArray:
        """p and q along θ₀."""
        truth = population.true_coefficients
        best = robust_minimizer(population, self.strength * radius).coefficients
        return np.array(self.shares(ratio)) * float(best @ truth) / float(truth @ truth)


def balance_required(ratio: float) -> tuple[float, float]:
    """Mistake: slopes in proportion to ‖a⁺‖² and ‖a⁻‖², so that only a ratio of 1 gives a linear function."""
    share = 1 / (1 + ratio**-2)
    return 2 * share, 2 - 2 * share


def slightly_unbalanced(ratio: float) -> tuple[float, float]:
    """Mistake: a twentieth of that."""
    heavy, light = balance_required(ratio)
    return 1 + (heavy - 1) / 20, 1 + (light - 1) / 20


def smaller_side_stays(ratio: float) -> tuple[float, float]:
    """Mistake: the slope of the smaller side does not arrive."""
    return min(1.0, ratio), min(1.0, 1 / ratio)


RATIOS = (1.5, 3.0)
SWEEPS = {
    ratio: Sweep(
        tuple(Setting(n, ratio, 5) for n in (200, 400, 800, 1600, 6400)),
        4, lambda setting: setting.n, "n", lambda setting: max(0.5, 2000 / setting.n),
    )
    for ratio in RATIOS
}  # fmt: skip


def population_gap(formula: Rest, case: Balance) -> float:
    """Largest distance of p and q to where they are claimed to end, over ‖θ₀‖ = 1."""
    ends = formula.slopes(case.ratio, case.population, case.line.radius)
    return float(np.abs(population_slopes.trained(case) - ends).max())


def limit_of(formula: Rest, ratio: float) -> Limit:
    """(R - R*)/v² of the claimed end, which d does not enter: all of it lies along θ₀."""
    population = Setting(1).population
    risk = GAUSSIAN_LINE.risk(formula.slopes(ratio, population, RADIUS))
    return Limit((risk - relu_training.least_risk(population)) / population.total_std**2, (1.0, 1.5))


def reaching(ratio: float, name: str) -> Check[Rest]:
    """The check that (R_N - R*)/v² tends to that of the claimed end at one ratio."""
    return trend.limit(
        f"growing_samples_ratio_{name}", SWEEPS[ratio], relu_training.excess,
        lambda formula: limit_of(formula, ratio), 1.0, 0.02,
        f"(R_N - R*)/v² of trained networks with ‖a⁺‖/‖a⁻‖ = {ratio:g}",
        scope="d = 5, Σ = I, ‖θ₀‖ = 1, σ = ε = 0.5, n = 200 to 1600, at the full budget to 6400",
    )  # fmt: skip


CLAIM: Claim[Rest] = Claim(
    id="xing2021.unbalanced_relu_network_reaches_linear_optimum",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 4"),
    ours=True,
    formula=Rest(),
    checks=(
        sampled.search(
            "population", population_slopes.balances(), population_gap, population_slopes.UNSETTLED,
            "Where p and q end, trained on the population, against the exact minimiser",
            scope="d = 1, ‖a⁺‖/‖a⁻‖ from 1/3 to 3, relu'(0) = 1/2 and 1, no smoothing", most=population_slopes.MOST,
        ),
        *(reaching(ratio, name) for ratio, name in zip(RATIOS, ("one_and_a_half", "three"), strict=True)),
    ),
    mutants=(
        Mutant("balance_required", Rest(balance_required)),
        Mutant("a_twentieth_of_the_imbalance", Rest(slightly_unbalanced)),
        Mutant("smaller_side_stays", Rest(smaller_side_stays)),
        Mutant("stronger_by_five_percent", Rest(strength=1.05)),
    ),
    uses=("xing2021.relu_network_reaches_linear_optimum_with_slope_at_zero",),
)  # fmt: skip
