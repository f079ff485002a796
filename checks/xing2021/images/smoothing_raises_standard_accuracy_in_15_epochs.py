r"""Figure 2's comparison after 15 epochs of a cyclic learning rate, a schedule that was fixed before any of it ran:
WRN-34-1 on CIFAR-10, trained under an $L_2$ attack with $\epsilon = 3$, has a higher standard accuracy with
$\xi = 0.001$ than with $\xi = 0$, on average over at least five seeds.
"""

from checks.claim import Claim, Reference
from checks.evidence.comparisons import CLEAN, Comparison
from checks.evidence.runs import Committed
from checks.xing2021 import PAPER
from checks.xing2021.images.evaluations import SMOOTHING, mutants, read_as, without_attack
from checks.xing2021.images.published import FIGURE_TWO

RIGHT = Comparison(*SMOOTHING, (CLEAN,))

CLAIM = Claim(
    id="xing2021.smoothing_raises_standard_accuracy_in_15_epochs",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Figure 2"),
    formula=RIGHT,
    checks=without_attack(
        Committed("fig2", "short"),
        SMOOTHING,
        "In 15 epochs standard accuracy is higher with ξ = 0.001 than with ξ = 0",
        stated=FIGURE_TWO,
    ),
    mutants=mutants(RIGHT, "smoothing"),
    reading=read_as(),
    empirical=True,
    ours=True,
)
