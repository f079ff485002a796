r"""Figure 4's standard accuracy on 20 images alone: trained on so many zeros and ones of MNIST under an $L_2$
attack with $\epsilon = 3$, 2000 epochs, $\xi = 10^{-4}$, the network reaches a standard accuracy that rounds to
99 % or more, with $\lambda = 0$ and with $\lambda = 0.001$, on average over at least five seeds.
"""

from checks.claim import Claim, Mutant, Reference
from checks.evidence.comparisons import CLEAN, ROBUST, Level
from checks.evidence.runs import Committed
from checks.xing2021 import PAPER
from checks.xing2021.images.evaluations import PENALTY, on_two_image_sets, read_as

NEAR = 0.985

CLAIM = Claim(
    id="xing2021.standard_accuracy_of_20_images_approaches_99_percent",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Figure 4"),
    formula=Level(PENALTY, (CLEAN,), low=NEAR),
    checks=on_two_image_sets(
        Committed("fig4", cases=((("n", 20.0),),)), PENALTY, "On 20 images standard accuracy rounds to 99 % or more"
    ),
    mutants=(
        Mutant("accuracy_under_attack", Level(PENALTY, (ROBUST,), low=NEAR)),
        Mutant("stays_below_99_percent", Level(PENALTY, (CLEAN,), high=NEAR)),
    ),
    reading=read_as(),
    empirical=True,
    ours=True,
)
