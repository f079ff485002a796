"""How fast the smoothed risk and the frozen field approach the adversarial risk and its gradient as ξ falls to 0.

R - R_ξ = 2εns (c₀ - M(k)) + ε²n² (1 - H(k)) with k = ξ/(2sn), so its two parts are expanded in k. Limits of quotients
go through l'Hôpital's rule, which leaves terms with Bessel functions that do not cancel.
"""

from functools import cache

import sympy as sp

from theory.derivations.derivation import Derivation, Link, derive, using
from theory.derivations.derivatives import surrogate_gradient
from theory.derivations.frozen import frozen_field
from theory.derivations.surrogate import cross_part, cross_part_slope, differentiating_bessel, limiting, square_part
from theory.notation import c0, radius
from theory.notation import coefficient_norm as n
from theory.notation import direction_error as b
from theory.notation import direction_product as a
from theory.notation import residual_std as s
from theory.notation import shape as k
from theory.notation import smoothing as xi


def without_smoothing(function: sp.Expr) -> sp.Expr:
    """Unevaluated limit as ξ falls to 0."""
    return sp.Limit(function, xi, 0, "+")


@cache
def square_loss() -> Derivation:
    """Limit of (1 - H(k))/k: the square of the attack loses ε²n²(1 - H) with k = ξ/(2sn)."""
    part = square_part()
    closed = _at_zero((1 - part.result) / k)
    links = (
        Link("H in closed form", closed, using(part, sp.simplify)),
        Link("limit", sp.sqrt(sp.pi / 2), limiting),
    )
    return derive(_at_zero((1 - part.definition) / k), links, "every dimension, θ ≠ 0, s > 0", (part,))


@cache
def cross_loss() -> Derivation:
    """Limit of (c₀ - M(k))/(k² log(1/k)): the cross term loses 2εns(c₀ - M)."""
    part, scale = cross_part(), k**2 * sp.log(1 / k)
    closed = _at_zero((c0 - part.result) / scale)
    slopes = _at_zero(sp.expand(-cross_part_slope().result / sp.diff(scale, k)))

    def by_l_hopital(expression: sp.Expr) -> sp.Expr:
        falls = limiting(_at_zero(c0 - part.result)) == 0 == limiting(_at_zero(scale))
        slope = differentiating_bessel(sp.Derivative(c0 - part.result, k))
        same = sp.simplify(slope + cross_part_slope().result) == 0
        return sp.simplify(expression.xreplace({closed: slopes})) if falls and same else expression

    links = (
        Link("M in closed form", closed, using(part, sp.simplify)),
        Link("l'Hôpital's rule", slopes, by_l_hopital),
        Link("limit of the quotient of the slopes", c0 / 2, limiting),
    )
    lemmas = (part, cross_part_slope())
    return derive(_at_zero((c0 - part.definition) / scale), links, "every dimension, θ ≠ 0, s > 0", lemmas)


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


def _at_zero(function: sp.Expr) -> sp.Expr:
    return sp.Limit(function, k, 0, "+")
