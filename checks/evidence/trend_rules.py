"""The rules that a sweep is judged by: a fitted limit or exponent against its claimed value, means against bounds."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from checks.claim import Budget
from checks.evidence.montecarlo import Mean, reach, tested
from checks.evidence.noncentral import noncentrality
from checks.evidence.regression import Fit
from checks.evidence.trend_pictures import half_widths
from checks.result import Chart, Evidence, Kind, Outcome, Tested

Point = TypeVar("Point")
Array = NDArray[np.float64]


def judge_fit(
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
    """The evidence that a coefficient of a fit, its `term`, gives about its claimed value `target`.

    Inconclusive when the terms do not describe the sweep, and when it holds although a difference of `resolution`
    times `scale` would not be caught.
    """
    margin, degrees = fit.margin(term, budget.error_rate), float(fit.degrees[term])
    error = float(fit.standard_errors[term])
    estimate = float(fit.coefficients[term])
    deviation = abs(estimate - target) / error
    caught = noncentrality(margin, degrees)
    detectable = caught * error / scale
    if fit.worse_misfit < budget.error_rate:
        outcome = Outcome.INCONCLUSIVE
    elif not deviation <= margin:  # a NaN, too, fails
        outcome = Outcome.FAILS
    else:
        outcome = Outcome.HOLDS if detectable <= resolution else Outcome.INCONCLUSIVE
    found = f"{estimate:.5g} ± {error:.2g}"
    return Evidence(
        kind=kind,
        outcome=outcome,
        scope=scope,
        summary=(
            f"{what} found is {found}, claimed {target:.5g}: {deviation:.2f} standard errors (margin {margin:.2f}); a "
            f"difference of {detectable * scale:.2g} would have been caught 99 times in 100."
        ),
        numbers={
            "found": estimate,
            "standard error": error,
            "claimed": target,
            "largest deviation in standard errors": deviation,
            "margin in standard errors": margin,
            "probability of a worse misfit": fit.worse_misfit,
            "detectable difference": detectable * scale,
            "detectable relative difference": detectable,
            "resolution": resolution,
            "error rate": budget.error_rate,
        },
        counterexample=f"found {found}, claimed {target:.6g}" if outcome is Outcome.FAILS else None,
        charts=(picture,),
        tested=(Tested(estimate, error, degrees, target, target, margin, caught),),
    )


def judge_bounds(
    found: Sequence[Mean],
    points: Sequence[Point],
    low: Array,
    high: Array,
    budget: Budget,
    claim: str,
    scope: str,
    kind: Kind,
    picture: Chart,
) -> Evidence:
    """The evidence that means give about intervals that they must lie in."""
    centre, spread = np.array([m.mean for m in found]), np.array([m.standard_error for m in found])
    half = half_widths(found, budget.error_rate)
    outside = np.maximum(centre - half - high, low - centre - half)
    room = np.minimum(high - centre - half, centre - half - low)
    worst = int(np.argmax(outside))
    failed = bool(outside[worst] > 0)
    outcome = Outcome.FAILS if failed else Outcome.HOLDS if room.min() >= 0 else Outcome.INCONCLUSIVE
    seen = f"{centre[worst]:.5g} ± {half[worst]:.2g}, allowed {low[worst]:.5g} to {high[worst]:.5g}"
    return Evidence(
        kind=kind,
        outcome=outcome,
        scope=scope,
        summary=f"{claim}: over {len(found)} sizes the tightest or worst is {picture.x_label} = "
        f"{picture.series[0].x[worst]:g}, with {seen}.",
        numbers={
            "points": float(len(found)),
            "fewest draws": float(min(mean.count for mean in found)),
            "largest excess": float(outside[worst]),
            "least room": float(room.min()),
            "detectable excess": float(np.max(reach(found, budget.error_rate) * spread)),
            "error rate": budget.error_rate,
        },
        counterexample=f"{points[worst]}: {seen}" if failed else None,
        charts=(picture,),
        tested=tested(found, low.tolist(), high.tolist(), budget.error_rate),
    )
