"""Monte Carlo evidence: averages over data drawn from the model, against what a formula says they are."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from checks.claim import Budget, Check
from checks.evidence.noncentral import NORMAL, Moments, noncentrality, skew_allowance
from checks.evidence.noncentral import POWER as POWER
from checks.result import WHOLE_DOMAIN, Chart, Evidence, Kind, Outcome, Series, Tested

Formula = TypeVar("Formula")
Case = TypeVar("Case")
Draws = NDArray[np.float64]

STEP = 0.4  # half the width that a picture gives to a configuration
CHUNK = 2**16  # draws held at once: a few MiB a configuration


@dataclass(frozen=True)
class Mean:
    """An average of `count` independent draws, with its standard error.

    `moments` are the third to sixth of a standardised draw: as of a normal one where there are too few to tell.
    """

    mean: float
    standard_error: float
    count: int
    moments: Moments = NORMAL

    @classmethod
    def of(cls, values: Draws) -> "Mean":
        """The average of a few replicates."""
        return cls(float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values))), len(values))


def means(
    name: str,
    cases: Sequence[Case],
    simulate: Callable[[Case, int, np.random.Generator], Draws],
    value: Callable[[Formula, Case], float],
    resolution: float,
    claim: str,
    scope: str = WHOLE_DOMAIN,
) -> Check[Formula]:
    """A check that the mean of `simulate(case, n, rng)` is `value(formula, case)` on every one of `cases`.

    The sample size is the budget's and fixed. The margin holds over all cases together with probability
    1 - error_rate (Student's quantile, Bonferroni). A relative difference of the detectable size is caught with
    probability 0.99; the outcome is inconclusive when that size exceeds `resolution`.
    """

    @lru_cache(maxsize=4)
    def measure(samples: int, seed: int) -> tuple[Mean, ...]:
        children = np.random.SeedSequence(seed).spawn(len(cases))
        return tuple(
            average(lambda n, rng, case=case: simulate(case, n, rng), samples, np.random.default_rng(child))  # type: ignore[misc]
            for case, child in zip(cases, children, strict=True)
        )

    def run(formula: Formula, budget: Budget) -> Evidence:
        found = measure(budget.samples, budget.seed)
        claimed = [value(formula, case) for case in cases]
        return compare(found, claimed, cases, budget, resolution, claim, scope)

    return Check(name, Kind.MONTE_CARLO, run)


def margins(found: Sequence[Mean], error_rate: float) -> Draws:
    """The half-widths, in standard errors, that hold for all of `found` together with probability 1 - error_rate."""
    degrees = np.array([mean.count - 1 for mean in found])
    half: Draws = student.isf(error_rate / (2 * len(found)), degrees)
    return half


def reach(found: Sequence[Mean], error_rate: float) -> Draws:
    """How far off, in standard errors, a claimed value must be to be caught with probability POWER, for each mean."""
    pairs = zip(margins(found, error_rate).tolist(), found, strict=True)
    return np.array(
        [noncentrality(half, mean.count - 1) + skew_allowance(half, mean.count, mean.moments) for half, mean in pairs]
    )


def tested(found: Sequence[Mean], low: Sequence[float], high: Sequence[float], error_rate: float) -> tuple[Tested, ...]:
    """What is claimed of each mean, that it lies from `low` to `high`, and what decides on it at `error_rate`."""
    allowed = (margins(found, error_rate).tolist(), reach(found, error_rate).tolist())
    return tuple(
        Tested(mean.mean, mean.standard_error, mean.count - 1, float(least), float(most), margin, caught)
        for mean, least, most, margin, caught in zip(found, low, high, *allowed, strict=True)
    )


def average(draw: Callable[[int, np.random.Generator], Draws], samples: int, rng: np.random.Generator) -> Mean:
    """The mean of `samples` draws, its standard error and their moments, in chunks.

    Kept are sums of powers, in the unit and about the point that the first chunk sets, so that nothing cancels.
    """
    count, powers, origin, unit = 0, np.zeros(7), 0.0, 1.0
    while count < samples:
        draws = draw(min(CHUNK, samples - count), rng)
        if not count:
            origin, unit = float(draws.mean()), float(draws.std()) or 1.0
        standard = (draws - origin) / unit
        powers += [float(power.sum()) for power in accumulate([np.ones(len(draws)), *[standard] * 6], np.multiply)]
        count += len(draws)
    raw = (powers / count).tolist()
    central = [math.fsum(math.comb(k, j) * raw[j] * (-raw[1]) ** (k - j) for j in range(k + 1)) for k in range(7)]
    std = math.sqrt(max(central[2], 0.0))
    mean, error = origin + unit * raw[1], unit * std / math.sqrt(count - 1)
    if not std:
        return Mean(mean, error, count)
    third, fourth, fifth, sixth = (central[k] / std**k for k in (3, 4, 5, 6))
    return Mean(mean, error, count, (third, fourth, fifth, sixth))


def compare(
    found: Sequence[Mean],
    claimed: Sequence[float],
    cases: Sequence[object],
    budget: Budget,
    resolution: float,
    claim: str,
    scope: str,
    kind: Kind = Kind.MONTE_CARLO,
    charts: tuple[Chart, ...] | None = None,
) -> Evidence:
    """The evidence that measured means give about claimed ones; `charts` replaces the picture of their ratios."""
    margin = margins(found, budget.error_rate)
    spread = np.array([mean.standard_error for mean in found])
    centre = np.array([mean.mean for mean in found])
    distance = np.abs(np.array(claimed) - centre)
    detectable = float(np.max(reach(found, budget.error_rate) * spread / np.abs(centre)))
    with np.errstate(divide="ignore", invalid="ignore"):
        deviation = np.where(distance == 0, 0.0, distance / (spread * margin))
    worst = int(np.argmax(np.where(np.isnan(deviation), np.inf, deviation)))
    failed = not deviation[worst] <= 1
    outcome = Outcome.FAILS if failed else Outcome.HOLDS if detectable <= resolution else Outcome.INCONCLUSIVE
    counts = {mean.count for mean in found}
    fewest = f"{min(counts)} draws" if len(counts) == 1 else f"at least {min(counts)} draws"
    return Evidence(
        kind=kind,
        outcome=outcome,
        scope=scope,
        summary=(
            f"{claim}: over {len(found)} configurations of {fewest} the largest deviation is "
            f"{deviation[worst] * margin[worst]:.2f} standard errors (margin {margin[worst]:.2f}); a relative "
            f"difference of {detectable:.2g} would have been caught 99 times in 100."
        ),
        numbers={
            "configurations": float(len(found)),
            "fewest draws": float(min(counts)),
            "largest deviation in standard errors": float(deviation[worst] * margin[worst]),
            "margin in standard errors": float(margin[worst]),
            "detectable relative difference": detectable,
            "resolution": resolution,
            "error rate": budget.error_rate,
        },
        counterexample=(
            f"{cases[worst]}: measured {centre[worst]:.6g} ± {spread[worst]:.2g}, claimed {claimed[worst]:.6g}"
            if failed
            else None
        ),
        charts=(_chart(found, claimed, budget.error_rate),) if charts is None else charts,
        tested=tested(found, claimed, claimed, budget.error_rate),
    )


def _chart(found: Sequence[Mean], claimed: Sequence[float], error_rate: float) -> Chart:
    """All in units of the simulated mean; what would be caught is a step for each configuration."""
    centre, spread = np.array([mean.mean for mean in found]), np.array([mean.standard_error for mean in found])
    places, scale = np.arange(1.0, len(found) + 1), np.abs(centre)
    margin, caught = (half * spread / scale for half in (margins(found, error_rate), reach(found, error_rate)))
    ends = np.stack([places - STEP, places + STEP], axis=1).ravel()
    return Chart(
        title="Claimed value over the simulated one",
        x_label="configuration",
        y_label="ratio",
        series=(
            _around("simulation and margin", places, centre / scale, margin, points=True),
            Series("claimed", tuple(places.tolist()), tuple((np.array(claimed) / scale).tolist()), points=True),
            _around("caught 99 times in 100 outside", ends, (centre / scale).repeat(2), caught.repeat(2)),
        ),
    )


def _around(label: str, x: Draws, y: Draws, half_width: Draws, points: bool = False) -> Series:
    low, high = (tuple(end.tolist()) for end in (y - half_width, y + half_width))
    return Series(label, tuple(x.tolist()), tuple(y.tolist()), low, high, points)
