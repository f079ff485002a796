r"""It shows that using surrogate loss leads to slightly higher adversarial testing accuracy and much higher
standard testing accuracy than the one with $\xi = 0$.
"""

from checks.claim import Claim, Mutant, Reference
from checks.evidence.comparisons import CLEAN, ROBUST, Gain
from checks.evidence.runs import Committed
from checks.xing2021 import PAPER
from checks.xing2021.images.evaluations import ATTACKS, SMOOTHING, read_as, under_attack
from checks.xing2021.images.published import FIGURE_TWO

CLAIM = Claim(
    id="xing2021.smoothing_gains_more_standard_accuracy",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Figure 2"),
    formula=Gain(*SMOOTHING, CLEAN, ROBUST),
    checks=under_attack(
        Committed("fig2"),
        SMOOTHING,
        "Smoothing gains more standard accuracy than accuracy under attack",
        (ROBUST, CLEAN),
        FIGURE_TWO,
        along=False,
    ),
    mutants=(
        Mutant("gains_swapped", Gain(*SMOOTHING, ROBUST, CLEAN)),
        Mutant("arms_swapped", Gain("plain", "smoothed", CLEAN, ROBUST)),
        Mutant("one_gain_twice", Gain(*SMOOTHING, CLEAN, CLEAN)),
    ),
    reading=read_as("“Slightly” against “much” is read as a comparison of the two gains.", ATTACKS),
    empirical=True,
)
