r"""Using surrogate loss leads to slightly higher adversarial testing accuracy than with $\xi = 0$: ResNet-34 on
CIFAR-10, $L_2$ attack with $\epsilon = 3.0$, 100 epochs, $\xi = 0.001$ multiplied by 0.1 whenever the learning
rate is.
"""

from checks.claim import Claim, Reference
from checks.evidence.comparisons import ROBUST, Comparison
from checks.evidence.runs import Committed
from checks.xing2021 import PAPER
from checks.xing2021.images.evaluations import ATTACKS, SMOOTHING, mutants, read_as, under_attack
from checks.xing2021.images.published import FIGURE_TWO

RIGHT = Comparison(*SMOOTHING, (ROBUST,))

CLAIM = Claim(
    id="xing2021.smoothing_raises_robust_accuracy",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Figure 2"),
    formula=RIGHT,
    checks=under_attack(
        Committed("fig2"),
        SMOOTHING,
        "Test accuracy under attack is higher with ξ = 0.001 than with ξ = 0",
        stated=FIGURE_TWO,
    ),
    mutants=mutants(RIGHT, "smoothing"),
    reading=read_as(ATTACKS),
    empirical=True,
)
