r"""The paper states no Hessian of $R_L$. Where $\theta \neq 0$ and
$s^2 = \|\theta - \theta_0\|_\Sigma^2 + \sigma^2 > 0$ its quadratic form at a direction $u$ is the formula below, with
$n = \|\theta\|$, $p = \|u\|$, $q = \|u\|_\Sigma$, $a_u = u^\top \theta$ and
$b_u = u^\top \Sigma (\theta - \theta_0)$.
"""

from checks import probe
from checks.claim import Claim, Mutant, Reference
from checks.evidence import symbolic
from checks.formula import Formula
from checks.xing2021 import PAPER
from theory import notation as sym
from theory.derivations import derivatives as derivations
from theory.risk import adversarial_risk_hessian

s, n, eps, c0 = sym.residual_std, sym.coefficient_norm, sym.radius, sym.c0
a, b, p, q = sym.direction_product, sym.direction_error, sym.direction_size, sym.direction_std
SPREAD = n * (q**2 / s - b**2 / s**3)
BEND = s * (p**2 / n - a**2 / n**3)
EXPRESSION = 2 * q**2 + 2 * eps**2 * p**2 + 2 * eps * c0 * (SPREAD + BEND + 2 * a * b / (n * s))
FORMULA = Formula(
    EXPRESSION,
    r"u^\top \nabla^2 R_L(\theta, \epsilon) \, u",
    lambda case: (
        case.direction @ adversarial_risk_hessian(case.coefficients, case.population, case.radius) @ case.direction
    ),
)

CLAIM = Claim(
    id="xing2021.risk_hessian_has_closed_form",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Equation (5)"),
    ours=True,
    formula=FORMULA,
    checks=(
        symbolic.derivation(
            "derivation", derivations.risk_hessian, lambda f: f.expression, "Differentiating the risk along every line"
        ),
        probe.differences(2),
    ),
    mutants=(
        Mutant("mixed_term_without_the_two", FORMULA.mutate(EXPRESSION - 2 * eps * c0 * a * b / (n * s))),
        Mutant("curvature_of_the_norm_missing", FORMULA.mutate(EXPRESSION - 2 * eps * c0 * BEND)),
        Mutant("curvature_of_the_error_not_reduced", FORMULA.mutate(EXPRESSION + 2 * eps * c0 * n * b**2 / s**3)),
        Mutant("one_percent_off", FORMULA.mutate(EXPRESSION * 101 / 100)),
    ),
    uses=("xing2021.risk_has_closed_form",),
)
