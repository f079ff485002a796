"""Slow, obviously correct reference values from the definitions; they share no code with the formulas they judge."""

from collections.abc import Callable

import numpy as np

from checks.problem import Problem
from theory.population import LinearGaussian
from theory.validation import FloatArray

NODES = 120
HALF_LINE = 12.0  # the Gaussian density beyond 12 standard deviations is below 1e-31
QUADRATURE_ERROR = 2 * NODES * float(np.finfo(np.float64).eps)  # each node's abscissa and weight rounded once

_ABSCISSAE, _WEIGHTS = np.polynomial.legendre.leggauss(NODES)
HALF_NORMAL_NODES = HALF_LINE * (_ABSCISSAE + 1) / 2
HALF_NORMAL_WEIGHTS = HALF_LINE * _WEIGHTS * np.exp(-(HALF_NORMAL_NODES**2) / 2) / np.sqrt(2 * np.pi)


def half_normal_mean(function: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """E f(|Z|), Z standard normal, for f smooth on the half line: 120-node Gauss-Legendre on [0, 12], last axis."""
    mean: FloatArray = function(HALF_NORMAL_NODES) @ HALF_NORMAL_WEIGHTS
    return mean


def residual_variance(population: LinearGaussian, coefficients: FloatArray) -> float:
    """(θ - θ₀)ᵀ Σ (θ - θ₀) + σ², as one would write it down."""
    error = coefficients - population.true_coefficients
    return max(float(error @ population.covariance @ error), 0.0) + population.noise_std**2


def rounding_scale(case: Problem) -> float:
    """The size of the terms of the risk before they cancel: ‖Σ‖₂ ‖θ - θ₀‖² + σ² + ε²‖θ‖².

    The theory adds up ‖θ - θ₀‖_Σ² along the axes of Σ, with an error of EPS times the largest standard deviation.
    """
    error = case.coefficients - case.population.true_coefficients
    size = float(np.linalg.norm(case.population.covariance, 2)) * (error @ error) + case.population.noise_std**2
    return float(size + (case.radius * l2(case.coefficients)) ** 2)


def l2(vector: FloatArray) -> float:
    """The Euclidean norm of a vector of ordinary size."""
    return float(np.sqrt(vector @ vector))


def toeplitz(d: int, correlation: float) -> FloatArray:
    """Covariance with entries correlation^|i - j|."""
    matrix: FloatArray = correlation ** np.abs(np.subtract.outer(np.arange(d), np.arange(d)))
    return matrix


CONFIGURATIONS = (
    Problem(LinearGaussian(np.ones(10), np.eye(10), 1.0), np.full(10, 0.3), 0.5, 0.05),
    Problem(LinearGaussian(np.array([1.0, -2.0]), np.diag([1.0, 0.25]), 0.0), np.array([1.5, 0.5]), 2.0, 1.0),
    Problem(LinearGaussian(np.array([0.5, 0.0, 1.0]), toeplitz(3, 0.6), 2.0), np.array([-1.0, 0.2, 0.4]), 0.1, 4.0),
    Problem(LinearGaussian(np.array([3.0]), np.eye(1), 0.1), np.array([2.9]), 1.0, 0.2),
)
"""Four settings that simulations of the linear model share: noisy and noiseless, correlated, d = 1 to 10."""
