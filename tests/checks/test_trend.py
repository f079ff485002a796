"""checks.evidence.trend: a true limit holds, a false one fails, and each raises alarms as often as it says."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom

from checks.claim import BUDGETS, Budget, Check
from checks.evidence import trend
from checks.result import Evidence, Kind, Outcome

QUICK, FULL = BUDGETS["quick"], BUDGETS["full"]
CALIBRATION = Budget("quick", examples=1, samples=1, replicates=20, error_rate=0.05)
SEEDS = 600
LIMIT, SLOPE = 2.0, 3.0

SWEEP = trend.Sweep((10, 20, 40, 80, 160, 320, 640), quick=5, size=float, axis="n")


def measure(size: int, replicates: int, rng: np.random.Generator) -> np.ndarray:
    """A limit of 2, reached like 3/n, under noise."""
    return LIMIT + SLOPE / size + 0.05 * rng.standard_normal(replicates)


def power_law(size: int, replicates: int, rng: np.random.Generator) -> np.ndarray:
    return 7 * size**-0.5 * (1 + 0.02 * rng.standard_normal(replicates))


def finite_size(resolution: float = 1.0) -> Check[float]:
    return trend.finite_size(
        "value", SWEEP, measure, lambda value, n: value + SLOPE / n, resolution, "the mean", "n of the sweep"
    )


def limit(corrections: tuple[float, ...] = (1.0,), resolution: float = 1.0) -> Check[float]:
    claimed = lambda value: trend.Limit(value, corrections)  # noqa: E731
    return trend.limit("limit", SWEEP, measure, claimed, LIMIT, resolution, "the mean", "n of the sweep")


def rate(resolution: float = 1.0) -> Check[float]:
    return trend.rate("rate", SWEEP, power_law, lambda p: p, resolution, "the mean", "n of the sweep")


def bounds() -> Check[float]:
    return trend.bounds("bounds", SWEEP, measure, lambda top, n: (0.0, top), "the mean", "n of the sweep")


CHECKS = [(finite_size(), 2.0, 2.1), (limit(), 2.0, 2.2), (rate(), -0.5, -0.6)]


@pytest.mark.parametrize(("check", "true", "false"), CHECKS, ids=["finite_size", "limit", "rate"])
class TestJudgement:
    def test_the_truth_holds_and_an_error_fails(self, check: Check[float], true: float, false: float) -> None:
        assert check.run(true, QUICK).outcome is Outcome.HOLDS
        wrong = check.run(false, QUICK)
        assert wrong.outcome is Outcome.FAILS
        assert wrong.counterexample

    def test_false_alarms_occur_no_more_often_than_announced(
        self, check: Check[float], true: float, false: float
    ) -> None:
        assert alarms(check, true) <= binom.ppf(1 - 1e-6, SEEDS, CALIBRATION.error_rate)

    def test_alarms_are_not_suppressed(self, check: Check[float], true: float, false: float) -> None:
        assert alarms(check, true) >= binom.ppf(1e-6, SEEDS, CALIBRATION.error_rate / 2)

    def test_evidence_of_a_larger_budget_detects_less_error(
        self, check: Check[float], true: float, false: float
    ) -> None:
        quick, full = (check.run(true, budget).numbers["detectable relative difference"] for budget in (QUICK, FULL))
        assert full < quick

    def test_the_measurement_is_plotted_with_intervals(self, check: Check[float], true: float, false: float) -> None:
        chart = check.run(true, QUICK).charts[0]
        assert len(chart.series[0].low) == len(chart.series[0].x) == SWEEP.quick
        assert chart.series[1].y


def alarms(check: Check[float], value: float) -> int:
    return sum(run(check, value, seed).outcome is Outcome.FAILS for seed in range(SEEDS))


def run(check: Check[float], value: float, seed: int) -> Evidence:
    return check.run(value, replace(CALIBRATION, seed=seed))


def test_an_error_of_the_detectable_size_is_caught_as_often_as_announced() -> None:
    check = limit()
    detectable = np.median([run(check, LIMIT, seed).numbers["detectable relative difference"] for seed in range(50)])
    assert alarms(check, LIMIT * (1 + float(detectable))) >= binom.ppf(1e-6, SEEDS, 0.97)


def test_a_sweep_too_noisy_for_the_resolution_is_inconclusive() -> None:
    for check in (finite_size(1e-9), limit(resolution=1e-9)):
        assert check.run(2.0, QUICK).outcome is Outcome.INCONCLUSIVE
    assert rate(1e-9).run(-0.5, QUICK).outcome is Outcome.INCONCLUSIVE


def test_an_error_beyond_the_margin_fails_whatever_the_resolution() -> None:
    for check, wrong in ((finite_size(1e-9), 2.1), (limit(resolution=1e-9), 2.2), (rate(1e-9), -0.6)):
        assert check.run(wrong, QUICK).outcome is Outcome.FAILS
        assert check.run(float("nan"), QUICK).outcome is Outcome.FAILS


def test_corrections_that_do_not_describe_the_sweep_decide_nothing() -> None:
    assert limit((4.0,)).run(2.0, FULL).outcome is Outcome.INCONCLUSIVE


def test_bounds_hold_inside_fail_outside_and_say_nothing_across() -> None:
    outcomes = [bounds().run(top, QUICK).outcome for top in (2.6, 2.2, LIMIT + SLOPE / 10)]
    assert outcomes == [Outcome.HOLDS, Outcome.FAILS, Outcome.INCONCLUSIVE]


def test_the_full_budget_continues_the_quick_sweep() -> None:
    points, found = SWEEP.chosen(FULL), trend.observer(SWEEP, measure)(FULL)
    assert points[: SWEEP.quick] == SWEEP.chosen(QUICK)
    assert len(found) == len(points) == 7
    assert {mean.count for mean in found} == {FULL.replicates}


def test_effort_multiplies_the_replicates_of_cheap_points() -> None:
    sweep = replace(SWEEP, effort=lambda n: 320 / n)
    assert [sweep.replicates(n, QUICK) for n in (10, 320)] == [640, 20]
    assert sweep.replicates(10**9, QUICK) == 2


def test_a_sweep_is_measured_once_for_a_claim_and_its_mutants() -> None:
    calls = []

    def counted(size: int, replicates: int, rng: np.random.Generator) -> np.ndarray:
        calls.append(size)
        return measure(size, replicates, rng)

    check = trend.finite_size("value", SWEEP, counted, lambda value, n: value + SLOPE / n, 1.0, "the mean", "n")
    for value in (2.0, 2.1, 1.9):
        check.run(value, QUICK)
        check.run(value, QUICK.without_shrinking())
    assert len(calls) == SWEEP.quick


def test_fewer_points_than_terms_are_refused() -> None:
    short = replace(SWEEP, points=(10, 20), quick=2)
    check = trend.limit("limit", short, measure, lambda v: trend.Limit(v, (1.0,)), 1.0, 1.0, "the mean", "two points")
    with pytest.raises(ValueError, match="points must outnumber the 2 fitted terms, got 2"):
        check.run(2.0, QUICK)


def test_sweeps_are_trends_unless_they_say_they_train() -> None:
    assert finite_size().kind is Kind.TREND
    trained = trend.bounds("b", SWEEP, measure, lambda f, n: (0.0, 9.0), "the mean", "n", kind=Kind.TRAINED)
    assert trained.run(None, QUICK).kind is Kind.TRAINED


def test_the_picture_shows_the_region_that_the_rule_accepts() -> None:
    """A mean on the border of the region is as far from the claim as the margin; one claimed there still holds."""
    (chart,) = finite_size().run(2.0, QUICK).charts
    measured, claimed = chart.series
    reach = max(abs(np.array(measured.y) - claimed.y) / (np.array(claimed.high) - claimed.y))
    numbers = finite_size().run(2.0, QUICK).numbers
    assert reach == pytest.approx(
        numbers["largest deviation in standard errors"] / numbers["margin in standard errors"], rel=1e-9
    )
    (chart,) = limit().run(2.0, QUICK).charts
    goal = chart.series[2]
    width = goal.high[0] - goal.y[0]
    assert set(goal.y) == {2.0}
    found = limit().run(2.0, QUICK).numbers["found"]
    assert limit().run(found - 0.999 * width, QUICK).outcome is Outcome.HOLDS
    assert limit().run(found - 1.001 * width, QUICK).outcome is Outcome.FAILS


def test_the_region_of_a_rate_lies_between_the_extreme_accepted_exponents() -> None:
    (chart,) = rate().run(-0.5, QUICK).charts
    goal = chart.series[2]
    logs = np.log(goal.x)
    slope = {side: np.diff(np.log(getattr(goal, side))) / np.diff(logs) for side in ("low", "y", "high")}
    numbers = rate().run(-0.5, QUICK).numbers
    most = numbers["margin in standard errors"] * numbers["standard error"]
    np.testing.assert_allclose(slope["y"], -0.5, rtol=1e-9)
    np.testing.assert_allclose([slope["high"][0], slope["high"][-1]], [-0.5 - most, -0.5 + most], rtol=1e-9)
    np.testing.assert_allclose([slope["low"][0], slope["low"][-1]], [-0.5 + most, -0.5 - most], rtol=1e-9)


def test_sizes_out_of_order_are_points() -> None:
    sweep = trend.Sweep((40, 10, 20), quick=3, size=float, axis="n")
    check = trend.finite_size("v", sweep, measure, lambda value, n: value + SLOPE / n, 1.0, "the mean", "n")
    assert [series.points for series in check.run(2.0, QUICK).charts[0].series] == [True, True]
    assert [series.points for series in finite_size().run(2.0, QUICK).charts[0].series] == [True, False]
