"""Projected gradient ascent on the loss of two-layer networks: a lower bound of the worst loss, and nothing more."""

from __future__ import annotations

import torch
from numpy.typing import ArrayLike
from torch import Tensor

from models.attacks.losses import parameters_frozen, squared_error
from models.attacks.pgd import pgd
from models.attacks.threat import Threat
from models.two_layer.network import TwoLayerNetwork
from theory.validation import FloatArray, finite, nonnegative, real_array

BLOCK = 2**14
"""Entries of a (B, samples, K) array held at once."""


def ascended_loss(
    network: TwoLayerNetwork,
    X: ArrayLike,
    y: ArrayLike,
    radius: float,
    *,
    steps: int = 10,
    restarts: int = 20,
    step_size: float | None = None,
    seed: int = 0,
) -> FloatArray:
    """Return the largest (f(x + δ) - y)² that `models.attacks.pgd` finds with ‖δ‖₂ <= ε, shape (B, n).

    Starts are uniform in the ball, and drawn from `seed`; steps are ε 2.5/steps, or `step_size`, along the gradient,
    that of `activation.derivative`. At most max {(f(x + δ) - y)²} but for the rounding of a projection.

    `X` has shape (n, d), shared by all networks, or (B, n, d), `y` (n,) or (B, n). Raises ValueError for shapes that do
    not fit, entries that are not finite, a radius or step_size that is negative, and counts below 1.
    """
    batch, count, _ = network.vectors.shape
    samples, responses = _data(network, X, y)
    threat = Threat(2, nonnegative("radius", radius), low=None, high=None)
    generator = torch.Generator().manual_seed(seed)

    def attacked(x: Tensor, targets: Tensor) -> Tensor:
        def outputs(inputs: Tensor) -> Tensor:
            values: Tensor = network(inputs.reshape(x.shape))
            return values.reshape(-1)

        flat, wanted = x.reshape(-1, x.shape[-1]), targets.reshape(-1)
        delta = pgd(
            outputs, flat, wanted, threat, loss=squared_error,
            steps=steps, restarts=restarts, step_size=step_size, generator=generator,
        )  # fmt: skip
        with torch.no_grad():
            return squared_error(outputs(flat + delta), wanted).reshape(targets.shape)

    size = max(1, BLOCK // (batch * count))
    pieces = zip(torch.split(samples, size, 1), torch.split(responses, size, 1), strict=True)
    with parameters_frozen(network):
        losses: FloatArray = torch.cat([attacked(x, targets) for x, targets in pieces], 1).numpy()
    return losses


def _data(network: TwoLayerNetwork, X: ArrayLike, y: ArrayLike) -> tuple[Tensor, Tensor]:
    """Samples (B, n, d) and responses (B, n)."""
    samples, responses = (finite(name, real_array(name, value)) for name, value in (("X", X), ("y", y)))
    batch, _, d = network.vectors.shape
    if samples.ndim not in (2, 3) or samples.shape[-1] != d or samples.shape[:-2] not in ((), (batch,)):
        raise ValueError(f"X must have shape (n, {d}) or ({batch}, n, {d}), got shape {samples.shape}")
    n = samples.shape[-2]
    if responses.shape not in ((n,), (batch, n)):
        raise ValueError(f"y must have shape ({n},) or ({batch}, {n}) to match X, got shape {responses.shape}")
    return torch.from_numpy(samples).expand(batch, n, d), torch.from_numpy(responses).expand(batch, n)
