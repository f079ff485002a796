r"""Under model (4), the optimal solution of $R_L(\theta, \epsilon)$ is of the form
$\theta^* = (\Sigma + \kappa I)^{-1} \Sigma \theta_0$ for some $\kappa$.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import sympy as sp
from hypothesis import strategies as st
from scipy.optimize import minimize

from checks import domains, oracles, trained_populations
from checks.claim import Claim, Mutant, Reference
from checks.evidence import sampled, symbolic, trained
from checks.problem import Problem
from checks.xing2021 import PAPER
from theory import notation as sym
from theory.derivations import shrinkage as derivations
from theory.optimum import SHRINKAGE_EQUATION, exact_recovery_threshold, null_threshold, robust_minimizer
from theory.population import LinearGaussian
from theory.risk import adversarial_risk, adversarial_risk_gradient
from theory.validation import FloatArray

Landscape = tuple[Callable[[FloatArray], float], Callable[[FloatArray], FloatArray]]

theta, theta_0, variance, kappa = sym.coefficient, sym.true_coefficient, sym.eigenvalue, sym.shrinkage
# An entry of Σθ - Σθ₀ + κθ in d <= 5 is a sum of some thirty rounded products.
ROUNDING = 128 * sampled.EPS
PRECISE = {"ftol": sampled.EPS, "gtol": 1e-10}  # what a search leaves of the slope is measured, and allowed for


@dataclass(frozen=True)
class RidgeForm:
    """The equation of θ* along an eigenvector of Σ, linear in κ; `production` for the form that `theory` computes."""

    expression: sp.Expr
    production: bool = False

    @property
    def latex(self) -> str:
        """The equation as LaTeX."""
        return f"{sp.latex(self.expression)} = 0"

    def at(self, balance: sp.Expr) -> sp.Expr:
        """The equation with the κ that balances the attack."""
        return self.expression.subs(kappa, balance)

    def residual(self, coefficients: FloatArray, population: LinearGaussian, shrinkage: float | None = None) -> float:
        """Length of the error at `coefficients` over the size of its terms, for the best κ >= 0 if none is given."""
        stds, axes = population.spectrum
        parts = [sp.lambdify((variance, theta, theta_0), self.expression.coeff(kappa, power)) for power in (0, 1)]
        values = (stds**2, coefficients @ axes, population.true_coefficients @ axes)
        fixed, pulled = (np.broadcast_to(part(*values), (population.d,)) for part in parts)
        best = max(-float(fixed @ pulled) / float(pulled @ pulled), 0.0) if pulled.any() else 0.0
        used = best if shrinkage is None else shrinkage
        size = stds[0] ** 2 * (oracles.l2(values[1]) + oracles.l2(values[2])) + used * oracles.l2(pulled)
        return float(oracles.l2(fixed + used * pulled) / size)

    def solution(self, population: LinearGaussian, shrinkage: float) -> FloatArray:
        """The θ that satisfies the equation along every axis, for a given κ."""
        stds, axes = population.spectrum
        along = sp.lambdify((variance, theta_0, kappa), sp.solve(self.expression, theta)[0])
        solved: FloatArray = axes @ along(stds**2, population.true_coefficients @ axes, shrinkage)
        return solved


RIDGE = sp.expand((variance + kappa) * theta - variance * theta_0)
FORMULA = RidgeForm(RIDGE, production=True)
BALANCE = sp.solve(SHRINKAGE_EQUATION, kappa)[0]
WEIGHT = 2 * (1 + sym.radius * sym.c0 * sym.coefficient_norm / sym.residual_std)  # of Σ(θ - θ₀) in the gradient


def local_minimum(landscape: Landscape, start: FloatArray) -> FloatArray:
    """Where a quasi-Newton search that knows nothing of the form ends."""
    value, gradient = landscape
    found: FloatArray = minimize(value, start, jac=gradient, method="L-BFGS-B", options=PRECISE).x
    return found


def form_error(form: RidgeForm, coefficients: FloatArray, population: LinearGaussian, slope: FloatArray) -> float:
    """By how much the residual of the form exceeds what the slope left over by the search explains.

    The gradient is at least 2 times the form's error where κ balances the attack.
    """
    scale = population.spectrum[0][0] ** 2 * (oracles.l2(coefficients) + oracles.l2(population.true_coefficients))
    return float(form.residual(coefficients, population) - oracles.l2(slope) / (2 * scale))


def searched_gap(form: RidgeForm, case: Problem) -> float:
    """Error of the form at the end of a search from `case.coefficients`, and of the computed minimiser.

    The computed one must have no more risk, and satisfy the equation with the κ that comes with it. `case.radius` says
    how far ε lies from the exact recovery threshold (0) to the null threshold (1).
    """
    population = case.population
    low, high = exact_recovery_threshold(population), null_threshold(population)
    radius = low + case.radius * (high - low)

    def value(at: FloatArray) -> float:
        return float(adversarial_risk(at, population, radius))

    def gradient(at: FloatArray) -> FloatArray:
        return adversarial_risk_gradient(at, population, radius)

    found = local_minimum((value, gradient), case.coefficients + 0.1)
    error = form_error(form, found, population, gradient(found))
    if not form.production:
        return error
    best = robust_minimizer(population, radius)
    excess = value(best.coefficients) / value(found) - 1 if value(found) > 0 else 0.0
    if best.coefficients.any():
        error = max(error, form.residual(best.coefficients, population, best.shrinkage))
    return max(error, excess)


def trained_gap(form: RidgeForm, case: Problem) -> trained.Trained:
    """Error of the form at the trained model, and its distance to the computed minimiser."""
    model = trained_populations.train(case)
    error = form.residual(model.coefficients, case.population)
    if form.production:
        error = max(error, trained_populations.distance(model, robust_minimizer(case.population, case.radius), case))
    return trained.Trained(error, model.stationarity)


def predicted(form: RidgeForm, case: trained_populations.Direction) -> float:
    """The product of the direction with the θ of the form, for the computed κ."""
    problem, direction = case
    shrinkage = robust_minimizer(problem.population, problem.radius).shrinkage
    return float(direction @ form.solution(problem.population, shrinkage or 0.0))


SAMPLED = tuple(
    (Problem(LinearGaussian(np.array(truth), covariance, noise), np.zeros(len(truth)), radius), np.eye(len(truth))[0])
    for truth, covariance, noise, radius in (
        ([1.0, -0.5, 2.0], oracles.toeplitz(3, 0.5), 1.0, 0.5),
        ([1.0, 2.0], np.diag([2.0, 0.5]), 0.5, 0.4),
    )
)

CLAIM = Claim(
    id="xing2021.optimum_is_ridge_like",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Proposition 8"),
    formula=FORMULA,
    checks=(
        symbolic.derivation(
            "derivation",
            derivations.stationarity,
            lambda f: WEIGHT * f.at(BALANCE),
            "Where the gradient vanishes along every eigenvector of Σ",
        ),
        sampled.search(
            "minimisation",
            domains.problems(domains.regular_populations(), domains.numbers(0, 1.25)),
            searched_gap,
            ROUNDING,
            "Error of the form at minimisers found by quasi-Newton search",
            scope="d <= 5, invertible Σ, ε from exact recovery to beyond the null threshold",
        ),
        trained.search(
            "training",
            trained_populations.attacked(trained_populations.fractions | st.just(0.0)),
            trained_gap,
            trained_populations.TOLERANCE,
            trained_populations.STATIONARY,
            "Error of the form at models trained on the population, and their distance to the computed minimiser",
            scope="d <= 4, eigenvalues of Σ from 1/4 to 17/4, σ from 0.1 to 2, ε up to 0.9 of the null threshold",
        ),
        trained.seeds(
            "samples",
            SAMPLED,
            trained_populations.samples_of(),
            predicted,
            0.15,
            trained_populations.STATIONARY_ON_SAMPLES,
            "The first coefficient trained on samples of 4000, without its bias of order 1/n",
            scope="two populations, d = 2 and 3, ε from 0.4 to 0.5 of the null threshold",
        ),
    ),
    mutants=(
        Mutant("signal_without_covariance", RidgeForm(sp.expand((variance + kappa) * theta - theta_0))),
        Mutant("plain_rescaling", RidgeForm(sp.expand(variance * (1 + kappa) * theta - variance * theta_0))),
        Mutant("covariance_squared", RidgeForm(sp.expand((variance**2 + kappa) * theta - variance**2 * theta_0))),
    ),
    uses=("xing2021.risk_has_closed_form",),
    reading="κ = 0 where θ* = θ₀ and κ = ∞ where θ* = 0; stated for ξ = 0, and for ξ > 0 by a claim of its own.",
)
