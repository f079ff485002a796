"""Schedules: what their parts mean together, how they scale, and bad input."""

import math
from collections.abc import Callable

import pytest

from theory.schedules import lasso_penalty, low_dimensional_schedule, network_schedule, stopping_level

ROUNDING = 1e-14  # a handful of roundings


def test_the_flow_time_is_free_of_the_dimension_and_of_the_scale() -> None:
    first, second = low_dimensional_schedule(1.0, 10_000, 2, 8.0), low_dimensional_schedule(3.0, 10_000, 5, 8.0)
    assert first.step_size * first.time == pytest.approx(second.step_size * second.time, rel=ROUNDING)
    assert first.step_size * first.time * 8.0 == pytest.approx(math.log(math.log(10_000)), rel=ROUNDING)


def test_the_smoothing_grows_with_the_variance_and_the_dimension() -> None:
    base = low_dimensional_schedule(1.0, 400, 1, 8.0)
    assert base.smoothing == pytest.approx(math.log(400) / 20, rel=ROUNDING)
    assert low_dimensional_schedule(3.0, 400, 4, 8.0).smoothing == pytest.approx(36 * base.smoothing, rel=ROUNDING)


def test_a_short_schedule_still_takes_a_step() -> None:
    schedule = low_dimensional_schedule(1.0, 3, 50, 8.0)
    assert 0 < schedule.time < 1
    assert schedule.steps == 1


def test_a_network_and_a_linear_model_are_trained_for_the_same_flow_time() -> None:
    linear = low_dimensional_schedule(1.0, 10_000, 2, 8.0)
    for reading in ("theorem 3", "theorem 4"):
        schedule = network_schedule(2.0, 10_000, 2, 8.0, mean_square=0.25, reading=reading)
        assert schedule.step_size * 0.25 * schedule.time == pytest.approx(linear.step_size * linear.time, rel=ROUNDING)
        assert schedule.smoothing / 4 == pytest.approx(math.log(math.log(10_000)) / schedule.time, rel=ROUNDING)


def test_a_narrow_network_is_smoothed_more_and_trained_for_fewer_steps() -> None:
    wide, narrow = (network_schedule(1.0, 1000, 5, 4.0, width=h, largest_weight=2.0) for h in (math.inf, 1e4))
    assert wide == network_schedule(1.0, 1000, 5, 4.0, width=1e12)
    assert narrow.smoothing == pytest.approx(10 * math.log(1000) / 100, rel=ROUNDING)
    assert narrow.time < wide.time


def test_theorem_four_takes_half_as_many_steps_in_the_logarithm() -> None:
    three, four = (network_schedule(1.0, 10**6, 1, 4.0, reading=name) for name in ("theorem 3", "theorem 4"))
    size = math.log(10**6)
    assert three.time == pytest.approx(size - math.log(size) / 2, rel=ROUNDING)
    assert four.time == pytest.approx(size / 2 - math.log(size) / 2, rel=ROUNDING)


def test_the_stopping_level_falls_below_the_total_std_from_three_samples_on() -> None:
    assert stopping_level(2.0, 2) > 2.0 > stopping_level(2.0, 3)
    assert stopping_level(2.0, 10**4) / stopping_level(2.0, 10**16) == pytest.approx(2.0, rel=ROUNDING)


def test_the_penalty_scales_as_a_square_root() -> None:
    base = lasso_penalty(1.0, 100, 50, 1, 2.0)
    assert base == pytest.approx(2 * math.sqrt(math.log(50)) / 10, rel=ROUNDING)
    assert lasso_penalty(3.0, 400, 50, 4, 2.0) == pytest.approx(3 * base, rel=ROUNDING)
    assert lasso_penalty(1.0, 100, 50, 0, 2.0) == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: low_dimensional_schedule(1.0, 2, 1, 8.0), "n must be at least 3, got 2"),
        (lambda: low_dimensional_schedule(1.0, 100, 0, 8.0), "d must be at least 1, got 0"),
        (lambda: low_dimensional_schedule(1.0, 10.5, 1, 8.0), "n must be an integer, got 10.5"),  # type: ignore[arg-type]
        (lambda: low_dimensional_schedule(0.0, 100, 1, 8.0), "total_std must be positive, got 0.0"),
        (lambda: low_dimensional_schedule(1.0, 100, 1, math.inf), "smoothness must be finite, got inf"),
        (lambda: low_dimensional_schedule(1.0, 100, 1, -1.0), "smoothness must be non-negative, got -1.0"),
        (lambda: network_schedule(1.0, 100, 5, 4.0, reading="theorem 4"), "d must be smaller for ξ to be positive"),
        (lambda: network_schedule(1.0, 100, 100, 4.0), "d must be smaller for ξ to be positive at n = 100"),
        (lambda: network_schedule(1.0, 100, 5, 4.0, reading="3"), "reading must be one of .*, got '3'"),
        (lambda: network_schedule(1.0, 100, 5, 4.0, width=0), "width must be at least 1, got 0"),
        (lambda: network_schedule(1.0, 100, 5, 4.0, width=math.nan), "width must be at least 1, got nan"),
        (lambda: network_schedule(1.0, 100, 5, 4.0, largest_weight=0.0), "largest_weight must be positive, got 0.0"),
        (lambda: network_schedule(1.0, 100, 5, 4.0, mean_square=-1.0), "mean_square must be non-negative, got -1.0"),
        (lambda: stopping_level(1.0, 1), "n must be at least 2, got 1"),
        (lambda: stopping_level(-1.0, 10), "total_std must be non-negative, got -1.0"),
        (lambda: lasso_penalty(1.0, 0, 5, 1, 1.0), "n must be at least 1, got 0"),
        (lambda: lasso_penalty(1.0, 10, 5, 6, 1.0), "sparsity must be at most d = 5, got 6"),
        (lambda: lasso_penalty(1.0, 10, 5, -1, 1.0), "sparsity must be at least 0, got -1"),
        (lambda: lasso_penalty(1.0, 10, 5, 1, math.nan), "constant must be finite, got nan"),
    ],
)
def test_bad_input_is_named(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
