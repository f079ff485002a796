r"""The paper states no gradient of $R_L^\infty$. Where no element of $\theta$ is zero and $s > 0$ it is
$\nabla R_L^\infty = 2 (1 + \epsilon c_0 m / s) \, \Sigma (\theta - \theta_0)
+ 2 (\epsilon^2 m + \epsilon c_0 s) \operatorname{sign}(\theta)$ with $m = \|\theta\|_1$; the formula below is
its product with a direction $u$.
"""

import numpy as np

from checks import probe
from checks.claim import Claim, Mutant, Reference
from checks.evidence import symbolic
from checks.formula import Formula
from checks.xing2021 import PAPER
from theory import notation as sym
from theory.derivations import derivatives as derivations
from theory.risk import adversarial_risk_gradient

s, m, eps, c0 = sym.residual_std, sym.coefficient_norm_1, sym.radius, sym.c0
a, b = sym.direction_product, sym.direction_error
EXPRESSION = 2 * (1 + eps * c0 * m / s) * b + 2 * (eps**2 * m + eps * c0 * s) * a
FORMULA = Formula(
    EXPRESSION,
    r"u^\top \nabla R_L^\infty(\theta, \epsilon)",
    lambda case: adversarial_risk_gradient(case.coefficients, case.population, case.radius, np.inf) @ case.direction,
)

CLAIM = Claim(
    id="xing2021.linf_risk_gradient_has_closed_form",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Equation (9)"),
    ours=True,
    formula=FORMULA,
    checks=(
        symbolic.derivation(
            "derivation",
            derivations.risk_gradient_linf,
            lambda f: f.expression,
            "Differentiating the risk along every line",
        ),
        probe.differences(1, cases=probe.probes(norm=np.inf)),
    ),
    mutants=(
        Mutant("attack_part_without_the_error", FORMULA.mutate(EXPRESSION - 2 * eps * c0 * m / s * b)),
        Mutant("square_term_without_the_norm", FORMULA.mutate(EXPRESSION - 2 * eps**2 * (m - 1) * a)),
        Mutant("one_percent_off", FORMULA.mutate(EXPRESSION * 101 / 100)),
    ),
    uses=("xing2021.linf_risk_has_closed_form",),
)
