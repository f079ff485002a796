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

from checks.claim import Budget, Check
from checks.evidence.montecarlo import Mean, compare
from checks.evidence.regression import regress
from checks.evidence.trend_pictures import accepted, accepted_rate, bounded_region, half_widths, sketch
from checks.evidence.trend_rules import judge_bounds, judge_fit
from checks.result import Evidence, Kind, Series

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
        lines = bounded_region(sweep.sizes(points), low, high)
        picture = sketch(sweep.axis, sweep.sizes(points), found, budget.error_rate, *lines)
        return judge_bounds(found, points, low, high, budget, claim, scope, kind, picture)

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
    noise: float = 1.0,
) -> Check[Formula]:
    """A check that the means tend to a claimed limit as the size grows, by regression on its declared corrections.

    mean = limit + Σ_j b_j size^-p_j, weighted as if the variance of a replicate were size^-noise, about; how nearly it
    is decides the precision alone. Fails when the fitted limit is further from the claimed one than its margin.
    Inconclusive when the corrections do not describe the sweep (a misfit, by Fisher's ratio, beyond `error_rate`), or
    when it holds and the difference that would be caught 99 times in 100 exceeds `resolution`, in units of `scale`.
    """
    observe = observer(sweep, measure)

    def run(formula: Formula, budget: Budget) -> Evidence:
        found, points, target = observe(budget), sweep.chosen(budget), claimed(formula)
        sizes = np.array(sweep.sizes(points))
        columns = np.stack([np.ones(len(sizes)), *(sizes**-power for power in target.corrections)], axis=1)
        y, spread, counts = _arrays(found)
        fit = regress(columns, y, spread, counts, counts * sizes**noise)
        line = Series("fitted", tuple(sizes.tolist()), tuple((columns @ fit.coefficients).tolist()))
        half = np.full(len(sizes), fit.margin(0, budget.error_rate) * fit.standard_errors[0])
        goal = accepted("claimed limit", line.x, np.full(len(sizes), target.value), half)
        picture = sketch(sweep.axis, sweep.sizes(points), found, budget.error_rate, line, goal)
        return judge_fit(fit, 0, target.value, scale, resolution, budget, f"{claim}: the limit", scope, kind, picture)

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

    log mean = a + exponent log size + Σ_j b_j size^-p_j over the declared `corrections`, weighted by the replicates.
    Fails, and is inconclusive, as `limit` does; `resolution` is relative to the claimed exponent.
    """
    observe = observer(sweep, measure)

    def run(formula: Formula, budget: Budget) -> Evidence:
        found, points, target = observe(budget), sweep.chosen(budget), exponent(formula)
        sizes = np.array(sweep.sizes(points))
        columns = np.stack([np.ones(len(sizes)), np.log(sizes), *(sizes**-power for power in corrections)], axis=1)
        y, spread, counts = _arrays(found)
        fit = regress(columns, np.log(y), spread / y, counts, counts)
        line = Series("fitted", tuple(sizes.tolist()), tuple(np.exp(columns @ fit.coefficients).tolist()))
        half = fit.margin(1, budget.error_rate) * fit.standard_errors[1]
        goal = accepted_rate(columns, np.log(y), counts**-0.5, target, half)
        picture = sketch(sweep.axis, sweep.sizes(points), found, budget.error_rate, line, goal, log=True)
        scale = abs(target) if target else 1.0
        return judge_fit(fit, 1, target, scale, resolution, budget, f"{claim}: the exponent", scope, kind, picture)

    return Check(name, kind, run)


def _arrays(found: Sequence[Mean]) -> tuple[Array, Array, Array]:
    """Means, standard errors and numbers of replicates, each of shape (points,)."""
    means, spread, counts = zip(*((m.mean, m.standard_error, m.count) for m in found), strict=True)
    return np.array(means), np.array(spread), np.array(counts, dtype=float)


def _mean(draws: Array) -> Mean:
    return Mean.of(draws)
