r"""[For $\theta = (1/d, \dots, 1/d)^\top$ and $\epsilon = 1/\sqrt{d}$] $A_{\epsilon, \xi}^\infty$ becomes
$(\epsilon/(1 + d\xi), \dots, \epsilon/(1 + d\xi))^\top$.
"""

import sympy as sp

from checks.claim import Claim, Mutant, Reference
from checks.enclosure import Ball, enclose
from checks.evidence import certified_line
from checks.result import Chart
from checks.xing2021 import PAPER
from checks.xing2021.linf.averaging_example import (
    ENTRY_CHECKS,
    SCALED_ENTRY,
    SQUARED,
    Entry,
    d,
    defined_entry,
    e,
    eps,
    xi,
)

PRINTED = Entry(eps / (1 + d * xi))
RESIDUALS = tuple(i / 20 for i in range(1, 61))


def entry_at(expression: sp.Expr, residual: float) -> Ball:
    """An entry at d = ξ = ε = 1."""
    return enclose(expression, {d: 1.0, xi: 1.0, eps: 1.0, e: residual})


def _chart() -> Chart:
    """The entry over the residual, by its definition and as printed."""

    def by_definition(residual: float) -> Ball:
        return entry_at(defined_entry(SQUARED), residual)

    return Chart(
        "The printed entry is right only where 2|e| = 1: d = ξ = ε = 1",
        "residual |e|",
        "entry of the attack",
        (
            certified_line.curve("by its definition", by_definition, RESIDUALS),
            certified_line.curve("as printed", lambda e: entry_at(PRINTED.expression, e), RESIDUALS),
            certified_line.counterexample(by_definition, 1.0),
        ),
    )


CLAIM = Claim(
    id="xing2021.linf_surrogate_attack_example",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Section 4, harder to train"),
    formula=PRINTED,
    checks=(certified_line.refuting(ENTRY_CHECKS[0], PRINTED, _chart), *ENTRY_CHECKS[1:]),
    mutants=(
        Mutant("scaled_by_the_residual", Entry(SCALED_ENTRY)),
        Mutant("absolute_loss", Entry(PRINTED.expression, abs(e))),
        Mutant("half_the_squared_loss", Entry(eps / (1 + d * xi / abs(e)), SQUARED * sp.Rational(1, 2))),
    ),
    erratum=(
        "The derivative of the squared loss is ∂l/∂x = 2eθ, so an entry is ε/(1 + dξ/(2|e|)), times the sign of e. The "
        "printed one is right only where 2|e| = 1; at d = 1, ξ = 1, e = 1 it is 1/2 and the attack is 2/3. It is right "
        "for the absolute loss |e|, and for the squared loss if ξ is measured in units of 2|e|; the orders in d and ξ "
        "that the text draws from it are not affected."
    ),
    uses=("xing2021.linf_attack_is_worst_case",),
)
