"""The gradient of the worst-case loss of one pair, and that of its loss with the attack held fixed."""

from functools import cache

import sympy as sp

from theory.derivations.attack import worst_case_loss
from theory.derivations.derivation import Derivation, Link, derive, using
from theory.derivations.derivatives import at_start, norm_on_line
from theory.derivations.risk import evaluating
from theory.notation import coefficient_norm as n
from theory.notation import direction_product as a
from theory.notation import direction_value as x_u
from theory.notation import line_parameter as t
from theory.notation import radius, residual


@cache
def worst_case_gradient() -> Derivation:
    """Derivative at t = 0 of max over ‖z‖ ≤ ε of (e + t x_u + (θ + tu)ᵀz)², for every direction u, θ ≠ 0 and e ≠ 0.

    The attack that attains the maximum at t = 0 is A = ε sign(e) θ/‖θ‖: θᵀA = ε sign(e) n and uᵀA = ε sign(e) a/n.
    Held fixed, it gives the same derivative, which is Danskin's theorem for this loss.
    """
    lemma = worst_case_loss()
    line = {residual: residual + t * x_u, n: norm_on_line()}
    product, along = radius * sp.sign(residual) * n, radius * sp.sign(residual) * a / n
    fixed = at_start((residual + t * x_u + product + t * along) ** 2, 1)
    links = (
        Link(
            "the worst-case loss in closed form",
            at_start(lemma.result.xreplace(line), 1),
            using(lemma, sp.expand, line),
        ),
        Link("the attack at t = 0, held fixed, gives the same derivative", fixed, by_sign_of_the_residual),
        Link("differentiate the square", 2 * (residual + product) * (x_u + along), evaluating),
    )
    return derive(at_start(lemma.definition.xreplace(line), 1), links, "every dimension, θ ≠ 0, e ≠ 0", (lemma,))


def by_sign_of_the_residual(expression: sp.Expr) -> sp.Expr:
    """Evaluate separately for e > 0 and e < 0, as SymPy gives |e| a derivative at 0 too."""
    size = sp.Dummy("|e|", positive=True)
    cases = [evaluating(expression.subs(residual, sign * size)) for sign in (1, -1)]
    return next((case for case in cases if case != 0), sp.S.Zero)
