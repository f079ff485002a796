r"""With the exact gradient of the surrogate training loss, which differentiates the attack too, the threshold of
$\xi$ is another one: for $\eta\lambda_{\max} < n$, $\lambda_{\max}$ the largest eigenvalue of
$\mathbf{X}\mathbf{X}^\top$, training converges to $\theta(\mathbf{y})$ from nearby if
$(1 + 2\epsilon\|\theta(\mathbf{y})\|^2/\xi)^2 < n/(\eta\lambda_{\max})$ and is repelled by it if the reverse holds
strictly. A small residual along an eigenvector of $\mathbf{X}\mathbf{X}^\top$ with eigenvalue $\lambda$ is multiplied
by $1 - (2\eta\lambda/n)(1 + 2\epsilon\|\theta(\mathbf{y})\|^2/\xi)^2$ in each step. (The paper has none. Trainings
from zero are observed to end on the same side.)
"""

from checks.claim import Claim, Mutant, Reference
from checks.formula import Formula
from checks.xing2021 import PAPER
from checks.xing2021.high_dimension.settling import Settling, checks_of, production
from theory.derivations.interpolation_stability import full_multiplier
from theory.interpolation_stability import (
    FROZEN_MULTIPLIER,
    FROZEN_STABLE_SMOOTHING,
    FULL_MULTIPLIER,
    FULL_STABLE_SMOOTHING,
)

THRESHOLD, MULTIPLIER = production("full")
SETTLING = Settling(
    "full",
    Formula(FULL_STABLE_SMOOTHING, r"\xi_c", THRESHOLD),
    Formula(FULL_MULTIPLIER, r"\mu", MULTIPLIER),
)

CLAIM = Claim(
    id="xing2021.full_training_settles_iff",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 5"),
    ours=True,
    formula=SETTLING,
    checks=checks_of("full", full_multiplier),
    mutants=(
        Mutant("threshold_five_percent_low", SETTLING.change(FULL_STABLE_SMOOTHING * 95 / 100, FULL_MULTIPLIER)),
        Mutant("threshold_five_percent_high", SETTLING.change(FULL_STABLE_SMOOTHING * 105 / 100, FULL_MULTIPLIER)),
        Mutant("threshold_of_the_frozen_update", SETTLING.change(FROZEN_STABLE_SMOOTHING, FROZEN_MULTIPLIER)),
        Mutant("amplified_once", SETTLING.change(FULL_STABLE_SMOOTHING, FROZEN_MULTIPLIER)),
    ),
)
