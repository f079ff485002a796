"""Minimisers of the adversarial risk: thresholds, the path in the attack radius, and what robustness costs."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from theory import notation
from theory.duality import duality_gap
from theory.l1_path import l1_path
from theory.linf_optimum import balanced_point, subgradient, whitened
from theory.norms import dual_norm, lp_norm
from theory.population import LinearGaussian
from theory.risk import gradient_rows, risk_of
from theory.shrinkage import (
    exact_recovery_threshold,
    fractions,
    identified,
    null_threshold,
    shrinkages,
    visible_spectrum,
)
from theory.validation import FloatArray, finite, l2_or_linf, nonnegative, real_array, within_range

SHRINKAGE_EQUATION = (
    notation.shrinkage * (1 + notation.radius * notation.c0 * notation.coefficient_norm / notation.residual_std)
    - notation.radius**2
    - notation.radius * notation.c0 * notation.residual_std / notation.coefficient_norm
)
"""Zero at the κ of Proposition 8, with s and n those of θ = (Σ + κI)⁻¹Σθ₀."""

NULL_THRESHOLD = notation.signal_size / (notation.c0 * notation.total_std)
"""Proposition 1's constant for the l2 attack; with ‖Σθ₀‖_∞ in the place of ‖Σθ₀‖₂ for the linf attack."""

__all__ = [
    "NULL_THRESHOLD",
    "SHRINKAGE_EQUATION",
    "Minimizer",
    "exact_recovery_threshold",
    "minimizer_path",
    "null_threshold",
    "robust_minimizer",
    "standard_risk_cost",
]

Number = TypeVar("Number", float, FloatArray)


@dataclass(frozen=True, eq=False)
class Minimizer(Generic[Number]):
    """A minimiser of the adversarial risk and its certificate.

    A single one holds `coefficients` (d,) and floats; a path holds (k, d) and arrays (k,).

    - `risk`: the adversarial risk at `coefficients`.
    - `shrinkage`: κ with θ = (Σ + κI)⁻¹Σθ₀ for the l2 attack, inf where θ is null; None for the linf attack.
    - `stationarity`: l2 norm of the least subgradient there, over 2‖Σθ₀‖₂, the gradient's norm at θ = 0 without attack.
    - `gap`: (risk - lower bound) / risk, the bound from a feasible point of the dual: the risk is within this fraction
      of the minimum, up to the rounding of the two numbers, which can make it negative by a few EPS.
    """

    coefficients: FloatArray
    risk: Number
    shrinkage: Number | None
    stationarity: Number
    gap: Number


@within_range
def robust_minimizer(population: LinearGaussian, radius: float, norm: float = 2) -> Minimizer[float]:
    """Return argmin over θ of the adversarial risk at one radius, with its certificate.

    For the l2 attack θ* = (Σ + κI)⁻¹Σθ₀ with κ (1 + ε c₀ n/s) = ε² + ε c₀ s/n (Proposition 8); κ = 0 up to the exact
    recovery threshold and inf from the null threshold on. For the linf attack a point of the l1 path, exact to
    rounding. Where minimisers are not unique (singular Σ: radius 0, or linf) it is one of them: for radius 0 under the
    l2 attack the one of least norm, else a limit of the path. Where θ = 0 is a minimiser it is returned.

    Without noise, just beyond exact recovery, the gradient turns by its full length within a distance that shrinks
    with the residual: there the rounding of the coefficients alone limits `stationarity`; `gap` is not affected.

    Raises ValueError for a radius that is negative or not finite, and a norm other than 2 and inf.
    """
    path = minimizer_path(population, [nonnegative("radius", radius)], norm)
    shrinkage = None if path.shrinkage is None else float(path.shrinkage[0])
    return Minimizer(
        path.coefficients[0], float(path.risk[0]), shrinkage, float(path.stationarity[0]), float(path.gap[0])
    )


@within_range
def minimizer_path(population: LinearGaussian, radii: ArrayLike, norm: float = 2) -> Minimizer[FloatArray]:
    """Return `robust_minimizer` at every radius, radii of shape (k,), as one record with a leading axis.

    For the l2 attack one eigendecomposition serves all radii and each step of the root search costs O(d) per
    radius; rotating the results back is one matrix product. For the linf attack one l1 path serves all radii.
    Raises ValueError for radii of another shape, negative or not finite, and a norm other than 2 and inf.
    """
    strengths = _radii(radii)
    if not np.any(population.covariance @ population.true_coefficients):
        population = replace(population, true_coefficients=np.zeros(population.d))
    if l2_or_linf(norm) == 2:
        return _l2_path(identified(population), strengths)
    return _linf_path(population, strengths)


@within_range
def standard_risk_cost(population: LinearGaussian, radius: float) -> float:
    """Return c(ε) = (R(θ*, 0) - R(θ₀, 0)) / v² = ‖θ* - θ₀‖_Σ² / v², the clean risk that l2 robustness costs.

    After Theorem 2. 0 up to the exact recovery threshold, ‖θ₀‖_Σ²/v² from the null threshold on, and 0 where v = 0.
    Computed from κ, so that a small cost keeps its relative accuracy. ValueError for a radius negative or not finite.
    """
    kappa = shrinkages(population, np.array([nonnegative("radius", radius)]))
    stds, truth = visible_spectrum(population)
    removed, _ = fractions(kappa, stds)
    lost = lp_norm(stds * removed * truth, 2.0)
    return float((lost[0] / population.total_std) ** 2) if population.total_std > 0 else 0.0


def _radii(radii: ArrayLike) -> FloatArray:
    array = real_array("radii", radii)
    if array.ndim != 1:
        raise ValueError(f"radii must have shape (k,), got shape {array.shape}")
    if finite("radii", array).size and array.min() < 0:
        raise ValueError(f"radii must be non-negative, got {array.min()}")
    return array


def _l2_path(population: LinearGaussian, radii: FloatArray) -> Minimizer[FloatArray]:
    kappa = shrinkages(population, radii)
    stds, axes = population.spectrum
    seen = stds > 0
    stds, truth = visible_spectrum(population)
    axes = axes[:, seen]
    removed, kept = fractions(kappa, stds)
    signal, error = kept * truth, -removed * truth
    near = (lp_norm(error, 2.0) < lp_norm(signal, 2.0))[:, None]
    coefficients = np.where(near, population.true_coefficients + error @ axes.T, signal @ axes.T)
    # At exact recovery the residual is 0; its direction is the limit of that of S(θ - θ₀) as κ falls to 0.
    standardized = np.zeros((len(radii), population.d))
    standardized[:, seen] = stds * error
    if population.noise_std == 0:
        standardized[np.ix_(kappa == 0, seen)] = -truth / stds
    return _certified(population, radii, coefficients, standardized, kappa, 2.0)


def _certified(
    population: LinearGaussian,
    radii: FloatArray,
    coefficients: FloatArray,
    standardized: FloatArray,
    shrinkage: FloatArray | None,
    norm: float,
) -> Minimizer[FloatArray]:
    """Add risk, stationarity and duality gap; `standardized` points along S Uᵀ(θ - θ₀) and seeds the dual."""
    risk = risk_of(population.residual_std(coefficients), radii * dual_norm(coefficients, norm))
    slope = lp_norm(gradient_rows(coefficients, population, radii, norm), 2.0)
    scale = 2 * lp_norm(population.covariance @ population.true_coefficients, 2.0)
    stationarity = slope / scale if scale > 0 else slope
    gap = duality_gap(risk, standardized, population, radii, norm)
    return Minimizer(coefficients, risk, shrinkage, stationarity, gap)


def _linf_path(population: LinearGaussian, radii: FloatArray) -> Minimizer[FloatArray]:
    below = radii < null_threshold(population, math.inf)
    path = l1_path(population) if below.any() else []
    truth = population.true_coefficients
    if path and not population.spectrum[0].all():
        # The same law with the θ₀ that the path ends in, so that a vanishing residual is exactly 0.
        population = replace(population, true_coefficients=truth + path[-1].error)
    coefficients = np.zeros((len(radii), population.d))
    standardized = np.tile(population.standardized_error(np.zeros(population.d)), (len(radii), 1))
    for i in np.flatnonzero(below):
        segment, penalty = balanced_point(path, truth, population.noise_std, float(radii[i]))
        theta = truth + segment.error + penalty * segment.slope
        # A coordinate at its knot is 0; rounding must not give it the wrong sign.
        coefficients[i] = np.where(segment.signs * theta > 0, theta, 0.0)
        # With no residual left only its direction matters, the limit as the penalty falls to 0.
        length = 1.0 if penalty == population.noise_std == 0 else penalty
        standardized[i] = length * whitened(population, subgradient(population, segment, penalty))
    return _certified(population, radii, coefficients, standardized, None, math.inf)
