"""The initialization from standard training does not improve the performance."""

from checks.claim import Claim, Mutant, Reference
from checks.evidence.comparisons import CLEAN, ROBUST, Comparison
from checks.evidence.runs import Committed
from checks.xing2021 import PAPER
from checks.xing2021.images.evaluations import ATTACKS, read_as, under_attack
from checks.xing2021.images.published import FIGURE_TWO

MARGIN = 0.01
RIGHT = Comparison("smoothed", "smoothed-init", (ROBUST, CLEAN), -MARGIN)

CLAIM = Claim(
    id="xing2021.standard_initialisation_does_not_help",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Figure 2"),
    formula=RIGHT,
    checks=under_attack(
        Committed("fig2-init"),
        (RIGHT.treated, RIGHT.control),
        "Starting from standard training improves neither accuracy by a point",
        (ROBUST, CLEAN),
        FIGURE_TWO,
    ),
    mutants=(
        Mutant("initialisation_gains_a_point", Comparison("smoothed-init", "smoothed", (ROBUST, CLEAN), MARGIN)),
        Mutant(
            "only_untrained_start_attacked",
            Comparison("smoothed", "smoothed-init", (ROBUST,), -MARGIN, control_quantity=CLEAN),
        ),
    ),
    reading=read_as(
        "“Does not improve” is read as: by less than one percentage point, with smoothing, in both accuracies.",
        ATTACKS,
    ),
    empirical=True,
)
