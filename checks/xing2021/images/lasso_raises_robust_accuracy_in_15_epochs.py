r"""Table 1's comparison on a smaller network and a shorter schedule, both fixed before any of it ran: WRN-16-4 on
CIFAR-10, trained for 15 epochs of a cyclic learning rate under an $L_2$ attack with $\epsilon = 0.5$, has a
higher accuracy under attack with $\lambda = 10^{-5}$ than with $\lambda = 0$, on average over at least five
seeds.
"""

from checks.claim import Claim, Reference
from checks.evidence.comparisons import ROBUST, Comparison
from checks.evidence.runs import Committed
from checks.xing2021 import PAPER
from checks.xing2021.images.evaluations import ATTACKS, PENALTY, mutants, read_as, under_attack
from checks.xing2021.images.published import TABLE_ONE

RIGHT = Comparison(*PENALTY, (ROBUST,))

CLAIM = Claim(
    id="xing2021.lasso_raises_robust_accuracy_in_15_epochs",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Table 1"),
    formula=RIGHT,
    checks=under_attack(
        Committed("table1", "short"),
        PENALTY,
        "After 15 epochs of l2 training accuracy under attack is higher with LASSO than without",
        stated=TABLE_ONE,
    ),
    mutants=mutants(RIGHT, "penalty"),
    reading=read_as(ATTACKS),
    empirical=True,
    ours=True,
)
