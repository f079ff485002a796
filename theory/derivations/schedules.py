"""How many steps Theorems 3 and 4 take, from ξ as they print it, as the width of the network tends to infinity."""

from functools import cache

import sympy as sp

from theory.derivations.derivation import Derivation, Link, Method, derive
from theory.notation import dimension, largest_weight, sample_size, width

_twice = sp.log(sp.log(sample_size))
SCOPE = "log log n > 0, and a logarithm in ξ that is negative"


@cache
def steps_of_theorem_3() -> Derivation:
    """T = log log n / (ξ/v²), ξ/v² = -log log n / log(√(d² log n)/n) ∨ (d log n) ‖a‖_∞/√h."""
    n, d = sample_size, dimension
    return _steps(sp.sqrt(d**2 * sp.log(n)) / n, sp.log(n) - sp.log(d) - _twice / 2)


@cache
def steps_of_theorem_4() -> Derivation:
    """The same with the logarithm of √((d² log n)/n), which Theorem 4 prints."""
    n, d = sample_size, dimension
    return _steps(sp.sqrt(d**2 * sp.log(n) / n), sp.log(n) / 2 - sp.log(d) - _twice / 2)


def _steps(argument: sp.Expr, result: sp.Expr) -> Derivation:
    wide = -_twice / sp.log(argument)
    narrow = dimension * sp.log(sample_size) * largest_weight / sp.sqrt(width)
    links = (
        Link("the term of the width vanishes", _twice / wide, _widening(wide)),
        Link("logarithm of a product", result, lambda expression: sp.simplify(sp.expand_log(expression, force=True))),
    )
    return derive(sp.Limit(_twice / sp.Max(wide, narrow), width, sp.oo), links, SCOPE)


def _widening(positive: sp.Expr) -> Method:
    """Replace the maximum of a `positive` term and one that tends to 0 by the former."""

    def largest(*terms: sp.Expr) -> sp.Expr:
        rest = [term for term in terms if term != positive]
        vanish = all(sp.limit(term, width, sp.oo) == 0 for term in rest)
        return positive if vanish and len(rest) < len(terms) else sp.Max(*terms)

    def widen(expression: sp.Expr) -> sp.Expr:
        return sp.simplify(expression.replace(sp.Limit, lambda inner, *_: inner.replace(sp.Max, largest)))

    return widen
