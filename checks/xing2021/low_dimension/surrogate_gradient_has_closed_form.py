r"""The paper states no gradient of the surrogate loss. Where $\theta \neq 0$ and $s > 0$ it is
$\nabla R_{L, \xi} = \{2 + 2 \epsilon (n/s) (M - k M') - \epsilon^2 (n/s)^2 k H'\} \, \Sigma (\theta - \theta_0)
+ \{2 \epsilon (s/n) (M - k M') + \epsilon^2 (2 H - k H')\} \, \theta$ with $M$, $H$ and their derivatives at
$k = \xi / (2 s n)$; the formula below is its product with a direction $u$.
"""

import sympy as sp

from checks import domains, probe
from checks.claim import Claim, Mutant, Reference
from checks.evidence import symbolic
from checks.formula import Formula
from checks.xing2021 import PAPER
from theory import notation as sym
from theory.derivations import derivatives as derivations
from theory.surrogate import CROSS_MOMENT, SQUARE_MOMENT, surrogate_risk_gradient

s, n, eps, k = sym.residual_std, sym.coefficient_norm, sym.radius, sym.shape
a, b = sym.direction_product, sym.direction_error
SLOPE, CURVED = CROSS_MOMENT - k * CROSS_MOMENT.diff(k), k * SQUARE_MOMENT.diff(k)


def product(slope: sp.Expr, curved: sp.Expr, cross_share: int = 2) -> sp.Expr:
    """The product of the gradient with u, for other moments or another coefficient in the place of the true ones."""
    error = 2 + 2 * eps * n / s * slope - eps**2 * n**2 / s**2 * curved
    pull = cross_share * eps * s / n * slope + eps**2 * (2 * SQUARE_MOMENT - curved)
    return (error * b + pull * a).subs(k, sym.smoothing / (2 * s * n))


FORMULA = Formula(
    product(SLOPE, CURVED),
    r"u^\top \nabla R_{L, \xi}(\theta, \epsilon)",
    lambda case: (
        surrogate_risk_gradient(case.coefficients, case.population, case.radius, case.smoothing) @ case.direction
    ),
)

CLAIM = Claim(
    id="xing2021.surrogate_gradient_has_closed_form",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Section 2.1, surrogate loss"),
    ours=True,
    formula=FORMULA,
    checks=(
        symbolic.derivation(
            "derivation",
            derivations.surrogate_gradient,
            lambda f: f.expression,
            "Differentiating the surrogate risk along every line",
        ),
        probe.differences(
            1,
            probe.surrogate,
            probe.probes(smoothing=domains.smoothings(1e-6, 1e6)),
            f"{probe.SCOPE}, ξ from 1e-6 to 1e6",
        ),
    ),
    mutants=(
        Mutant("moments_not_differentiated", FORMULA.mutate(product(CROSS_MOMENT, sp.S.Zero))),
        Mutant("square_moment_not_differentiated", FORMULA.mutate(product(SLOPE, sp.S.Zero))),
        Mutant("cross_term_halved", FORMULA.mutate(product(SLOPE, CURVED, 1))),
        Mutant("one_percent_off", FORMULA.mutate(product(SLOPE, CURVED) * 101 / 100)),
    ),
    uses=("xing2021.surrogate_risk_has_closed_form",),
)
