"""What a function that is never negative leaves of Gaussian responses: half of their mean square."""

from functools import cache

import sympy as sp

from theory.derivations.derivation import Derivation, Link, derive
from theory.notation import response, total_std


@cache
def negative_square() -> Derivation:
    """E min(y, 0)²/v² for y ~ N(0, v²)."""
    density = sp.exp(-(response**2) / (2 * total_std**2)) / (sp.sqrt(2 * sp.pi) * total_std)
    definition = sp.Integral(response**2 * density, (response, -sp.oo, 0)) / total_std**2
    links = (Link("integrate by parts", sp.Rational(1, 2), _evaluating),)
    return derive(definition, links, "every Gaussian response")


def _evaluating(expression: sp.Expr) -> sp.Expr:
    return sp.simplify(expression.doit())
