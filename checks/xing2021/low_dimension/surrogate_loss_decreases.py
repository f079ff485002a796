r"""Theorem 2, first part. Let $\epsilon$ be a fixed constant. If there exists some constant $B_0$ such that
$\|\theta_\xi^{(0)}\| \leq B_0 v$, and the dimension growth rate satisfies $\log n \sqrt{d^2/n} \to 0$, then with
probability tending to 1, the surrogate loss $R_{L, \xi}(\theta_\xi^{(t)}, \epsilon)$ decreases in each iteration,
given $\eta = \xi/(v^2 L)$ for some large constant $L$, $T = (v^2 \log\log n)/\xi$ and $\xi = v^2 d/\sqrt{n} \log n$.
"""

from dataclasses import replace

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import Ball, to_ball
from checks.evidence import certified_line
from checks.result import Chart, Evidence, Kind
from checks.xing2021 import PAPER
from checks.xing2021.low_dimension.descent import Descent, certify_step, first_step, runs_that_descend
from checks.xing2021.low_dimension.frozen_update import FROZEN
from checks.xing2021.low_dimension.limits_of_training import radial
from checks.xing2021.low_dimension.smoothed_attack import Line, enclose_on_line
from theory.surrogate import SURROGATE_RISK

SIZES = ((1000, 1), (4000, 1), (4000, 2), (16_000, 1), (16_000, 2))

PRINTED = Descent(update="frozen", loss="surrogate", radius=1.0, smoothness=16.0)
"""ε = 1 lies beyond the null threshold √π/2, so that θ* = 0; L = 16 is four times what the exact gradient needs."""

START, SMOOTHING = 0.0625, 0.125
"""Between the minimiser of the surrogate risk and the point where the frozen update rests; all numbers are dyadic."""

LINE = Line(1.0, 1.0, PRINTED.radius, SMOOTHING)
STEP_SIZE = SMOOTHING / (2 * PRINTED.smoothness)  # ξ/(v²L)
PLACES = tuple(i / 512 for i in range(12, 65))


def certify(descent: Descent, budget: Budget) -> Evidence:
    """The first expected step from θ(0) = 1/16 at ξ = 1/8, where η = 2^-8."""
    return certify_step(descent, START, SMOOTHING)


def rise(start: float) -> Ball:
    """By how much the first expected step from a start changes the surrogate risk, by the closed forms."""
    moved = to_ball(start) - to_ball(STEP_SIZE) * radial(FROZEN, LINE, to_ball(start))
    before, after = (enclose_on_line(SURROGATE_RISK, LINE, place) for place in (start, moved))
    return after - before


def _chart() -> Chart:
    """The change over the start; the counterexample from the definitions."""
    return Chart(
        f"The first step raises the surrogate risk: {LINE}, L = {PRINTED.smoothness:g}",
        "start θ(0)",
        "R(θ(1)) - R(θ(0))",
        (
            certified_line.curve("change in the first step", rise, PLACES),
            certified_line.stated("0, below which it is said to be", 0.0, PLACES),
            certified_line.counterexample(lambda start: first_step(PRINTED, LINE, start)[1], START),
        ),
    )


CLAIM = Claim(
    id="xing2021.surrogate_loss_decreases",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 2"),
    formula=PRINTED,
    checks=(
        certified_line.refuting(Check("first_step", Kind.CERTIFIED, certify), PRINTED, _chart),
        runs_that_descend("from_zero", SIZES, quick=2, effort=2.0),
    ),
    mutants=(
        Mutant("exact_gradient_of_the_training_loss", replace(PRINTED, update="full", loss="train")),
        Mutant("below_the_null_threshold", replace(PRINTED, radius=0.5)),
        Mutant("no_attack", replace(PRINTED, radius=0.0)),
    ),
    uses=("xing2021.frozen_fixed_point_is_not_the_minimizer",),
    erratum=(
        "The printed update holds the attack fixed, and it does not rest where the surrogate risk is least but farther "
        "from 0 for ε beyond the null threshold. So training from θ(0) = 0 passes the minimiser and raises the "
        "population surrogate risk from about iteration L log 2/(4ε) on, long before T; and from a start between the "
        "two points the very first step raises it. What decreases is the empirical surrogate loss under its exact "
        "gradient; the printed one does along the way from a far start."
    ),
)
