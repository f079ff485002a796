"""The linf-robust minimiser: the point of the l1 path at which the stationarity of (9) holds."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from theory.l1_path import Segment
from theory.norms import lp_norm
from theory.population import LinearGaussian
from theory.risk import C0
from theory.shrinkage import balance
from theory.validation import FloatArray

EPS = float(np.finfo(np.float64).eps)
TINY = float(np.finfo(np.float64).tiny)


def log_ratio(penalty: float, segment: Segment, truth: FloatArray, noise_std: float, radius: float) -> float:
    """Logarithm of the balance at θ(μ) over the penalty μ: 0 at the linf-robust minimiser."""
    return float(np.log(balance(*_sizes(penalty, segment, truth, noise_std), radius) / penalty))


def _sizes(penalty: float, segment: Segment, truth: FloatArray, noise_std: float) -> tuple[FloatArray, FloatArray]:
    """s and ‖θ‖₁ at θ(μ)."""
    m = lp_norm(truth + segment.error + penalty * segment.slope, 1.0)
    return np.hypot(lp_norm(segment.residual + penalty * segment.residual_slope, 2.0), noise_std), m


def subgradient(population: LinearGaussian, segment: Segment, penalty: float) -> FloatArray:
    """Return the g in ∂‖θ‖₁ with Σ(θ - θ₀) = -μ g: signs exact, and in [-1, 1] elsewhere whatever the rounding."""
    last = segment.lower == 0
    move = segment.residual_slope if last else segment.residual_slope + segment.residual / penalty
    inner: FloatArray = np.clip(-population.factor @ move, -1.0, 1.0)
    return np.where(segment.signs != 0, segment.signs, inner)


def whitened(population: LinearGaussian, subgradient: FloatArray) -> FloatArray:
    """S Uᵀ(θ - θ₀) for Σ(θ - θ₀) = -subgradient, exact in Σ(θ - θ₀) even where Σ is nearly singular."""
    stds, axes = population.spectrum
    whitened: FloatArray = -np.divide(subgradient @ axes, stds, out=np.zeros_like(stds), where=stds > 0)
    return whitened


def balanced_point(path: list[Segment], truth: FloatArray, noise_std: float, radius: float) -> tuple[Segment, float]:
    """Return the segment and the penalty at which the stationarity of (9) holds; penalty 0 where θ₀ is recovered."""
    if radius < TINY:  # the balance is below a rounding of θ₀
        return path[-1], 0.0
    shared = (truth, noise_std, radius)
    for segment in path:
        if segment.lower > 0 and log_ratio(segment.lower, segment, *shared) >= 0:
            break
    lower, upper = segment.lower, segment.upper
    if lower == 0 and noise_std == 0 and radius * lp_norm(segment.residual_slope, 2.0) <= C0:
        return segment, 0.0
    # μ >= ε c₀ s bounds it with noise; without, μ is at least of order EPS beyond recovery, as for the l2 attack.
    low = max(lower, min(C0 * radius * noise_std, upper) / 2 or upper * 2.0**-80)
    if log_ratio(low, segment, *shared) <= 0:
        return segment, low
    if log_ratio(upper, segment, *shared) >= 0:
        return segment, upper
    # Nor does μ exceed ε (εm + c₀s); between two bounds of its order a search on a linear scale is short.
    ends = [_sizes(penalty, segment, truth, noise_std) for penalty in (lower, upper)]
    high = min(upper, 2 * radius * max(float(radius * m + C0 * s) for s, m in ends))
    found = brentq(log_ratio, low, max(high, low), args=(segment, *shared), xtol=TINY, rtol=4 * EPS, maxiter=2000)
    return segment, float(found)
