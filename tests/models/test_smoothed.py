"""The derivatives that Newton's method for the surrogate loss takes, against differences of the loss itself."""

import math

import numpy as np
import pytest

from models.linear import smoothed
from models.linear.smoothed import Surrogate
from theory.validation import FloatArray

STEP = 1e-5
NEAR = 1e-7  # differences are off by the third derivative times STEP², and by EPS/STEP


def problem(norm: float, smoothing: float) -> tuple[Surrogate, FloatArray]:
    rng = np.random.default_rng(2)
    X, theta = rng.standard_normal((9, 4)), np.array([0.8, -0.5, 1.1, -0.3])
    return Surrogate(X, X @ np.ones(4) + rng.standard_normal(9), 0.4, 0.0, norm, smoothing), theta


@pytest.mark.parametrize("norm", [2, math.inf])
@pytest.mark.parametrize("smoothing", [0.1, 1.0, 20.0])
def test_the_gradient_is_the_slope_of_the_loss(norm: float, smoothing: float) -> None:
    surrogate, theta = problem(norm, smoothing)
    sides = [[smoothed._value(surrogate, theta + side * STEP * axis) for axis in np.eye(4)] for side in (1, -1)]
    expected = (np.array(sides[0]) - sides[1]) / (2 * STEP)
    np.testing.assert_allclose(smoothed._least_subgradient(surrogate, theta), expected, rtol=NEAR, atol=NEAR)


@pytest.mark.parametrize("norm", [2, math.inf])
@pytest.mark.parametrize("smoothing", [0.1, 1.0, 20.0])
def test_the_hessian_is_the_slope_of_the_gradient(norm: float, smoothing: float) -> None:
    """A wrong one would still lead Newton's damped steps to a stationary point, in more of them."""
    surrogate, theta = problem(norm, smoothing)
    sides = [
        [smoothed._least_subgradient(surrogate, theta + side * STEP * axis) for axis in np.eye(4)] for side in (1, -1)
    ]
    expected = (np.array(sides[0]) - sides[1]) / (2 * STEP)
    np.testing.assert_allclose(smoothed._hessian(surrogate, theta, np.arange(4)), expected, rtol=NEAR, atol=NEAR)
