r"""The abstract does not say it. For $\|\theta_0\| = 1$, $\sigma = 1/2$ and $\epsilon = 1/2$ the robust risk of
adversarial training exceeds $v^2$, which predicting 0 has, if and only if $c > 0.793187083042$: with fewer than about
$1.26\, d$ samples training against the attack is worse than not to train, although the null threshold is far away.
"""

import math
from dataclasses import dataclass

import numpy as np
from flint import ctx
from hypothesis import strategies as st

from checks import domains
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import encloser
from checks.evidence import sampled, trend
from checks.javanmard2020 import PAPER, saddle
from checks.javanmard2020.replicates import minimise
from checks.javanmard2020.settings import Setting
from checks.result import Chart, Evidence, Kind, Outcome, Series
from theory.proportional import proportional_limit
from theory.validation import FloatArray

SIGNAL, NOISE, RADIUS = 1.0, 0.5, 0.5
NULL_RISK = SIGNAL**2 + NOISE**2
CLOSENESS = 2.0**-38  # relative: the crossing is stated to twelve digits
APART = 1e-9  # relative distance from the crossing at which the computed risks are compared, far above their rounding
SAMPLES = 80
SWEEP = trend.Sweep((0.25, 0.5, 1.25, 2.0), 4, float, "d/n", effort=lambda ratio: 2.0)


@dataclass(frozen=True)
class Crossing:
    """The d/n from which on training is worse than predicting 0."""

    ratio: float

    @property
    def latex(self) -> str:
        """The ratio as LaTeX."""
        return rf"c^* = {self.ratio:.12g}"


def at(ratio: float) -> Setting:
    """The setting at an aspect ratio."""
    return Setting(SIGNAL, NOISE, RADIUS, ratio)


def bracketed(formula: Crossing, budget: Budget) -> Evidence:
    """The enclosed risk a relative 2^-38 below and above the crossing."""
    points = [saddle.saddle_point(at(formula.ratio * (1 + side * CLOSENESS))) for side in (-1, 1)]
    with ctx.workprec(saddle.PRECISION):
        excess = [encloser(saddle.RISK)(point) - NULL_RISK for point in points if point is not None]
    decided = len(excess) == 2 and all(ball > 0 or ball < 0 for ball in excess)
    crosses = decided and excess[0] < 0 < excess[1]
    outcome = Outcome.HOLDS if crosses else Outcome.FAILS if decided else Outcome.INCONCLUSIVE
    found = " and ".join(ball.str(5) for ball in excess)
    return Evidence(
        Kind.CERTIFIED, outcome, "next to the crossing",
        f"Risk less v² a relative 2^-38 below and above the stated ratio: {found}.", {"closeness": CLOSENESS},
        f"c = {formula.ratio}: {found}" if outcome is Outcome.FAILS else None, charts=(chart(),),
    )  # fmt: skip


def chart() -> Chart:
    """The risk over v² by d/n at several radii."""
    ratios = tuple(float(10**power) for power in np.linspace(-2, 3, 60))
    series = []
    for radius in (0.25, 0.5, 1.0):
        risks = tuple(proportional_limit(SIGNAL, NOISE, radius, ratio).risk / NULL_RISK for ratio in ratios)
        series.append(Series(f"ε = {radius}", ratios, risks))
    series.append(Series("predicting 0", ratios, (1.0,) * len(ratios)))
    return Chart(
        "Robust risk of adversarial training over that of predicting 0", "d/n", "risk / v²", tuple(series), x_log=True
    )


@dataclass(frozen=True)
class Side:
    """A side of the crossing, and how far from it: the logarithm of d/n over the crossing's, over the farthest one."""

    beyond: bool
    fraction: float


sides = st.builds(Side, st.booleans(), domains.numbers(0.0, 1.0))


def side_gap(formula: Crossing, side: Side) -> float:
    """By how much the computed risk is on the wrong side of v², relative to it."""
    start, end = formula.ratio * (1 + APART), 1e6
    if not side.beyond:
        start, end = formula.ratio * (1 - APART), 1e-6
    ratio = start * (end / start) ** (side.fraction**2)
    excess = at(ratio).limit.risk / NULL_RISK - 1
    return -excess if side.beyond else excess


def robust_risks(ratio: float, replicates: int, rng: np.random.Generator) -> FloatArray:
    """Robust risks of exact minimisers on 80 samples, over v²."""
    found: FloatArray = minimise(at(ratio), SAMPLES, replicates, rng).risk / NULL_RISK
    return found


def allowed(formula: Crossing, ratio: float) -> tuple[float, float]:
    """Below 1 before the crossing, above it beyond."""
    return (1.0, math.inf) if ratio > formula.ratio else (-math.inf, 1.0)


FORMULA = Crossing(0.793187083042)

CLAIM = Claim(
    id="javanmard2020.training_is_worse_than_null_beyond_crossing",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Abstract, size of the data"),
    ours=True,
    formula=FORMULA,
    checks=(
        Check("bracket", Kind.CERTIFIED, bracketed),
        sampled.search(
            "sides", sides, side_gap, 0.0, "Computed risks on both sides of the crossing against v²",
            scope="c from 1e-6 to 1e6",
        ),
        trend.bounds(
            "minimisers", SWEEP, robust_risks, allowed, "Robust risk of exact minimisers on 80 samples over v²",
            "n = 80, d/n = 1/4, 1/2, 5/4 and 2",
        ),
    ),
    mutants=(
        Mutant("five_percent_fewer_coordinates", Crossing(0.95 * FORMULA.ratio)),
        Mutant("five_percent_more_coordinates", Crossing(1.05 * FORMULA.ratio)),
        Mutant("as_many_coordinates_as_samples", Crossing(1.0)),
        Mutant("four_samples_a_coordinate", Crossing(0.24)),
    ),
    uses=("javanmard2020.robust_risk_has_proportional_limit",),
)  # fmt: skip
