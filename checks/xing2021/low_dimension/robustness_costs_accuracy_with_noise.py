r"""Corrected: if $\sigma > 0$, $\epsilon > 0$ and $\Sigma\theta_0 \neq 0$, then $\theta^* \neq \theta_0$ and
$c(\epsilon) > 0$. For at every $\theta$ that predicts as $\theta_0$ does, $\|\theta - \theta_0\|_\Sigma = 0$, the
risk still falls towards the origin: its slope along $-\theta$ is
$-2 \epsilon \|\theta\| (\epsilon \|\theta\| + c_0 \sigma) < 0$.
"""

from dataclasses import replace
from functools import cache

import numpy as np
import sympy as sp

from checks import domains, oracles, trained_populations
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.evidence import sampled, symbolic, trained
from checks.formula import Formula
from checks.problem import Problem
from checks.result import Evidence, Outcome
from checks.xing2021 import PAPER
from models.linear.population import ExpectedUpdate
from theory import notation as sym
from theory.derivations.derivation import Derivation, Link, derive, using
from theory.derivations.derivatives import risk_gradient
from theory.optimum import standard_risk_cost
from theory.risk import adversarial_risk_gradient

n, sigma, eps = sym.coefficient_norm, sym.noise_std, sym.radius
SLOPE = -2 * eps * n * (eps * n + sym.c0 * sigma)
FORMULA = Formula(
    SLOPE,
    r"\left.\tfrac{d}{dt} R_L(\theta - t \theta, \epsilon)\right|_{t = 0}",
    lambda case: -case.coefficients @ adversarial_risk_gradient(case.coefficients, case.population, case.radius),
)


@cache
def slope_towards_zero() -> Derivation:
    """The slope along u = -θ where the covariance of uᵀx and the residual is 0, so that the residual is the noise."""
    lemma = risk_gradient()
    case = {sym.direction_error: sp.S.Zero, sym.direction_product: -(n**2), sym.residual_std: sigma}
    value = -2 * eps**2 * n**2 - 2 * eps * sym.c0 * n * sigma
    link = Link(
        "the slope along any direction, at θ - θ₀ in the null space of Σ", value, using(lemma, sp.simplify, case)
    )
    return derive(lemma.definition.xreplace(case), (link,), "every dimension, σ > 0, Σθ₀ ≠ 0", (lemma,))


DERIVATION: Check[Formula] = symbolic.derivation(
    "derivation", slope_towards_zero, lambda f: f.expression, "The slope towards 0 where the clean risk is least"
)


def derive_a_descent(formula: Formula, budget: Budget) -> Evidence:
    """The derivation; it fails unless the slope it arrives at is negative for all positive ε, ‖θ‖ and σ."""
    evidence = DERIVATION.run(formula, budget)
    positive = formula.expression.subs(eps, sp.Dummy("epsilon", positive=True))
    if evidence.outcome is Outcome.HOLDS and not sp.expand(positive).is_negative:
        text = f"the derived slope {formula.expression} is not negative everywhere."
        return replace(evidence, outcome=Outcome.FAILS, summary=text)
    return evidence


def slope_gap(formula: Formula, case: Problem) -> float:
    """Distance at θ₀ to -2 ε‖θ₀‖ E(|noise| + ε‖θ₀‖) by quadrature; infinite where it is not downhill or c(ε) = 0."""
    size = oracles.l2(case.population.true_coefficients)
    pull = oracles.half_normal_mean(lambda z: case.population.noise_std * z + case.radius * size)
    expected = -2 * case.radius * size * float(pull)
    at_truth = Problem(case.population, case.population.true_coefficients, case.radius)
    descends = formula(at_truth) < 0 and standard_risk_cost(case.population, case.radius) > 0
    return abs(formula(at_truth) - expected) / abs(expected) if descends else np.inf


def trained_gap(formula: Formula, case: Problem) -> trained.Trained:
    """Error of the slope met by the first step from θ₀, and of the cost c(ε) of the model trained from there."""
    population, truth = case.population, case.population.true_coefficients
    start = replace(case, coefficients=truth)
    model, first = trained_populations.train(start), ExpectedUpdate(population, case.radius)(truth)
    error, slope = model.coefficients - truth, -float(truth @ first)
    cost = float(error @ population.covariance @ error) / population.total_std**2
    wrong = abs(cost - standard_risk_cost(population, case.radius)) if cost > 0 else np.inf
    return trained.Trained(float(max(abs(formula(start) / slope - 1), wrong)), model.stationarity)


CLAIM = Claim(
    id="xing2021.robustness_costs_accuracy_with_noise",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Section 2.1, after Theorem 2"),
    formula=FORMULA,
    checks=(
        Check("derivation", DERIVATION.kind, derive_a_descent),
        sampled.search(
            "cost_and_slope",
            domains.problems(domains.noisy_populations(), domains.radii(smallest=1e-3)),
            slope_gap,
            2 * oracles.QUADRATURE_ERROR,
            "c(ε) > 0, and the slope at θ₀ towards 0 by Gauss-Legendre quadrature",
            scope="d <= 5, invertible Σ, σ from 0.05 to 2, ε from 1e-3 to 4",
        ),
        trained.search(
            "training",
            trained_populations.attacked(trained_populations.fractions | domains.numbers(1.02, 4)),
            trained_gap,
            trained_populations.TOLERANCE,
            trained_populations.STATIONARY,
            "The slope met by the first step from θ₀, and c(ε) > 0 at the end of training on the population",
            scope="d <= 4, eigenvalues of Σ from 1/4 to 17/4, σ from 0.1 to 2, ε from 0.05 to 4 null thresholds",
        ),
    ),
    mutants=(
        Mutant("noise_forgotten", FORMULA.mutate(-2 * eps**2 * n**2)),
        Mutant("c0_five_percent_off", FORMULA.mutate(SLOPE.subs(sigma, sp.Rational(105, 100) * sigma))),
        Mutant("noise_pulls_back", FORMULA.mutate(SLOPE.subs(sigma, -sigma))),
    ),
    uses=("xing2021.risk_has_closed_form",),
    amends="xing2021.robustness_always_costs_accuracy",
)
