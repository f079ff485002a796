r"""Figure 2's comparison after 15 epochs of a cyclic learning rate, a schedule that was fixed before any of it ran:
WRN-34-1 on CIFAR-10, trained under an $L_2$ attack with $\epsilon = 3$, has a higher accuracy under attack with
$\xi = 0.001$ than with $\xi = 0$, on average over at least five seeds.
"""

from checks.claim import Claim, Reference
from checks.evidence.comparisons import ROBUST, Comparison
from checks.evidence.runs import Committed
from checks.xing2021 import PAPER
from checks.xing2021.images.evaluations import ATTACKS, SMOOTHING, mutants, read_as, under_attack
from checks.xing2021.images.published import FIGURE_TWO

RIGHT = Comparison(*SMOOTHING, (ROBUST,))

CLAIM = Claim(
    id="xing2021.smoothing_raises_robust_accuracy_in_15_epochs",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Figure 2"),
    formula=RIGHT,
    checks=under_attack(
        Committed("fig2", "short"),
        SMOOTHING,
        "In 15 epochs accuracy under attack is higher with ξ = 0.001 than with ξ = 0",
        stated=FIGURE_TWO,
    ),
    mutants=mutants(RIGHT, "smoothing"),
    reading=read_as(ATTACKS),
    empirical=True,
    ours=True,
)
