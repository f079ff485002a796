r"""Assume the attack strength $\epsilon > 0$ and the data generation follows (4): there exists some constant
$c$ such that when $\epsilon \ge c$, $\theta^* = 0$.
"""

import numpy as np
from flint import arb
from hypothesis import strategies as st

from checks import domains, oracles, trained_populations
from checks.claim import Budget, Claim, Mutant, Reference
from checks.enclosure import Ball
from checks.evidence import certified, sampled, trained
from checks.formula import Formula, Undefined
from checks.problem import Problem
from checks.xing2021 import PAPER
from theory import notation as sym
from theory.optimum import NULL_THRESHOLD, null_threshold, robust_minimizer
from theory.risk import adversarial_risk
from theory.validation import FloatArray

FORMULA = Formula(NULL_THRESHOLD, "c", lambda case: null_threshold(case.population))

SCALARS = "‖Σθ₀‖ and v from 1e-3 to 1e3, l2 attack"
STEPS = np.r_[np.geomspace(1e-9, 2, 60)]
ROUNDING = 64 * sampled.EPS  # a risk in d <= 5 is a sum of some ten rounded terms, each at most v² near θ = 0

SPREAD = st.one_of(  # every population with v > 0: noise, or an invertible Σ and θ₀ other than 0
    domains.regular_populations(), domains.populations(noise=domains.numbers(1e-3, 2.0))
)
CASES = domains.problems(SPREAD, radius=st.one_of(st.just(1.0), domains.numbers(1.0, 2.0), st.just(1e3)))


def descent_gap(formula: Formula, case: Problem) -> float:
    """How far below R(0) = v² the risk falls at `case.radius` >= 1 times c, on a ray and at the computed minimiser."""
    population = case.population
    radius = formula(case) * case.radius * (1 + ROUNDING)
    start = population.total_std**2
    candidates = np.vstack([_ray(case), robust_minimizer(population, radius).coefficients, case.coefficients])
    return float(np.max(start - adversarial_risk(candidates, population, radius)) / start)


def _ray(case: Problem) -> FloatArray:
    """Points on the ray from 0 along Σθ₀, the steepest direction there, on the scale of θ₀."""
    signal = case.population.covariance @ case.population.true_coefficients
    length, size = oracles.l2(signal), oracles.l2(case.population.true_coefficients)
    return np.outer(STEPS * size / length, signal) if length > 0 else np.zeros((1, case.population.d))


def trained_gap(formula: Formula, case: Problem) -> trained.Trained:
    """Length of the trained model over ‖θ₀‖, if the radius is at least c."""
    if case.radius < formula(case):
        raise Undefined
    model = trained_populations.train(case)
    size = oracles.l2(model.coefficients) / oracles.l2(case.population.true_coefficients)
    return trained.Trained(size, model.stationarity)


def descent(radius: Ball, point: certified.Point) -> Ball:
    """Half the slope of the risk at 0 along Σθ₀, per unit of length: ε E|y| - ‖Σθ₀‖ with y ~ N(0, v²)."""
    v = arb(point[sym.total_std])
    response = certified.half_gaussian_mean(lambda z, analytic: v * z, growth=(arb(0), v.sqrt()))
    return radius * response - arb(point[sym.signal_size])


def points(budget: Budget) -> list[certified.Point]:
    """Random rational ‖Σθ₀‖ and v over six orders of magnitude, with ‖Σθ₀‖_∞ half of ‖Σθ₀‖: four equal entries.

    Every pair of positive ‖Σθ₀‖ and v belongs to a population.
    """
    drawn = certified.random_points(dict.fromkeys((sym.signal_size, sym.total_std), (1e-3, 1e3)), 12, budget.rng())
    return [{**point, sym.signal_size_inf: point[sym.signal_size] / 2} for point in drawn]


CLAIM = Claim(
    id="xing2021.optimum_is_null_beyond_threshold",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Proposition 1"),
    formula=FORMULA,
    checks=(
        certified.sign_change(
            "slopes", points, descent, (1,), "The least slope at θ = 0 just above c is positive", SCALARS
        ),
        sampled.search(
            "descent",
            CASES,
            descent_gap,
            ROUNDING,
            "Descent below R(0) on the steepest ray and at the computed minimiser",
            scope="every population with v > 0, d <= 5, radii from c to 1000 c",
        ),
        trained.search(
            "training",
            trained_populations.attacked(trained_populations.around_one),
            trained_gap,
            0.0,
            trained_populations.STATIONARY,
            "Models trained on the population are 0 for radii of at least c",
            scope="d <= 4, eigenvalues of Σ from 1/4 to 17/4, σ from 0.1 to 2, radii up to 3c",
        ),
    ),
    mutants=(
        Mutant("threshold_five_percent_lower", FORMULA.mutate(NULL_THRESHOLD * 95 / 100)),
        Mutant("c0_dropped", FORMULA.mutate(sym.signal_size / sym.total_std)),
        Mutant("c0_inverted", FORMULA.mutate(sym.c0 * sym.signal_size / sym.total_std)),
    ),
    uses=("xing2021.risk_is_convex",),
    reading="The constant may depend on the population; the witness checked is ‖Σθ₀‖₂/(c₀ v), for v > 0.",
)
