"""First and second derivative of the adversarial risk along an arbitrary line θ + tu: gradient and Hessian."""

from functools import cache

import sympy as sp

from theory.derivations.derivation import Derivation, Link, derive, using
from theory.derivations.risk import adversarial_risk, adversarial_risk_linf, evaluating, integrating_risk, worst_risk
from theory.derivations.surrogate import (
    RATIO,
    cross_part,
    cross_part_slope,
    differentiating_bessel,
    square_part,
    square_part_slope,
    surrogate_risk,
)
from theory.notation import c0, coefficient_norm, coefficient_norm_1, radius, shape
from theory.notation import direction_error as b
from theory.notation import direction_product as a
from theory.notation import direction_size as p
from theory.notation import direction_std as q
from theory.notation import line_parameter as t
from theory.notation import residual_std as s


def std_on_line() -> sp.Expr:
    """‖θ + tu - θ₀‖²_Σ + σ² expanded in t, under the root."""
    return sp.sqrt(s**2 + 2 * t * b + t**2 * q**2)


def norm_on_line() -> sp.Expr:
    """‖θ + tu‖₂ with the square expanded in t."""
    return sp.sqrt(coefficient_norm**2 + 2 * t * a + t**2 * p**2)


def norm_1_on_line() -> sp.Expr:
    """‖θ + tu‖₁ near t = 0 where no coordinate of θ is 0."""
    return coefficient_norm_1 + t * a


@cache
def risk_gradient() -> Derivation:
    """Derivative at t = 0 for every direction u: the coefficients of Σ(θ - θ₀) and θ in the gradient."""
    n = coefficient_norm
    slope = 2 * (1 + radius * c0 * n / s) * b + 2 * (radius**2 + radius * c0 * s / n) * a
    return _along(adversarial_risk(), n, norm_on_line(), 1, slope, "every dimension, θ ≠ 0, s > 0")


@cache
def risk_hessian() -> Derivation:
    """Second derivative at t = 0 for every direction u, which determines the Hessian."""
    n = coefficient_norm
    curvature = (
        2 * q**2
        + 2 * radius**2 * p**2
        + 2 * radius * c0 * (n * (q**2 / s - b**2 / s**3) + s * (p**2 / n - a**2 / n**3) + 2 * a * b / (n * s))
    )
    return _along(adversarial_risk(), n, norm_on_line(), 2, curvature, "every dimension, θ ≠ 0, s > 0")


@cache
def risk_gradient_linf() -> Derivation:
    """Derivative at t = 0 for every direction u, where no coordinate of θ is 0."""
    m = coefficient_norm_1
    slope = 2 * (1 + radius * c0 * m / s) * b + 2 * (radius**2 * m + radius * c0 * s) * a
    scope = "every dimension, no coordinate of θ is 0, s > 0"
    return _along(adversarial_risk_linf(), m, norm_1_on_line(), 1, slope, scope)


@cache
def risk_hessian_linf() -> Derivation:
    """Second derivative at t = 0 for every direction u, where no coordinate of θ is 0."""
    m = coefficient_norm_1
    curved = m * (q**2 / s - b**2 / s**3) + 2 * a * b / s
    curvature = 2 * q**2 + 2 * radius**2 * a**2 + 2 * radius * c0 * curved
    scope = "every dimension, no coordinate of θ is 0, s > 0"
    return _along(adversarial_risk_linf(), m, norm_1_on_line(), 2, curvature, scope)


@cache
def surrogate_gradient() -> Derivation:
    """Derivative of R_ξ at t = 0 for every direction u: the coefficients of Σ(θ - θ₀) and θ in its gradient."""
    n, lemma = coefficient_norm, surrogate_risk()
    line = {n: norm_on_line(), s: std_on_line()}
    error, pull = surrogate_coefficients()
    links = (
        Link(
            "the smoothed risk in closed form", at_start(lemma.result.xreplace(line), 1), using(lemma, evaluating, line)
        ),
        Link("differentiate along the line", error * b + pull * a, differentiating_bessel),
    )
    return derive(at_start(lemma.definition.xreplace(line), 1), links, lemma.scope, (lemma,))


def surrogate_coefficients() -> tuple[sp.Expr, sp.Expr]:
    """Coefficients of Σ(θ - θ₀) and θ in the gradient of R_ξ, from M, H and their slopes at k = ξ/(2sn)."""
    n = coefficient_norm
    cross = cross_part().result - shape * cross_part_slope().result
    square, curved = square_part().result, shape * square_part_slope().result
    error = 2 + 2 * radius * n / s * cross - radius**2 * n**2 / s**2 * curved
    pull = 2 * radius * s / n * cross + radius**2 * (2 * square - curved)
    return error.xreplace(RATIO), pull.xreplace(RATIO)


def at_start(function: sp.Expr, order: int) -> sp.Expr:
    """Unevaluated derivative along the line at t = 0."""
    return sp.Subs(sp.Derivative(function, (t, order)), t, 0)


def _along(
    risk: Derivation, norm: sp.Symbol, norm_on_line: sp.Expr, order: int, value: sp.Expr, scope: str
) -> Derivation:
    integral = worst_risk(norm_on_line, std_on_line())
    closed = risk.result.xreplace({norm: norm_on_line, s: std_on_line()})
    links = (
        Link("integrate over the residual", at_start(closed, order), integrating_risk((norm_on_line, std_on_line()))),
        Link("differentiate along the line", value, evaluating),
    )
    return derive(at_start(integral, order), links, scope, (risk,))
