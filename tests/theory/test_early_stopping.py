"""The stopped training's record agrees with its expressions, and refuses what it is not defined for."""

import math

import numpy as np
import pytest

from theory import early_stopping as stopping
from theory import notation
from theory.early_stopping import StoppedTraining, linear_residuals

RECORD = StoppedTraining(n=50, d=5000, true_size=2.0, noise_std=0.5, step_size=1e-4)
VALUES = {
    notation.sample_size: 50,
    notation.dimension: 5000,
    notation.true_size: 2,
    notation.noise_std: 0.5,
    notation.step_size: 1e-4,
    notation.radius: 0.3,
}


@pytest.mark.parametrize(
    ("value", "expression"),
    [
        (RECORD.time(0.3), stopping.STOPPING_TIME_MEAN),
        (RECORD.fitted_share, stopping.FITTED_SHARE),
        (RECORD.training_std, stopping.STOPPED_TRAINING_STD),
        (RECORD.coefficient_norm, stopping.STOPPED_NORM),
        (RECORD.residual_std, stopping.STOPPED_STD),
    ],
)
def test_a_value_is_that_of_its_expression(value: float, expression: object) -> None:
    assert value == pytest.approx(float(expression.subs(VALUES)), rel=1e-12)  # type: ignore[attr-defined]


def test_the_time_is_the_leading_order_for_many_samples_in_far_more_dimensions() -> None:
    n, d = 10**6, 10**13
    record = StoppedTraining(n, d, 1.0, 1.0, 1e-3 / d)
    leading = n / (4 * record.step_size * d) * math.log(math.log(n))
    assert record.time(0.0) == pytest.approx(leading, rel=1e-5)


def test_a_smoothing_of_zero_is_the_limit_of_small_ones() -> None:
    assert RECORD.training_loss(0.3, 0.0) == pytest.approx(RECORD.training_loss(0.3, 1e-12), rel=1e-9)
    assert RECORD.risk(0.3, 0.0) == pytest.approx(RECORD.risk(0.3, 1e-12), rel=1e-9)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n": 2}, "n must be at least 3"),
        ({"d": 51}, "d must be larger than n"),
        ({"step_size": 0.0}, "step_size must lie in"),
        ({"step_size": 0.01}, "step_size must lie in"),
        ({"noise_std": -1.0}, "noise_std must be non-negative"),
        ({"true_size": float("nan")}, "true_size must be finite"),
    ],
)
def test_settings_without_a_stopping_time_are_refused(change: dict[str, float], message: str) -> None:
    fields = {"n": 50, "d": 5000, "true_size": 2.0, "noise_std": 0.5, "step_size": 1e-4}
    with pytest.raises(ValueError, match=message):
        StoppedTraining(**(fields | change))  # type: ignore[arg-type]


def test_linear_residuals_are_those_of_gradient_descent_for_a_batch() -> None:
    rng = np.random.default_rng(0)
    X, y, eta = rng.standard_normal((3, 4, 9)), rng.standard_normal((3, 4)), 0.05
    theta, expected = np.zeros((3, 9)), []
    for _ in range(6):
        residual = (X @ theta[..., None])[..., 0] - y
        expected.append(np.sqrt(np.mean(residual**2, axis=-1)))
        theta = theta - eta * 2 / 4 * (residual[:, None] @ X)[:, 0]
    np.testing.assert_allclose(linear_residuals(X, y, eta, np.arange(6)), np.stack(expected, axis=-1), rtol=1e-12)


@pytest.mark.parametrize("times", [[[1, 2]], 1, [-1], [0.5]])
def test_linear_residuals_refuse_times_that_are_no_steps(times: object) -> None:
    with pytest.raises(ValueError, match="times must be whole numbers of steps"):
        linear_residuals([[1.0, 2.0]], [1.0], 0.1, times)  # type: ignore[arg-type]


def test_linear_residuals_refuse_data_that_are_not_finite() -> None:
    with pytest.raises(ValueError, match="X must be finite"):
        linear_residuals([[np.nan, 1.0]], [1.0], 0.1, [1])
