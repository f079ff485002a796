"""The l1-penalised adversarial loss under the l2 attack: when it has no signal left, and how far the penalty moves it.

Equation (8) of Xing, Song, Cheng (AISTATS 2021) with smoothing 0 unless said otherwise; section 3.2.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from theory.norms import lp_norm
from theory.population import EPS, LinearGaussian
from theory.risk import C0, adversarial_risk, adversarial_risk_hessian
from theory.validation import FloatArray, finite, nonnegative, real_array, within_range


@within_range
def null_radius(X: ArrayLike, y: ArrayLike, l1: float) -> float:
    """Return the least radius at which θ = 0 minimises (1/n) Σ (|yᵢ - xᵢᵀθ| + ε‖θ‖₂)² + λ‖θ‖₁ over all θ.

    ‖S_λ(2Xᵀy/n)‖₂ / (2 mean|y|) with S_λ the soft threshold: the distance of the gradient of the clean loss at 0 from
    the subgradients of the penalty, over the rate at which the attack's part of the slope grows with ε. 0 where the
    penalty alone suffices. X is (n, d), y is (n,), `l1` is λ. No number in the paper. Raises ValueError for other
    shapes, empty data, entries that are not finite, and a negative l1.
    """
    slope, responses = _clean_slope(X, y)
    beyond = np.maximum(np.abs(slope) - nonnegative("l1", l1), 0.0)
    return float(lp_norm(beyond, 2.0) / (2 * np.mean(np.abs(responses)))) if beyond.any() else 0.0


@within_range
def smoothed_null_penalty(X: ArrayLike, y: ArrayLike) -> float:
    """Return the least λ at which θ = 0 minimises (1/n) Σ (yᵢ - (xᵢ + A_{ε,ξ})ᵀθ)² + λ‖θ‖₁, whatever ε and ξ > 0 are.

    ‖2Xᵀy/n‖_inf: the smoothed attack only adds to the clean loss, and adds O(‖θ‖²) at 0, so that the penalised loss
    has the same minimisers as the LASSO as soon as that has θ = 0. Arguments and errors are those of `null_radius`.
    """
    slope, _ = _clean_slope(X, y)
    return float(lp_norm(slope, math.inf))


@within_range
def penalised_optimum(population: LinearGaussian, radius: float, l1: float) -> FloatArray:
    """Return argmin over θ of R_L(θ, ε) + λ‖θ‖₁, the population's part of equation (8), for Σ = I and noise; (d,).

    Stationarity of (5) with Σ = I is α(θ - θ₀) + βθ + λ ∂‖θ‖₁ ∋ 0 with α = 2(1 + ε c₀ ρ), β = 2(ε² + ε c₀/ρ) and
    ρ = ‖θ‖/s, so θ = S_λ(αθ₀)/(α + β), and ρ is the root of one scalar equation: unique, as the objective is strictly
    convex. θ = 0 iff ‖S_λ(2θ₀)‖₂ <= 2 ε c₀ v.

    Raises ValueError for a covariance other than the identity, noise 0, and a radius or l1 negative or not finite.
    """
    truth, strength, weight = _isotropic_truth(population), nonnegative("radius", radius), nonnegative("l1", l1)
    if lp_norm(_soft(2 * truth, weight), 2.0) <= 2 * strength * C0 * population.total_std:
        return np.zeros_like(truth)

    def excess(log_ratio: float) -> float:
        theta = _at_ratio(truth, strength, weight, math.exp(log_ratio))
        return float(np.log(lp_norm(theta, 2.0) / population.residual_std(theta))) - log_ratio

    # θ shrinks towards θ₀, so ‖θ‖/s is at most ‖θ₀‖/σ; near ρ = 0 the equation is linear in ρ, hence any tiny start.
    high = math.log(lp_norm(truth, 2.0) / population.noise_std) + 1.0
    low = math.log(EPS) + min(high, 0.0)
    return _at_ratio(truth, strength, weight, math.exp(brentq(excess, low, high, xtol=EPS)))


@within_range
def penalty_shift(population: LinearGaussian, radius: float) -> FloatArray:
    """Return lim (θ* - θ_λ)/λ as λ -> 0, θ_λ the penalised optimum and θ* the one without penalty; Σ = I, noise; (d,).

    H⁻¹ sign(θ*) on the support of θ*, H the Hessian of the adversarial risk there, and 0 elsewhere. For s equal entries
    the l1 norm of it is s over the second derivative of the risk along θ₀. Raises ValueError as `penalised_optimum`
    does, and for a radius at or beyond the null threshold, where there is nothing to shift.
    """
    optimum = penalised_optimum(population, radius, 0.0)
    support = np.flatnonzero(optimum)
    if not support.size:
        raise ValueError(f"radius must be below the null threshold, got {radius!r}")
    hessian = adversarial_risk_hessian(optimum, population, radius)[np.ix_(support, support)]
    shift = np.zeros_like(optimum)
    shift[support] = np.linalg.solve(hessian, np.sign(optimum[support]))
    return shift


@within_range
def least_penalty_constant(population: LinearGaussian, radius: float) -> float:
    """Return c* = sqrt(8 R*/(s v²)): with λ = c v sqrt(s log d/n) noise enters the LASSO's support iff c < c*.

    The product of an inactive column with the multipliers is normal with variance 4R_L/n, so that the largest of d is
    sqrt(8 R* log d/n) to leading order; s is the number of nonzero entries of θ₀. "Some large constant" in Theorem 9.
    Raises ValueError as `penalised_optimum` does, and for θ₀ = 0.
    """
    optimum = penalised_optimum(population, radius, 0.0)
    active = np.count_nonzero(population.true_coefficients)
    if not active:
        raise ValueError("true_coefficients must have a nonzero entry, got none")
    risk = float(adversarial_risk(optimum, population, radius))
    return math.sqrt(8 * risk / active) / population.total_std


def _at_ratio(truth: FloatArray, radius: float, l1: float, ratio: float) -> FloatArray:
    """S_λ(αθ₀)/(α + β) at ρ = `ratio`."""
    alpha, beta = 2 * (1 + radius * C0 * ratio), 2 * radius * (radius + C0 / ratio)
    return _soft(alpha * truth, l1) / (alpha + beta)


def _soft(vector: FloatArray, threshold: float) -> FloatArray:
    shrunk: FloatArray = np.sign(vector) * np.maximum(np.abs(vector) - threshold, 0.0)
    return shrunk


def _isotropic_truth(population: LinearGaussian) -> FloatArray:
    if not np.array_equal(population.covariance, np.eye(population.d)):
        raise ValueError("covariance must be the identity, got another one")
    if population.noise_std == 0:
        raise ValueError("noise_std must be positive, got 0.0")
    return population.true_coefficients


def _clean_slope(X: ArrayLike, y: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """2Xᵀy/n, minus the gradient of the clean loss at 0, and y."""
    samples, responses = finite("X", real_array("X", X)), finite("y", real_array("y", y))
    if samples.ndim != 2 or 0 in samples.shape:
        raise ValueError(f"X must have shape (n, d) with n and d at least 1, got shape {samples.shape}")
    if responses.shape != samples.shape[:1]:
        raise ValueError(f"y must have shape {samples.shape[:1]} to match X, got shape {responses.shape}")
    return 2 / len(responses) * (responses @ samples), responses
