r"""The paper states no Hessian of $R_L^\infty$. Where no element of $\theta$ is zero and $s > 0$ its quadratic form at
a direction $u$ is the formula below, with $m = \|\theta\|_1$, $q = \|u\|_\Sigma$,
$a_u = u^\top \operatorname{sign}(\theta)$ and $b_u = u^\top \Sigma (\theta - \theta_0)$.
"""

import numpy as np

from checks import probe
from checks.claim import Claim, Mutant, Reference
from checks.evidence import symbolic
from checks.formula import Formula
from checks.xing2021 import PAPER
from theory import notation as sym
from theory.derivations import derivatives as derivations
from theory.risk import adversarial_risk_hessian

s, m, eps, c0 = sym.residual_std, sym.coefficient_norm_1, sym.radius, sym.c0
a, b, q = sym.direction_product, sym.direction_error, sym.direction_std
SPREAD = m * (q**2 / s - b**2 / s**3)
EXPRESSION = 2 * q**2 + 2 * eps**2 * a**2 + 2 * eps * c0 * (SPREAD + 2 * a * b / s)
FORMULA = Formula(
    EXPRESSION,
    r"u^\top \nabla^2 R_L^\infty(\theta, \epsilon) \, u",
    lambda case: (
        case.direction
        @ adversarial_risk_hessian(case.coefficients, case.population, case.radius, np.inf)
        @ case.direction
    ),
)

CLAIM = Claim(
    id="xing2021.linf_risk_hessian_has_closed_form",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Equation (9)"),
    ours=True,
    formula=FORMULA,
    checks=(
        symbolic.derivation(
            "derivation",
            derivations.risk_hessian_linf,
            lambda f: f.expression,
            "Differentiating the risk along every line",
        ),
        probe.differences(2, cases=probe.probes(norm=np.inf)),
    ),
    mutants=(
        Mutant("mixed_term_without_the_two", FORMULA.mutate(EXPRESSION - 2 * eps * c0 * a * b / s)),
        Mutant("curvature_of_the_error_not_reduced", FORMULA.mutate(EXPRESSION + 2 * eps * c0 * m * b**2 / s**3)),
        Mutant("one_percent_off", FORMULA.mutate(EXPRESSION * 101 / 100)),
    ),
    uses=("xing2021.linf_risk_has_closed_form",),
)
