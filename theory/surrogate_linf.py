"""The smoothed risk of section 4, under the linf attack, by quadrature over the standardised residual.

With z = |e|/s, kᵢ = ξ / (2 s |θᵢ|), tᵢ = z / (z + kᵢ) the attacked residual is G = s z + ε Σ |θᵢ| tᵢ and the
risk is E G². In u = log z the integrand is analytic for |Im u| < π/2, where |G(z)| ≤ √2 G(|z|), and
G(λr) ≤ λ G(r) for λ ≥ 1. Hence the trapezoidal rule of step h has a relative error of at most
4 sin(2δ)^(-3/2) / (exp(2π (π/4 - δ)/h) - 1) for every δ, whatever s, ε, ξ and θ: 9e-15 at δ = 0.03, h = 1/8.
Cutting at u = -34 and 2.25 loses at most 2e-15, for G increases and G(z)/z decreases.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from theory.population import LinearGaussian
from theory.smoothed_moments import (
    attack_shape,
    damped_ratio,
    integrate,
    safe_divide,
    safe_multiply,
    split,
)
from theory.validation import FloatArray

STEP = 1 / 8
NODES = np.exp(STEP * np.arange(-272.0, 19.0))
WEIGHTS = STEP * np.sqrt(2 / np.pi) * NODES * np.exp(-(NODES**2) / 2)


class _Attack(NamedTuple):
    """The coefficients' sizes |θᵢ| and their smoothing: kᵢ split, |θᵢ|/s and s/|θᵢ| over max(1, kᵢ)."""

    size: FloatArray
    residual_std: FloatArray
    level: FloatArray
    inverse: FloatArray
    size_per_s: FloatArray
    s_per_size: FloatArray


class _Response(NamedTuple):
    """Over nodes (first axis): z, c/(z + k) with c = max(1, k), t, 1 - t, G, G/|e| and dG/d|e|."""

    z: FloatArray
    rate: FloatArray
    t: FloatArray
    rest: FloatArray
    attacked: FloatArray
    amplification: FloatArray
    slope: FloatArray


def linf_surrogate_risk(theta: FloatArray, residual_std: FloatArray, radius: float, smoothing: float) -> FloatArray:
    """Return E(|e| + ε Σ 2|e| θᵢ² / (2|e||θᵢ| + ξ))² for smoothing > 0, e ~ N(0, s²); section 4.

    The relative error of the quadrature is at most 1e-13.
    """
    size, s = np.abs(theta), residual_std[..., None]
    level, inverse = split(attack_shape(s, size, smoothing))

    def attacked(z: FloatArray) -> FloatArray:
        z = z.reshape(-1, *np.ones(theta.ndim, dtype=int))
        t = z * inverse / (z * inverse + level)
        residual: FloatArray = s[..., 0] * z[..., 0] + radius * np.sum(size * t, axis=-1)
        return residual

    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        scale = attacked(np.ones(1))[0]
        mean = integrate(lambda z: safe_divide(attacked(z), scale) ** 2, NODES, WEIGHTS, theta.size)
        risk: FloatArray = np.where(np.isfinite(scale), (scale * np.sqrt(mean)) ** 2, np.inf)
    return risk


def linf_surrogate_gradient(
    theta: FloatArray, population: LinearGaussian, radius: float, smoothing: float
) -> FloatArray:
    """Return the gradient of the linf surrogate risk for smoothing > 0, differentiated under the integral."""
    s = population.residual_std(theta)
    attack = _attack(theta, s, smoothing)

    def integrand(z: FloatArray) -> FloatArray:
        at = _respond(attack, radius, z)
        in_size = radius * at.attacked * at.t * (1 + at.rest)
        in_s = at.attacked * at.slope * at.z
        return np.stack(np.broadcast_arrays(in_s, in_size), axis=-1)

    with np.errstate(over="ignore", invalid="ignore"):
        in_s, in_size = np.moveaxis(2 * integrate(integrand, NODES, WEIGHTS, 2 * theta.size), -1, 0)
        pull = safe_multiply(in_s[..., 0], _slope_of_std(theta, population, s))
        gradient: FloatArray = pull + np.sign(theta) * in_size
    return gradient


def linf_surrogate_hessian(
    theta: FloatArray, population: LinearGaussian, radius: float, smoothing: float
) -> FloatArray:
    """Return the Hessian of the linf surrogate risk for smoothing > 0, where it exists.

    With R a function of s and |θᵢ| it is (R_s/s) Σ + (R_ss - R_s/s) û ûᵀ + û wᵀ + w ûᵀ + W, û = Σ(θ - θ₀)/s.
    """
    s = population.residual_std(theta)
    attack = _attack(theta, s, smoothing)
    slope, sign = _slope_of_std(theta, population, s), np.sign(theta)
    with np.errstate(over="ignore", invalid="ignore"):
        moments = 2 * integrate(lambda z: _second_moments(attack, radius, z), NODES, WEIGHTS, 4 * theta.size)
        in_s_per_s, excess, mixed, diagonal = np.moveaxis(moments, -1, 0)
        cross = slope[..., :, None] * (sign * mixed)[..., None, :]
        hessian: FloatArray = (
            in_s_per_s[..., :1, None] * population.covariance
            + excess[..., :1, None] * slope[..., :, None] * slope[..., None, :]
            + (cross + cross.mT)
            + diagonal[..., None] * np.eye(theta.shape[-1])
            + 2 * sign[..., :, None] * sign[..., None, :] * _products(attack, radius)
        )
    return hessian


def _slope_of_std(theta: FloatArray, population: LinearGaussian, s: FloatArray) -> FloatArray:
    """Return Σ(θ - θ₀)/s, and 0 where s = 0."""
    return safe_divide((theta - population.true_coefficients) @ population.covariance, s[..., None])


def _second_moments(attack: _Attack, radius: float, nodes: FloatArray) -> FloatArray:
    """Return integrands for R_s/(2s), (R_ss - R_s/s)/2, R_{s|θᵢ|}/2, G G_{|θᵢ||θᵢ|}."""
    at = _respond(attack, radius, nodes)
    in_s = at.amplification * at.slope * at.z**2
    bent = attack.size_per_s * at.rate * at.t * (at.slope + 2 * at.amplification * at.rest)
    excess = -radius * at.z**2 * np.sum(bent, axis=-1, keepdims=True)
    mixed = radius * at.z * at.t * (at.slope * (1 + at.rest) + 2 * at.amplification * at.rest**2)
    diagonal = 2 * radius * at.amplification * at.z**2 * at.rate * attack.s_per_size * at.rest**2
    return np.stack(np.broadcast_arrays(in_s, excess, mixed, diagonal), axis=-1)


def _products(attack: _Attack, radius: float) -> FloatArray:
    """Return E[∂G/∂|θᵢ| ∂G/∂|θⱼ|]."""

    def integrand(z: FloatArray) -> FloatArray:
        at = _respond(attack, radius, z)
        change = radius * at.t * (1 + at.rest)
        return change[..., :, None] * change[..., None, :]

    return integrate(integrand, NODES, WEIGHTS, attack.size.size * attack.size.shape[-1])


def _attack(theta: FloatArray, residual_std: FloatArray, smoothing: float) -> _Attack:
    size, s = np.broadcast_arrays(np.abs(theta), residual_std[..., None])
    k = attack_shape(s, size, smoothing)
    size_per_s = damped_ratio(size, s, k, smoothing)
    s_per_size = damped_ratio(s, size, k, smoothing)
    return _Attack(size, s, *split(k), size_per_s, s_per_size)


def _respond(attack: _Attack, radius: float, nodes: FloatArray) -> _Response:
    z = nodes.reshape(-1, *np.ones(attack.size.ndim, dtype=int))
    rate = 1 / (z * attack.inverse + attack.level)
    t, rest = z * attack.inverse * rate, attack.level * rate
    share = radius * attack.size_per_s * rate
    amplification = 1 + np.sum(share, axis=-1, keepdims=True)
    slope = 1 + np.sum(share * rest, axis=-1, keepdims=True)
    attacked = attack.residual_std[..., :1] * z + radius * np.sum(attack.size * t, axis=-1, keepdims=True)
    return _Response(z, rate, t, rest, attacked, amplification, slope)
