"""Brackets of a smooth network's range over balls: attained from inside, bounded by curvature from outside."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from models.two_layer.activations import Activation
from models.two_layer.network import first_order
from models.two_layer.ranges import Range
from theory.validation import nonnegative

EPS = float(np.finfo(np.float64).eps)
ITERATIONS = 60
"""At most: the iteration contracts by ε‖∇²f‖/‖∇f‖, about 1/√h, a step."""


def smooth_range(X: Tensor, vectors: Tensor, weights: Tensor, activation: Activation, radius: float) -> Range:
    """Bracket the range of f(x) = Σ_k w_k φ(xᵀu_k), φ smooth, over balls of l2 radius ε around samples.

    From inside, δ <- ±ε ∇f/‖∇f‖ is iterated to a fixed point. From outside, with M >= λ_max(∇²f) over the whole ball
    and ∇f(x + δ) = λδ + ρ at that point, for all ‖δ'‖ <= ε = ‖δ‖

        f(x + δ') <= f(x + δ) + (λδ + ρ)ᵀ(δ' - δ) + M ‖δ' - δ‖²/2 <= f(x + δ) + 2 ε ‖ρ‖ + 2 ε² max(M - λ, 0),

    since δᵀ(δ' - δ) <= -‖δ' - δ‖²/2: where λ >= M the fixed point is the maximiser. Also used is the centre's
    f(x) + ε‖∇f(x)‖ + ε² max(M, 0)/2. M is λ_max(∇²f(x)) + sup|φ'''| ε λ_max(Σ|w_k| ‖u_k‖ u_k u_kᵀ). Rounding errors,
    those of a sum of K products of d terms, are added to the outer ends.

    X has shape (B, n, d) or (n, d), vectors (B, K, d), weights (K,); the result's arrays (B, n). Raises ValueError for
    an activation that is not smooth and a negative radius.
    """
    if not activation.smooth:
        raise ValueError(f"activation must be smooth, with a bounded third derivative, got {activation.name}")
    epsilon = nonnegative("radius", radius)
    at = X.expand(len(vectors), *X.shape[-2:])
    high, high_outer = _end(at, vectors, weights, activation, epsilon)
    low, low_outer = _end(at, vectors, -weights, activation, epsilon)
    return Range(-low.numpy(), high.numpy(), -low_outer.numpy(), high_outer.numpy())


def _end(X: Tensor, vectors: Tensor, weights: Tensor, activation: Activation, radius: float) -> tuple[Tensor, Tensor]:
    """A value that f attains over each ball, and a bound of its maximum there; (B, n)."""
    centre, slope = first_order(X, vectors, weights, activation)
    steepness = _length(slope)
    direction = fixed_direction(X, vectors, weights, activation, radius)
    value, gradient = first_order(X + radius * direction, vectors, weights, activation)
    pull = (gradient * direction).sum(-1)  # λε
    rest = _length(gradient - pull[..., None] * direction)
    bound = _curvature(X, vectors, weights, activation, radius)
    fixed = value + 2 * radius * (rest + (radius * bound - pull).clamp(min=0))
    expanded = centre + radius * steepness + radius**2 / 2 * bound.clamp(min=0)
    outer = torch.where(pull > 0, torch.minimum(fixed, expanded), expanded)
    return torch.maximum(value, centre), outer + _rounding(X, vectors, weights, activation, radius)


def fixed_direction(X: Tensor, vectors: Tensor, weights: Tensor, activation: Activation, radius: float) -> Tensor:
    """δ/ε of shape (B, n, d), length 1 or 0, where δ = ε ∇f(x + δ)/‖∇f‖ holds to rounding if the iteration settles."""
    direction = _unit(first_order(X, vectors, weights, activation)[1])
    for _ in range(ITERATIONS):
        moved = _unit(first_order(X + radius * direction, vectors, weights, activation)[1])
        settled = bool((_length(moved - direction) <= 4 * EPS).all())
        direction = moved
        if settled:
            break
    return direction


def _curvature(X: Tensor, vectors: Tensor, weights: Tensor, activation: Activation, radius: float) -> Tensor:
    """A bound of λ_max(∇²f) over each ball, in the span of the vectors, outside which f does not change; (B, n)."""
    bends = activation.second(X @ vectors.mT) * weights
    if vectors.shape[1] < vectors.shape[2]:
        vectors = torch.linalg.qr(vectors.mT, mode="r").R.mT  # their coordinates in an orthonormal basis of the span
    hessian = torch.einsum("bnk,bki,bkj->bnij", bends, vectors, vectors)
    sizes = weights.abs() * _length(vectors)
    drift = torch.einsum("bk,bki,bkj->bij", sizes, vectors, vectors)
    largest = torch.linalg.eigvalsh(hessian)[..., -1]
    spread = torch.linalg.eigvalsh(drift)[..., -1]
    rounded = vectors.shape[1] * EPS * (bends.abs() @ (vectors**2).sum(-1, keepdim=True))[..., 0]
    bound: Tensor = largest + radius * activation.third_bound * (1 + 64 * EPS) * spread[:, None] + 64 * rounded
    return bound


def _rounding(X: Tensor, vectors: Tensor, weights: Tensor, activation: Activation, radius: float) -> Tensor:
    """2 (K + d + 8) EPS Σ_k |w_k| ((|φ'| + 1) r_k + |φ|), r_k = ‖u_k‖ (‖x‖ + ε): twice f's rounding error.

    φ and φ' are those at the centre; the 1 is for other points of the ball.
    """
    inner = X @ vectors.mT
    reach = (_length(X) + radius)[..., None] * _length(vectors)[:, None]
    sizes = activation.derivative(inner).abs() * reach + activation.value(inner).abs() + reach
    count = vectors.shape[-1] + vectors.shape[-2] + 8
    return 2 * count * EPS * (sizes @ weights.abs())


def _length(vectors: Tensor) -> Tensor:
    size: Tensor = torch.linalg.vector_norm(vectors, dim=-1)
    return size


def _unit(vectors: Tensor) -> Tensor:
    size = _length(vectors)[..., None]
    unit: Tensor = vectors / torch.where(size > 0, size, 1.0)
    return unit
