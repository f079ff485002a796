r"""The paper differentiates $R_L$ in Algorithm 1 and states no gradient. Where $\theta \neq 0$ and
$s^2 = \|\theta - \theta_0\|_\Sigma^2 + \sigma^2 > 0$ it is
$\nabla R_L = 2 (1 + \epsilon c_0 n / s) \, \Sigma (\theta - \theta_0) + 2 (\epsilon^2 + \epsilon c_0 s / n) \, \theta$
with $n = \|\theta\|$; the formula below is its product with a direction $u$.
"""

from checks import probe
from checks.claim import Claim, Mutant, Reference
from checks.evidence import symbolic
from checks.formula import Formula
from checks.xing2021 import PAPER
from theory import notation as sym
from theory.derivations import derivatives as derivations
from theory.risk import adversarial_risk_gradient

s, n, eps, c0 = sym.residual_std, sym.coefficient_norm, sym.radius, sym.c0
a, b = sym.direction_product, sym.direction_error
EXPRESSION = 2 * (1 + eps * c0 * n / s) * b + 2 * (eps**2 + eps * c0 * s / n) * a
FORMULA = Formula(
    EXPRESSION,
    r"u^\top \nabla R_L(\theta, \epsilon)",
    lambda case: adversarial_risk_gradient(case.coefficients, case.population, case.radius) @ case.direction,
)

CLAIM = Claim(
    id="xing2021.risk_gradient_has_closed_form",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Equation (5)"),
    ours=True,
    formula=FORMULA,
    checks=(
        symbolic.derivation(
            "derivation", derivations.risk_gradient, lambda f: f.expression, "Differentiating the risk along every line"
        ),
        probe.differences(1),
    ),
    mutants=(
        Mutant("attack_part_without_the_error", FORMULA.mutate(EXPRESSION - 2 * eps * c0 * n / s * b)),
        Mutant("cross_term_halved", FORMULA.mutate(EXPRESSION - eps * c0 * s / n * a)),
        Mutant("ratio_inverted", FORMULA.mutate(2 * (1 + eps * c0 * s / n) * b + 2 * (eps**2 + eps * c0 * n / s) * a)),
        Mutant("one_percent_off", FORMULA.mutate(EXPRESSION * 101 / 100)),
    ),
    uses=("xing2021.risk_has_closed_form",),
)
