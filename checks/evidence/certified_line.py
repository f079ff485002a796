"""A certified curve: what a refuted statement speaks of, enclosed along a line through its counterexample."""

import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar

from flint import arb, ctx

from checks.claim import Budget, Check
from checks.enclosure import Ball
from checks.evidence.certified import PRECISION
from checks.result import Chart, Evidence, Outcome, Series

Formula = TypeVar("Formula")
Curve = Callable[[float], Ball]

MARK = "counterexample"
"""The label of the series of one point that a chart of a refuted claim has."""


def refuting(check: Check[Formula], formula: Formula, chart: Callable[[], Chart]) -> Check[Formula]:
    """`check`, whose evidence also shows `chart()` where it refutes `formula`; a mutant's evidence is left as it is."""

    def run(judged: Formula, budget: Budget) -> Evidence:
        evidence = check.run(judged, budget)
        if judged is not formula or evidence.outcome is not Outcome.FAILS:
            return evidence
        return replace(evidence, charts=(*evidence.charts, chart()))

    return Check(check.name, check.kind, run)


def curve(label: str, value: Curve, places: Iterable[float], points: bool = False) -> Series:
    """The values at some places, each with an interval that contains the true one for certain."""
    x = tuple(places)
    with ctx.workprec(PRECISION):
        balls = [value(place) for place in x]
        low, high = zip(*map(interval, balls), strict=True)
    return Series(label, x, tuple(float(ball.mid()) for ball in balls), low, high, points)


def counterexample(value: Curve, place: float) -> Series:
    """The mark on a curve where the statement fails."""
    return curve(MARK, value, (place,), points=True)


def stated(label: str, value: float, places: Iterable[float]) -> Series:
    """What the statement says, where that is one number all along."""
    x = tuple(places)
    return Series(label, x, (value,) * len(x))


def interval(ball: Ball) -> tuple[float, float]:
    """The narrowest interval between float64 numbers that contains a ball; ValueError where its ends are not finite."""
    if not ball.is_finite():
        raise ValueError(f"ball must be finite, got {ball}")
    return _at_most(ball.lower()), 0.0 - _at_most(-ball.upper())


def _at_most(bound: Ball) -> float:
    nearest = float(bound)
    return nearest if arb(nearest) <= bound else math.nextafter(nearest, -math.inf)
