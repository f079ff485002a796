"""What the claims on Theorem 2's limits share: does what is left at T tend to 0, with and without noise?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from flint import arb, ctx

from checks.claim import Budget, Check
from checks.enclosure import Ball, encloser, to_ball
from checks.evidence import certified
from checks.evidence.montecarlo import Mean, margins
from checks.result import Chart, Evidence, Kind, Outcome, Series
from checks.xing2021.low_dimension import frozen_update as updates
from checks.xing2021.low_dimension.frozen_fixed_point_is_not_the_minimizer import LIMIT
from checks.xing2021.low_dimension.scheduled_training import Setting, trained_coefficients
from checks.xing2021.low_dimension.smoothed_attack import SHARE, Line, risk_by_definition
from theory.risk import RISK
from theory.validation import FloatArray

SMOOTHINGS = (2.0**-6, 2.0**-9, 2.0**-12)
FALL = 0.25  # what tends to 0 in proportion to ξ falls to an eighth from one smoothing to the next
NEAREST, HALVINGS = 2.0**-14, 100
HALF = 0.5  # a quantity that tends to 0 halves from some size on
SIZES = (250, 4000, 32_000, 128_000)
QUICK = 3
ENOUGH = 2**20  # samples drawn at one size, from at least 20 data sets: large sets scatter little


@dataclass(frozen=True)
class Hypotheses:
    """Under which a limit is stated: the noise, and the start over θ₀; ‖θ₀‖ = 1, Σ = I, the update as printed."""

    noise_std: float
    start: float


Left = Callable[[Setting, FloatArray], FloatArray]
"""What should tend to 0, of trained coefficients (k, d) at a setting; shape (k,)."""


def rest_from(hypotheses: Hypotheses, line: Line) -> Ball:
    """Where the expected printed update comes to rest in d = 1: at its start if that is a zero residual, for good."""
    if hypotheses.noise_std == 0 and hypotheses.start == 1:
        return to_ball(line.truth)
    return zero_on_ray(updates.FROZEN, line)


def certify(hypotheses: Hypotheses, radius: float, left: Callable[[Ball, Line], Ball], what: str) -> Evidence:
    """What is left where the expected update rests, at three smoothings: does it fall with them?"""
    lines = [Line(1.0, hypotheses.noise_std**2, radius, smoothing) for smoothing in SMOOTHINGS]
    with ctx.workprec(certified.PRECISION):
        sizes = [abs(left(rest_from(hypotheses, line), line)) for line in lines]
        stays = all(later > HALF * first for first, later in pairwise(sizes))
        falls = all(later < FALL * first for first, later in pairwise(sizes))
    outcome = Outcome.FAILS if stays else Outcome.HOLDS if falls else Outcome.INCONCLUSIVE
    found = ", ".join(size.str(5, radius=False) for size in sizes)
    start = f"d = 1, Σ = 1, θ₀ = 1, σ = {hypotheses.noise_std:g}, ε = {radius:g}, θ(0) = {hypotheses.start:g} θ₀"
    text = f"{start}: at ξ = 2^-6, 2^-9 and 2^-12 {what} where the expected update rests is {found}"
    numbers = {"at the largest smoothing": float(sizes[0].mid()), "at the smallest": float(sizes[-1].mid())}
    return Evidence(
        Kind.CERTIFIED, outcome, "one problem in d = 1, three smoothings",
        f"{text}; what tends to 0 in proportion to ξ would fall to an eighth each time.", numbers,
        text if stays else None,
    )  # fmt: skip


def risk_left(coefficient: Ball, line: Line) -> Ball:
    """R_{L,ξ}(θ) - R*, from the definition of the surrogate risk."""
    if line.noise_variance == 0 and coefficient == line.truth:
        surrogate = arb(0)  # every residual is 0, and the smoothed attack vanishes with it
    else:
        surrogate = risk_by_definition(SHARE, line, coefficient)
    return surrogate - _risk_on_line(optimum(line), line)


def coefficients_left(coefficient: Ball, line: Line) -> Ball:
    """θ - θ*."""
    return coefficient - optimum(line)


def optimum(line: Line) -> Ball:
    """θ* in d = 1: θ₀ itself without noise below c₀ = E|Z|, else where the risk's slope changes sign."""
    with ctx.workprec(certified.PRECISION):
        if line.noise_variance == 0 and to_ball(line.radius) < (2 / arb.pi()).sqrt():
            return to_ball(line.truth)
    return zero_on_ray(LIMIT, line)


def zero_on_ray(field: updates.Field, line: Line) -> Ball:
    """Where a field in d = 1 points outwards before and inwards after, between 2^-14 and θ₀ = 1; 0 if nowhere."""
    with ctx.workprec(certified.PRECISION):
        low, high = arb(NEAREST), arb(1)
        if not radial(field, line, low) < 0:
            return arb(0)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if radial(field, line, middle) < 0 else (low, middle)
        return low.union(high)


def radial(field: updates.Field, line: Line, coefficient: Ball) -> Ball:
    """The field at θ > 0 in d = 1, α(θ - θ₀) + βθ."""
    return encloser(field.projection)(updates.on_line(line, coefficient))


def _risk_on_line(coefficient: Ball, line: Line) -> Ball:
    values = updates.on_line(line, coefficient)
    return encloser(RISK)(values)


def sweep(
    name: str, radius: float, left: Left, what: str, sizes: Sequence[int] = SIZES, quick: int = QUICK
) -> Check[Hypotheses]:
    """A check that the mean of what is left at T, on data, tends to 0 along the literal schedule, d = 1 and 2.

    Holds where it is certainly less than half as large at the last size as at the first, fails where it is certainly
    more than nine tenths, and says nothing in between.
    """

    @lru_cache(maxsize=16)
    def measure(hypotheses: Hypotheses, full: bool, replicates: int, seed: int) -> tuple[tuple[Setting, Mean], ...]:
        chosen = [
            Setting(n, d, 1.0, hypotheses.noise_std, 0.0, radius, 2.4 * radius, start=hypotheses.start)
            for d in (1, 2) for n in (sizes if full else sizes[:quick])
        ]  # fmt: skip
        seeds = np.random.SeedSequence(seed).spawn(len(chosen))
        return tuple((s, _mean(left, s, replicates, child)) for s, child in zip(chosen, seeds, strict=True))

    def run(hypotheses: Hypotheses, budget: Budget) -> Evidence:
        found = measure(hypotheses, budget.name == "full", budget.replicates, budget.seed)
        return _judge(found, what, budget)

    return Check(name, Kind.TREND, run)


def _mean(left: Left, setting: Setting, replicates: int, seed: np.random.SeedSequence) -> Mean:
    count = min(4 * replicates, max(20, ENOUGH // setting.n))
    values = left(setting, trained_coefficients(setting, count, np.random.default_rng(seed)))
    return Mean.of(values)


def _judge(found: Sequence[tuple[Setting, Mean]], what: str, budget: Budget) -> Evidence:
    means = [mean for _, mean in found]
    half = margins(means, budget.error_rate) * np.array([mean.standard_error for mean in means])
    centre = np.abs([mean.mean for mean in means])
    low, high = np.maximum(centre - half, 0.0), centre + half
    lengths = [i for i, (setting, _) in enumerate(found) if setting.n == found[0][0].n] + [len(found)]
    ends = [(first, after - 1) for first, after in pairwise(lengths)]
    stays = all(low[last] > 0.9 * high[first] for first, last in ends)
    falls = all(high[last] < HALF * low[first] for first, last in ends)
    outcome = Outcome.FAILS if stays else Outcome.HOLDS if falls else Outcome.INCONCLUSIVE
    pairs = "; ".join(
        f"{means[first].mean:.4g} at n = {found[first][0].n} and {means[last].mean:.4g} at n = {found[last][0].n}, "
        f"d = {found[last][0].d}"
        for first, last in ends
    )
    text = f"{what} at T is {pairs}: less than half as large would hold, more than nine tenths fails."
    return Evidence(
        Kind.TREND, outcome, "Σ = I, ‖θ₀‖ = 1, d = 1 and 2, the literal ξ, η and T", text,
        {"sizes": float(len(found)), "fewest replicates": float(min(mean.count for mean in means)),
         "error rate": budget.error_rate, "largest half-width": float(half.max())},
        f"{found[-1][0]}: {means[-1].mean:.6g}" if stays else None,
        charts=(_chart(found, half, what),),
    )  # fmt: skip


def _chart(found: Sequence[tuple[Setting, Mean]], half: FloatArray, what: str) -> Chart:
    series = []
    for d in (1, 2):
        here = [(s.n, m.mean, h) for (s, m), h in zip(found, half.tolist(), strict=True) if s.d == d]
        x, y = tuple(float(n) for n, _, _ in here), tuple(mean for _, mean, _ in here)
        low, high = (tuple(mean + sign * h for _, mean, h in here) for sign in (-1, 1))
        series.append(Series(f"d = {d}", x, y, low, high, points=True))
    return Chart("What is left at T", "n", what, tuple(series), x_log=True)
