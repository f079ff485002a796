r"""Figure 4's networks on 10 and on 20 images of MNIST alone: after 2000 epochs, with $\lambda = 0$ and with
$\lambda = 0.001$, the training accuracies for clean and for attacked data round to 100 %, on average over seeds.
"""

from checks.claim import Claim, Mutant, Reference
from checks.evidence.comparisons import CLEAN, ROBUST, Level
from checks.evidence.runs import Committed
from checks.xing2021 import PAPER
from checks.xing2021.images.evaluations import PENALTY, in_training
from checks.xing2021.images.small_samples_are_fitted_completely import FIT, HALF_A_PERCENT

CLAIM = Claim(
    id="xing2021.samples_of_10_and_20_are_fitted_completely",
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
        Mutant("half_a_percent_missing", Level(PENALTY, FIT, high=1 - HALF_A_PERCENT)),
    ),
    empirical=True,
    ours=True,
)
