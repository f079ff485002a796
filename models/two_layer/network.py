"""Two-layer networks whose first layer is trained, equation (6), many of them at once."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from models.two_layer.activations import Activation
from theory.two_layer import Reduction
from theory.validation import FloatArray, finite, nonnegative, real_array


class TwoLayerNetwork(nn.Module):
    """B networks f(x) = Σ_k w_k φ(xᵀu_k) with the same fixed weights and vectors of their own; float64.

    The `reduction` says what K, w and the training speeds are: those of `theory.two_layer.whole_network` for the
    network of equation (6) itself, w = a/√h, or of a model that is exactly equal to it. The parameter `vectors` has
    shape (B, K, d); a `vectors` of shape (K, d) is one network, B = 1. Raises ValueError for another shape and entries
    that are not finite.
    """

    output_weights: Tensor
    speeds: Tensor

    def __init__(self, reduction: Reduction, vectors: ArrayLike, activation: Activation) -> None:
        super().__init__()
        array = finite("vectors", real_array("vectors", vectors))
        array = array[None] if array.ndim == 2 else array
        if array.ndim != 3 or array.shape[1] != reduction.output_weights.size or 0 in array.shape:
            count = reduction.output_weights.size
            raise ValueError(f"vectors must have shape (B, {count}, d) or ({count}, d), got shape {array.shape}")
        self.reduction, self.activation = reduction, activation
        self.register_buffer("output_weights", torch.from_numpy(reduction.output_weights.copy()))
        self.register_buffer("speeds", torch.from_numpy(reduction.speeds.copy()))
        self.vectors = nn.Parameter(torch.from_numpy(array.copy()))

    def forward(self, x: Tensor) -> Tensor:
        """f at inputs of shape (B, n, d), or (n, d) shared by all networks; shape (B, n)."""
        return self.activation(x @ self.vectors.mT) @ self.output_weights

    def linear_part(self) -> FloatArray:
        """β = φ'(0) Σ_k w_k u_k, shape (B, d)."""
        return self.reduction.linear_part(self.vectors.detach().numpy(), self.activation.slope)


def first_order(x: Tensor, vectors: Tensor, weights: Tensor, activation: Activation) -> tuple[Tensor, Tensor]:
    """f(x), shape (..., n), and ∂f/∂x = Σ_k w_k φ'(xᵀu_k) u_k, shape (..., n, d), for vectors (..., K, d)."""
    value, slope = activation.value_and_derivative(x @ vectors.mT)
    return value @ weights, slope @ (weights[:, None] * vectors)


def smoothed_shift(residual: Tensor, gradient: Tensor, radius: float, smoothing: float) -> Tensor:
    """A_{ε,ξ} to first order: ε g/√(‖g‖² + ξ²), g = 2 (f(x) - y) ∂f/∂x the gradient of the loss; shape of `gradient`.

    It is the exact attack A_{ε,ξ} of section 2.1 when f is linear. Without smoothing a sample whose g is 0 stays.
    """
    slope = 2 * residual[..., None] * gradient
    square = (slope**2).sum(-1, keepdim=True) + smoothing**2
    # Where the square is 0 so is the slope; a root of 0 would have no derivative.
    return radius * slope / torch.where(square > 0, square, 1.0).sqrt()


def vanishing_init(
    width: int, d: int, exponent: float, rng: np.random.Generator, networks: int | None = None
) -> FloatArray:
    """Draw θ_j ~ N(0, I_d/(d h^(1+δ))), δ = `exponent`: section 2.2. Shape (h, d), or (networks, h, d).

    Raises ValueError for a width or d below 1 and an exponent that is negative or not finite.
    """
    if width < 1 or d < 1:
        raise ValueError(f"width and d must be at least 1, got {width!r} and {d!r}")
    scale = 1 / math.sqrt(d * width ** (1 + nonnegative("exponent", exponent)))
    return scale * rng.standard_normal((width, d) if networks is None else (networks, width, d))
