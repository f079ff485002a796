r"""Using surrogate loss leads to much higher standard testing accuracy than with $\xi = 0$: ResNet-34 on CIFAR-10,
$L_2$ attack with $\epsilon = 3.0$, 100 epochs, $\xi = 0.001$ multiplied by 0.1 whenever the learning rate is.
"""

from checks.claim import Claim, Reference
from checks.evidence.comparisons import CLEAN, Comparison
from checks.evidence.runs import Committed
from checks.xing2021 import PAPER
from checks.xing2021.images.evaluations import SMOOTHING, mutants, read_as, without_attack
from checks.xing2021.images.published import FIGURE_TWO

RIGHT = Comparison(*SMOOTHING, (CLEAN,))

CLAIM = Claim(
    id="xing2021.smoothing_raises_standard_accuracy",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Figure 2"),
    formula=RIGHT,
    checks=without_attack(
        Committed("fig2"),
        SMOOTHING,
        "Standard test accuracy is higher with ξ = 0.001 than with ξ = 0",
        stated=FIGURE_TWO,
    ),
    mutants=mutants(RIGHT, "smoothing"),
    reading=read_as(),
    empirical=True,
)
