"""Samples that a ReLU network trained from zero leaves: how many of them, and of what size, for n << d.

Small steps, ‖a⁺‖ = ‖a⁻‖, no attack, Gaussian data with XXᵀ = dI + O(√d). Next to sample i, with α = y_i > 0 small, the
other positive and negative responses move pᵀx_i and qᵀx_i by a and b times the share that is fitted of them, with
independent a, b ~ N(0, s²), s² = v² n/(2d). In the end neither is active, pᵀx_i <= 0 <= qᵀx_i,

    for a < 0 < b where α < |a|,  and  for a, b < 0 where α < |a| + |b|.

(After the first step both products have the sign of α + a + b. If it is positive, p fits the sample unless α + a < 0,
when it falls below 0, and b is then positive. If it is negative, p comes back for a > 0 only, and q rises to 0.) So the
sample is left for α < max(-a, 0) + 1{a < 0} max(-b, 0), and likewise for y_i < 0. The density of y_i at 0 is
1/(√(2π) v).
"""

from functools import cache

import sympy as sp

from theory.derivations.derivation import Derivation, Link, derive
from theory.notation import left_length

_u, _w = sp.symbols("u w", nonnegative=True)
_s = left_length
SCOPE = "to leading order in n/d, small steps, no attack"


@cache
def inactive_share() -> Derivation:
    """P(sample is left), over s/v: 2/(√(2π) v) E length, the length up to which a response is left."""
    return _derivation(1, sp.Rational(3, 2) / sp.pi)


@cache
def inactive_square() -> Derivation:
    """E y² 1{sample is left}, over s³/v: 2/(√(2π) v) E length³/3."""
    return _derivation(3, 2 / sp.pi)


def _derivation(power: int, value: sp.Expr) -> Derivation:
    alone, both = _u**power / 2, (_u + _w) ** power
    density = sp.exp(-(_u**2) / (2 * _s**2)) / (sp.sqrt(2 * sp.pi) * _s)
    other = density.subs(_u, _w)
    first = sp.Integral(alone * density, (_u, 0, sp.oo))
    second = sp.Integral(both * density * other, (_u, 0, sp.oo), (_w, 0, sp.oo))
    per_length = 2 / (sp.sqrt(2 * sp.pi) * power)
    definition = per_length * (first + second) / _s**power
    links = (Link("integrate over the moves", value, _evaluating),)
    return derive(definition, links, SCOPE)


def _evaluating(expression: sp.Expr) -> sp.Expr:
    return sp.simplify(sp.expand(expression.doit()))
