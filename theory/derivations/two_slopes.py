"""Two slopes against one: the loss of (pᵀx)₊ - (-qᵀx)₊ and of its mirror image, and of the linear function between."""

from functools import cache

import sympy as sp

from theory.derivations.derivation import Derivation, Link, derive
from theory.notation import product_above as a
from theory.notation import product_below as b
from theory.notation import response as y
from theory.notation import standard_residual as z


@cache
def loss_of_two_slopes() -> Derivation:
    """Half the losses of f_{p,q} and f_{q,p}, less that of ((p + q)/2)ᵀx, at one input and any response.

    f_{p,q}(-x) = -f_{q,p}(x), so that under a symmetric law, and an attack on a ball, both have the same risk.
    """
    first, second = sp.Max(a, 0) - sp.Max(-b, 0), sp.Max(b, 0) - sp.Max(-a, 0)
    between, apart = (a + b) / 2, (abs(a) - abs(b)) / 2
    links = (
        Link(
            "the positive part of u is (u + |u|)/2",
            (between + apart - y) ** 2 / 2 + (between - apart - y) ** 2 / 2 - (between - y) ** 2,
            lambda expression: sp.expand(expression.rewrite(sp.Abs)),
        ),
        Link("the parallelogram law", (abs(a) - abs(b)) ** 2 / 4, sp.expand),
    )
    definition = (first - y) ** 2 / 2 + (second - y) ** 2 / 2 - (between - y) ** 2
    return derive(definition, links, "every input and response, every dimension")


@cache
def signal_on_one_side() -> Derivation:
    """The u-component of E y x over uᵀx > 0, as a share of that of E y x, for Gaussian x and any u.

    With z = uᵀx/‖u‖_Σ it is E z² over z > 0. The part of x that is independent of z enters with P(z > 0), which is the
    same share; the noise does not enter.
    """
    definition = sp.Integral(z**2 * sp.exp(-(z**2) / 2) / sp.sqrt(2 * sp.pi), (z, 0, sp.oo))
    probability = sp.Integral(sp.exp(-(z**2) / 2) / sp.sqrt(2 * sp.pi), (z, 0, sp.oo))
    links = (
        Link("integrate by parts: the share is the probability", probability, lambda e: sp.simplify(e.doit())),
        Link("half of a symmetric law", sp.Rational(1, 2), lambda e: sp.simplify(e.doit())),
    )
    return derive(definition, links, "Gaussian x, every u other than 0")
