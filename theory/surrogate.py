"""The smoothed ("surrogate") risk R_{L,ξ} of Xing, Song, Cheng (AISTATS 2021), sections 2.1 and 4.

The paper smooths the attack so that it vanishes with the residual; it states no formula for the risk. With a
Gaussian residual of standard deviation s, n = ‖θ‖₂ and k = ξ / (2 s n), the l2 risk is closed in M(k), H(k).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from theory import notation
from theory.norms import complement, dual_norm
from theory.population import LinearGaussian
from theory.risk import adversarial_risk, adversarial_risk_gradient, adversarial_risk_hessian
from theory.smoothed_moments import (
    attack_shape,
    cross_bend,
    cross_moment,
    cross_slope,
    cross_turn,
    damped_ratio,
    safe_divide,
    safe_multiply,
    split,
    square_bend_n,
    square_bend_s,
    square_moment,
    square_slope,
)
from theory.surrogate_linf import linf_surrogate_gradient, linf_surrogate_hessian, linf_surrogate_risk
from theory.validation import (
    FloatArray,
    coefficient_array,
    finite,
    l2_or_linf,
    nonnegative,
    real_array,
    within_range,
    within_range_or_nan,
)

_k, _s, _n = notation.shape, notation.residual_std, notation.coefficient_norm
_radius, _smoothing = notation.radius, notation.smoothing

CROSS_MOMENT = notation.c0 * _k**2 / 4 * sp.exp(_k**2 / 4) * (sp.besselk(1, _k**2 / 4) - sp.besselk(0, _k**2 / 4))
"""M(k) = E[Z²/√(Z² + k²)] for a standard normal Z; K are modified Bessel functions."""

SQUARE_MOMENT = 1 - sp.sqrt(sp.pi / 2) * _k * sp.exp(_k**2 / 2) * sp.erfc(_k / sp.sqrt(2))

"""H(k) = E[Z²/(Z² + k²)]."""

_at_shape = {_k: _smoothing / (2 * _s * _n)}
_cross, _square = CROSS_MOMENT.subs(_at_shape), SQUARE_MOMENT.subs(_at_shape)

SURROGATE_RISK = _s**2 + 2 * _radius * _n * _s * _cross + _radius**2 * _n**2 * _square
"""R_{L,ξ} = E(e + θᵀA_{ε,ξ})² under the l2 attack; no formula in the paper."""

FROZEN_ALPHA = 2 * (1 + _radius * _n / _s * _cross)
FROZEN_BETA = 2 * _radius * _s / _n * _cross + 2 * _radius**2 * _square
"""The frozen-attack field of Algorithm 1 is α Σ(θ - θ₀) + β θ with these α and β."""

SMOOTHING_BIAS = sp.sqrt(sp.pi / 8) * _radius**2 * _smoothing * _n / _s
"""R_L - R_{L,ξ} as ξ → 0, up to O(ξ² log(1/ξ))."""


@within_range
def surrogate_risk(
    coefficients: ArrayLike,
    population: LinearGaussian,
    radius: float,
    smoothing: float,
    norm: float = 2,
) -> FloatArray:
    """Return the risk under the smoothed attack, E(θᵀ(x + A_{ε,ξ}) - y)².

    l2: A_{ε,ξ} = 2 ε e θ / √(4 e² n² + ξ²) with e = θᵀx - y, so that R = s² + 2 ε n s M(k) + ε² n² H(k);
    accurate to a few roundings given (s, n). linf: entry i of A_{ε,ξ} is ε sign(e θᵢ) |g| / (|g| + ξ) with
    g = 2 e θᵢ; by quadrature with a relative error of at most 1e-13. Smoothing 0 gives the adversarial risk.
    Section 2.1 (no number) and section 4.

    `coefficients` (θ) has shape (..., d); `radius` (ε) and `smoothing` (ξ) are finite and non-negative;
    `norm` is the attack's, 2 or inf. Returns shape (...). Raises ValueError for anything else.
    """
    theta, radius, smoothing, norm = _checked(coefficients, population, radius, smoothing, norm)
    if norm == 2:
        s, n = population.residual_std(theta), dual_norm(theta, 2)
        return surrogate_risk_from_moments(s, n, radius, smoothing)
    if smoothing == 0:
        return adversarial_risk(theta, population, radius, norm)
    return linf_surrogate_risk(theta, population.residual_std(theta), radius, smoothing)


@within_range
def surrogate_risk_from_moments(
    residual_std: ArrayLike, coefficient_norm: ArrayLike, radius: ArrayLike, smoothing: ArrayLike
) -> FloatArray:
    """Return the l2 surrogate risk E(e + θᵀA_{ε,ξ})², e ~ N(0, s²), = s² + 2 ε n s M(k) + ε² n² H(k).

    The arguments s, n, ε, ξ are broadcast together, each finite and non-negative, of any size: the result is
    infinite (or 0) only where the true value is out of range. At s = 0 it is 0 for ξ > 0, (εn)² for ξ = 0.
    Raises ValueError for a negative, infinite or NaN entry.
    """
    s = _nonnegative_array("residual_std", residual_std)
    n = _nonnegative_array("coefficient_norm", coefficient_norm)
    radius_, smoothing_ = _nonnegative_array("radius", radius), _nonnegative_array("smoothing", smoothing)
    k = attack_shape(s, n, smoothing_)
    shift, attack, exponent = _effective_attack(s, n, radius_, smoothing_, k)
    risk = shift**2 + 2 * cross_moment.scaled(k) * shift * attack + square_moment.scaled(k) * attack**2
    with np.errstate(over="ignore", under="ignore"):
        result: FloatArray = np.ldexp(risk, 2 * exponent)
    return result


@within_range
def surrogate_risk_gradient(
    coefficients: ArrayLike,
    population: LinearGaussian,
    radius: float,
    smoothing: float,
    norm: float = 2,
) -> FloatArray:
    """Return the gradient of the surrogate risk in the coefficients, of shape (..., d).

    For smoothing > 0 the risk is differentiable everywhere. l2: 2 R_{s²} Σ(θ - θ₀) + 2 R_{n²} θ, whose attack
    part is 8 ε v² θ / ξ to first order at θ = 0. linf: under the integral, with a relative error of at most
    1e-10 of the largest term. Smoothing 0 or radius 0: that of `theory.risk`, at a kink the minimum-norm
    subgradient. Arguments and errors as for `surrogate_risk`.
    """
    theta, radius, smoothing, norm = _checked(coefficients, population, radius, smoothing, norm)
    if smoothing == 0 or radius == 0:
        return adversarial_risk_gradient(theta, population, radius, norm)
    if norm == 2:
        geometry = _geometry(theta, population, smoothing)
        return _l2_gradient(geometry, theta, radius)
    return linf_surrogate_gradient(theta, population, radius, smoothing)


@within_range_or_nan
def surrogate_risk_hessian(
    coefficients: ArrayLike,
    population: LinearGaussian,
    radius: float,
    smoothing: float,
    norm: float = 2,
) -> FloatArray:
    """Return the Hessian of the surrogate risk in the coefficients, of shape (..., d, d).

    For smoothing > 0 it exists everywhere. l2: from the second derivatives of R in (s, n) along u = Σ(θ - θ₀)/s
    and w = θ/n, and the first ones times Σ - uuᵀ and I - wwᵀ. linf: under the integral. Smoothing 0 or radius 0:
    that of `theory.risk`, NaN at a kink. Where an entry is out of the range of float64 it is infinite or NaN.
    Arguments and errors as for `surrogate_risk`.
    """
    theta, radius, smoothing, norm = _checked(coefficients, population, radius, smoothing, norm)
    if smoothing == 0 or radius == 0:
        return adversarial_risk_hessian(theta, population, radius, norm)
    if norm == 2:
        left = population.covariance_given_residual(theta)
        return 2 * population.covariance + _l2_hessian(_geometry(theta, population, smoothing), left, radius)
    return linf_surrogate_hessian(theta, population, radius, smoothing)


@within_range
def frozen_attack_field(
    coefficients: ArrayLike, population: LinearGaussian, radius: float, smoothing: float
) -> FloatArray:
    """Return the expected gradient with the l2 attack held fixed, F = E[2 (e + θᵀA)(x + A)].

    F = α Σ(θ - θ₀) + β θ with α = 2 (1 + (εn/s) M(k)), β = 2 ε (s/n) M(k) + 2 ε² H(k): the update of
    Algorithm 1, equation (3), modified as in section 2.1. It is not the gradient of the surrogate risk for
    ξ > 0; for ξ = 0 it is the risk's gradient where that exists. Where ξ = 0 and the gradient in x
    vanishes almost surely, both signs of the attack are worst and the sign is taken as a fair coin of its
    own: F is -2 Σθ₀ at θ = 0 and 2 ε² θ at s = 0. For ξ > 0 it is -2 Σθ₀ and 0 there.

    Arguments, shapes (result (..., d)) and errors as for `surrogate_risk`.
    """
    theta, radius, smoothing, _ = _checked(coefficients, population, radius, smoothing, 2)
    at = _geometry(theta, population, smoothing)
    m, h = cross_moment.scaled(at.shape), square_moment(at.shape)
    with np.errstate(over="ignore", invalid="ignore"):
        alpha_s = 2 * (at.residual_std + at.residual_std * radius * at.n_per_s * m)
        beta = 2 * radius * (at.s_per_n * m + radius * h)
        return safe_multiply(alpha_s, at.pull) + safe_multiply(beta, theta)


class _Geometry(NamedTuple):
    """Where θ stands: s, k, 1/max(1, k), n/s and s/n over max(1, k), Σ(θ - θ₀)/s and θ/n."""

    residual_std: FloatArray
    shape: FloatArray
    inverse: FloatArray
    n_per_s: FloatArray
    s_per_n: FloatArray
    pull: FloatArray
    direction: FloatArray


def _geometry(theta: FloatArray, population: LinearGaussian, smoothing: float) -> _Geometry:
    s, n = population.residual_std(theta), dual_norm(theta, 2)
    k = attack_shape(s, n, smoothing)
    return _Geometry(
        residual_std=s,
        shape=k,
        inverse=split(k).inverse,
        n_per_s=damped_ratio(n, s, k, smoothing),
        s_per_n=damped_ratio(s, n, k, smoothing),
        pull=safe_divide((theta - population.true_coefficients) @ population.covariance, s[..., None]),
        direction=safe_divide(theta, n[..., None]),
    )


def _first_derivatives(at: _Geometry, radius: float, unit: FloatArray | float) -> tuple[FloatArray, FloatArray]:
    """Return `unit` times R_{s²} - 1, which may be out of range on its own, and R_{n²}."""
    p, q = cross_slope.scaled(at.shape), square_slope.scaled(at.shape)
    gain = radius * at.n_per_s
    in_n2 = radius * (at.s_per_n * p + radius * at.inverse**2 * (square_moment.scaled(at.shape) + q))
    return unit * gain * (p + gain * q), in_n2


def _second_derivatives(at: _Geometry, radius: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return R_{ss} - 2, R_{sn} and R_{nn}."""
    turn, bend = cross_turn.scaled(at.shape), cross_bend.scaled(at.shape) * at.inverse**2
    bend_s, bend_n = square_bend_s.scaled(at.shape) * at.inverse**2, square_bend_n.scaled(at.shape)
    gain = radius * at.n_per_s
    in_s = 2 * gain * (turn + gain * (bend_n - 3 * bend_s))
    both = square_moment.scaled(at.shape) + bend_s + 5 * bend_n
    in_n = 2 * radius * (at.s_per_n * turn + radius * at.inverse**2 * both)
    mixed = 4 * radius * at.inverse * (cross_slope.scaled(at.shape) - bend / 2 + 2 * gain * bend_n)
    return in_s, mixed, in_n


def _l2_gradient(at: _Geometry, theta: FloatArray, radius: float) -> FloatArray:
    with np.errstate(over="ignore", invalid="ignore"):
        in_s2, in_n2 = _first_derivatives(at, radius, at.residual_std)
        return 2 * (safe_multiply(at.residual_std + in_s2, at.pull) + safe_multiply(in_n2, theta))


def _l2_hessian(at: _Geometry, left: FloatArray, radius: float) -> FloatArray:
    """Return the Hessian less that of s², 2Σ: s and n bend as (Σ - uuᵀ)/s and (I - wwᵀ)/n; `left` is Σ - uuᵀ."""
    u, w = at.pull, at.direction
    uw = _outer(u, w)
    across = np.where(np.any(w, axis=-1, keepdims=True)[..., None], complement(w), np.eye(w.shape[-1]))
    with np.errstate(over="ignore", invalid="ignore"):
        in_s2, in_n2 = (first[..., None, None] for first in _first_derivatives(at, radius, 1.0))
        in_s, mixed, in_n = (second[..., None, None] for second in _second_derivatives(at, radius))
        curvature = in_s * _outer(u, u) + mixed * (uw + uw.mT) + in_n * _outer(w, w)
        hessian: FloatArray = 2 * in_s2 * left + 2 * in_n2 * across + curvature
    return hessian


def _effective_attack(
    s: FloatArray, n: FloatArray, radius: FloatArray, smoothing: FloatArray, k: FloatArray
) -> tuple[FloatArray, FloatArray, NDArray[np.int_]]:
    """Return s and t = ε n / max(1, k) divided by a power of two near the larger, and its exponent."""
    (s_, s_exponent), (n_, n_exponent) = np.frexp(s), np.frexp(n)
    (radius_, radius_exponent), (xi, xi_exponent) = np.frexp(radius), np.frexp(smoothing)
    with np.errstate(divide="ignore", invalid="ignore"):
        damped = 2 * radius_ * s_ * n_**2 / xi
    attack = np.where(k <= 1, radius_ * n_, damped)
    exponent = np.where(
        k <= 1, radius_exponent + n_exponent, radius_exponent + s_exponent + 2 * n_exponent - xi_exponent
    )
    top = np.maximum(s_exponent, np.where(attack == 0, s_exponent, exponent))
    with np.errstate(under="ignore"):
        return np.ldexp(s_, s_exponent - top), np.ldexp(attack, exponent - top), top


def _outer(a: FloatArray, b: FloatArray) -> FloatArray:
    return a[..., :, None] * b[..., None, :]


def _checked(
    coefficients: ArrayLike, population: LinearGaussian, radius: float, smoothing: float, norm: float
) -> tuple[FloatArray, float, float, float]:
    theta = coefficient_array(coefficients, population.d)
    return theta, nonnegative("radius", radius), nonnegative("smoothing", smoothing), l2_or_linf(norm)


def _nonnegative_array(name: str, value: ArrayLike) -> FloatArray:
    array = finite(name, real_array(name, value))
    if np.any(array < 0):
        raise ValueError(f"{name} must be non-negative, got {array.min()}")
    return array
