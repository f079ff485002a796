"""Exact reductions of two-layer networks, equation (6), that are trained from zero: a few vectors instead of h."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from theory.validation import FloatArray, finite, integer, nonnegative, real, real_array, within_range

MAX_WIDTH = 2**53
"""Counts beyond it are no longer exact in float64."""


@dataclass(frozen=True, eq=False)
class Reduction:
    """Gradient descent of f(x) = h^(-1/2) Σ_j a_j φ(xᵀθ_j) over its first layer, in K vectors u_k.

    f(x) = Σ_k w_k φ(xᵀu_k), and a step is u_k <- u_k - η s_k g_k with g_k = (2/n) Σ_i r_i φ'(x̃_iᵀu_k) x̃_i, where r is
    the residual under attack. `output_weights` is w and `speeds` is s, both of shape (K,); `width` is h. The network
    itself is the case w = s = a/√h.
    """

    output_weights: FloatArray
    speeds: FloatArray
    width: int

    @property
    @within_range
    def mean_square(self) -> float:
        """‖a‖²/h = Σ_k w_k s_k: how much faster the linear part of f moves than a single weight would."""
        return float(self.output_weights @ self.speeds)

    @within_range
    def linear_part(self, vectors: ArrayLike, slope: float) -> FloatArray:
        """Return β = φ'(0) Σ_k w_k u_k, the gradient of f at x = 0, for vectors (..., K, d); shape (..., d).

        `slope` is φ'(0). For the network itself this is φ'(0) Θa/√h.
        """
        array = finite("vectors", real_array("vectors", vectors))
        if array.ndim < 2 or array.shape[-2] != self.output_weights.size:
            raise ValueError(f"vectors must have shape (..., {self.output_weights.size}, d), got shape {array.shape}")
        part: FloatArray = _slope(slope) * np.einsum("k,...kd->...d", self.output_weights, array)
        return part

    @within_range
    def step_size(self, linear_step: float, slope: float = 1.0) -> float:
        """Return the η at which β moves, near 0, as a linear model with step `linear_step` does: η ‖a‖² φ'(0)²/h.

        It is the theorems' η = η_linear h/‖a‖², with φ'(0)² in the place of a constant. ValueError for a slope of 0.
        """
        if _slope(slope) == 0:
            raise ValueError("slope must not be 0 for the linear part to move, got 0")
        return nonnegative("linear_step", linear_step) / (self.mean_square * _slope(slope) ** 2)


@within_range
def whole_network(weights: ArrayLike) -> Reduction:
    """Return the network with output weights a = `weights`, shape (h,), unreduced: w = s = a/√h.

    Raises ValueError for another shape, h of 0, weights not finite, and weights that are all 0.
    """
    a = _weights(weights)
    scaled = a / math.sqrt(a.size)
    return Reduction(scaled, scaled, a.size)


@within_range
def collapse(values: ArrayLike, counts: ArrayLike) -> Reduction:
    """Return the exact model of a network in which `counts[k]` neurons have the output weight `values[k]`.

    From zero, neurons with equal a_j have equal gradients and stay equal, whatever φ: K vectors u_k with
    w_k = counts_k values_k/√h and s_k = values_k/√h, h = Σ counts, say h itself up to 2^53. Both have shape (K,).

    Raises ValueError for other shapes, K of 0, values that are not finite or all 0, and counts that are no positive
    integers or add up to more than 2^53.
    """
    value = _weights(values, "values")
    count = real_array("counts", counts)
    if count.shape != value.shape:
        raise ValueError(f"counts must have shape ({value.size},) to match values, got shape {count.shape}")
    if not np.all(np.isfinite(count)) or np.any(count < 1) or np.any(count != np.floor(count)):
        raise ValueError(f"counts must be positive integers, got {counts!r}")
    width = sum(int(c) for c in count)
    if width > MAX_WIDTH:
        raise ValueError(f"counts must add up to at most 2^53, got {width}")
    speeds = value / math.sqrt(width)
    return Reduction(count * speeds, speeds, width)


@within_range
def collapse_weights(weights: ArrayLike) -> tuple[Reduction, np.ndarray]:
    """Return the collapse of a network with output weights a, shape (h,), and the vector k(j) of every neuron j.

    The neurons' vectors are `vectors[k]`. Weights are equal when they are the same float. Raises as `whole_network`.
    """
    values, index, counts = np.unique(_weights(weights), return_inverse=True, return_counts=True)
    return collapse(values, counts), index


@within_range
def relu_reduction(positive_square: float, negative_square: float, width: int) -> Reduction:
    """Return the exact model of a ReLU network of any width that starts at zero with a derivative c > 0 there.

    All neurons with a_j > 0 are a_j U and all with a_j < 0 are a_j W, so f(x) = (pᵀx)₊ - (-qᵀx)₊ with
    p = ‖a⁺‖² U/√h and q = ‖a⁻‖² W/√h. The vectors are u = (p, -q), with w = (1, -1) and
    s = (‖a⁺‖², -‖a⁻‖²)/h: p learns from the samples on which pᵀx > 0, q from those on which qᵀx < 0.

    `positive_square` and `negative_square` are ‖a⁺‖² and ‖a⁻‖², of which one may be 0: its vector never moves.
    Raises ValueError for a negative or infinite square, both 0, and a width that is no integer above 0.
    """
    positive = nonnegative("positive_square", positive_square)
    negative = nonnegative("negative_square", negative_square)
    if positive == 0 and negative == 0:
        raise ValueError("positive_square and negative_square must not both be 0, got 0 and 0")
    h = integer("width", width, 1)
    return Reduction(np.array([1.0, -1.0]), np.array([positive, -negative]) / h, h)


@within_range
def relu_reduction_of(weights: ArrayLike) -> Reduction:
    """Return `relu_reduction` of a network with output weights a, shape (h,). Raises as `whole_network`."""
    a = _weights(weights)
    squares = float(a[a > 0] @ a[a > 0]), float(a[a < 0] @ a[a < 0])
    if not any(squares):
        raise ValueError(f"weights must have squares within the range of float64, got {a}")
    return relu_reduction(*squares, a.size)


@within_range
def balanced_counts(width: int, parts: int) -> FloatArray:
    """Return `parts` equal counts that add up to `width`. ValueError unless parts divides width."""
    h, k = integer("width", width, 1), integer("parts", parts, 1)
    if h % k:
        raise ValueError(f"width must be a multiple of {k}, got {width!r}")
    return np.full(k, float(h // k))


def _weights(weights: ArrayLike, name: str = "weights") -> FloatArray:
    array = finite(name, real_array(name, weights))
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"{name} must have shape (h,) with h >= 1, got shape {array.shape}")
    if not array.any():
        raise ValueError(f"{name} must not all be 0, got {array.size} zeros")
    return array


def _slope(slope: float) -> float:
    number = real("slope", slope)
    if not math.isfinite(number):
        raise ValueError(f"slope must be finite, got {slope!r}")
    return number
