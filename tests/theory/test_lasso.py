"""The penalised optimum against brute force and its stationarity condition; null thresholds; bad input."""

import numpy as np
import pytest
from scipy.optimize import minimize

from theory.lasso import (
    least_penalty_constant,
    null_radius,
    penalised_optimum,
    penalty_shift,
    smoothed_null_penalty,
)
from theory.optimum import null_threshold, robust_minimizer
from theory.population import EPS, LinearGaussian
from theory.risk import C0, adversarial_risk, adversarial_risk_gradient
from theory.validation import FloatArray

POPULATIONS = [
    LinearGaussian(np.array([1.0, -2.0, 0.0, 0.25]), np.eye(4), 0.5),
    LinearGaussian(np.array([3.0]), np.eye(1), 2.0),
    LinearGaussian(np.full(8, 1e-3), np.eye(8), 1e-3),
]


@pytest.mark.parametrize("population", POPULATIONS)
@pytest.mark.parametrize("share", [0.0, 0.1, 0.9])
@pytest.mark.parametrize("weight", [0.0, 1e-6, 0.1, 0.7])
def test_gradient_cancels_the_penalty_at_the_penalised_optimum(
    population: LinearGaussian, share: float, weight: float
) -> None:
    radius, largest = share * null_threshold(population), 2 * np.abs(population.true_coefficients).max()
    found = penalised_optimum(population, radius, weight * largest)
    assert found.any() or share == 0.9
    gradient = adversarial_risk_gradient(found, population, radius)
    active = found != 0
    # The optimum solves a scalar equation to EPS; the gradient is a sum of terms up to the largest entry times s/m.
    tolerance = 1e3 * EPS * largest
    if found.any():
        assert np.abs(gradient + weight * largest * np.sign(found))[active].max() <= tolerance
        assert (np.abs(gradient)[~active] <= weight * largest + tolerance).all()
    else:
        assert np.linalg.norm(np.maximum(np.abs(gradient) - weight * largest, 0.0)) <= tolerance


def test_penalised_optimum_beats_a_search() -> None:
    population, radius, l1 = POPULATIONS[0], 0.4, 0.3

    def objective(theta: FloatArray) -> float:
        return float(adversarial_risk(theta, population, radius) + l1 * np.abs(theta).sum())

    found = penalised_optimum(population, radius, l1)
    searched = min(
        minimize(objective, start, method="Nelder-Mead", options={"maxiter": 4000, "xatol": 1e-9, "fatol": 1e-12}).fun
        for start in (population.true_coefficients, 0.5 * population.true_coefficients)
    )
    assert objective(found) * (1 - 64 * EPS) <= searched <= objective(found) * (1 + 1e-6)


def test_without_penalty_it_is_the_robust_optimum() -> None:
    for population in POPULATIONS:
        radius = 0.6 * null_threshold(population)
        expected = robust_minimizer(population, radius).coefficients
        np.testing.assert_allclose(penalised_optimum(population, radius, 0.0), expected, rtol=64 * EPS)


def test_penalised_optimum_is_null_exactly_from_its_threshold_on() -> None:
    population, l1 = POPULATIONS[0], 0.3
    beyond = np.maximum(2 * np.abs(population.true_coefficients) - l1, 0.0)
    radius = float(np.linalg.norm(beyond)) / (2 * C0 * population.total_std)
    assert not penalised_optimum(population, radius * (1 + 1e-12), l1).any()
    assert penalised_optimum(population, radius * (1 - 1e-9), l1).any()


def test_shift_is_zero_off_the_support_and_needs_a_support() -> None:
    population = POPULATIONS[0]
    assert penalty_shift(population, 0.3)[2] == 0
    with pytest.raises(ValueError, match="radius must be below the null threshold, got 100"):
        penalty_shift(population, 100.0)


def test_null_thresholds_of_a_small_sample() -> None:
    X, y = np.array([[3.0, 1.0], [1.0, -2.0]]), np.array([2.0, -1.0])  # 2Xᵀy/n = (5, 4), mean|y| = 3/2
    assert smoothed_null_penalty(X, y) == 5
    assert null_radius(X, y, 0.0) == pytest.approx(np.sqrt(41) / 3, rel=4 * EPS)
    assert null_radius(X, y, 1.0) == pytest.approx(5 / 3, rel=4 * EPS)
    assert null_radius(X, y, 5.0) == 0.0
    assert null_radius(X, 0 * y, 0.0) == 0.0


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (np.ones(3), np.ones(3), r"X must have shape \(n, d\)"),
        (np.ones((0, 2)), np.ones(0), r"X must have shape \(n, d\)"),
        (np.ones((3, 2)), np.ones(2), r"y must have shape \(3,\)"),
        (np.full((3, 2), np.nan), np.ones(3), "X must be finite"),
    ],
)
def test_bad_samples_are_refused(X: FloatArray, y: FloatArray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        smoothed_null_penalty(X, y)
    with pytest.raises(ValueError, match=message):
        null_radius(X, y, 0.1)


def test_bad_arguments_are_refused() -> None:
    population = POPULATIONS[0]
    with pytest.raises(ValueError, match="l1 must be non-negative, got -1"):
        penalised_optimum(population, 0.1, -1.0)
    with pytest.raises(ValueError, match="l1 must be non-negative, got -1"):
        null_radius(np.ones((2, 2)), np.ones(2), -1.0)
    with pytest.raises(ValueError, match="radius must be non-negative, got -1"):
        penalised_optimum(population, -1.0, 0.1)
    with pytest.raises(ValueError, match="covariance must be the identity"):
        penalised_optimum(LinearGaussian(np.ones(2), 2 * np.eye(2), 1.0), 0.1, 0.1)
    with pytest.raises(ValueError, match="noise_std must be positive"):
        penalised_optimum(LinearGaussian(np.ones(2), np.eye(2), 0.0), 0.1, 0.1)


def test_least_penalty_constant_needs_a_signal() -> None:
    with pytest.raises(ValueError, match="true_coefficients must have a nonzero entry"):
        least_penalty_constant(LinearGaussian(np.zeros(2), np.eye(2), 1.0), 0.5)


def test_least_penalty_constant_of_pure_noise_in_the_response() -> None:
    # Beyond the null threshold R* = v².
    assert least_penalty_constant(POPULATIONS[0], 100.0) == pytest.approx(np.sqrt(8 / 3), rel=8 * EPS)
