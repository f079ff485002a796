r"""The paper has none; ours, beside Proposition 1: for $v > 0$, $\theta = 0$ minimises
$R_L^\infty(\theta, \epsilon)$ if and only if $\epsilon \ge \|\Sigma \theta_0\|_\infty / (c_0 v)$.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import numpy as np
from flint import arb, ctx
from hypothesis import strategies as st

from checks import domains, exact_risk, oracles, trained_populations
from checks.claim import Assumption, Budget, Check, Claim, Mutant, Reference
from checks.enclosure import Ball
from checks.evidence import sampled, symbolic, trained
from checks.formula import Formula
from checks.problem import Problem
from checks.result import Evidence, Kind, Outcome
from checks.xing2021 import PAPER
from theory import notation as sym
from theory.derivations import threshold as derivations
from theory.optimum import NULL_THRESHOLD, null_threshold, robust_minimizer
from theory.population import LinearGaussian
from theory.risk import adversarial_risk_gradient

THRESHOLD = NULL_THRESHOLD.subs(sym.signal_size, sym.signal_size_inf)
FORMULA = Formula(THRESHOLD, r"c^\infty", lambda case: null_threshold(case.population, np.inf))
CLOSENESS = arb(2) ** -60  # how near to the threshold, on either side, slopes are certified
CASES = tuple(
    Problem(LinearGaussian(np.array(truth), np.array(covariance), noise), np.zeros(len(truth)), 1.0, norm=np.inf)
    for truth, covariance, noise in (
        ([1.0], [[1.0]], 0.0),
        ([2.0, -1.0], [[1.0, 0.0], [0.0, 1.0]], 1.0),
        ([1.0, 1.0], [[1.0, 0.5], [0.5, 1.0]], 0.5),
        ([0.0, 3.0], [[4.0, -1.0], [-1.0, 0.5]], 0.0),
        ([1.0, 2.0], [[1.0, 0.5], [0.5, 0.25]], 0.25),
        ([1.0, 0.0, -0.5], [[1.0, 0.5, 0.25], [0.5, 1.0, 0.5], [0.25, 0.5, 1.0]], 2.0),
    )
)
# The products Σθ₀ of the threshold and of the gradient are rounded in different orders: 2d roundings of |Σ||θ₀| each,
# d <= 5, and a few more for the division by v.
ROUNDINGS = 32 * sampled.EPS

SPREAD = st.one_of(  # every population with v > 0: noise, or an invertible Σ and θ₀ other than 0
    domains.regular_populations(), domains.populations(noise=domains.numbers(1e-3, 2.0))
)


def exact_threshold(formula: Formula, case: Problem) -> Ball:
    """The stated threshold from exact data."""
    signal, origin = exact_risk.signal(case), exact_risk.balls(np.zeros(case.population.d))
    values = {
        sym.total_std: exact_risk.residual_std(case, origin),
        sym.signal_size: exact_risk.dual_norm(signal, 2),
        sym.signal_size_inf: max(abs(x) for x in signal),
    }
    return formula.enclose(values)


def steepest_slopes(formula: Formula) -> Iterator[tuple[Problem, int, Ball]]:
    """The lowest slope at 0 along the 2d half-axes, at threshold (1 ± 2^-60), with the side."""
    for case, side in product(CASES, (1, -1)):
        radius = exact_threshold(formula, case) * (1 + side * CLOSENESS)
        attacked, origin = replace(case, radius=radius), exact_risk.balls(case.coefficients)
        slopes = [exact_risk.slope(attacked, origin, i, sign) for i in range(case.population.d) for sign in (1, -1)]
        yield case, side, min(slopes, key=lambda ball: float(ball.mid()))


def certified_slopes(formula: Formula, budget: Budget) -> Evidence:
    """The lowest slope must be positive above the threshold and negative below.

    The slope along u is linear on each facet of ‖u‖₁ = 1, so that its minimum is at a vertex ±e_j; and the risk is
    convex, the mean of a squared non-negative convex function, so that 0 is a minimiser if no slope is negative.
    """
    with ctx.workprec(exact_risk.PRECISION):
        found = list(steepest_slopes(formula))
    wrong = [(case, side, slope) for case, side, slope in found if side * slope < 0]
    undecided = sum(not (slope > 0 or slope < 0) for _, _, slope in found)
    outcome = Outcome.FAILS if wrong else Outcome.INCONCLUSIVE if undecided else Outcome.HOLDS
    counterexample = None
    if wrong:
        case, side, slope = wrong[0]
        counterexample = f"{case}: lowest slope {slope.str(8)} at the threshold times 1 + {side}·2^-60"
    text = f"of {len(found)} lowest slopes at 0, within 2^-60 of the threshold, {len(wrong)} have the wrong sign."
    numbers = {"slopes": float(len(found)), "of the wrong sign": float(len(wrong)), "undecided": float(undecided)}
    scope = "six populations, d = 1 to 3, singular and noiseless ones too"
    return Evidence(
        Kind.CERTIFIED, outcome, scope, f"Difference quotients over 2^-200: {text}", numbers, counterexample
    )


def two_sided_gap(formula: Formula, case: Problem) -> float:
    """Least subgradient at 0 just above the threshold; 1 if there is none just below or the optimiser disagrees.

    "Just" is the rounding of the signal Σθ₀, relative to its largest entry.
    """
    population, limit = case.population, formula(case)
    signal = np.abs(population.covariance @ population.true_coefficients).max()
    if signal == 0:
        return abs(limit) + oracles.l2(robust_minimizer(population, 1.0, np.inf).coefficients)
    size = (np.abs(population.covariance) @ np.abs(population.true_coefficients)).max()
    above, below = (max(limit * (1 + side * ROUNDINGS * size / signal), 0.0) for side in (1, -1))
    left, descent = (_subgradient(case, radius) / (2 * signal) for radius in (above, below))
    null_above = not robust_minimizer(population, above, np.inf).coefficients.any()
    null_below = not robust_minimizer(population, below, np.inf).coefficients.any()
    return float(max(left, descent == 0, not null_above, null_below))


def _subgradient(case: Problem, radius: float) -> float:
    origin = np.zeros(case.population.d)
    return oracles.l2(adversarial_risk_gradient(origin, case.population, radius, np.inf))


def trained_gap(formula: Formula, case: Problem) -> trained.Trained:
    """1 where the trained model is null and the threshold says it is not, or the other way round."""
    model = trained_populations.train(case)
    null = not model.coefficients.any()
    return trained.Trained(float(null is not (case.radius >= formula(case))), model.stationarity)


CLAIM = Claim(
    id="xing2021.linf_optimum_is_null_beyond_threshold",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Equation (9)"),
    ours=True,
    formula=FORMULA,
    checks=(
        symbolic.derivation(
            "derivation", derivations.null_threshold_linf, lambda f: f.expression,
            "The largest strength at which a direction still leads downhill from 0",
        ),
        Check("slopes", Kind.CERTIFIED, certified_slopes),
        sampled.search(
            "both_sides", domains.problems(SPREAD, norm=np.inf), two_sided_gap, 0.0,
            "Least subgradient at 0, and the computed minimiser, within rounding of the threshold on both sides",
            scope="every population with v > 0, d <= 5",
        ),
        trained.search(
            "training",
            trained_populations.attacked(trained_populations.around_one, norm=np.inf),
            trained_gap,
            0.0,
            trained_populations.STATIONARY,
            "Whether models trained on the population are null, 3 % from the threshold on both sides and farther",
            scope="d <= 4, eigenvalues of Σ from 1/4 to 17/4, σ from 0.1 to 2",
        ),
    ),
    mutants=(
        Mutant("l2_norm_of_the_signal", FORMULA.mutate(NULL_THRESHOLD)),
        Mutant("c0_five_percent_off", FORMULA.mutate(THRESHOLD * 100 / 105)),
        Mutant("c0_dropped", FORMULA.mutate(sym.signal_size_inf / sym.total_std)),
        Mutant("variance_for_std", FORMULA.mutate(THRESHOLD / sym.total_std)),
    ),
    assumptions=(
        Assumption(
            "some_variance",
            "v > 0, as section 2.1 assumes. With v = 0 the risk is the square of a norm, and θ = 0 its minimiser.",
            lambda case: case.population.total_std > 0,
        ),
    ),
    uses=("xing2021.linf_risk_has_closed_form",),
)  # fmt: skip
