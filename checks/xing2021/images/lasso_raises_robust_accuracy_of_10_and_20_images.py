r"""Figure 4's comparison on 10 and on 20 images alone: trained on so many zeros and ones of MNIST under an $L_2$
attack with $\epsilon = 3$, 2000 epochs, $\xi = 10^{-4}$, the network has a higher accuracy under attack with
$\lambda = 0.001$ than with $\lambda = 0$, on average over at least five seeds.
"""

from checks.claim import Claim, Reference
from checks.evidence.comparisons import ROBUST, Comparison
from checks.evidence.runs import Committed
from checks.xing2021 import PAPER
from checks.xing2021.images.evaluations import ATTACKS, PENALTY, mutants, read_as, under_attack

RIGHT = Comparison(*PENALTY, (ROBUST,))

CLAIM = Claim(
    id="xing2021.lasso_raises_robust_accuracy_of_10_and_20_images",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Figure 4"),
    formula=RIGHT,
    checks=under_attack(
        Committed("fig4", cases=((("n", 10.0),), (("n", 20.0),))),
        PENALTY,
        "On 10 and on 20 images accuracy under attack is higher with λ = 0.001 than with λ = 0",
    ),
    mutants=mutants(RIGHT, "penalty"),
    reading=read_as(ATTACKS),
    empirical=True,
    ours=True,
)
