"""Thresholds in the attack radius, and the shrinkage κ of Proposition 8 between them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from scipy.optimize.elementwise import find_root

from theory.norms import lp_norm
from theory.population import LinearGaussian
from theory.risk import C0
from theory.validation import FloatArray, attack_norm, within_range

EPS = float(np.finfo(np.float64).eps)


@within_range
def null_threshold(population: LinearGaussian, norm: float = 2) -> float:
    """Return the smallest radius at which θ = 0 minimises the adversarial risk, for an attack norm in [1, inf].

    ‖Σθ₀‖_p / (c₀ v), p the attack's norm (its dual norm's subgradients at 0 fill the lp ball): Proposition 1. It is 0
    when Σθ₀ = 0, v = 0 included: then no θ does better than 0. ValueError for a norm outside [1, inf].
    """
    p = attack_norm(norm)
    signal = float(lp_norm(population.covariance @ population.true_coefficients, p))
    return signal / (C0 * population.total_std) if signal > 0 else 0.0


@within_range
def exact_recovery_threshold(population: LinearGaussian) -> float:
    """Return the largest radius at which the l2-robust minimiser predicts as θ₀ does: ‖θ* - θ₀‖_Σ = 0.

    c₀ ‖θ₀‖ / ‖Σ^(-1/2) θ₀‖ without noise, 0 with noise. For a nonsingular Σ it is the largest radius with θ* = θ₀. For
    a singular Σ the part of θ₀ in the null space is invisible, θ* never has it, and the formula is read for the rest
    of θ₀, with the pseudo-inverse. If nothing is left (Σθ₀ = 0) every radius recovers: inf.
    """
    stds, truth = visible_spectrum(population)
    if not truth.any():
        return math.inf
    if population.noise_std > 0:
        return 0.0
    whitened = population.whitened_size
    if math.isfinite(whitened):
        return float(C0 * lp_norm(population.true_coefficients, 2.0) / whitened)
    return float(C0 * lp_norm(truth, 2.0) / lp_norm(truth / stds, 2.0))


def shrinkages(population: LinearGaussian, radii: FloatArray) -> FloatArray:
    """κ at each radius: 0 up to exact recovery, inf from the null threshold on, a root in between."""
    null, recovered = null_threshold(population), exact_recovery_threshold(population)
    kappa = np.where(radii >= null, np.inf, 0.0)
    between = (radii > recovered) & (radii < null)
    if between.any():
        kappa[between] = _shrinkage_roots(population, radii[between])
    return kappa


def _shrinkage_roots(population: LinearGaussian, radii: FloatArray) -> FloatArray:
    """Solve κ n = `balance`(s, n) for the κ of Proposition 8: one change of sign, between the thresholds.

    Bracket: the balance is at least ε c₀ s, and s/n is at least σ/‖θ₀‖, which bounds κ from below when there is noise.
    At a relative distance of EPS from either threshold κ/S² is of order EPS or 1/EPS for the smallest or largest S;
    2^±80 leaves a wide margin.
    """
    stds, truth = visible_spectrum(population)
    size = np.abs(truth).max()
    unit, noise = truth / size, population.noise_std / size

    def log_ratio(log_kappa: FloatArray, radius: FloatArray) -> FloatArray:
        kappa = np.exp(log_kappa)
        lost, kept = fractions(kappa, stds)
        s = np.hypot(lp_norm(lost * stds * unit, 2.0), noise)
        n = lp_norm(kept * unit, 2.0)
        ratio: FloatArray = np.log(balance(s, n, radius) / (n * kappa))
        return ratio

    low = np.full_like(radii, 2 * math.log(stds.min()) - 80 * math.log(2))
    if noise > 0:
        low = np.minimum(low, np.log(radii) + math.log(C0 * noise / lp_norm(unit, 2.0)) - 1)
    high = np.full_like(radii, 2 * math.log(stds.max()) + 80 * math.log(2))
    found = find_root(log_ratio, (low, high), args=(radii,), tolerances={"xatol": EPS, "xrtol": EPS, "fatol": 0})
    # Within rounding of a threshold the sign may not change: the root is then the end the sign points to.
    end = np.where(log_ratio(high, radii) > 0, high, low)
    root: FloatArray = np.exp(np.where(np.isfinite(found.x), found.x, end))
    return root


def fractions(kappa: FloatArray, stds: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return κ/(S² + κ) and S²/(S² + κ), shape (k, d): what shrinkage removes of θ₀ along each axis, and keeps."""
    with np.errstate(divide="ignore", over="ignore"):
        odds = (stds / np.sqrt(kappa)[:, None]) ** 2
        return 1 / (1 + odds), 1 / (1 + 1 / odds)


def balance(s: FloatArray, m: FloatArray, radius: FloatArray | float) -> FloatArray:
    """(ε² m + ε c₀ s)/(1 + ε c₀ m/s): stationarity of (5) and (9) is Σ(θ - θ₀) + this times ∂m(θ) = 0."""
    weight: FloatArray = radius * s * (radius * m + C0 * s) / (s + radius * C0 * m)
    return weight


@within_range
def visible_spectrum(population: LinearGaussian) -> tuple[FloatArray, FloatArray]:
    """Return the standard deviations along the axes of positive variance, and θ₀ in them: exactly 0 where Σθ₀ is."""
    stds, axes = population.spectrum
    seen = stds > 0
    truth = population.true_coefficients @ axes[:, seen]
    return stds[seen], truth if np.any(population.covariance @ population.true_coefficients) else 0 * truth


@within_range
def identified(population: LinearGaussian) -> LinearGaussian:
    """Return the same law of (x, y) with the θ₀ of least norm: without its part in the null space of Σ."""
    stds, axes = population.spectrum
    if stds.all():
        return population
    _, truth = visible_spectrum(population)
    return replace(population, true_coefficients=axes[:, stds > 0] @ truth)
