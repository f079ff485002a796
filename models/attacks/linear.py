"""Exact attacks on linear models and their smoothed versions, for NumPy arrays and torch tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import ArrayLike

from theory.validation import FloatArray, finite, l2_or_linf, nonnegative, real_array, within_range

if TYPE_CHECKING:
    import torch


@overload
def linear_attack(
    X: torch.Tensor,
    y: torch.Tensor,
    coefficients: torch.Tensor,
    radius: float,
    norm: float = 2,
    smoothing: float = 0.0,
) -> torch.Tensor: ...


@overload
def linear_attack(
    X: ArrayLike, y: ArrayLike, coefficients: ArrayLike, radius: float, norm: float = 2, smoothing: float = 0.0
) -> FloatArray: ...


@within_range
def linear_attack(X: Any, y: Any, coefficients: Any, radius: float, norm: float = 2, smoothing: float = 0.0) -> Any:
    """Return argmax {(θᵀ(x + z) - y)² : ‖z‖_p <= ε} for every sample, p = `norm`, smoothed where smoothing ξ > 0.

    With the residual e = θᵀx - y the worst perturbation is ε sign(e) θ/‖θ‖₂ (l2) or ε sign(e) sign(θ) (linf), and the
    smoothed ones are 2 ε e θ / √(4 e² ‖θ‖₂² + ξ²) and, entry by entry, 2 ε e θⱼ / (2 |e| |θⱼ| + ξ): equation (1),
    and A_{ε,ξ} of sections 2.1 and 4. The convention sign(0) = 0 chooses among equally good perturbations: a sample is
    not moved when θ = 0 or, at ξ = 0, its residual is zero; a coordinate is not moved (linf) when θⱼ = 0.

    `X` has shape (..., n, d), `y` (..., n), `coefficients` (..., d), and the leading shapes are broadcast together; the
    result has shape (..., n, d). NumPy in, float64 out. With torch tensors the result is a tensor, differentiable in
    all three: detached it gives Algorithm 1's update, undetached the gradient of the surrogate loss.

    Raises ValueError for shapes that do not fit, NumPy entries that are not finite, a radius or smoothing that is
    negative or not finite, and a norm other than 2 and inf.
    """
    strength, xi = nonnegative("radius", radius), nonnegative("smoothing", smoothing)
    attack = _l2_attack if l2_or_linf(norm) == 2 else _linf_attack
    if type(X).__module__.partition(".")[0] == "torch":
        import torch

        xp: Any = torch
        arrays: tuple[Any, ...] = (X, y, coefficients)
    else:
        xp = np
        named = (("X", X), ("y", y), ("coefficients", coefficients))
        arrays = tuple(finite(name, real_array(name, value)) for name, value in named)
    _check_shapes(*arrays)
    samples, responses, theta = arrays
    residual = (samples @ theta[..., None])[..., 0] - responses
    return attack(xp, residual[..., None], theta[..., None, :], strength, xi)


def _l2_attack(xp: Any, residual: Any, theta: Any, radius: float, smoothing: float) -> Any:
    length = _l2_norm(xp, theta)
    if smoothing == 0:
        return radius * xp.sign(residual) * (theta / xp.where(length > 0, length, xp.inf))
    return radius * (2 * residual / xp.hypot(2 * residual * length, xp.full_like(residual, smoothing))) * theta


def _linf_attack(xp: Any, residual: Any, theta: Any, radius: float, smoothing: float) -> Any:
    if smoothing == 0:
        return radius * xp.sign(residual) * xp.sign(theta)
    slope = 2 * residual * theta
    return radius * (slope / (xp.abs(slope) + smoothing))


def _l2_norm(xp: Any, theta: Any) -> Any:
    """‖θ‖₂ over the last axis, kept: scaled against underflow, with the derivative 0 at θ = 0."""
    largest = xp.amax(xp.abs(theta), -1)[..., None]
    scale = xp.where(largest > 0, largest, 1.0)
    total = xp.sum((theta / scale) ** 2, -1)[..., None]
    return xp.where(total > 0, scale * xp.sqrt(xp.where(total > 0, total, 1.0)), 0.0)


def _check_shapes(samples: Any, responses: Any, theta: Any) -> None:
    shape = tuple(samples.shape)
    if len(shape) < 2 or 0 in shape:
        raise ValueError(f"X must have shape (..., n, d) with n >= 1 and d >= 1, got shape {shape}")
    for name, array, length in (("y", responses, shape[-2]), ("coefficients", theta, shape[-1])):
        if array.ndim == 0 or array.shape[-1] != length:
            raise ValueError(f"{name} must have shape (..., {length}) to match X, got shape {tuple(array.shape)}")
        try:
            np.broadcast_shapes(shape[:-2], tuple(array.shape[:-1]))
        except ValueError:
            found = tuple(array.shape)
            raise ValueError(f"{name} must be broadcast with X of shape {shape}, got shape {found}") from None
