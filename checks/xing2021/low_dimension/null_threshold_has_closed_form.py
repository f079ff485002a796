r"""The paper has no value for the constant $c$ of Proposition 1; ours is exact. For $v > 0$ and the
$\mathcal{L}_2$ attack, $\theta^* = 0$ if and only if $\epsilon \ge \|\Sigma\theta_0\|_2 / (c_0 v)$. With
$\Sigma = I$ this is the $\sqrt{\pi}\,\|\theta_0\| / (\sqrt{2}\, v)$ of Theorem 9.
"""

import numpy as np

from checks import domains, oracles, trained_populations
from checks.claim import Claim, Mutant, Reference
from checks.evidence import certified, sampled, symbolic, trained
from checks.formula import Formula
from checks.problem import Problem
from checks.xing2021 import PAPER
from checks.xing2021.low_dimension.optimum_is_null_beyond_threshold import FORMULA, SCALARS, SPREAD, descent, points
from theory import notation as sym
from theory.derivations import threshold as derivations
from theory.optimum import NULL_THRESHOLD, robust_minimizer
from theory.risk import adversarial_risk_gradient

# The products Σθ₀ of the threshold and of the gradient are rounded in different orders: 2 d roundings of |Σ||θ₀| each,
# d <= 5, and a few more for the division by v.
ROUNDINGS = 32 * sampled.EPS


def two_sided_gap(formula: Formula, case: Problem) -> float:
    """Least subgradient at 0 just above the threshold, or the lack of one just below; 1 where the optimiser disagrees.

    "Just" is the rounding of the signal Σθ₀, relative to its length.
    """
    population, limit = case.population, formula(case)
    signal = population.covariance @ population.true_coefficients
    length = oracles.l2(signal)
    if length == 0:
        return abs(limit) + oracles.l2(robust_minimizer(population, 1.0).coefficients)
    size = np.abs(population.covariance) @ np.abs(population.true_coefficients)
    margin = ROUNDINGS * oracles.l2(size) / length
    above, below = limit * (1 + margin), limit * (1 - margin)
    left, descent = (_subgradient(case, radius) / (2 * length) for radius in (above, below))
    wrong = (
        robust_minimizer(population, above).coefficients.any()
        or not robust_minimizer(population, below).coefficients.any()
    )
    return float(max(left, 0.0 if descent > 0 else 1.0, 1.0 if wrong else 0.0))


def _subgradient(case: Problem, radius: float) -> float:
    return oracles.l2(adversarial_risk_gradient(np.zeros(case.population.d), case.population, radius))


def trained_gap(formula: Formula, case: Problem) -> trained.Trained:
    """1 where the trained model is null and the threshold says it is not, or the other way round."""
    model = trained_populations.train(case)
    null = not model.coefficients.any()
    return trained.Trained(float(null is not (case.radius >= formula(case))), model.stationarity)


CLAIM = Claim(
    id="xing2021.null_threshold_has_closed_form",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Proposition 1"),
    ours=True,
    formula=FORMULA,
    checks=(
        symbolic.derivation(
            "derivation",
            derivations.null_threshold,
            lambda f: f.expression,
            "The radius at which no direction leads downhill",
        ),
        certified.sign_change(
            "slopes", points, descent, (1, -1), "The least slope at θ = 0 on both sides of the threshold", SCALARS
        ),
        sampled.search(
            "both_sides",
            domains.problems(SPREAD),
            two_sided_gap,
            0.0,
            "Least subgradient at 0 and computed minimiser, within rounding of the threshold on both sides",
            scope="every population with v > 0, d <= 5",
        ),
        trained.search(
            "training",
            trained_populations.attacked(trained_populations.around_one),
            trained_gap,
            0.0,
            trained_populations.STATIONARY,
            "Whether models trained on the population are null, 3 % from the threshold on both sides and farther",
            scope="d <= 4, eigenvalues of Σ from 1/4 to 17/4, σ from 0.1 to 2",
        ),
    ),
    mutants=(
        Mutant("five_percent_lower", FORMULA.mutate(NULL_THRESHOLD * 95 / 100)),
        Mutant("five_percent_higher", FORMULA.mutate(NULL_THRESHOLD * 105 / 100)),
        Mutant("linf_signal", FORMULA.mutate(NULL_THRESHOLD.subs(sym.signal_size, sym.signal_size_inf))),
        Mutant("variance_for_std", FORMULA.mutate(sym.signal_size / (sym.c0 * sym.total_std**2))),
    ),
    uses=("xing2021.risk_is_convex",),
)
