r"""The paper does not have it: without noise ($\sigma = 0$) and for nonsingular $\Sigma$,
$\theta^* = \theta_0$ if and only if $\epsilon \le c_0 \|\theta_0\| / \|\Sigma^{-1/2}\theta_0\|$. Up to this
radius robustness is free.
"""

import numpy as np
import sympy as sp
from flint import arb
from hypothesis import strategies as st

from checks import domains, oracles, trained_populations
from checks.claim import Budget, Claim, Mutant, Reference
from checks.enclosure import Ball
from checks.evidence import certified, sampled, trained
from checks.formula import Formula
from checks.problem import Problem
from checks.xing2021 import PAPER
from theory import notation as sym
from theory.optimum import exact_recovery_threshold, null_threshold, standard_risk_cost
from theory.risk import adversarial_risk, adversarial_risk_gradient

whitened_size = sp.Symbol("omega_0", positive=True)  # ‖Σ^(-1/2)θ₀‖
THRESHOLD = sym.c0 * sym.true_size / whitened_size
FORMULA = Formula(THRESHOLD, r"\epsilon_0", lambda case: exact_recovery_threshold(case.population))

ROUNDING = 64 * sampled.EPS  # a subgradient or a risk in d <= 5 is a sum of some ten rounded terms
# The threshold is accurate to EPS times the condition number K of Σ, here up to about 1e4. Beyond it the least
# subgradient grows like the distance times 2/sqrt(K) (Kantorovich) relative to ε, and ε is at least c₀/sqrt(K) times
# the largest standard deviation: at this distance it is at least 1e-13 of its terms, above ROUNDING.
CLOSENESS = 1e-9
STEPS = np.geomspace(1e-12, 1, 40)


def points(budget: Budget) -> list[certified.Point]:
    """Random rational ‖θ₀‖ and ‖Σ^(-1/2)θ₀‖; every pair of positive numbers belongs to a population."""
    return certified.random_points(dict.fromkeys((sym.true_size, whitened_size), (1e-3, 1e3)), 12, budget.rng())


def descent(radius: Ball, point: certified.Point) -> Ball:
    """Minus the slope at θ₀ over 2ε‖u‖_Σ along the steepest u = -Σ⁻¹θ₀.

    The residual at θ₀ + tu is t‖u‖_Σ Z, so that E(|e| + ε‖θ‖)² changes by 2ε(‖θ₀‖‖u‖_Σ E|Z| + ε θ₀ᵀu) t, and θ₀ᵀu is
    at least -‖Σ^(-1/2)θ₀‖‖u‖_Σ, attained there.
    """
    mean = certified.half_gaussian_mean(lambda z, analytic: z, growth=(arb(0), arb(1)))
    return radius * arb(point[whitened_size]) - arb(point[sym.true_size]) * mean


def two_sided_gap(formula: Formula, case: Problem) -> float:
    """Least subgradient at θ₀ before the threshold, and descent from there on the steepest ray.

    1 where no subgradient is left beyond the threshold, and where the cost is not 0 before or not positive beyond.
    """
    population, truth = case.population, case.population.true_coefficients
    steepest = np.asarray(np.linalg.solve(population.covariance, truth), np.float64)
    limit = stated(formula, case)
    before, beyond = limit * (1 - CLOSENESS), limit * (1 + CLOSENESS)
    left, beyond_it = (_subgradient(case, radius) for radius in (before, beyond))
    risk = adversarial_risk(truth, population, before)
    line = truth - np.outer(STEPS * oracles.l2(truth) / oracles.l2(steepest), steepest)
    falls = np.max(1 - adversarial_risk(line, population, before) / risk)
    wrong = standard_risk_cost(population, before) > 0 or not standard_risk_cost(population, beyond) > 0
    return float(max(left, falls, 0.0 if beyond_it > ROUNDING else 1.0, 1.0 if wrong else 0.0))


def stated(formula: Formula, case: Problem) -> float:
    """The stated threshold for the case's population."""
    if formula.implementation is not None:
        return formula(case)
    truth = case.population.true_coefficients
    whitened = float(np.sqrt(truth @ np.linalg.solve(case.population.covariance, truth)))
    return float(formula.enclose({sym.true_size: oracles.l2(truth), whitened_size: whitened}).mid())


@st.composite
def noiseless(draw: domains.Draw) -> Problem:
    """Populations without noise, attacked with a radius on either side of the threshold of exact recovery."""
    population = draw(trained_populations.populations(st.just(0.0)))
    radius = draw(trained_populations.around_one) * exact_recovery_threshold(population)
    slow = 0.9 * null_threshold(population)  # beyond, θ* is close to 0, where the curvature grows like 1/‖θ‖
    return Problem(population, np.zeros(population.d), min(radius, slow))


def trained_gap(formula: Formula, case: Problem) -> trained.Trained:
    """1 where the trained model is θ₀ and the threshold says it is not, or the other way round; error of its cost."""
    model = trained_populations.train(case)
    truth, cost = case.population.true_coefficients, standard_risk_cost(case.population, case.radius)
    error = model.coefficients - truth
    recovered = oracles.l2(error) <= trained_populations.TOLERANCE * oracles.l2(truth)
    found = float(error @ case.population.covariance @ error) / case.population.total_std**2
    wrong = recovered is not (case.radius <= stated(formula, case))
    return trained.Trained(max(float(wrong), abs(found - cost)), model.stationarity)


def _subgradient(case: Problem, radius: float) -> float:
    """Length of the least subgradient at θ₀, over the size of the terms of which it is the sum."""
    truth = case.population.true_coefficients
    length = oracles.l2(adversarial_risk_gradient(truth, case.population, radius))
    largest = radius + case.population.spectrum[0][0]
    return float(length / (2 * radius * oracles.l2(truth) * largest))


NOISELESS = domains.populations(
    covariance=domains.invertible_covariances, noise=st.just(0.0), truth=domains.nonzero_vectors
)

CLAIM = Claim(
    id="xing2021.exact_recovery_threshold_has_closed_form",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Section 2.1, after Theorem 2"),
    ours=True,
    formula=FORMULA,
    checks=(
        certified.sign_change(
            "slopes",
            points,
            descent,
            (1, -1),
            "The steepest slope at θ₀ turns downhill at the threshold",
            "‖θ₀‖ and ‖Σ^(-1/2)θ₀‖ from 1e-3 to 1e3",
        ),
        sampled.search(
            "both_sides",
            domains.problems(NOISELESS),
            two_sided_gap,
            ROUNDING,
            "Least subgradient at θ₀, descent from it and cost, a relative 1e-9 from the threshold on both sides",
            scope="d <= 5, invertible Σ, σ = 0",
        ),
        trained.search(
            "training",
            noiseless(),
            trained_gap,
            trained_populations.TOLERANCE,
            trained_populations.STATIONARY,
            "Whether models trained on the population recover θ₀, 3 % from the threshold on both sides and farther, "
            "and what it costs them where they do not",
            scope="d <= 4, eigenvalues of Σ from 1/4 to 17/4, σ = 0",
        ),
    ),
    mutants=(
        Mutant("five_percent_lower", FORMULA.mutate(THRESHOLD * 95 / 100)),
        Mutant("five_percent_higher", FORMULA.mutate(THRESHOLD * 105 / 100)),
        Mutant("covariance_ignored", FORMULA.mutate(sym.c0)),
        Mutant("c0_inverted", FORMULA.mutate(sym.true_size / (sym.c0 * whitened_size))),
    ),
    uses=("xing2021.risk_is_convex",),
)
