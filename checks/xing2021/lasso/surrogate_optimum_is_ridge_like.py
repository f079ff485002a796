r"""Under model (4), the optimal solution of $R_{L,\xi}(\theta, \epsilon)$ is of the form
$\theta^* = (\Sigma + \kappa I)^{-1} \Sigma \theta_0$ for some $\kappa$ as a function of
$(\theta_0, \Sigma, \sigma^2, \xi)$.
"""

from dataclasses import replace

import numpy as np
import sympy as sp

from checks import domains, oracles, trained_populations
from checks.claim import Claim, Mutant, Reference
from checks.enclosure import enclose
from checks.evidence import sampled, symbolic, trained
from checks.problem import Problem
from checks.xing2021 import PAPER
from checks.xing2021.lasso.optimum_is_ridge_like import (
    RIDGE,
    ROUNDING,
    RidgeForm,
    form_error,
    kappa,
    local_minimum,
    theta,
    theta_0,
    variance,
)
from theory import notation as sym
from theory.derivations import shrinkage as derivations
from theory.surrogate import SURROGATE_RISK, surrogate_risk, surrogate_risk_gradient
from theory.validation import FloatArray

FORMULA = RidgeForm(RIDGE, production=True)
WEIGHT, PULL = (sp.diff(SURROGATE_RISK, size) / size for size in (sym.residual_std, sym.coefficient_norm))
STARTS = (1.0, 0.3, -0.1)  # multiples of θ₀: the surrogate may have several local minima


def stated_gradient(form: RidgeForm) -> sp.Expr:
    """The gradient along an eigenvector that the form asserts; κ is the ratio of the closed form's derivatives."""
    weight, pull = sp.Dummy("weight"), sp.Dummy("pull")
    return sp.expand(weight * form.at(pull / weight)).subs({weight: WEIGHT, pull: PULL})


def searched_gap(form: RidgeForm, case: Problem) -> float:
    """Error of the form at the ends of searches from several starts, and 1 where θ = 0 is stationary.

    It must not be where Σθ₀ is not 0: the gradient there is -2Σθ₀.
    """
    population = case.population

    def value(at: FloatArray) -> float:
        return float(surrogate_risk(at, population, case.radius, case.smoothing))

    def gradient(at: FloatArray) -> FloatArray:
        return surrogate_risk_gradient(at, population, case.radius, case.smoothing)

    starts = [case.coefficients, *(share * population.true_coefficients for share in STARTS)]
    ends = [local_minimum((value, gradient), start + 1e-3) for start in starts]
    errors = [form_error(form, end, population, gradient(end)) for end in ends if end.any()]
    signal = population.covariance @ population.true_coefficients
    at_zero = gradient(np.zeros(population.d)) + 2 * signal
    return max([*errors, oracles.l2(at_zero) / (2 * oracles.l2(signal))])


def trained_gap(form: RidgeForm, case: Problem) -> trained.Trained:
    """Error of the form at a model trained with the exact gradient; for ours, κ from the closed form's slopes."""
    model = trained_populations.train(case, "full")
    at = replace(case, coefficients=model.coefficients).scalars
    shrinkage = float((enclose(PULL, at) / enclose(WEIGHT, at)).mid()) if form.production else None
    return trained.Trained(form.residual(model.coefficients, case.population, shrinkage), model.stationarity)


CLAIM = Claim(
    id="xing2021.surrogate_optimum_is_ridge_like",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Proposition 8"),
    formula=FORMULA,
    checks=(
        symbolic.derivation(
            "derivation",
            derivations.surrogate_stationarity,
            stated_gradient,
            "Where the gradient of the smoothed risk vanishes along every eigenvector of Σ",
        ),
        sampled.search(
            "minimisation",
            domains.problems(
                domains.regular_populations(), domains.radii(smallest=1e-3), domains.smoothings(1e-3, 1e3)
            ),
            searched_gap,
            ROUNDING,
            "Error of the form where quasi-Newton searches from four starts end",
            scope="d <= 5, invertible Σ, ε from 1e-3 to 4, ξ from 1e-3 to 1e3",
        ),
        trained.search(
            "training",
            trained_populations.smoothly_attacked(),
            trained_gap,
            trained_populations.TOLERANCE,
            trained_populations.STATIONARY,
            "Error of the form at models trained on the population with the exact gradient, κ from the closed form",
            scope="d <= 4, eigenvalues of Σ from 1/4 to 17/4, σ from 0.1 to 2, ε from 1/8 to 4, ξ from εv²/30 to 30εv²",
        ),
    ),
    mutants=(
        Mutant("signal_without_covariance", RidgeForm(sp.expand((variance + kappa) * theta - theta_0))),
        Mutant("plain_rescaling", RidgeForm(sp.expand(variance * (1 + kappa) * theta - variance * theta_0))),
        Mutant("covariance_squared", RidgeForm(sp.expand((variance**2 + kappa) * theta - variance**2 * theta_0))),
    ),
    uses=("xing2021.surrogate_risk_has_closed_form",),
    reading=(
        "For ξ > 0, where every minimiser is stationary; it is not 0 unless Σθ₀ = 0. The form holds at every "
        "stationary point, whether the surrogate is convex there or not, with κ >= 0."
    ),
)
