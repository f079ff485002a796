r"""Amended: for the squared loss, $\theta = (1/d, \dots, 1/d)^\top$, $\epsilon = 1/\sqrt{d}$ and a residual
$e = \theta^\top x - y \ne 0$, every entry of $A_{\epsilon, \xi}^\infty$ is
$\operatorname{sign}(e)\, \epsilon/(1 + d\xi/(2|e|))$.
"""

import sympy as sp

from checks.claim import Claim, Mutant, Reference
from checks.evidence import symbolic
from checks.xing2021 import PAPER
from checks.xing2021.linf.averaging_example import ENTRY_CHECKS, SCALED_ENTRY, SQUARED, Entry, d, e, eps, xi
from theory.derivations.derivation import Derivation, Link, derive


def entry() -> Derivation:
    """|g_i|/(|g_i| + ξ) ε for the squared loss, g_i = θ_i ∂l/∂e and θ_i = 1/d."""
    size = abs(sp.Derivative(SQUARED, e)) / d
    link = Link("differentiate the loss", SCALED_ENTRY, lambda expression: sp.simplify(expression.doit()))
    return derive(eps * size / (size + xi), (link,), "every d, ξ and e ≠ 0")


CLAIM = Claim(
    id="xing2021.linf_surrogate_attack_example_scaled",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Section 4, harder to train"),
    formula=Entry(SCALED_ENTRY),
    checks=(
        symbolic.derivation("derivation", entry, lambda f: f.expression, "An entry of the attack by its definition"),
        *ENTRY_CHECKS,
    ),
    mutants=(
        Mutant("as_printed", Entry(eps / (1 + d * xi))),
        Mutant("half_the_squared_loss", Entry(eps / (1 + d * xi / abs(e)))),
        Mutant("smoothed_as_under_l2", Entry(eps / sp.sqrt(1 + (d * xi / (2 * abs(e))) ** 2))),
        Mutant("smoothing_five_percent_off", Entry(eps / (1 + d * xi * sp.Rational(21, 20) / (2 * abs(e))))),
    ),
    uses=("xing2021.linf_attack_is_worst_case",),
    amends="xing2021.linf_surrogate_attack_example",
)
