r"""In Theorem 9, let $s$ be fixed. Then $\|\hat{\theta}_\xi - \theta^*\|_1/\lambda$ is bounded in probability; where
$(s \log d) \rightarrow \infty$ and $\lambda$ is the least that the theorem allows, it has the limit
$\|H^{-1} \mathrm{sign}(\theta^*)\|_1$, with $H$ the Hessian of $R_L$ at $\theta^*$ on its support: the bias that the
penalty causes. For $s$ equal entries the limit is $s$ over the second derivative of $R_L$ along $\theta_0$. For growing
$s$ with $(s^2 \log d)/n \rightarrow 0$, $\|\hat{\theta}_\xi - \theta^*\|_1/(s\lambda)$ is bounded.
"""

from collections.abc import Callable

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from checks import domains
from checks.claim import Claim, Mutant, Reference
from checks.evidence import sampled, trend
from checks.xing2021 import PAPER
from checks.xing2021.lasso.sparse_designs import RADIUS, Setting
from checks.xing2021.lasso.sparsity_growth import CORRECTIONS, Growth, last_setting, shift_ratio, sweep
from theory.lasso import penalised_optimum, penalty_shift
from theory.optimum import null_threshold
from theory.population import LinearGaussian
from theory.risk import adversarial_risk_hessian
from theory.validation import FloatArray

Shift = Callable[[LinearGaussian, float], FloatArray]
Case = tuple[LinearGaussian, float]

STEP = 1e-4  # λ over its null value: a central difference in λ is impossible, so a three-point one at λ, 2λ, 0
FIVE = Growth(sp.S.Zero, first=5, constant=1.1)


def diagonal_only(population: LinearGaussian, radius: float) -> FloatArray:
    """The Hessian's diagonal in the place of the Hessian."""
    optimum = penalised_optimum(population, radius, 0.0)
    shift: FloatArray = np.sign(optimum) / np.diag(adversarial_risk_hessian(optimum, population, radius))
    return shift


def corrected_shift(setting: Setting, replicates: int, rng: np.random.Generator) -> FloatArray:
    """‖θ̂ - θ*‖₁/λ less its linear part, and less what the population's ratio at this λ exceeds its limit by."""
    limit = float(np.abs(penalty_shift(setting.population, RADIUS)).sum())
    return shift_ratio(setting, replicates, rng) - (setting.predicted_shift - limit)


def claimed(formula: Shift) -> trend.Limit:
    """The limit of ‖θ̂ - θ*‖₁/λ for five equal entries."""
    return trend.Limit(float(np.abs(formula(last_setting(FIVE).population, RADIUS)).sum()), CORRECTIONS)


@st.composite
def penalised(draw: domains.Draw) -> Case:
    """Σ = I, d up to 5, entries of θ₀ of at least 0.3 or 0, noise from 0.2 on, radius up to 0.9 of the null one."""
    d = draw(st.integers(1, 5))
    entry = st.one_of(st.just(0.0), domains.numbers(0.3, 2.0), domains.numbers(-2.0, -0.3))
    truth = np.array([draw(domains.numbers(0.3, 2.0)), *(draw(entry) for _ in range(d - 1))])
    population = LinearGaussian(truth, np.eye(d), draw(domains.numbers(0.2, 2.0)))
    share = draw(st.one_of(st.just(0.0), st.just(0.9), domains.numbers(0.05, 0.9)))
    return population, share * null_threshold(population)


def shift_gap(formula: Shift, case: Case) -> float:
    """Relative l2 distance of the stated limit from (4θ_λ - θ_2λ - 3θ*)/(-2λ), the derivative at 0."""
    population, radius = case
    optimum = penalised_optimum(population, radius, 0.0)
    step = STEP * np.abs(optimum[optimum != 0]).min()
    one, two = (penalised_optimum(population, radius, k * step) for k in (1, 2))
    derivative = (3 * optimum - 4 * one + two) / (2 * step)
    difference = formula(population, radius) - derivative
    return float(np.sqrt(difference @ difference) / np.sqrt(derivative @ derivative))


CLAIM: Claim[Shift] = Claim(
    id="xing2021.lasso_error_is_of_penalty_order_for_fixed_sparsity",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 9"),
    amends="xing2021.lasso_error_is_of_penalty_order",
    formula=penalty_shift,
    checks=(
        sampled.search(
            "population",
            penalised(),
            shift_gap,
            1e-4,  # the truncation error is of order STEP²/(1 - share)² and the rounding error of order EPS/STEP
            "Derivative in λ of the penalised population optimum",
            scope="Σ = I, d <= 5, radius up to 0.9 of the null threshold",
        ),
        trend.limit(
            "samples", sweep(FIVE), corrected_shift, claimed, 2.0, 0.15,
            "‖θ̂ - θ*‖₁/λ of the LASSO, less what the sample is known to add and the population's correction",
            "s = 5 equal entries, d = n^(3/2), n from 1600 to 25,600, c = 1.1, σ = ε = 1/2, ξ = 0",
        ),
    ),
    mutants=(
        Mutant("five_percent_larger", lambda population, radius: 1.05 * penalty_shift(population, radius)),
        Mutant("diagonal_of_the_hessian", diagonal_only),
        Mutant("without_attack", lambda population, radius: penalty_shift(population, 0.0)),
        Mutant("half_the_hessian", lambda population, radius: 2 * penalty_shift(population, radius)),
    ),
)  # fmt: skip
