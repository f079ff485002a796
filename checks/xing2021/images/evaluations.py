"""How claims about trained networks are checked: two evaluations each, the paper's settings and our readings of them.

Accuracy under attack is judged by two attacks that share no step rule: PGD on the margin loss and APGD. Without attack
there is none to vary, so two checks trust different parts of the record instead. Of a comparison: the figures after the
last epoch, paired by seed, and the means of the curves over the last tenth of the epochs, as of independent samples,
which neither one last iterate nor the pairing can make. Of a level, for which no pairing counts: the test images, and
training images that were held out.
"""

from collections.abc import Sequence

from checks.claim import Check, Mutant
from checks.evidence.comparisons import CLEAN, ROBUST, Comparison, Equivalence
from checks.evidence.recorded import (
    APGD,
    BEST_APGD,
    BEST_EPOCH,
    BEST_MARGIN_PGD,
    HELD_OUT_IMAGES,
    LAST_EPOCH,
    LATE_EPOCHS,
    MARGIN_PGD,
    TRAINING_ATTACK,
    UNPAIRED,
    Evaluation,
    Formula,
    check,
)
from checks.evidence.recorded_exhibits import Stated, exhibits
from checks.evidence.runs import Source

SMOOTHING, PENALTY = ("smoothed", "plain"), ("lasso", "none")
"""Arms: the treated one, and its control."""

ATTACKS = "The paper does not say how test images were attacked: PGD on the margin and APGD are both asked."
LAST = "The verdict rests on the last epoch, as in the paper; the best epoch stands beside it."


def read_as(*sentences: str) -> str:
    """How a statement is read: `sentences`, and the epoch that counts."""
    return " ".join((*sentences, LAST))


def under_attack(
    source: Source,
    arms: Sequence[str],
    claim: str,
    quantities: Sequence[str] = (ROBUST,),
    stated: Sequence[Stated] = (),
    along: bool = True,
) -> tuple[Check[Formula], ...]:
    """Two checks with different attacks; `along` says whether the page shows curves over the epochs."""
    return _checks(source, arms, claim, quantities, stated, (MARGIN_PGD, APGD), along)


def of_the_best_epoch(source: Source, arms: Sequence[str], claim: str) -> tuple[Check[Formula], ...]:
    """Two checks with different attacks of the networks whose epoch held-out images chose."""
    return _checks(source, arms, claim, (ROBUST,), (), (BEST_MARGIN_PGD, BEST_APGD))


def without_attack(
    source: Source, arms: Sequence[str], claim: str, stated: Sequence[Stated] = ()
) -> tuple[Check[Formula], ...]:
    """Two checks of standard accuracy: the last epoch by pairs, and the late epochs of independent arms."""
    return _checks(source, arms, claim, (CLEAN,), stated, (LAST_EPOCH, LATE_EPOCHS))


def on_two_image_sets(source: Source, arms: Sequence[str], claim: str) -> tuple[Check[Formula], ...]:
    """Two checks of a level of standard accuracy: on the test images, and on held-out training images."""
    return _checks(source, arms, claim, (CLEAN,), (), (LAST_EPOCH, HELD_OUT_IMAGES))


def in_training(
    source: Source, arms: Sequence[str], claim: str, quantities: Sequence[str]
) -> tuple[Check[Formula], ...]:
    """Two checks of training accuracies: under PGD on the margin, and under the attack that trained."""
    return _checks(source, arms, claim, quantities, (), (LAST_EPOCH, TRAINING_ATTACK))


def of_two_networks(
    source: Source, arms: Sequence[str], claim: str, quantities: Sequence[str]
) -> tuple[Check[Formula], ...]:
    """Two checks of a figure measured in one way only: on the last network of each run, and on its best one."""
    return _checks(source, arms, claim, quantities, (), (LAST_EPOCH, BEST_EPOCH))


def with_and_without_pairs(
    source: Source, arms: Sequence[str], claim: str, quantities: Sequence[str]
) -> tuple[Check[Formula], ...]:
    """Two checks of a figure of which runs too short for a best epoch hold one: paired by seed, and as independent."""
    return _checks(source, arms, claim, quantities, (), (LAST_EPOCH, UNPAIRED))


def _checks(
    source: Source,
    arms: Sequence[str],
    claim: str,
    quantities: Sequence[str],
    stated: Sequence[Stated],
    evaluations: tuple[Evaluation, Evaluation],
    along: bool = False,
) -> tuple[Check[Formula], ...]:
    first, second = evaluations
    return (
        check(source, first, claim, exhibits(arms, quantities, stated, along=along)),
        check(source, second, claim, exhibits(arms, quantities, first=False, along=along)),
    )


def mutants(right: Comparison, switched_off: str) -> tuple[Mutant[Comparison], ...]:
    """What a mistaken analysis would compare: arms swapped, the treatment off, and attacked with not attacked."""
    treated, control, quantities = right.treated, right.control, right.quantities
    return (
        Mutant("arms_swapped", Comparison(control, treated, quantities)),
        Mutant(f"{switched_off}_off", Comparison(control, control, quantities)),
        Mutant("only_treated_arm_attacked", Comparison(treated, control, (ROBUST,), control_quantity=CLEAN)),
    )


def mutants_of_equivalence(right: Equivalence) -> tuple[Mutant[Equivalence | Comparison], ...]:
    """That the treatment gains or loses the margin, and a comparison of attacked with not attacked."""
    treated, control, quantities, margin = right.treated, right.control, right.quantities, right.margin
    return (
        Mutant("treatment_gains_the_margin", Comparison(treated, control, quantities, margin)),
        Mutant("treatment_loses_the_margin", Comparison(control, treated, quantities, margin)),
        Mutant("only_treated_arm_attacked", Equivalence(treated, control, (ROBUST,), margin, control_quantity=CLEAN)),
    )
