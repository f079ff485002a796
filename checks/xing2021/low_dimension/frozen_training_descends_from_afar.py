r"""Corrected: if $\sigma > 0$ and $\epsilon$ lies below the null threshold, so that $\theta^* \neq 0$, training as
printed from $\theta_\xi^{(0)} = 0$, with the attack held fixed and the printed $\eta$, $T$ and $\xi$, lowers the
population surrogate loss $R_{L, \xi}$ in each iteration up to $T$, with probability tending to 1. For then $\theta^*$
is far, the two updates differ by a part of order $\xi$ only, and the schedule ends long before the distance to
$\theta^*$ falls to the order of $\xi$.
"""

from dataclasses import replace

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.result import Evidence, Kind
from checks.xing2021 import PAPER
from checks.xing2021.low_dimension.descent import Descent, certify_step, runs_that_descend

SIZES = ((1000, 1), (4000, 2), (4000, 1), (16_000, 1), (16_000, 2))

FORMULA = Descent(update="frozen", loss="surrogate", radius=0.5, smoothness=16.0)
"""The null threshold is √π/2 = 0.886."""

START, SMOOTHING = 0.0625, 0.125


def certify(descent: Descent, budget: Budget) -> Evidence:
    """One expected step from θ = 1/16 at ξ = 1/8, where η = 2^-8."""
    return certify_step(descent, START, SMOOTHING)


CLAIM = Claim(
    id="xing2021.frozen_training_descends_from_afar",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 2"),
    formula=FORMULA,
    checks=(
        Check("first_step", Kind.CERTIFIED, certify),
        runs_that_descend("from_zero", SIZES, quick=2, effort=2.0),
    ),
    mutants=(
        Mutant("beyond_the_null_threshold", replace(FORMULA, radius=1.0)),
        Mutant("barely_beyond_the_null_threshold", replace(FORMULA, radius=0.9375)),
        Mutant("attack_twice_as_strong", replace(FORMULA, radius=2.0)),
    ),
    uses=("xing2021.frozen_fixed_point_is_not_the_minimizer",),
    amends="xing2021.surrogate_loss_decreases",
)
