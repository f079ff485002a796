"""Schedules: what their parts mean together, how they scale, and bad input."""

import math
from collections.abc import Callable

import pytest

from theory.schedules import lasso_penalty, low_dimensional_schedule, stopping_level

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
