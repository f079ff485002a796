"""Proposition 8: along an eigenvector of Σ every stationary point is λθ₀/(λ + κ), and what κ is."""

from functools import cache

import sympy as sp

from theory.derivations.derivation import Derivation, Link, derive, using
from theory.derivations.derivatives import risk_gradient, surrogate_gradient
from theory.notation import c0, eigenvalue, radius
from theory.notation import coefficient as theta
from theory.notation import coefficient_norm as n
from theory.notation import direction_error as b
from theory.notation import direction_product as a
from theory.notation import residual_std as s
from theory.notation import true_coefficient as theta_0


@cache
def stationarity() -> Derivation:
    """Gradient of R along a unit eigenvector of Σ: a positive factor times (λ + κ) θ_i - λ θ₀_i."""
    error = 1 + radius * c0 * n / s
    pull = radius**2 + radius * c0 * s / n
    return _stationarity(risk_gradient(), error, pull)


@cache
def surrogate_stationarity() -> Derivation:
    """The same for R_ξ: its gradient has the same form with other coefficients."""
    error, pull = (surrogate_gradient().result.coeff(x) / 2 for x in (b, a))
    return _stationarity(surrogate_gradient(), error, pull)


def _stationarity(lemma: Derivation, error: sp.Expr, pull: sp.Expr) -> Derivation:
    """From a gradient 2 `error` Σ(θ - θ₀) + 2 `pull` θ to the ridge equation with κ = `pull` / `error`."""
    eigenvector = {b: eigenvalue * (theta - theta_0), a: theta}
    ridge = (eigenvalue + pull / error) * theta - eigenvalue * theta_0
    links = (
        Link("the gradient", lemma.result.xreplace(eigenvector), using(lemma, sp.simplify, eigenvector)),
        Link("collect the coefficient and the true coefficient", 2 * error * ridge, sp.simplify),
    )
    return derive(lemma.definition.xreplace(eigenvector), links, lemma.scope, (lemma,))
