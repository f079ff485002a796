"""The interpolator of minimum l2 norm: the limit of gradient descent from zero on fewer samples than features."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from theory.population import EPS
from theory.validation import FloatArray, finite, real_array, within_range


@within_range
def minimum_norm_interpolator(X: ArrayLike, y: ArrayLike) -> FloatArray:
    """Return argmin {‖θ‖₂ : Xθ = y} = Xᵀ(XXᵀ)⁻¹y, the interpolator of Lemma 1; shape (..., d).

    By a QR factorisation Xᵀ = QR of the samples scaled to unit length, θ = Q R⁻ᵀ y: XXᵀ, whose condition number is the
    square of X's, is never formed, and scaling a sample changes nothing. Batched over leading axes.

    `X` has shape (..., n, d) with 1 <= n <= d, `y` shape (..., n). Raises ValueError for other shapes, entries
    that are not finite, and samples linearly dependent to rounding (a singular value of the scaled samples at most
    max(n, d) EPS times the largest), for then no interpolator exists or float64 data do not determine it.
    """
    samples, responses = regression_data(X, y)
    n, d = samples.shape[-2:]
    if n > d:
        raise ValueError(f"X must have at most as many samples as features, got shape {samples.shape}")
    size = np.abs(samples).max(axis=-1, keepdims=True)
    unit = np.divide(samples, size, out=np.zeros_like(samples), where=size > 0)
    length = np.sqrt(np.sum(unit * unit, axis=-1, keepdims=True))
    unit = np.divide(unit, length, out=unit, where=length > 0)
    axes, triangle = np.linalg.qr(np.swapaxes(unit, -1, -2))
    _refuse_dependent(triangle, max(n, d) * EPS)
    # Two divisions, because size * length or its inverse may leave the range of float64.
    target = responses[..., None] / length / size
    weights = np.linalg.solve(np.swapaxes(triangle, -1, -2), target)
    interpolator: FloatArray = (axes @ weights)[..., 0]
    return interpolator


def regression_data(X: ArrayLike, y: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return float64 X (..., n, d) and y (..., n); ValueError for other shapes, n or d of zero, entries not finite."""
    samples, responses = real_array("X", X), real_array("y", y)
    require_shapes(samples, responses)
    return finite("X", samples), finite("y", responses)


def require_shapes(X: FloatArray, y: FloatArray) -> None:
    """Raise ValueError unless X has shape (..., n, d) with n, d >= 1, no axis empty, and y has shape (..., n)."""
    if X.ndim < 2 or X.size == 0:
        raise ValueError(f"X must have shape (..., n, d) with n >= 1 and d >= 1, got shape {X.shape}")
    if y.shape != X.shape[:-1]:
        raise ValueError(f"y must have shape {X.shape[:-1]} to match X, got shape {y.shape}")


def _refuse_dependent(triangle: FloatArray, tolerance: float) -> None:
    singular = np.linalg.svd(triangle, compute_uv=False)
    share = singular[..., -1] / np.maximum(singular[..., 0], np.finfo(np.float64).tiny)
    if np.any(share <= tolerance):
        raise ValueError(
            f"X must have linearly independent samples, got a smallest singular value {float(share.min()):.1e} times "
            f"the largest once every sample has unit length"
        )
