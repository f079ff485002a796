"""Conjugate exponents, dual norms, and the perturbation that attains Hölder's inequality."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from theory.validation import FloatArray, attack_norm, finite, nonnegative, real_array, within_range


@within_range
def conjugate_exponent(norm: float) -> float:
    """Return q in [1, inf] with 1/norm + 1/q = 1; ValueError unless norm lies in [1, inf]."""
    p = attack_norm(norm)
    if p == 1:
        return math.inf
    return 1.0 if math.isinf(p) else p / (p - 1)


@within_range
def dual_norm(coefficients: ArrayLike, norm: float) -> FloatArray:
    """Return max {θᵀz : ‖z‖_p <= 1} = ‖θ‖_q over the last axis, p = `norm` the attack's norm, 1/p + 1/q = 1.

    Coefficients have shape (..., d), the result (...). Scaled by the largest entry, so that no power overflows or
    underflows. Raises ValueError for a norm outside [1, inf] or coefficients that are empty or not finite.
    """
    return lp_norm(_vectors(coefficients), conjugate_exponent(norm))


@within_range
def dual_perturbation(coefficients: ArrayLike, norm: float, radius: float = 1.0) -> FloatArray:
    """Return a z in argmax {θᵀz : ‖z‖_p <= radius}, p = `norm`; shape (..., d) like the coefficients.

    z_j = radius sign(θ_j) |θ_j|^(q-1) / ‖θ‖_q^(q-1) for 1 < p < inf; radius sign(θ) for p = inf; for p = 1 the whole
    radius on the first entry of largest magnitude. Where several z attain the maximum this is the choice: in particular
    a zero coefficient is not moved when p = inf, and z = 0 at θ = 0, where every z attains it.
    Raises ValueError as `dual_norm` does, and for a radius that is negative or not finite.
    """
    p, size = attack_norm(norm), nonnegative("radius", radius)
    theta = _vectors(coefficients)
    largest = np.abs(theta).max(axis=-1, keepdims=True)
    ratio = np.divide(np.abs(theta), largest, out=np.zeros_like(theta), where=largest > 0)
    if p == 1:
        weight = np.zeros_like(theta)
        np.put_along_axis(weight, np.argmax(ratio, axis=-1, keepdims=True), 1.0, axis=-1)
    elif math.isinf(p):
        weight = np.ones_like(theta)
    else:
        # Normalised in lp, because q - 1 = 1 / (p - 1) makes the power lose its own scale when p is near 1.
        weight = ratio ** (1 / (p - 1))
        length = lp_norm(weight, p)[..., None]
        weight = np.divide(weight, length, out=np.zeros_like(theta), where=length > 0)
    perturbation: FloatArray = size * np.sign(theta) * weight
    return perturbation


def lp_norm(array: FloatArray, exponent: float) -> FloatArray:
    """Return (Σ_j |a_j|^exponent)^(1/exponent) over the last axis, the maximum for exponent inf, without overflow."""
    magnitude = np.abs(array)
    largest: FloatArray = magnitude.max(axis=-1, initial=0.0)
    if math.isinf(exponent):
        return largest
    ratio = np.divide(magnitude, largest[..., None], out=np.zeros_like(magnitude), where=largest[..., None] > 0)
    powers = ratio if exponent == 1 else ratio**exponent
    total: FloatArray = largest * _root(powers.sum(axis=-1), exponent)
    return total


def complement(vectors: FloatArray) -> FloatArray:
    """Return ‖a‖²I - aaᵀ for vectors (..., d), I - aaᵀ for unit vectors; shape (..., d, d).

    Its diagonal is added up from the squares of the other entries, so that it keeps its digits near 0.
    """
    identity = np.eye(vectors.shape[-1])
    others = vectors**2 @ (1 - identity)
    products = vectors[..., :, None] * vectors[..., None, :]
    across: FloatArray = others[..., None] * identity - products * (1 - identity)
    return across


def _root(total: FloatArray, exponent: float) -> FloatArray:
    # The square root is correctly rounded, a general power is not.
    root: FloatArray = np.sqrt(total) if exponent == 2 else total ** (1 / exponent)
    return root


def _vectors(coefficients: ArrayLike) -> FloatArray:
    array = real_array("coefficients", coefficients)
    if array.ndim == 0 or array.shape[-1] == 0:
        raise ValueError(f"coefficients must have shape (..., d) with d >= 1, got shape {array.shape}")
    return finite("coefficients", array)
