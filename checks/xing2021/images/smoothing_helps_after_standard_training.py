"""We conduct two experiments: (2) with initialization that is obtained by standard training. In short, a better
performance is obtained under surrogate loss.
"""

from checks.claim import Claim, Reference
from checks.evidence.comparisons import CLEAN, ROBUST, Comparison
from checks.evidence.runs import Committed
from checks.xing2021 import PAPER
from checks.xing2021.images.evaluations import ATTACKS, mutants, read_as, under_attack
from checks.xing2021.images.published import FIGURE_TWO

RIGHT = Comparison("smoothed-init", "plain-init", (ROBUST, CLEAN))

CLAIM = Claim(
    id="xing2021.smoothing_helps_after_standard_training",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Figure 2"),
    formula=RIGHT,
    checks=under_attack(
        Committed("fig2-init"),
        (RIGHT.treated, RIGHT.control),
        "From standard training on both accuracies are higher with ξ = 0.001 than with ξ = 0",
        (ROBUST, CLEAN),
        FIGURE_TWO,
    ),
    mutants=mutants(RIGHT, "smoothing"),
    reading=read_as("“Performance” is read as both accuracies.", ATTACKS),
    empirical=True,
)
