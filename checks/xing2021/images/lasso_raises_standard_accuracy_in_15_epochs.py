r"""Table 1's comparison on a smaller network and a shorter schedule, both fixed before any of it ran: WRN-16-4 on
CIFAR-10, trained for 15 epochs of a cyclic learning rate under an $L_2$ attack with $\epsilon = 0.5$, has a
higher standard accuracy with $\lambda = 10^{-5}$ than with $\lambda = 0$, on average over at least five seeds.
"""

from checks.claim import Claim, Reference
from checks.evidence.comparisons import CLEAN, Comparison
from checks.evidence.runs import Committed
from checks.xing2021 import PAPER
from checks.xing2021.images.evaluations import PENALTY, mutants, read_as, without_attack
from checks.xing2021.images.published import TABLE_ONE

RIGHT = Comparison(*PENALTY, (CLEAN,))

CLAIM = Claim(
    id="xing2021.lasso_raises_standard_accuracy_in_15_epochs",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Table 1"),
    formula=RIGHT,
    checks=without_attack(
        Committed("table1", "short"),
        PENALTY,
        "After 15 epochs of l2 training standard accuracy is higher with LASSO than without",
        stated=TABLE_ONE,
    ),
    mutants=mutants(RIGHT, "penalty"),
    reading=read_as(),
    empirical=True,
    ours=True,
)
