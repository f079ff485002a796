r"""On ten images of scikit-learn's digits 0 and 1 (8 x 8 pixels), a two-layer network with 128 hidden units and
ReLU, trained without penalty for 200 epochs of gradient descent under an $L_2$ attack with $\epsilon = 1$ and
$\xi = 10^{-4}$, reaches training accuracies that round to 100 %, for clean and for attacked images, on average
over seeds, of which 0 to 9 are asked.
"""

from checks.claim import Claim, Mutant, Reference
from checks.evidence.comparisons import CLEAN, ROBUST, TRAIN_CLEAN, TRAIN_ROBUST, Level
from checks.evidence.runs import Live
from checks.xing2021 import PAPER
from checks.xing2021.images.evaluations import in_training, read_as

NONE = ("none",)
HALF_A_PERCENT = 0.005
FIT = (TRAIN_CLEAN, TRAIN_ROBUST)

CLAIM = Claim(
    id="xing2021.few_digits_are_fitted_completely",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Figure 4"),
    formula=Level(NONE, FIT, low=1 - HALF_A_PERCENT),
    checks=in_training(
        Live("fig4", tuple(range(10)), ((("n", 10.0),),), NONE),
        NONE,
        "On ten digits training accuracies, clean and under attack, round to 100 %",
        FIT,
    ),
    mutants=(
        Mutant("test_images_for_training_images", Level(NONE, (CLEAN, ROBUST), low=1 - HALF_A_PERCENT)),
        Mutant("half_a_percent_missing", Level(NONE, FIT, high=1 - HALF_A_PERCENT)),
    ),
    reading=read_as(),
    empirical=True,
    ours=True,
)
