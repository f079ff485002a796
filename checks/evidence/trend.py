"""Trend evidence: a limit or a rate, checked along a sweep that is declared in advance.

Every point of a sweep is measured on independent replicates, so it has an interval. What the sweep is compared with
is, in order of preference: the exact value at that size (`finite_size`), an interval the value must lie in (`bounds`),
the limit that a regression on declared corrections extrapolates to (`limit`), or the slope of a power law (`rate`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.stats import f as fisher
from scipy.stats import t as student

from checks.claim import Budget, Check
from checks.evidence.montecarlo import POWER, Mean, compare, reach
from checks.evidence.regression import Fit, regress
from checks.evidence.trend_pictures import accepted, accepted_rate, bounded_region, half_widths, sketch
from checks.result import Chart, Evidence, Kind, Outcome, Series

Formula = TypeVar("Formula")
Point = TypeVar("Point")
Array = NDArray[np.float64]
Measure = Callable[[Point, int, np.random.Generator], Array]


@dataclass(frozen=True)
class Sweep(Generic[Point]):
    """Points declared in advance, small sizes first: the first `quick` at the quick budget, all at the full one.

    `size` is the number a point is plotted against and its limit is taken in; `effort` multiplies the budget's
    replicates at a point, for sizes at which a replicate costs little. `axis` names the size.
    """

    points: tuple[Point, ...]
    quick: int
    size: Callable[[Point], float]
    axis: str
    effort: Callable[[Point], float] = lambda point: 1.0

    def chosen(self, budget: Budget) -> tuple[Point, ...]:
        """The points that `budget` pays for."""
        return self.points if budget.name == "full" else self.points[: self.quick]

    def sizes(self, points: Sequence[Point]) -> tuple[float, ...]:
        """The size of each of `points`."""
        return tuple(self.size(point) for point in points)

    def replicates(self, point: Point, budget: Budget) -> int:
        """How many data sets are drawn at `point`, at least two."""
        return max(2, round(self.effort(point) * budget.replicates))


def observer(sweep: Sweep[Point], measure: Measure[Point]) -> Callable[[Budget], tuple[Mean, ...]]:
    """A function of the budget that measures the sweep once: the mean over replicates at each of its points.

    `measure(point, replicates, rng)` returns one number a replicate, shape (replicates,); each point has a generator
    of its own, so that a longer sweep does not change its beginning.
    """

    @lru_cache(maxsize=4)
    def observed(budget: Budget) -> tuple[Mean, ...]:
        points = sweep.chosen(budget)
        seeds = np.random.SeedSequence(budget.seed).spawn(len(points))
        return tuple(
            _mean(measure(point, sweep.replicates(point, budget), np.random.default_rng(seed)))
            for point, seed in zip(points, seeds, strict=True)
        )

    return lambda budget: observed(Budget(budget.name, 0, 0, budget.replicates, seed=budget.seed))


def finite_size(
    name: str,
    sweep: Sweep[Point],
    measure: Measure[Point],
    value: Callable[[Formula, Point], float],
    resolution: float,
    claim: str,
    scope: str,
    kind: Kind = Kind.TREND,
) -> Check[Formula]:
    """A check that the mean at every point is the exact finite-size `value(formula, point)`.

    The margin holds over all points together (Student, Bonferroni); inconclusive when the relative difference that
    would be caught 99 times in 100 exceeds `resolution` at some point.
    """
    observe = observer(sweep, measure)

    def run(formula: Formula, budget: Budget) -> Evidence:
        found, points = observe(budget), sweep.chosen(budget)
        claimed = [value(formula, point) for point in points]
        half = half_widths(found, budget.error_rate)
        line = accepted("claimed", sweep.sizes(points), np.array(claimed), half)
        picture = sketch(sweep.axis, sweep.sizes(points), found, budget.error_rate, line)
        return compare(found, claimed, points, budget, resolution, claim, scope, kind, (picture,))

    return Check(name, kind, run)


def bounds(
    name: str,
    sweep: Sweep[Point],
    measure: Measure[Point],
    allowed: Callable[[Formula, Point], tuple[float, float]],
    claim: str,
    scope: str,
    kind: Kind = Kind.TREND,
) -> Check[Formula]:
    """A check that the mean at every point lies in `allowed(formula, point)`, an interval with a reason.

    It holds when the whole confidence interval of every point lies inside, and fails when some confidence interval
    lies outside; otherwise it is inconclusive.
    """
    observe = observer(sweep, measure)

    def run(formula: Formula, budget: Budget) -> Evidence:
        found, points = observe(budget), sweep.chosen(budget)
        low, high = (np.array(side) for side in zip(*(allowed(formula, point) for point in points), strict=True))
        return _bounded(found, points, low, high, sweep, budget, claim, scope, kind)

    return Check(name, kind, run)


@dataclass(frozen=True)
class Limit:
    """A claimed limit, and the exponents p of the corrections size^-p on the way to it."""

    value: float
    corrections: tuple[float, ...]


def limit(
    name: str,
    sweep: Sweep[Point],
    measure: Measure[Point],
    claimed: Callable[[Formula], Limit],
    scale: float,
    resolution: float,
    claim: str,
    scope: str,
    kind: Kind = Kind.TREND,
) -> Check[Formula]:
    """A check that the means tend to a claimed limit as the size grows, by regression on its declared corrections.

    mean = limit + Σ_j b_j size^-p_j, weighted by the intervals. Fails when the fitted limit is further from the claimed
    one than its margin. Inconclusive when the corrections do not describe the sweep (a misfit, by Fisher's ratio,
    beyond `error_rate`), or when the difference that would be caught 99 times in 100 exceeds `resolution`, in units of
    `scale`.
    """
    observe = observer(sweep, measure)

    def run(formula: Formula, budget: Budget) -> Evidence:
        found, points, target = observe(budget), sweep.chosen(budget), claimed(formula)
        sizes = np.array([sweep.size(point) for point in points])
        columns = np.stack([np.ones(len(sizes)), *(sizes**-power for power in target.corrections)], axis=1)
        y, spread = np.array([m.mean for m in found]), np.array([m.standard_error for m in found])
        fit = regress(columns, y, spread, min(m.count for m in found))
        line = Series("fitted", tuple(sizes.tolist()), tuple((columns @ fit.coefficients).tolist()))
        half = np.full(len(sizes), fit.margin(budget.error_rate) * fit.standard_errors[0])
        goal = accepted("claimed limit", line.x, np.full(len(sizes), target.value), half)
        picture = sketch(sweep.axis, sweep.sizes(points), found, budget.error_rate, line, goal)
        return _judge(fit, 0, target.value, scale, resolution, budget, f"{claim}: the limit", scope, kind, picture)

    return Check(name, kind, run)


def rate(
    name: str,
    sweep: Sweep[Point],
    measure: Measure[Point],
    exponent: Callable[[Formula], float],
    resolution: float,
    claim: str,
    scope: str,
    corrections: tuple[float, ...] = (),
    kind: Kind = Kind.TREND,
) -> Check[Formula]:
    """A check that the positive means follow a power law, mean ~ size^exponent(formula).

    log mean = a + exponent log size + Σ_j b_j size^-p_j over the declared `corrections`. Fails, and is inconclusive, as
    `limit` does; `resolution` is relative to the claimed exponent.
    """
    observe = observer(sweep, measure)

    def run(formula: Formula, budget: Budget) -> Evidence:
        found, points, target = observe(budget), sweep.chosen(budget), exponent(formula)
        sizes = np.array([sweep.size(point) for point in points])
        columns = np.stack([np.ones(len(sizes)), np.log(sizes), *(sizes**-power for power in corrections)], axis=1)
        y, spread = np.array([m.mean for m in found]), np.array([m.standard_error for m in found])
        fit = regress(columns, np.log(y), spread / y, min(m.count for m in found))
        line = Series("fitted", tuple(sizes.tolist()), tuple(np.exp(columns @ fit.coefficients).tolist()))
        half = fit.margin(budget.error_rate) * fit.standard_errors[1]
        goal = accepted_rate(columns, np.log(y), spread / y, target, half)
        picture = sketch(sweep.axis, sweep.sizes(points), found, budget.error_rate, line, goal, log=True)
        scale = abs(target) if target else 1.0
        return _judge(fit, 1, target, scale, resolution, budget, f"{claim}: the exponent", scope, kind, picture)

    return Check(name, kind, run)


def _judge(
    fit: Fit,
    term: int,
    target: float,
    scale: float,
    resolution: float,
    budget: Budget,
    what: str,
    scope: str,
    kind: Kind,
    picture: Chart,
) -> Evidence:
    margin = fit.margin(budget.error_rate)
    error = float(fit.standard_errors[term])
    deviation = abs(float(fit.coefficients[term]) - target) / error
    detectable = (margin + float(student.ppf(POWER, fit.degrees))) * error / scale
    misfit = float(fisher.sf(fit.misfit / fit.spare, fit.spare, fit.degrees))
    if misfit < budget.error_rate or detectable > resolution:
        outcome = Outcome.INCONCLUSIVE
    else:
        outcome = Outcome.HOLDS if deviation <= margin else Outcome.FAILS
    found = f"{fit.coefficients[term]:.5g} ± {error:.2g}"
    return Evidence(
        kind=kind,
        outcome=outcome,
        scope=scope,
        summary=(
            f"{what} found is {found}, claimed {target:.5g}: {deviation:.2f} standard errors (margin {margin:.2f}); a "
            f"difference of {detectable * scale:.2g} would have been caught 99 times in 100."
        ),
        numbers={
            "found": float(fit.coefficients[term]),
            "standard error": error,
            "claimed": target,
            "largest deviation in standard errors": deviation,
            "margin in standard errors": margin,
            "probability of a worse misfit": misfit,
            "detectable difference": detectable * scale,
            "detectable relative difference": detectable,
            "resolution": resolution,
            "error rate": budget.error_rate,
        },
        counterexample=f"found {found}, claimed {target:.6g}" if outcome is Outcome.FAILS else None,
        charts=(picture,),
    )


def _bounded(
    found: tuple[Mean, ...],
    points: tuple[Point, ...],
    low: Array,
    high: Array,
    sweep: Sweep[Point],
    budget: Budget,
    claim: str,
    scope: str,
    kind: Kind,
) -> Evidence:
    centre, spread = np.array([m.mean for m in found]), np.array([m.standard_error for m in found])
    half = half_widths(found, budget.error_rate)
    outside = np.maximum(centre - half - high, low - centre - half)
    room = np.minimum(high - centre - half, centre - half - low)
    worst = int(np.argmax(outside))
    failed = bool(outside[worst] > 0)
    outcome = Outcome.FAILS if failed else Outcome.HOLDS if room.min() >= 0 else Outcome.INCONCLUSIVE
    lines = bounded_region(sweep.sizes(points), low, high)
    seen = f"{centre[worst]:.5g} ± {half[worst]:.2g}, allowed {low[worst]:.5g} to {high[worst]:.5g}"
    return Evidence(
        kind=kind,
        outcome=outcome,
        scope=scope,
        summary=f"{claim}: over {len(found)} sizes the tightest or worst is {sweep.axis} = "
        f"{sweep.size(points[worst]):g}, with {seen}.",
        numbers={
            "points": float(len(found)),
            "fewest draws": float(min(mean.count for mean in found)),
            "largest excess": float(outside[worst]),
            "least room": float(room.min()),
            "detectable excess": float(np.max(reach(found, budget.error_rate) * spread)),
            "error rate": budget.error_rate,
        },
        counterexample=f"{points[worst]}: {seen}" if failed else None,
        charts=(sketch(sweep.axis, sweep.sizes(points), found, budget.error_rate, *lines),),
    )


def _mean(draws: Array) -> Mean:
    return Mean(float(draws.mean()), float(draws.std(ddof=1) / np.sqrt(len(draws))), len(draws))
