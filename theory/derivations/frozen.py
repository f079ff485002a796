"""The expected update of a training step that holds the smoothed attack fixed, and its curl."""

from functools import cache

import sympy as sp

from theory.derivations.derivation import Derivation, Link, Method, derive
from theory.derivations.integration import integrating_first, substituting
from theory.derivations.risk import evaluating, expectation
from theory.derivations.surrogate import (
    RATIO,
    cross_part,
    differentiating_bessel,
    square_part,
    square_part_slope,
    standard_expectation,
    using_parts,
)
from theory.notation import coefficient_norm as n
from theory.notation import coefficient_square as square
from theory.notation import conditional_std as c
from theory.notation import direction_error as b
from theory.notation import direction_product as a
from theory.notation import direction_value as x_u
from theory.notation import radius, residual, smoothing, standard_residual
from theory.notation import residual_std as s
from theory.notation import residual_variance as variance
from theory.notation import shape as k


def joint_density() -> sp.Expr:
    """Density of (uᵀx, e): centred Gaussian with covariance b and variances c² + b²/s² and s²."""
    form = s**2 * x_u**2 - 2 * b * x_u * residual + (c**2 + b**2 / s**2) * residual**2
    return sp.exp(-form / (2 * c**2 * s**2)) / (2 * sp.pi * c * s)


@cache
def frozen_field() -> Derivation:
    """uᵀF = E 2 (e + θᵀA)(uᵀx + uᵀA) for every direction u, with A = ε r θ/‖θ‖ and r = 2ne/√(4n²e² + ξ²)."""
    inverse_slope = 1 / sp.sqrt(4 * n**2 * residual**2 + smoothing**2)
    share = 2 * n * residual * inverse_slope
    pull = 2 * (residual + radius * n * share)
    push = radius * share * a / n
    both = sp.Integral(pull * (x_u + push) * joint_density(), (x_u, -sp.oo, sp.oo), (residual, -sp.oo, sp.oo))
    g, cross, quadratic = standard_residual, cross_part(), square_part()
    parts = _along(cross.definition, quadratic.definition)
    scaled = parts + 2 * b * (standard_expectation(g**2) - 1)
    closed = _along(cross.result, quadratic.result)
    links = (
        Link("integrate over uᵀx", expectation(pull * (b * residual / s**2 + push)), _given(inverse_slope)),
        Link("standardise, e = sg, and expand the product", scaled, substituting(residual, s * g, g)),
        Link("a standard Gaussian has variance 1", parts, evaluating),
        Link("the parts M and H in closed form", closed, using_parts(sp.simplify, RATIO)),
    )
    return derive(both, links, "every dimension, θ ≠ 0, s > 0, ξ > 0", (cross, quadratic))


@cache
def frozen_field_curl() -> Derivation:
    """dα/dN - dβ/dS for F = α Σ(θ - θ₀) + β θ, as functions of S = s² and N = n².

    Zero is necessary for F to be a gradient where θ and Σ(θ - θ₀) are independent. The terms with M cancel
    whatever M is; what remains is negative for every ξ > 0 and positive attack strength.
    """
    g, cross, quadratic, slope = standard_residual, cross_part(), square_part(), square_part_slope()
    ratio = {k: smoothing / (2 * sp.sqrt(variance * square))}
    closed = _curl(cross.result.xreplace(ratio), quadratic.result.xreplace(ratio))
    value = (radius**2 * k * slope.result / variance).xreplace(ratio)
    sign = -2 * radius**2 * k**2 / variance * standard_expectation(g**2 / (g**2 + k**2) ** 2)
    links = (
        Link("the parts M and H in closed form", closed, using_parts(evaluating, ratio)),
        Link("differentiate; the terms with M cancel", value, differentiating_bessel),
        Link("a form that shows the sign", sign.xreplace(ratio), _with_error_function),
    )
    definition = _curl(cross.definition.xreplace(ratio), quadratic.definition.xreplace(ratio))
    return derive(definition, links, "every dimension d ≥ 2, θ ≠ 0, s > 0, ξ > 0", (cross, quadratic, slope))


def field_coefficients(cross: sp.Expr, quadratic: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """Coefficients α of Σ(θ - θ₀) and β of θ in the field, from M(k) and H(k)."""
    return 2 + 2 * radius * n / s * cross, 2 * radius * s / n * cross + 2 * radius**2 * quadratic


def _given(factor: sp.Expr) -> Method:
    """Integrate over uᵀx with a factor that depends on the residual only as a constant."""
    constant = sp.Dummy("r", real=True)
    return lambda expression: integrating_first(expression.xreplace({factor: constant}))


def _with_error_function(expression: sp.Expr) -> sp.Expr:
    """Evaluate, with the complementary error function in terms of the error function."""
    return sp.simplify(evaluating(expression).rewrite(sp.erf))


def _along(cross: sp.Expr, quadratic: sp.Expr) -> sp.Expr:
    """uᵀF from M and H at k = ξ/(2sn)."""
    alpha, beta = field_coefficients(cross.xreplace(RATIO), quadratic.xreplace(RATIO))
    return alpha * b + beta * a


def _curl(cross: sp.Expr, quadratic: sp.Expr) -> sp.Expr:
    """Unevaluated dα/dN - dβ/dS from M and H as functions of S and N."""
    roots = {s: sp.sqrt(variance), n: sp.sqrt(square)}
    alpha, beta = (value.xreplace(roots) for value in field_coefficients(cross, quadratic))
    return sp.Derivative(alpha, square) - sp.Derivative(beta, variance)
