"""Expectations over a standard Gaussian variable g of the least value of a parabola: how they are evaluated."""

from collections.abc import Callable

import sympy as sp

from theory.derivations.derivation import Method
from theory.derivations.extremum import Maximum
from theory.derivations.risk import normal_density
from theory.notation import standard_residual as g

DENSITY = normal_density(g, sp.S.One)


def with_the_sign_of_z(expression: sp.Expr) -> sp.Expr:
    """Fold the integral of an even integrand onto g > 0, and its maximum onto u >= 0 where that loses nothing."""

    def fold(function: sp.Expr, limits: sp.Tuple) -> sp.Expr:
        (maximum,) = function.atoms(Maximum)
        objective, (variable,), constraints = maximum.args
        value, size = sp.Dummy("g", positive=True), sp.Dummy("u", nonnegative=True)
        even = objective.xreplace({g: -g, variable: -variable}).expand() == objective.expand()
        right, left = (objective.xreplace({g: value, variable: sign * size}) for sign in (1, -1))
        if limits != (g, -sp.oo, sp.oo) or constraints or not even or not sp.expand(right - left).is_nonnegative:
            return sp.Integral(function, limits)
        folded = Maximum(objective.xreplace({variable: size}).xreplace({size: variable}), (variable,), (variable,))
        return 2 * sp.Integral(function.xreplace({maximum: folded}), (g, 0, sp.oo))

    return _each_integral(fold)(expression)


def at_vertex(expression: sp.Expr) -> sp.Expr:
    """Maximise a concave parabola over u >= 0, and split the integral where its vertex, increasing in g, is 0."""

    def split(function: sp.Expr, limits: sp.Tuple) -> sp.Expr:
        (maximum,) = function.atoms(Maximum)
        objective, (variable,), _ = maximum.args
        (vertex,) = sp.solve(sp.diff(objective, variable), variable)
        (start,) = sp.solve(vertex, g)
        concave, increasing = sp.diff(objective, variable, 2).is_negative, sp.simplify(sp.diff(vertex, g)).is_positive
        if not (concave and increasing and sp.simplify(start).is_positive):
            return sp.Integral(function, limits)
        pieces = (function.xreplace({maximum: objective.xreplace({variable: at})}) for at in (sp.S.Zero, vertex))
        ranges = ((g, 0, start), (g, start, sp.oo))
        return sum(sp.Integral(sp.factor(piece), ends) for piece, ends in zip(pieces, ranges, strict=True))

    return _each_integral(split)(expression).doit(integrals=False)


def by_antiderivative(expression: sp.Expr) -> sp.Expr:
    """Integrate parabolas times the density: (kg² + bg + m)φ is the derivative of (k + m) erf(g/√2)/2 - (kg + b)φ."""

    def integrate(function: sp.Expr, limits: sp.Tuple) -> sp.Expr:
        _, low, high = limits
        k, b, m = (sp.diff(sp.simplify(function / DENSITY), g, i).subs(g, 0) / max(i, 1) for i in (2, 1, 0))
        primitive = (k + m) * sp.erf(g / sp.sqrt(2)) / 2 - (k * g + b) * DENSITY
        if sp.simplify(sp.diff(primitive, g) - function) != 0:
            return sp.Integral(function, limits)
        end = (k + m) / 2 if high is sp.oo else primitive.subs(g, high)
        return end - primitive.subs(g, low)

    whole = expression.replace(sp.Integral, integrate)
    return sp.simplify(whole.replace(sp.erf, lambda x: 1 - sp.erfc(x)))


def _each_integral(rewrite: Callable[[sp.Expr, sp.Tuple], sp.Expr]) -> Method:
    """Rewrite every integral of a single maximum, then expand, so that equal integrals cancel."""

    def apply(function: sp.Expr, *limits: sp.Tuple) -> sp.Expr:
        single = len(limits) == 1 and len(function.atoms(Maximum)) == 1
        return rewrite(function, *limits) if single else sp.Integral(function, *limits)

    return lambda expression: sp.expand(expression.replace(sp.Integral, apply))
