"""The adversarial risk of soft thresholding, f(x) = sign(x) (|x| - t)₊, where y = x is standard Gaussian."""

from functools import cache

import sympy as sp

from theory.derivations.derivation import Derivation, Link, Method, derive
from theory.derivations.risk import expectation
from theory.notation import c0, threshold, threshold_gap

x = sp.Symbol("x", real=True)


@cache
def thresholding_risk() -> Derivation:
    """E max (f(x ± ε) - x)² for ε = t + a: f does not decrease, so that the ends of the interval are the worst."""
    t, a = threshold, threshold_gap
    reach = 2 * t + a
    definition = expectation(_worst(x), sp.S.One, x)
    density = sp.exp(-(x**2) / 2) / sp.sqrt(2 * sp.pi)
    pieces = sum(
        (2 * sp.Integral(loss * density, (x, low, high))
         for loss, low, high in ((a**2, 0, a), (x**2, a, reach), (reach**2, reach, sp.oo))),
        sp.S.Zero,
    )  # fmt: skip
    inner, outer = (sp.erf(end / sp.sqrt(2)) for end in (a, reach))
    closed = (
        reach**2 - (reach**2 - 1) * outer - c0 * reach * sp.exp(-(reach**2) / 2)
        + (a**2 - 1) * inner + c0 * a * sp.exp(-(a**2) / 2)
    )  # fmt: skip
    links = (
        Link("the loss is even: a², x² and (ε + t)², with ends at a and ε + t", pieces, _splitting(a, reach)),
        Link("integrate", closed, lambda expression: sp.simplify(expression.doit())),
    )
    return derive(definition, links, "d = 1, Σ = 1, θ₀ = 1, σ = 0, 0 < t < ε")


def _worst(value: sp.Expr) -> sp.Expr:
    """max (f(x ± ε) - x)²."""
    radius = threshold + threshold_gap
    return sp.Max(*((_soft(value + move) - value) ** 2 for move in (radius, -radius)))


def _soft(value: sp.Expr) -> sp.Expr:
    return sp.Max(value - threshold, 0) - sp.Max(-value - threshold, 0)


def _splitting(first: sp.Expr, second: sp.Expr) -> Method:
    """Fold the whole line onto its positive half, where the integrand is even, and cut that at two places.

    On each piece Max is decided by writing x, or what is larger than it, as a sum of positive symbols.
    """
    p, q, r = sp.symbols("p q r", positive=True)
    whole = {
        (0, first): ({threshold_gap: q + p, x: q}, {p: threshold_gap - x, q: x}),
        (first, second): ({x: threshold_gap + p, threshold: (p + q) / 2}, {p: x - threshold_gap, q: second - x}),
        (second, sp.oo): ({x: second + r}, {r: x - second}),
    }

    def cut(integral: sp.Integral) -> sp.Expr:
        ((variable, *ends),) = integral.limits
        function = integral.function
        if ends != [-sp.oo, sp.oo] or sp.expand(function.xreplace({variable: -variable}) - function) != 0:
            return integral
        parts = (
            sp.Integral(2 * _deciding(function.xreplace(there)).xreplace(back), (variable, *place))
            for place, (there, back) in whole.items()
        )
        return sum(parts, sp.S.Zero)

    return lambda expression: _merging(expression.replace(lambda e: isinstance(e, sp.Integral), cut))


def _deciding(expression: sp.Expr) -> sp.Expr:
    """Decide which of two expanded sums of positive symbols is larger."""
    return expression.replace(sp.Max, lambda *terms: sp.Max(*map(sp.expand, terms)))


def _merging(expression: sp.Expr) -> sp.Expr:
    """Bring integrals over the same range under one sign; what is left where all integrands cancel is 0."""
    integrands: dict[tuple[sp.Expr, ...], sp.Expr] = {}
    rest = sp.S.Zero
    for term in sp.Add.make_args(sp.expand_mul(expression)):
        factor, integral = term.as_independent(sp.Integral, as_Add=False)
        if isinstance(integral, sp.Integral):
            limits = integral.limits
            integrands[limits] = integrands.get(limits, sp.S.Zero) + factor * integral.function
        else:
            rest += term
    return rest + sum(
        (sp.Integral(sp.simplify(f), *k) for k, f in integrands.items() if sp.simplify(f) != 0), sp.S.Zero
    )
