r"""Adversarial testing accuracies are still enhanced when using LASSO: CIFAR-10, WideResNet34-10, $L_2$ attack with
$\epsilon = 0.5$, $\lambda = 10^{-5}$.
"""

from checks.claim import Claim, Reference
from checks.evidence.comparisons import ROBUST, Comparison
from checks.evidence.runs import Committed
from checks.xing2021 import PAPER
from checks.xing2021.images.evaluations import ATTACKS, PENALTY, mutants, read_as, under_attack
from checks.xing2021.images.published import TABLE_ONE

RIGHT = Comparison(*PENALTY, (ROBUST,))

CLAIM = Claim(
    id="xing2021.lasso_raises_robust_accuracy_on_cifar",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Table 1"),
    formula=RIGHT,
    checks=under_attack(
        Committed("table1"), PENALTY, "Accuracy under the l2 attack is higher with LASSO than without", stated=TABLE_ONE
    ),
    mutants=mutants(RIGHT, "penalty"),
    reading=read_as(ATTACKS),
    empirical=True,
)
