"""Adversarial risk of a linear model, with its gradient and Hessian: equations (5) and (9)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from theory import notation
from theory.kinks import nearest_subgradient
from theory.norms import complement, dual_norm, lp_norm
from theory.population import LinearGaussian
from theory.validation import FloatArray, coefficient_array, l2_or_linf, nonnegative, within_range, within_range_or_nan

RISK = (
    notation.residual_std**2
    + notation.radius**2 * notation.coefficient_norm**2
    + 2 * notation.radius * notation.c0 * notation.coefficient_norm * notation.residual_std
)
"""Equation (5); equation (9) with the l1 norm of the coefficients in the place of their l2 norm."""

C0 = math.sqrt(2 / math.pi)


@within_range
def adversarial_risk(coefficients: ArrayLike, population: LinearGaussian, radius: float, norm: float = 2) -> FloatArray:
    """Return E max {(θᵀ(x + z) - y)² : ‖z‖_p <= radius}, the risk under attack; p = `norm` in [1, inf].

    Closed form s² + ε²m² + 2 ε c₀ m s with s the residual's standard deviation, m the dual norm of θ (l2 for p = 2,
    l1 for p = inf), ε the radius and c₀ = sqrt(2/π): equations (5) and (9). A sum of non-negative terms, scaled by the
    largest: a few EPS of relative error given s and m, and inf only where the value exceeds the largest float.

    `coefficients` has shape (..., d), the result (...). Raises ValueError for another shape, entries that are not
    finite, a radius that is negative or not finite, and a norm outside [1, inf].
    """
    theta = coefficient_array(coefficients, population.d)
    strength = nonnegative("radius", radius)
    with np.errstate(over="ignore"):
        moved = strength * dual_norm(theta, norm)
        return risk_of(population.residual_std(theta), moved)


def risk_of(error: FloatArray, moved: FloatArray) -> FloatArray:
    """Return E(|e| + b)² = s² + b² + 2 c₀ s b for e ~ N(0, s²): s is `error`, b >= 0 is `moved`."""
    large, small = np.maximum(error, moved), np.minimum(error, moved)
    ratio = np.divide(small, large, out=np.zeros_like(large), where=(large > 0) & np.isfinite(large))
    with np.errstate(over="ignore"):
        risk: FloatArray = large * (large * (1 + ratio * (2 * C0 + ratio)))
    return risk


@within_range
def adversarial_risk_gradient(
    coefficients: ArrayLike, population: LinearGaussian, radius: float, norm: float = 2
) -> FloatArray:
    """Return the gradient of `adversarial_risk`, the subgradient of least norm where there is a kink; (..., d).

    2 (1 + ε c₀ m/s) Σ(θ - θ₀) + 2 ε (ε m + c₀ s) ∂m(θ), with ∂m = θ/‖θ‖ for the l2 attack and sign(θ) for the linf
    attack: the derivative of (5) and (9). For a positive radius there are kinks at θ = 0 (l2), at every zero coordinate
    (linf) and where s = 0 (noise 0 and θ - θ₀ in the null space of Σ). There the subdifferential is a convex set and
    its element of least l2 norm is returned, to rounding: it is 0 exactly when θ is a minimiser. The first two kinks
    have a closed form; at s = 0 see `theory.kinks`. A kink at s = 0 is recognised where the computed s is exactly 0.

    `norm` is 2 or inf; otherwise arguments, shapes and errors are those of `adversarial_risk`.
    """
    theta = coefficient_array(coefficients, population.d)
    strength, attack = nonnegative("radius", radius), l2_or_linf(norm)
    rows = theta.reshape(-1, population.d)
    return gradient_rows(rows, population, np.full(len(rows), strength), attack).reshape(theta.shape)


def gradient_rows(theta: FloatArray, population: LinearGaussian, radii: FloatArray, norm: float) -> FloatArray:
    """Return `adversarial_risk_gradient` for rows (k, d), each with its own radius (k,); nothing is validated."""
    s, m = population.residual_std(theta), dual_norm(theta, norm)
    with np.errstate(over="ignore"):
        pull = 2 * (s + radii * C0 * m)[:, None] * _slope_of_std(theta, population, s)
        push = 2 * radii * (radii * m + C0 * s)
        gradient = _least_sum(pull, push, theta, norm)
    for i in np.flatnonzero((s == 0) & (m > 0) & (radii > 0)):
        nearest = nearest_subgradient(theta[i], population.factor, float(radii[i]), C0, norm)
        gradient[i] = 2 * radii[i] * m[i] * nearest
    return gradient


@within_range_or_nan
def adversarial_risk_hessian(
    coefficients: ArrayLike, population: LinearGaussian, radius: float, norm: float = 2
) -> FloatArray:
    """Return the Hessian of `adversarial_risk`, shape (..., d, d); NaN at a kink.

    With u = Σ(θ - θ₀)/s, g = ∂m(θ), t = m/s: 2 (1 + ε c₀ t) Σ - 2 ε c₀ t uuᵀ + 2 ε c₀ (ugᵀ + guᵀ) + 2 ε² ggᵀ
    + 2 ε (ε + c₀/t) (I - ggᵀ), the last term for the l2 attack only; second derivative of (5) and (9). NaN, for a
    positive radius, where s = 0 or m = 0 and, for the linf attack, at a zero coordinate.

    Arguments and errors are those of `adversarial_risk_gradient`.
    """
    theta = coefficient_array(coefficients, population.d)
    strength, attack = nonnegative("radius", radius), l2_or_linf(norm)
    if strength == 0:
        return np.broadcast_to(2 * population.covariance, (*theta.shape, population.d)).copy()
    s, m = population.residual_std(theta), dual_norm(theta, attack)
    smooth = (s > 0) & (m > 0) & ((attack == 2) | np.all(theta != 0, axis=-1))
    hessian = np.full((*theta.shape, population.d), np.nan)
    hessian[smooth] = _smooth_hessian(theta[smooth], population, strength, attack)
    return hessian


def _smooth_hessian(theta: FloatArray, population: LinearGaussian, radius: float, norm: float) -> FloatArray:
    """Second derivative away from kinks, rows (k, d); r is ε c₀ and t is m/s."""
    s, m, r = population.residual_std(theta), dual_norm(theta, norm)[:, None, None], radius * C0
    u = _slope_of_std(theta, population, s)[..., None]
    g = (theta / m[..., 0] if norm == 2 else np.sign(theta))[..., None]
    uT, gT, s = u.mT, g.mT, s[:, None, None]
    with np.errstate(over="ignore"):
        curved = 2 * (population.covariance + r * (m / s) * population.covariance_given_residual(theta))
        total: FloatArray = curved + 2 * r * (u * gT + g * uT) + 2 * radius**2 * g * gT
        if norm == 2:
            total += 2 * (radius**2 + r * s / m) * complement(g[..., 0])
    return total


def _slope_of_std(theta: FloatArray, population: LinearGaussian, s: FloatArray) -> FloatArray:
    """Return Σ(θ - θ₀)/s, the gradient of s, for rows (k, d); 0 where s = 0."""
    error = theta - population.true_coefficients
    scaled = np.divide(error, s[:, None], out=np.zeros_like(error), where=s[:, None] > 0)
    slope: FloatArray = scaled @ population.covariance
    return slope


def _least_sum(pull: FloatArray, push: FloatArray, theta: FloatArray, norm: float) -> FloatArray:
    """Return the element of least norm of pull + push ∂m(θ), row by row."""
    if norm == 2:
        size = lp_norm(theta, 2.0)[:, None]
        kept = np.maximum(lp_norm(pull, 2.0) - push, 0.0)[:, None]
        length = lp_norm(pull, 2.0)[:, None]
        at_zero = pull * np.divide(kept, length, out=np.zeros_like(kept), where=length > 0)
        unit = np.divide(theta, size, out=np.zeros_like(theta), where=size > 0)
        least: FloatArray = np.where(size > 0, pull + push[:, None] * unit, at_zero)
        return least
    soft = np.sign(pull) * np.maximum(np.abs(pull) - push[:, None], 0.0)
    return np.where(theta != 0, pull + push[:, None] * np.sign(theta), soft)
