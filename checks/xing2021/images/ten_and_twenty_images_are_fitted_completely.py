r"""Figure 4's training accuracies on 10 and on 20 images alone: trained on so many zeros and ones of MNIST under an
$L_2$ attack with $\epsilon = 3$, 2000 epochs, $\xi = 10^{-4}$, the network reaches training accuracies that round to
100 %, for clean and for attacked images, with $\lambda = 0$ and with $\lambda = 0.001$, on average over at least
five seeds.
"""

from checks.claim import Claim, Mutant, Reference
from checks.evidence.comparisons import CLEAN, ROBUST, TRAIN_CLEAN, TRAIN_ROBUST, Level
from checks.evidence.runs import Committed
from checks.xing2021 import PAPER
from checks.xing2021.images.evaluations import PENALTY, in_training, read_as

HALF_A_PERCENT = 0.005
FIT = (TRAIN_CLEAN, TRAIN_ROBUST)

CLAIM = Claim(
    id="xing2021.ten_and_twenty_images_are_fitted_completely",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Figure 4"),
    formula=Level(PENALTY, FIT, low=1 - HALF_A_PERCENT),
    checks=in_training(
        Committed("fig4", cases=((("n", 10.0),), (("n", 20.0),))),
        PENALTY,
        "On 10 and on 20 images training accuracies, clean and under attack, round to 100 %",
        FIT,
    ),
    mutants=(
        Mutant("test_images_for_training_images", Level(PENALTY, (CLEAN, ROBUST), low=1 - HALF_A_PERCENT)),
        Mutant("attacked_test_images", Level(PENALTY, (TRAIN_CLEAN, ROBUST), low=1 - HALF_A_PERCENT)),
        Mutant("half_a_percent_missing", Level(PENALTY, FIT, high=1 - HALF_A_PERCENT)),
    ),
    reading=read_as(),
    empirical=True,
    ours=True,
)
