"""Figure 4 shows, it [the standard accuracy] approaches 99% quickly in $n$ for both adversarial training with and
without LASSO.
"""

from checks.claim import Claim, Mutant, Reference
from checks.evidence.comparisons import CLEAN, ROBUST, Level
from checks.evidence.runs import Committed
from checks.xing2021 import PAPER
from checks.xing2021.images.evaluations import PENALTY, on_two_image_sets, read_as

HALF_A_PERCENT = 0.005
NEAR = 0.99 - HALF_A_PERCENT

CLAIM = Claim(
    id="xing2021.standard_accuracy_approaches_99_percent",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Figure 4"),
    formula=Level(PENALTY, (CLEAN,), low=NEAR, place=-1),
    checks=on_two_image_sets(Committed("fig4"), PENALTY, "With 100 images standard accuracy rounds to 99 % or more"),
    mutants=(
        Mutant("accuracy_under_attack", Level(PENALTY, (ROBUST,), low=NEAR, place=-1)),
        Mutant("stays_below_99_percent", Level(PENALTY, (CLEAN,), high=NEAR, place=-1)),
    ),
    reading=read_as(
        "“Approaches 99% quickly” is read as: at the largest n, 100, the mean over the repeats rounds to 99 % or more, "
        "with and without LASSO.",
    ),
    empirical=True,
)
