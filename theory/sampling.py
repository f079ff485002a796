"""What one finite sample does to a minimiser of the l2 adversarial loss: covariance, and the risk that it costs."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from theory.norms import lp_norm
from theory.population import LinearGaussian
from theory.risk import C0, adversarial_risk_gradient, adversarial_risk_hessian
from theory.validation import FloatArray, coefficient_array, integer, nonnegative, within_range


@within_range
def loss_gradient_covariance(coefficients: ArrayLike, population: LinearGaussian, radius: float) -> FloatArray:
    """Return the covariance of the gradient of one sample's loss (|e| + ε‖θ‖)², e = θᵀx - y, at θ != 0; (d, d).

    The gradient is 2(|e| + εm)(sign(e) x + εu) with m = ‖θ‖₂, u = θ/m. Given e, x is normal with mean be,
    b = Σ(θ - θ₀)/s², and covariance Σ - s²bbᵀ, so moments of |e| up to the fourth give, with w(e) = (|e| + εm)²,
    4(E[w e²] bbᵀ + E[w] (Σ - s²bbᵀ) + ε E[w|e|](buᵀ + ubᵀ) + ε² E[w] uuᵀ) less the square of the mean. No formula in
    the paper. Raises ValueError for coefficients of another shape, 0 or without a residual, and a negative radius.
    """
    theta, strength = coefficient_array(coefficients, population.d), nonnegative("radius", radius)
    if theta.ndim != 1 or not theta.any() or population.residual_std(theta) == 0:
        raise ValueError(f"coefficients must have shape (d,), not be 0, and leave a residual, got {theta}")
    s, m = float(population.residual_std(theta)), float(lp_norm(theta, 2.0))
    u, b, t = theta / m, population.covariance @ (theta - population.true_coefficients) / s**2, strength * m
    weight = s**2 + 2 * t * C0 * s + t**2
    weight_abs = 2 * C0 * s**3 + 2 * t * s**2 + t**2 * C0 * s
    weight_square = 3 * s**4 + 4 * t * C0 * s**3 + t**2 * s**2
    across = strength * weight_abs * (np.outer(b, u) + np.outer(u, b))
    spread = weight * (population.covariance - s**2 * np.outer(b, b) + strength**2 * np.outer(u, u))
    mean = adversarial_risk_gradient(theta, population, strength)
    covariance: FloatArray = 4 * (weight_square * np.outer(b, b) + across + spread) - np.outer(mean, mean)
    return covariance


@within_range
def minimizer_covariance(coefficients: ArrayLike, population: LinearGaussian, radius: float) -> FloatArray:
    """Return lim n Cov(θ̂) = H⁻¹CH⁻¹ for the minimiser θ̂ of a smooth penalty plus the adversarial loss of n samples.

    H is the Hessian of the adversarial risk, C the covariance of a sample's gradient, both at the coefficients, the
    minimiser for the population: the theory of M-estimators. (d, d); errors are those of `loss_gradient_covariance`,
    and ValueError where H is singular.
    """
    half, hessian = _solved(coefficients, population, radius)
    return np.asarray(np.linalg.solve(hessian, half.T), dtype=np.float64)


@within_range
def sampling_excess(coefficients: ArrayLike, population: LinearGaussian, radius: float, n: int) -> float:
    """Return tr(H⁻¹C)/(2n), the leading term of E R_L(θ̂) - R_L(θ) for θ̂ as in `minimizer_covariance`, n samples.

    Errors are those of `minimizer_covariance`, and ValueError for an n below 1.
    """
    count = integer("n", n, 1)
    return float(np.trace(_solved(coefficients, population, radius)[0]) / (2 * count))


def _solved(coefficients: ArrayLike, population: LinearGaussian, radius: float) -> tuple[FloatArray, FloatArray]:
    """H⁻¹C, and H."""
    covariance = loss_gradient_covariance(coefficients, population, radius)
    hessian = adversarial_risk_hessian(coefficients, population, radius)
    try:
        return np.linalg.solve(hessian, covariance), hessian
    except np.linalg.LinAlgError:
        raise ValueError(f"coefficients must have a nonsingular Hessian, got {hessian.tolist()} there") from None
