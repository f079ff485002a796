"""One-sided slopes of the adversarial risk at the points where it is not differentiable."""

from functools import cache

import sympy as sp

from theory.derivations.derivation import Derivation, Link, derive
from theory.derivations.risk import adversarial_risk, evaluating, integrating_risk, worst_risk
from theory.notation import c0, coefficient_norm, radius, true_size
from theory.notation import coefficient_norm_1 as m
from theory.notation import direction_error as b
from theory.notation import direction_product as a
from theory.notation import direction_signal as h
from theory.notation import direction_size as p
from theory.notation import direction_std as q
from theory.notation import line_parameter as t
from theory.notation import residual_std as s
from theory.notation import total_std as v


def std_from_zero() -> sp.Expr:
    """‖tu - θ₀‖²_Σ + σ² expanded in t, under the root."""
    return sp.sqrt(v**2 - 2 * t * h + t**2 * q**2)


def slope(function: sp.Expr, start: sp.Expr) -> sp.Expr:
    """Unevaluated one-sided derivative at t = 0 of a function whose value there is `start`."""
    return sp.Limit((function - start) / t, t, 0, "+")


@cache
def slope_at_zero() -> Derivation:
    """One-sided derivative at θ = 0 in the direction u; ‖tu‖ is t‖u‖ for t > 0."""
    definition = slope(worst_risk(t * p, std_from_zero()), v**2)
    closed = slope(_closed(t * p, std_from_zero()), v**2)
    links = (
        Link("integrate over the residual", closed, integrating_risk((t * p, std_from_zero()))),
        Link("one-sided limit", 2 * radius * c0 * v * p - 2 * h, evaluating),
    )
    return derive(definition, links, "every dimension, both attacks, v > 0", (adversarial_risk(),))


@cache
def kink_at_zero() -> Derivation:
    """Sum of the slopes at θ = 0 in the directions u and -u."""
    value = 4 * radius * c0 * v * p
    return _kink(t * p, std_from_zero(), v**2, value, "every dimension, both attacks, v > 0")


@cache
def kink_at_truth() -> Derivation:
    """Sum of the slopes at θ = θ₀ in the directions u and -u without noise, where the residual vanishes."""
    norm = sp.sqrt(true_size**2 + 2 * t * a + t**2 * p**2)
    value = 4 * radius * c0 * true_size * q
    return _kink(norm, t * q, radius**2 * true_size**2, value, "every dimension, l2 attack, σ = 0, θ₀ ≠ 0")


@cache
def kink_at_zero_coordinate() -> Derivation:
    """linf attack: sum of the slopes in the two directions of an axis on which θ has coordinate 0."""
    std = sp.sqrt(s**2 + 2 * t * b + t**2 * q**2)
    value = 4 * radius * (radius * m + c0 * s)
    return _kink(m + t, std, _closed(m, s), value, "every dimension, linf attack, θ ≠ 0, s > 0")


def _closed(norm: sp.Expr, std: sp.Expr) -> sp.Expr:
    return adversarial_risk().result.xreplace({coefficient_norm: norm, s: std})


def _kink(norm: sp.Expr, std: sp.Expr, start: sp.Expr, value: sp.Expr, scope: str) -> Derivation:
    """From the sum of two slopes to its value; `norm` and `std` are those at θ + tu for t > 0.

    At θ - tu the products with u change sign and the lengths do not.
    """
    back = {a: -a, b: -b, h: -h}
    there, here = (norm, std), (norm.xreplace(back), std.xreplace(back))
    closed = slope(_closed(*there), start) + slope(_closed(*here), start)
    links = (
        Link("integrate over the residual on both sides", closed, integrating_risk(there, here)),
        Link("one-sided limits", value, evaluating),
    )
    return derive(
        slope(worst_risk(*there), start) + slope(worst_risk(*here), start), links, scope, (adversarial_risk(),)
    )
