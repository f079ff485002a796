"""Sampling covariance of minimisers: against simulated gradients, and least squares as the case without attack."""

import numpy as np
import pytest

from theory.population import EPS, LinearGaussian
from theory.risk import adversarial_risk_gradient
from theory.sampling import loss_gradient_covariance, minimizer_covariance, sampling_excess

COVARIANCE = np.array([[1.0, 0.4, 0.0], [0.4, 2.0, -0.5], [0.0, -0.5, 0.5]])
POPULATION = LinearGaussian(np.array([1.0, -0.5, 0.25]), COVARIANCE, 0.7)


def test_gradient_covariance_is_that_of_simulated_gradients() -> None:
    rng, theta, radius, n = np.random.default_rng(3), np.array([0.4, -0.3, 0.5]), 0.8, 200_000
    X = rng.standard_normal((n, 3)) @ POPULATION.factor.T
    residual = X @ (theta - POPULATION.true_coefficients) - 0.7 * rng.standard_normal(n)
    size = np.sqrt(theta @ theta)
    slope = np.sign(residual)[:, None] * X + radius * theta / size
    gradients = 2 * (np.abs(residual) + radius * size)[:, None] * slope
    centred = gradients - adversarial_risk_gradient(theta, POPULATION, radius)
    products = centred[:, :, None] * centred[:, None, :]
    error = products.std(axis=0) / np.sqrt(n)
    # Nine entries, each beyond six standard errors once in 5e8 draws.
    assert (np.abs(products.mean(axis=0) - loss_gradient_covariance(theta, POPULATION, radius)) < 6 * error).all()


@pytest.mark.parametrize("radius", [0.0, 0.3, 2.0])
def test_gradient_covariance_is_its_integral_over_the_residual(radius: float) -> None:
    """Given the residual e the sample is normal, with the mean be: Gauss-Legendre quadrature on both sides of e = 0."""
    theta = np.array([1.9, -1.3, 0.5])
    s, m = float(POPULATION.residual_std(theta)), np.linalg.norm(theta)
    b = COVARIANCE @ (theta - POPULATION.true_coefficients) / s**2
    nodes, weights = np.polynomial.legendre.leggauss(80)
    size = 6 * s * (nodes + 1)  # to 12 standard deviations
    weights = 6 * s * weights * np.exp(-(size**2) / (2 * s**2)) / (s * np.sqrt(2 * np.pi))
    pull = 2 * (size + radius * m)
    gradients = pull[:, None] * (size[:, None] * b + radius * theta / m)  # of the mean sample: e and -e are alike
    mean = 2 * weights @ gradients
    square = 2 * np.einsum("k,ki,kj->ij", weights, gradients, gradients)
    around = 2 * (weights @ pull**2) * (COVARIANCE - s**2 * np.outer(b, b))
    expected = square + around - np.outer(mean, mean)
    np.testing.assert_allclose(loss_gradient_covariance(theta, POPULATION, radius), expected, rtol=1e-11, atol=1e-11)


def test_without_attack_it_is_least_squares() -> None:
    truth, noise = POPULATION.true_coefficients, POPULATION.noise_std
    expected = noise**2 * np.linalg.inv(COVARIANCE)
    np.testing.assert_allclose(minimizer_covariance(truth, POPULATION, 0.0), expected, rtol=1e3 * EPS, atol=1e3 * EPS)
    assert sampling_excess(truth, POPULATION, 0.0, 100) == pytest.approx(noise**2 * 3 / 100, rel=1e3 * EPS)


def test_covariance_is_symmetric() -> None:
    found = minimizer_covariance(np.array([0.4, -0.3, 0.5]), POPULATION, 0.8)
    np.testing.assert_allclose(found, found.T, rtol=1e3 * EPS)


def test_bad_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="coefficients must have shape"):
        loss_gradient_covariance(np.zeros(3), POPULATION, 0.5)
    with pytest.raises(ValueError, match="radius must be non-negative, got -1"):
        minimizer_covariance(np.ones(3), POPULATION, -1.0)
    with pytest.raises(ValueError, match="n must be at least 1, got 0"):
        sampling_excess(np.ones(3), POPULATION, 0.5, 0)
