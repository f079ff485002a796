r"""LASSO improves standard testing accuracies under $L_\infty$ attack: CIFAR-10, WideResNet34-10, $L_\infty$ attack
with $\epsilon = 8/255$, $\lambda = 10^{-5}$.
"""

from checks.claim import Claim, Reference
from checks.evidence.comparisons import CLEAN, Comparison
from checks.evidence.runs import Committed
from checks.xing2021 import PAPER
from checks.xing2021.images.evaluations import PENALTY, mutants, read_as, without_attack
from checks.xing2021.images.published import TABLE_TWO

RIGHT = Comparison(*PENALTY, (CLEAN,))

CLAIM = Claim(
    id="xing2021.linf_lasso_raises_standard_accuracy_on_cifar",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Table 2"),
    formula=RIGHT,
    checks=without_attack(
        Committed("table2"),
        PENALTY,
        "Standard accuracy after linf training is higher with LASSO than without",
        stated=TABLE_TWO,
    ),
    mutants=mutants(RIGHT, "penalty"),
    reading=read_as(),
    empirical=True,
)
