"""A lower bound on the adversarial risk of every θ, from any direction of the residual.

sqrt(R) = N(‖(S Uᵀ(θ - θ₀), σ)‖₂, ‖θ‖_q) with the norm N(s, m)² = s² + 2 ε c₀ s m + ε² m², so its minimum is the maximum
of -u₁ᵀS Uᵀθ₀ + u₂σ over N°(‖u‖₂, ‖U S u₁‖_p) <= 1, N° the norm dual to N on the non-negative quadrant.
"""

from __future__ import annotations

import numpy as np

from theory.norms import lp_norm
from theory.population import LinearGaussian
from theory.risk import C0
from theory.validation import FloatArray


def duality_gap(
    risk: FloatArray, standardized: FloatArray, population: LinearGaussian, radii: FloatArray, norm: float
) -> FloatArray:
    """Return (risk - lower bound)/risk for risks (k,) at radii (k,), 0 where the risk is 0.

    The dual point is (standardized, σ), standardized of shape (k, d) in the axes of `population.spectrum`, scaled to be
    feasible: any choice bounds the minimum from below, S Uᵀ(θ* - θ₀) attains it.
    """
    stds, axes = population.spectrum
    length = np.hypot(lp_norm(standardized, 2.0), population.noise_std)[:, None]
    u = np.divide(standardized, length, out=np.zeros_like(standardized), where=length > 0)
    u_noise = np.divide(population.noise_std, length[:, 0], out=np.zeros(len(radii)), where=length[:, 0] > 0)
    value = -u @ (stds * (population.true_coefficients @ axes)) + u_noise * population.noise_std
    limit = _dual_size(np.hypot(lp_norm(u, 2.0), u_noise), lp_norm((u * stds) @ axes.T, norm), radii)
    bound = np.divide(np.maximum(value, 0.0), limit, out=np.zeros_like(value), where=limit > 0)
    root = np.sqrt(risk)
    share = np.divide(bound, root, out=np.ones_like(root), where=root > 0)
    gap: FloatArray = (1 - share) * (1 + share)
    return gap


def _dual_size(a: FloatArray, b: FloatArray, radii: FloatArray) -> FloatArray:
    """N°(a, b) = max {as + bm : N(s, m) <= 1, s, m >= 0}; with r = b/ε and c = c₀, attained inside the quadrant iff
    r >= ca and a >= cr, and there equal to sqrt((a² - 2car + r²)/(1 - c²))."""
    with np.errstate(divide="ignore", over="ignore"):
        r = np.divide(b, radii, out=np.zeros_like(b), where=b > 0)
    inside = (r >= C0 * a) & (a >= C0 * r)
    r_inside = np.where(inside, r, 0.0)
    square = (a - C0 * r_inside) ** 2 / (1 - C0**2) + r_inside**2
    size: FloatArray = np.where(inside, np.sqrt(square), np.maximum(a, r))
    return size
