"""The range of a smooth network over a ball, enclosed in ball arithmetic: what the bracket in float64 must meet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import torch
from flint import arb, ctx
from numpy.typing import ArrayLike

from models.two_layer.activations import activation
from models.two_layer.bracket import fixed_direction
from theory.validation import FloatArray, finite, nonnegative, real_array

Ball: TypeAlias = Any  # flint.arb, which has no type stubs
Vector: TypeAlias = list[Ball]

PRECISION = 128
PIECES = 16
"""Into so many the arguments of φ'' over a ball are cut: each is then narrow, and so is its image."""


@dataclass(frozen=True)
class CertifiedRange:
    """Balls that contain min f and max f over the ball around a sample."""

    low: Ball
    high: Ball


def certified_range(
    x: ArrayLike, vectors: ArrayLike, weights: ArrayLike, activation_name: str, radius: float
) -> CertifiedRange:
    """Enclose the range of f(x) = Σ_k w_k φ(xᵀu_k) over the l2 ball of radius ε around one sample.

    max f is at least f at an exact point of the ball. It is at most what `smooth_range` says, with ‖δ‖ = s <= ε,
    λ = ∇f(x + δ)ᵀδ/s² >= 0, ρ = ∇f(x + δ) - λδ and M >= λ_max(∇²f) over the ball,

        f(x + δ) + λ (ε² - s²)/2 + (ε + s) ‖ρ‖ + (ε + s)² max(M - λ, 0)/2    or    f(x) + ε‖∇f(x)‖ + ε² max(M, 0)/2.

    M is a number for which M I - ∇²f is positive definite, by Cholesky's pivots, for every Hessian over the ball.
    `x` has shape (d,), `vectors` (K, d), `weights` (K,), all exact float64. Raises ValueError for other shapes, entries
    that are not finite, an unknown activation and a negative radius.
    """
    sample, u, w = _checked(x, vectors, weights)
    smooth, epsilon = activation(activation_name), nonnegative("radius", radius)
    with ctx.workprec(PRECISION):
        ends = []
        for sign in (-1.0, 1.0):
            X, U, W = (torch.from_numpy(array) for array in (sample[None, None], u[None], sign * w))
            direction = fixed_direction(X, U, W, smooth, epsilon)[0, 0].numpy()
            network = _Network(sign * w, u, PHI[activation_name])
            ends.append(sign * _maximum(network, _exact(sample), epsilon, _inside(direction, epsilon)))
        return CertifiedRange(ends[0], ends[1])


@dataclass(frozen=True)
class Phi:
    """φ, φ' and φ'' in ball arithmetic."""

    value: Callable[[Ball], Ball]
    slope: Callable[[Ball], Ball]
    bend: Callable[[Ball], Ball]

    def bend_over(self, centre: Ball, reach: Ball) -> Ball:
        """A ball that contains φ'' on [centre - reach, centre + reach]."""
        places = [centre + reach * (2 * i + 1 - PIECES) / PIECES for i in range(PIECES)]
        bends = [self.bend(place + arb(0, 1) * reach / PIECES) for place in places]
        whole = bends[0]
        for bend in bends[1:]:
            whole = whole.union(bend)
        return whole


def _logistic(u: Ball) -> Ball:
    return 1 / (1 + (-u).exp())


def _logistic_slope(u: Ball) -> Ball:
    s = _logistic(u)
    return s * (1 - s)


def _logistic_bend(u: Ball) -> Ball:
    s = _logistic(u)
    return s * (1 - s) * (1 - 2 * s)


PHI = {
    "tanh": Phi(lambda u: u.tanh(), lambda u: u.sech() ** 2, lambda u: -2 * u.tanh() * u.sech() ** 2),
    "softplus": Phi(lambda u: u.exp().log1p() - arb(2).log(), _logistic, _logistic_slope),
    "sigmoid": Phi(lambda u: _logistic(u) - arb(1) / 2, _logistic_slope, _logistic_bend),
    "silu": Phi(
        lambda u: u * _logistic(u), lambda u: _logistic(u) + u * _logistic_slope(u),
        lambda u: 2 * _logistic_slope(u) + u * _logistic_bend(u),
    ),
}  # fmt: skip
"""The four smooth activations of `models.two_layer.activations`, written again."""


class _Network:
    """f and its derivatives at exact points, with exact weights and vectors."""

    def __init__(self, weights: FloatArray, vectors: FloatArray, phi: Phi) -> None:
        self.weights, self.vectors, self.phi = _exact(weights), [_exact(row) for row in vectors], phi

    def value_and_gradient(self, at: Vector) -> tuple[Ball, Vector]:
        """f and ∇f."""
        inner = [_dot(at, row) for row in self.vectors]
        value = _dot(self.weights, [self.phi.value(u) for u in inner])
        slopes = [w * self.phi.slope(u) for w, u in zip(self.weights, inner, strict=True)]
        return value, [_dot(slopes, column) for column in zip(*self.vectors, strict=True)]

    def curvature(self, at: Vector, radius: float) -> Ball:
        """M >= λ_max(∇²f) over the ball: the first of a few growing numbers that passes as one."""
        bends = [
            w * self.phi.bend_over(_dot(at, row), radius * _length(row))
            for w, row in zip(self.weights, self.vectors, strict=True)
        ]
        d = range(len(at))
        hessian = [[_dot(bends, [row[i] * row[j] for row in self.vectors]) for j in d] for i in d]
        middle = np.array([[float(entry.mid()) for entry in row] for row in hessian])
        spread = float(sum((entry.rad() for row in hessian for entry in row), arb(0)))
        size = float(np.abs(middle).sum()) + spread
        guess = float(np.linalg.eigvalsh(middle)[-1])
        for share in (2.0**-40, 2.0**-20, 2.0**-10, 1.0, 2.0):
            bound = arb(guess + spread + share * size)
            if size == 0 or _positive_definite([[(bound if i == j else 0) - hessian[i][j] for j in d] for i in d]):
                return bound
        raise AssertionError("Gershgorin's bound passes")


def _maximum(network: _Network, x: Vector, radius: float, shift: Vector) -> Ball:
    """A ball that contains max f, from the point x + shift."""
    centre, steepness = network.value_and_gradient(x)
    value, gradient = network.value_and_gradient([a + b for a, b in zip(x, shift, strict=True)])
    bound, epsilon, square = network.curvature(x, radius), arb(radius), _dot(shift, shift)
    upper = centre + epsilon * _length(steepness) + epsilon**2 * bound.max(arb(0)) / 2
    lagrange = _dot(gradient, shift) / square
    if lagrange > 0:
        way = epsilon + square.sqrt()
        rest = _length([g - lagrange * z for g, z in zip(gradient, shift, strict=True)])
        excess = way**2 * (bound - lagrange).max(arb(0)) / 2
        upper = upper.min(value + lagrange * (epsilon**2 - square) / 2 + way * rest + excess)
    return value.max(centre).union(upper)


def _inside(direction: FloatArray, radius: float) -> Vector:
    """An exact perturbation along `direction`, of length 1 or 0, that is certainly in the ball."""
    shift = _exact(direction * radius * (1 - 2.0**-50))
    while not _dot(shift, shift) <= arb(radius) ** 2:
        shift = [z * (1 - arb(2) ** -50) for z in shift]
    return shift


def _positive_definite(matrix: list[list[Ball]]) -> bool:
    """Whether Gaussian elimination of a symmetric matrix of balls certainly has positive pivots only."""
    rows = [list(row) for row in matrix]
    for i, pivot_row in enumerate(rows):
        if not pivot_row[i] > 0:
            return False
        for row in rows[i + 1 :]:
            factor = row[i] / pivot_row[i]
            row[i:] = [a - factor * b for a, b in zip(row[i:], pivot_row[i:], strict=True)]
    return True


def _exact(array: FloatArray) -> Vector:
    return [arb(float(entry)) for entry in array]


def _dot(left: Sequence[Ball], right: Sequence[Ball]) -> Ball:
    return sum((a * b for a, b in zip(left, right, strict=True)), arb(0))


def _length(vector: Sequence[Ball]) -> Ball:
    square = _dot(vector, vector)
    return square.sqrt() if square > 0 else square.abs_upper().sqrt().union(arb(0))  # a ball around 0 has no root


def _checked(x: ArrayLike, vectors: ArrayLike, weights: ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray]:
    sample, u, w = (
        finite(name, real_array(name, value)) for name, value in (("x", x), ("vectors", vectors), ("weights", weights))
    )
    if sample.ndim != 1 or u.ndim != 2 or 0 in u.shape or u.shape != (w.size, sample.size) or w.ndim != 1:
        shapes = f"{sample.shape}, {u.shape} and {w.shape}"
        raise ValueError(f"x, vectors and weights must have shapes (d,), (K, d) and (K,), got {shapes}")
    return sample, u, w
