"""Population risks of two-layer networks under the worst attack, with error bars."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from models.two_layer.bracket import smooth_range
from models.two_layer.network import TwoLayerNetwork
from models.two_layer.ranges import Range, expected_worst_loss, two_slope_range
from models.two_layer.sectors import relu_range
from theory.population import LinearGaussian
from theory.risk import adversarial_risk
from theory.validation import FloatArray, nonnegative

BLOCK = 2**20
"""Entries of a (B, samples, K) array held at once."""

Ranges = Callable[[FloatArray, FloatArray], Range]
"""From samples (n, r) or (B, n, r) and vectors (B, K, r) to the range of every network around every sample."""


@dataclass(frozen=True, eq=False)
class RiskEstimate:
    """The adversarial risk of B networks lies between the means `lower` and `upper`, but for sampling errors.

    The exact worst-case loss of every sample is bracketed, and the bracket's ends averaged over `samples` draws;
    `standard_error` is that of the middle. All but `samples` have shape (B,).
    """

    lower: FloatArray
    upper: FloatArray
    standard_error: FloatArray
    samples: int

    @property
    def middle(self) -> FloatArray:
        """The middle of the bracket."""
        return self.lower / 2 + self.upper / 2


def network_risk(
    network: TwoLayerNetwork, population: LinearGaussian, radius: float, samples: int, rng: np.random.Generator
) -> RiskEstimate:
    """Estimate E max {(f(x + δ) - y)² : ‖δ‖₂ <= ε} under model (4) for a batch of networks, φ smooth or ReLU.

    f sees x through its K vectors only, and y through θ₀ᵀx, so that x is drawn in the span of both; the noise is
    integrated in closed form. The linear part β of f, whose risk is (5), is a control variate: what is sampled is the
    difference. For ReLU it is that of (u)₊ = u/2 + |u|/2. Networks of a batch share the draws of x where K + 1 >= d.

    ReLU networks must be a `relu_reduction` or have d = 2. Raises ValueError for others, another activation, fewer
    than two samples, a population of another d and a negative radius.
    """
    ranges = _ranges_of(network, nonnegative("radius", radius))
    vectors = network.vectors.detach().numpy()
    slope = network.activation.slope if network.activation.smooth else 0.5
    linear = network.reduction.linear_part(vectors, slope)
    return controlled_risk(vectors, linear, ranges, population, radius, samples, rng)


def controlled_risk(
    vectors: FloatArray,
    linear: FloatArray,
    ranges: Ranges,
    population: LinearGaussian,
    radius: float,
    samples: int,
    rng: np.random.Generator,
) -> RiskEstimate:
    """`network_risk` for any ranges(X, vectors), vectors (B, K, d); the control β, (B, d), is in their span."""
    if operator.index(samples) < 2:
        raise ValueError(f"samples must be at least 2, got {samples!r}")
    if vectors.shape[-1] != population.d:
        raise ValueError(f"population must have d = {vectors.shape[-1]} as the network has, got {population.d}")
    projection = _Projection(vectors, linear, population)
    known = adversarial_risk(linear, population, radius)
    size = max(1, BLOCK // (vectors.shape[0] * max(vectors.shape[1], vectors.shape[2])))
    lower, upper, square, done = 0.0, 0.0, 0.0, 0
    while done < samples:
        count = min(size, samples - done)
        X, signal = projection.draw(count, rng)
        inner, outer = ranges(X, projection.vectors).expected_loss(signal, population.noise_std)
        middle = np.einsum("bnd,bd->bn", X, projection.linear)
        half = radius * np.linalg.norm(projection.linear, axis=-1)[:, None]
        control = expected_worst_loss(middle - half, middle + half, signal, population.noise_std)
        lower, upper = lower + (inner - control).sum(-1), upper + (outer - control).sum(-1)
        square = square + ((inner / 2 + outer / 2 - control) ** 2).sum(-1)
        done += count
    mean = (lower + upper) / (2 * samples)
    error = np.sqrt(np.maximum(square / samples - mean**2, 0.0) / max(samples - 1, 1))
    return RiskEstimate(known + lower / samples, known + upper / samples, error, samples)


class _Projection:
    """x in the span of a network's vectors, where that is smaller, jointly with the signal θ₀ᵀx."""

    def __init__(self, vectors: FloatArray, linear: FloatArray, population: LinearGaussian) -> None:
        networks, count, d = vectors.shape
        self.small = count + 1 < d
        if self.small:
            basis, _ = np.linalg.qr(vectors.mT)
        else:
            basis = np.broadcast_to(np.eye(d), (networks, d, d))
        self.vectors = np.ascontiguousarray(vectors @ basis)
        self.linear = np.einsum("bd,bdr->br", linear, basis)
        truth = np.broadcast_to(population.true_coefficients, (networks, d))[..., None]
        onto = np.concatenate([basis, truth], axis=-1)
        self.mixing = population.factor.T @ onto

    def draw(self, samples: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        """X, shape (B, samples, r), and signals θ₀ᵀx, (B, samples)."""
        networks, d, wide = self.mixing.shape
        if self.small:
            _, triangle = np.linalg.qr(self.mixing)
            joint = rng.standard_normal((networks, samples, triangle.shape[1])) @ triangle
        else:
            joint = rng.standard_normal((samples, d)) @ self.mixing
        return joint[..., : wide - 1], joint[..., wide - 1]


def _ranges_of(network: TwoLayerNetwork, radius: float) -> Ranges:
    activation, weights = network.activation, network.output_weights
    if activation.smooth:
        return lambda X, u: smooth_range(torch.from_numpy(X), torch.from_numpy(u), weights, activation, radius)
    if not activation.rectifier:
        raise ValueError(f"activation must be smooth or ReLU, got {activation.name}")
    if weights.tolist() == [1.0, -1.0]:
        return lambda X, u: two_slope_range(X, u[:, 0], -u[:, 1], radius)
    if network.vectors.shape[-1] == 2:
        return lambda X, u: relu_range(X, u, weights.numpy(), radius)
    raise ValueError(f"d must be 2 for the exact attack on a whole ReLU network, got {network.vectors.shape[-1]}")
