r"""Although both Theorems 2 and 3 establish the convergence of $R_{N, \xi}(\theta, \epsilon)$, Theorems 3 requires that
$\xi/v$ converges to zero in a slower speed, leading to a slower convergence rate for $R_{N, \xi}(\theta, \epsilon)$.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from flint import arb, ctx

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import Ball
from checks.evidence import certified, certified_line
from checks.result import Chart, Evidence, Kind, Outcome, Series
from checks.xing2021 import PAPER
from checks.xing2021.low_dimension.frozen_fixed_point_is_not_the_minimizer import LIMIT
from checks.xing2021.low_dimension.limits_of_training import radial, zero_on_ray
from checks.xing2021.low_dimension.smoothed_attack import Line
from checks.xing2021.two_layer.literal_rates import LOG_SIZES, RADIUS, excess

LINE = Line(1.0, 1.0, RADIUS, 1.0)
STEP = 2.0**-30
NEAR, APART = 0.1, 2.0
"""A ratio that tends to 1 is this near to it at the largest size; one that tends to ∞ is at least so large."""
LAST = 4  # decades of log n
CONSTANTS = tuple(2 + i / 4 for i in range(41))


@dataclass(frozen=True)
class Schedule:
    """The theorems' "large constant" L, at Σ = I, ‖θ₀‖ = σ = 1, ε = 1/2, where training is stable from L = 2 on."""

    smoothness: float

    @property
    def latex(self) -> str:
        """L."""
        return f"L = {self.smoothness:g}"


def certify(schedule: Schedule, budget: Budget) -> Evidence:
    """The exponent 2μ/L of the optimisation error of both schedules against that of ξ, which is 1."""
    with ctx.workprec(certified.PRECISION):
        exponent = exponent_of(schedule.smoothness)
    outcome = Outcome.FAILS if exponent < 1 else Outcome.HOLDS if exponent > 1 else Outcome.INCONCLUSIVE
    text = (
        f"L = {schedule.smoothness:g}: both risks have an error of the order (log n)^-{exponent.str(5, radius=False)}"
    )
    return Evidence(
        Kind.CERTIFIED, outcome, "one problem, d fixed, given the expansions in ξ and in the distance to θ*",
        f"{text} at T, where Theorem 3's smoothing adds one of the order (log log n)/log n.",
        {"exponent": float(exponent.mid())}, text if outcome is Outcome.FAILS else None,
    )  # fmt: skip


def exponent_of(smoothness: float) -> Ball:
    """2μ/L."""
    return 2 * curvature() / arb(smoothness)


@cache
def curvature() -> Ball:
    """μ, between the slopes of the risk's derivative on both sides of θ*."""
    with ctx.workprec(certified.PRECISION):
        best = zero_on_ray(LIMIT, LINE)
        slopes = [radial(LIMIT, LINE, best + side * arb(STEP)) / (side * arb(STEP)) for side in (-1, 1)]
        return slopes[0].union(slopes[1])


def _exponents() -> Chart:
    """The exponent over L: only above 1 is what is left of training less than what Theorem 3's smoothing adds."""
    return Chart(
        "For large L training leaves more at T, under both theorems, than Theorem 3's smoothing adds",
        "the large constant L",
        "exponent of 1/log n",
        (
            certified_line.curve("2μ/L, of what training leaves", exponent_of, CONSTANTS),
            certified_line.stated("1, of what the smoothing adds, said to be the slower", 1.0, CONSTANTS),
            certified_line.counterexample(exponent_of, PRINTED.smoothness),
        ),
    )


def astronomic_sizes(schedule: Schedule, budget: Budget) -> Evidence:
    """The ratio of the two errors of the smoothed risk up to log n = 10^8: does it tend to 1, or to infinity?"""
    found = excess(schedule.smoothness)
    ratio = found.network / found.linear
    tail = ratio[-LAST:]
    same = bool(np.all(np.diff(np.abs(tail - 1)) < 0)) and abs(tail[-1] - 1) < NEAR
    grows = bool(np.all(np.diff(np.abs(tail)) > 0)) and abs(tail[-1]) > APART
    outcome = Outcome.FAILS if same else Outcome.HOLDS if grows else Outcome.INCONCLUSIVE
    text = f"L = {schedule.smoothness:g}: Theorem 3's error is {tail[-1]:.5g} times Theorem 2's at log n = 10^8"
    return Evidence(
        Kind.TREND, outcome, "log n = 10 to 10^8, Σ = I, along θ₀, the literal ξ and η T, h → ∞",
        f"{text}, and {tail[0]:.5g} times at 10^5.",
        {"ratio at the largest size": float(tail[-1])}, text if outcome is Outcome.FAILS else None,
        charts=(_chart(schedule),),
    )  # fmt: skip


def _chart(schedule: Schedule) -> Chart:
    found, x = excess(schedule.smoothness), tuple(LOG_SIZES.tolist())
    series = tuple(
        Series(label, x, tuple(np.abs(values).tolist()))
        for label, values in (
            ("Theorem 2", found.linear),
            ("Theorem 3", found.network),
            ("Theorem 3's ξ/v²", found.share),
        )
    )
    return Chart(
        f"Errors of the smoothed risk at T, L = {schedule.smoothness:g}", "log n", "|R - R*|/v²", series, x_log=True,
        y_log=True,
    )  # fmt: skip


PRINTED = Schedule(8.0)

CLAIM = Claim(
    id="xing2021.network_risk_converges_slower",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Remark 2"),
    formula=PRINTED,
    checks=(
        certified_line.refuting(Check("exponents", Kind.CERTIFIED, certify), PRINTED, _exponents),
        Check("astronomic_sizes", Kind.TREND, astronomic_sizes),
    ),
    mutants=(
        Mutant("constant_below_threshold", Schedule(3.0)),
        Mutant("constant_five_percent_below_threshold", Schedule(4.0)),
        Mutant("constant_close_to_instability", Schedule(2.5)),
    ),
    reading="The sentence stands before Remark 2. d is fixed, h → ∞, and both theorems take the T that they print.",
    erratum=(
        "At the printed T both schedules have followed the flow for the time (log log n)/L only, and both risks are "
        "still off by about C (log n)^(-2μ/L), μ the smallest eigenvalue of the Hessian of the risk at θ*. For a large "
        "constant L, as the theorems ask for, L > 2μ, that is more than the (log log n)/log n which the smoothing adds "
        "in Theorem 3: the rates are the same, and so is the leading constant. The sentence holds for L ≤ 2μ, and for "
        "training that goes on until it rests."
    ),
    uses=("xing2021.smoothing_bias_is_linear", "xing2021.literal_schedule_converges_slowly"),
)  # fmt: skip
