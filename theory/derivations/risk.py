"""The adversarial risk, (5) and (9), as the expectation of the worst-case loss over the Gaussian residual."""

from functools import cache

import sympy as sp

from theory.derivations.attack import worst_case_loss, worst_case_loss_linf_coordinate
from theory.derivations.derivation import Derivation, Link, Method, derive
from theory.notation import c0, coefficient_norm, coefficient_norm_1, error_std, noise_std, radius, residual
from theory.notation import direction_value as x_u
from theory.notation import residual_std as s


def normal_density(value: sp.Expr, std: sp.Expr) -> sp.Expr:
    """Density at `value` of a centred Gaussian variable of standard deviation `std`."""
    return sp.exp(-(value**2) / (2 * std**2)) / (sp.sqrt(2 * sp.pi) * std)


def expectation(value: sp.Expr, std: sp.Expr = s, variable: sp.Symbol = residual) -> sp.Expr:
    """Unevaluated expectation over a centred Gaussian variable, the residual where none is named."""
    return sp.Integral(value * normal_density(variable, std), (variable, -sp.oo, sp.oo))


def evaluating(expression: sp.Expr) -> sp.Expr:
    """Evaluate the integrals, derivatives and limits of a step, and collect."""
    return sp.simplify(expression.doit())


def worst_risk(norm: sp.Expr = coefficient_norm, std: sp.Expr = s) -> sp.Expr:
    """Unevaluated E (|e| + ε ‖θ‖)² for a Gaussian residual e."""
    return expectation((abs(residual) + radius * norm) ** 2, std)


def integrating_risk(*arguments: tuple[sp.Expr, sp.Expr]) -> Method:
    """Evaluate `worst_risk(norm, std)` for the given arguments, as for positive symbols in the place of both.

    SymPy cannot see that a norm or a standard deviation along a line is positive; the definition says so.
    """
    n, s = sp.Dummy("n", positive=True), sp.Dummy("s", positive=True)
    value = sp.expand(worst_risk(n, s).doit())
    values = {worst_risk(norm, std): value.xreplace({n: norm, s: std}) for norm, std in arguments}
    return lambda expression: evaluating(expression.xreplace(values))


@cache
def residual_moment() -> Derivation:
    """Variance of θᵀx - y in model (4), with x = Lg, Σ = LLᵀ, and g and the noise standard Gaussian; d = 2."""
    g = sp.symbols("g_1:4", real=True)
    error = sp.Matrix(sp.symbols("delta_1:3", real=True))
    l_11, l_21, l_22 = sp.symbols("l_11 l_21 l_22", real=True)
    root = sp.Matrix(2, 2, [l_11, 0, l_21, l_22])
    value = (error.T * root * sp.Matrix(g[:2]))[0] - noise_std * g[2]
    definition = sp.expand(value**2)
    for variable in g:
        definition = expectation(definition, sp.S.One, variable)
    quadratic = sp.expand((error.T * root * root.T * error)[0]) + noise_std**2
    name = "uncorrelated standard Gaussians leave the squares"
    return derive(definition, (Link(name, quadratic, evaluating),), "d = 2, every Σ")


@cache
def residual_density() -> Derivation:
    """Density of (θ - θ₀)ᵀx - ε as a convolution: Gaussian, with variance ‖θ - θ₀‖²_Σ + σ².

    (θ - θ₀)ᵀx is Gaussian with variance ‖θ - θ₀‖²_Σ because x is a Gaussian vector, and ε is independent of it.
    """
    joint = normal_density(x_u, error_std) * normal_density(x_u - residual, noise_std)
    definition = sp.Integral(joint, (x_u, -sp.oo, sp.oo))
    density = normal_density(residual, sp.sqrt(error_std**2 + noise_std**2))
    return derive(definition, (Link("complete the square", density, evaluating),), "every dimension")


@cache
def adversarial_risk() -> Derivation:
    """(5): E (|e| + ε‖θ‖₂)², from the density of the residual."""
    return _risk(worst_case_loss(), coefficient_norm)


@cache
def adversarial_risk_linf() -> Derivation:
    """(9): E (|e| + ε‖θ‖₁)², from the density of the residual."""
    return _risk(worst_case_loss_linf_coordinate(), coefficient_norm_1)


def _risk(worst_case: Derivation, norm: sp.Symbol) -> Derivation:
    density = normal_density(residual, s)
    half = 2 * sp.Integral((residual + radius * norm) ** 2 * density, (residual, 0, sp.oo))
    closed = s**2 + radius**2 * norm**2 + 2 * radius * c0 * norm * s
    links = (
        Link("the loss is even in the residual", half, evaluating),
        Link("integrate over the residual", closed, evaluating),
    )
    return derive(worst_risk(norm), links, "every dimension, s > 0", (worst_case, residual_density()))
