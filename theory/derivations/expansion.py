"""How fast the smoothed risk and the frozen field approach the adversarial risk and its gradient as ξ falls to 0.

Limits of quotients go through l'Hôpital's rule, which leaves terms with Bessel functions that do not cancel.
"""

from functools import cache

import sympy as sp

from theory.derivations.derivation import Derivation, Link, Method, derive, using
from theory.derivations.derivatives import surrogate_gradient
from theory.derivations.frozen import frozen_field
from theory.derivations.risk import adversarial_risk
from theory.derivations.surrogate import limiting, surrogate_risk
from theory.notation import c0, radius
from theory.notation import coefficient_norm as n
from theory.notation import direction_error as b
from theory.notation import direction_product as a
from theory.notation import residual_std as s
from theory.notation import smoothing as xi


def without_smoothing(function: sp.Expr) -> sp.Expr:
    """Unevaluated limit as ξ falls to 0."""
    return sp.Limit(function, xi, 0, "+")


@cache
def smoothing_gap() -> Derivation:
    """Limit of (R - R_ξ)/ξ."""
    return _gap(sp.S.Zero, xi, sp.sqrt(sp.pi / 8) * radius**2 * n / s)


@cache
def smoothing_gap_remainder() -> Derivation:
    """Limit of (R - R_ξ - its linear term) / (ξ² log(1/ξ)): the remainder is of that order and no smaller."""
    linear = smoothing_gap().result * xi
    return _gap(linear, xi**2 * sp.log(1 / xi), radius * c0 / (4 * n * s), (smoothing_gap(),))


@cache
def field_gap() -> Derivation:
    """Limit of uᵀ(F - ∇R_ξ)/ξ for every direction u: the frozen field is wrong at order ξ."""
    field, gradient = frozen_field(), surrogate_gradient()
    closed = without_smoothing((field.result - gradient.result) / xi)
    value = -sp.sqrt(sp.pi / 8) * radius**2 * (n / s**3 * b + a / (n * s))
    both = using(field, using(gradient, sp.simplify))
    links = (
        Link("field and gradient in closed form", closed, both),
        Link("limit of each term", value, limiting),
    )
    definition = without_smoothing((field.definition - gradient.definition) / xi)
    return derive(definition, links, field.scope, (field, gradient))


def _gap(linear: sp.Expr, scale: sp.Expr, value: sp.Expr, known: tuple[Derivation, ...] = ()) -> Derivation:
    """From the limit of (R - R_ξ - linear)/scale to its value."""
    risk, surrogate = adversarial_risk(), surrogate_risk()
    gap = risk.result - surrogate.result - linear
    closed = without_smoothing(gap / scale)
    slopes = without_smoothing(_slope(gap) / _slope(scale))
    definition = without_smoothing((risk.definition - surrogate.definition - linear) / scale)
    links = (
        Link("both risks in closed form", closed, using(risk, using(surrogate, sp.simplify))),
        Link("l'Hôpital's rule", slopes, _by_l_hopital(gap, scale)),
        Link("limit of the quotient of the slopes", value, limiting),
    )
    return derive(definition, links, surrogate.scope, (risk, surrogate, *known))


def _slope(function: sp.Expr) -> sp.Expr:
    """Derivative in ξ, with K₂ in terms of K₀ and K₁, as a sum of separate terms."""
    return sp.expand(sp.simplify(sp.expand_func(sp.diff(function, xi))))


def _by_l_hopital(numerator: sp.Expr, denominator: sp.Expr) -> Method:
    """Put the quotient of the slopes in the place of a quotient of two functions that both fall to 0."""

    def replace(expression: sp.Expr) -> sp.Expr:
        if any(limiting(without_smoothing(part)) != 0 for part in (numerator, denominator)):
            return expression
        slopes = without_smoothing(_slope(numerator) / _slope(denominator))
        return sp.simplify(expression.xreplace({without_smoothing(numerator / denominator): slopes}))

    return replace
