r"""Standard testing accuracies are still enhanced when using LASSO: CIFAR-10, WideResNet34-10, $L_2$ attack with
$\epsilon = 0.5$, $\lambda = 10^{-5}$.
"""

from checks.claim import Claim, Reference
from checks.evidence.comparisons import CLEAN, Comparison
from checks.evidence.runs import Committed
from checks.xing2021 import PAPER
from checks.xing2021.images.evaluations import PENALTY, mutants, read_as, without_attack
from checks.xing2021.images.published import TABLE_ONE

RIGHT = Comparison(*PENALTY, (CLEAN,))

CLAIM = Claim(
    id="xing2021.lasso_raises_standard_accuracy_on_cifar",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Table 1"),
    formula=RIGHT,
    checks=without_attack(
        Committed("table1"),
        PENALTY,
        "Standard accuracy after l2 training is higher with LASSO than without",
        stated=TABLE_ONE,
    ),
    mutants=mutants(RIGHT, "penalty"),
    reading=read_as(),
    empirical=True,
)
