"""Coefficients of inactive attributes in minimisers of the adversarial training loss on samples."""

import numpy as np

from models.linear.minimizer import adversarial_minimizer
from theory.optimum import robust_minimizer
from theory.population import LinearGaussian
from theory.risk import adversarial_risk_hessian
from theory.validation import FloatArray

SAMPLES = 1000
GAP = 1e-9


def inactive_coefficients(
    population: LinearGaussian, radius: float, j: int, replicates: int, rng: np.random.Generator
) -> FloatArray:
    """Coefficient j of minimisers on samples of n = 1000, less its part linear in the sample; (replicates,).

    The linear part, -H⁻¹ times the gradient of the training loss at θ*, has mean 0. What is left has the mean of the
    coefficient and a standard deviation of order 1/n in the place of 1/√n. ArithmeticError without a certificate.
    """
    X = rng.standard_normal((replicates, SAMPLES, population.d)) @ population.factor.T
    y = X @ population.true_coefficients + population.noise_std * rng.standard_normal((replicates, SAMPLES))
    found = adversarial_minimizer(X, y, radius, tol=GAP)
    if not found.converged.all():
        raise ArithmeticError(f"minimiser must have a relative gap of {GAP}, got {found.gap}")
    optimum = robust_minimizer(population, radius).coefficients
    size, residual = np.sqrt(optimum @ optimum), X @ optimum - y
    attacked = 2 * (np.abs(residual) + radius * size)
    pull = np.einsum("bn,bnd->bd", attacked * np.sign(residual), X) / SAMPLES
    gradient = pull + radius * attacked.mean(axis=1)[:, None] * optimum / size
    linear = -np.linalg.solve(adversarial_risk_hessian(optimum, population, radius), gradient.T).T
    remainder: FloatArray = found.coefficients[:, j] - linear[:, j]
    return remainder
