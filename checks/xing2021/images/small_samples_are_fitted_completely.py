r"""After training 2000 epochs, for both $\lambda = 0$ (No penalty) and $\lambda = 0.001$ (LASSO), the training
accuracies for clean data and adversarial data both reach 100%.
"""

from checks.claim import Claim, Mutant, Reference
from checks.evidence.comparisons import CLEAN, ROBUST, TRAIN_CLEAN, TRAIN_ROBUST, Level
from checks.evidence.runs import Committed
from checks.xing2021 import PAPER
from checks.xing2021.images.evaluations import PENALTY, in_training, read_as

HALF_A_PERCENT = 0.005
FIT = (TRAIN_CLEAN, TRAIN_ROBUST)

CLAIM = Claim(
    id="xing2021.small_samples_are_fitted_completely",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Figure 4"),
    formula=Level(PENALTY, FIT, low=1 - HALF_A_PERCENT),
    checks=in_training(Committed("fig4"), PENALTY, "Training accuracies, clean and under attack, round to 100 %", FIT),
    mutants=(
        Mutant("test_images_for_training_images", Level(PENALTY, (CLEAN, ROBUST), low=1 - HALF_A_PERCENT)),
        Mutant("attacked_test_images", Level(PENALTY, (TRAIN_CLEAN, ROBUST), low=1 - HALF_A_PERCENT)),
        Mutant("half_a_percent_missing", Level(PENALTY, FIT, high=1 - HALF_A_PERCENT)),
    ),
    reading=read_as("“Reach 100%” is read as: the mean over the repeats rounds to 100 %, at every n."),
    empirical=True,
)  # fmt: skip
