"""The smoothed risk: expectation of the loss under the smoothed attack, and its limit without smoothing."""

from functools import cache

import sympy as sp

from theory.derivations.derivation import Derivation, Link, Method, derive, using
from theory.derivations.integration import folding, substituting
from theory.derivations.risk import evaluating, expectation, normal_density
from theory.notation import c0, radius, residual, smoothing, standard_residual
from theory.notation import coefficient_norm as n
from theory.notation import hyperbolic_angle as tau
from theory.notation import residual_std as s
from theory.notation import shape as k

RATIO = {k: smoothing / (2 * s * n)}
DLMF_BESSEL = "DLMF 10.32.9: K_ν(z) = ∫₀^∞ exp(-z cosh t) cosh(νt) dt"


def smoothed_loss() -> sp.Expr:
    """(|e| + ε‖θ‖ r)², where r = ‖∂l/∂x‖ / √(‖∂l/∂x‖² + ξ²) and the gradient of the loss has length 2|e|‖θ‖."""
    slope = 2 * abs(residual) * n
    return (abs(residual) + radius * n * slope / sp.sqrt(slope**2 + smoothing**2)) ** 2


def standard_expectation(value: sp.Expr) -> sp.Expr:
    """Unevaluated expectation over the standardised residual g = e/s."""
    return expectation(value, sp.S.One, standard_residual)


def differentiating_bessel(expression: sp.Expr) -> sp.Expr:
    """Evaluate derivatives, with K₂ in terms of K₀ and K₁."""
    return sp.simplify(sp.expand_func(expression.doit()))


def limiting(expression: sp.Expr) -> sp.Expr:
    """Evaluate limits as sums of limits: one for each term with a Bessel function, one for all the rest.

    SymPy's series of Bessel functions drop logarithms, which makes its limits of sums of them wrong; a single term
    has no cancellation. An infinite part leaves an infinite or undefined value, so that the step is not decided.
    """

    def split(function: sp.Expr, *at: sp.Expr) -> sp.Expr:
        plain, special = sp.expand(function).as_independent(sp.besselk, as_Add=True)
        return sum((sp.limit(term, *at) for term in sp.Add.make_args(special)), sp.limit(plain, *at))

    return sp.simplify(expression.replace(sp.Limit, split))


@cache
def cross_part() -> Derivation:
    """M(k) = E g²/√(g² + k²) for a standard Gaussian g."""
    g = standard_residual
    part, z = g**2 / sp.sqrt(g**2 + k**2), k**2 / 4
    half = 2 * sp.Integral(part * normal_density(g, sp.S.One), (g, 0, sp.oo))
    kernel = sp.exp(-z * sp.cosh(tau))
    first, zeroth = sp.Integral(kernel * sp.cosh(tau), (tau, 0, sp.oo)), sp.Integral(kernel, (tau, 0, sp.oo))
    scale = c0 * z * sp.exp(z)
    links = (
        Link("the integrand is even", half, folding),
        Link("substitute g = k sinh(τ/2)", scale * (first - zeroth), substituting(g, k * sp.sinh(tau / 2), tau)),
        Link("Bessel functions", scale * (sp.besselk(1, z) - sp.besselk(0, z)), cited=DLMF_BESSEL),
    )
    return derive(standard_expectation(part), links, "every k > 0")


@cache
def square_part() -> Derivation:
    """H(k) = E g²/(g² + k²) for a standard Gaussian g."""
    g = standard_residual
    split = 1 - k**2 * standard_expectation(1 / (g**2 + k**2))
    value = 1 - sp.sqrt(sp.pi / 2) * k * sp.exp(k**2 / 2) * sp.erfc(k / sp.sqrt(2))
    links = (
        Link("g²/(g² + k²) = 1 - k²/(g² + k²)", split, evaluating),
        Link("integrate over the standardised residual", value, evaluating),
    )
    return derive(standard_expectation(g**2 / (g**2 + k**2)), links, "every k > 0")


@cache
def cross_part_slope() -> Derivation:
    """M'(k)."""
    z = k**2 / 4
    value = c0 * k * sp.exp(z) * (k**2 * sp.besselk(1, z) - (2 + k**2) * sp.besselk(0, z)) / 4
    return _slope(cross_part(), value)


@cache
def square_part_slope() -> Derivation:
    """H'(k)."""
    value = k - sp.sqrt(sp.pi / 2) * (1 + k**2) * sp.exp(k**2 / 2) * sp.erfc(k / sp.sqrt(2))
    return _slope(square_part(), value)


def using_parts(evaluate: Method, ratio: dict[sp.Symbol, sp.Expr]) -> Method:
    """Method that puts the closed forms of M and H in the place of their integrals at a value of k."""
    return using(cross_part(), using(square_part(), evaluate, ratio), ratio)


@cache
def surrogate_risk() -> Derivation:
    """R_ξ = s² + 2εns M(k) + ε²n² H(k) with k = ξ/(2sn)."""
    g, cross, square = standard_residual, cross_part(), square_part()
    parts = _combined(cross.definition, square.definition)
    scaled = s**2 * standard_expectation(g**2) + parts
    closed = s**2 + _combined(cross.result, square.result)
    links = (
        Link("standardise, e = sg, and expand the square", scaled, substituting(residual, s * g, g)),
        Link("a standard Gaussian has variance 1", s**2 + parts, evaluating),
        Link("the parts M and H in closed form", closed, using_parts(sp.simplify, RATIO)),
    )
    return derive(expectation(smoothed_loss()), links, _SCOPE, (cross, square))


@cache
def surrogate_without_smoothing() -> Derivation:
    """Limit of R_ξ as ξ falls to 0."""
    lemma = surrogate_risk()
    closed = sp.Limit(lemma.result, smoothing, 0, "+")
    value = s**2 + radius**2 * n**2 + 2 * radius * c0 * n * s
    links = (
        Link("the smoothed risk in closed form", closed, using(lemma, sp.simplify)),
        Link("limit of each part", value, limiting),
    )
    return derive(sp.Limit(lemma.definition, smoothing, 0, "+"), links, _SCOPE, (lemma,))


_SCOPE = "every dimension, θ ≠ 0, s > 0, ξ > 0"


def _slope(part: Derivation, value: sp.Expr) -> Derivation:
    """From the derivative of an integral in k to its value."""
    links = (
        Link("the integral in closed form", sp.Derivative(part.result, k), using(part, evaluating)),
        Link("differentiate", value, differentiating_bessel),
    )
    return derive(sp.Derivative(part.definition, k), links, part.scope, (part,))


def _combined(cross: sp.Expr, square: sp.Expr) -> sp.Expr:
    """The two parts that the attack adds to s², at k = ξ/(2sn)."""
    return 2 * radius * n * s * cross.xreplace(RATIO) + radius**2 * n**2 * square.xreplace(RATIO)
