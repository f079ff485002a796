"""Algorithm 1 for two-layer networks and their exact reductions, batched over replicates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from models.two_layer.activations import Activation
from models.two_layer.network import TwoLayerNetwork, first_order, smoothed_shift
from theory.two_layer import Reduction
from theory.validation import FloatArray, finite, integer, nonnegative, real_array

CURVES = ("train", "residual", "vectors")
BLOCK = 2**16
"""Entries of a (samples, K) array held at once: with the few others of its size it stays in a cache."""


class Divergence(ValueError):
    """The step size is too large for training to stay bounded."""


@dataclass(frozen=True, eq=False)
class NetworkTraining:
    """Trained networks: `vectors` (B, K, d), the steps taken and whether the stopping residual was reached, (B,).

    `curves[name]` has the values after `recorded_steps`, shape (R,): (B, R) for "train" and "residual", (B, R, K, d)
    for "vectors". A network that stopped keeps its last value from there on.
    """

    reduction: Reduction
    activation: Activation
    vectors: FloatArray
    steps_taken: NDArray[np.int_]
    stopped: NDArray[np.bool_]
    recorded_steps: NDArray[np.int_]
    curves: dict[str, FloatArray]

    @property
    def network(self) -> TwoLayerNetwork:
        """The trained networks as a function."""
        return TwoLayerNetwork(self.reduction, self.vectors, self.activation)

    @property
    def linear_part(self) -> FloatArray:
        """β = φ'(0) Σ_k w_k u_k, shape (B, d): φ'(0) Θa/√h."""
        return self.reduction.linear_part(self.vectors, self.activation.slope)


def network_training(
    X: ArrayLike,
    y: ArrayLike,
    reduction: Reduction,
    activation: Activation,
    radius: float,
    smoothing: float = 0.0,
    *,
    step_size: float,
    steps: int,
    init: ArrayLike | None = None,
    update: str = "frozen",
    record: Sequence[str] = (),
    record_every: int = 1,
    stop_residual: float | None = None,
) -> NetworkTraining:
    """Return the u⁽ᵀ⁾ of u_k <- u_k - η s_k (2/n) Σᵢ rᵢ φ'(x̃ᵢᵀu_k) x̃ᵢ, rᵢ = f(x̃ᵢ) - yᵢ: Algorithm 1, (3) and (6).

    x̃ᵢ = xᵢ + A_{ε,ξ}, the smoothed attack to first order, `smoothed_shift`. `update` "frozen" holds it fixed, as the
    paper does; "full" differentiates through it. `step_size` is η itself: `reduction.step_size` gives the one at which
    the linear part moves as a linear model does.

    `X` has shape (B, n, d) and `y` (B, n), one data set a network, or (n, d) and (n,); `init` is zero, or has shape
    (K, d) or (B, K, d), and for (n, d) data fixes B. A network stops at the first t >= 1 with ‖f(X) - y‖₂/√n <
    `stop_residual`, all stop after `steps`. `record` names curves taken at the start, after every `record_every` steps
    and at the end: "train" (the surrogate loss), "residual" (‖f(X) - y‖₂/√n) and "vectors".

    Raises ValueError for shapes that do not fit, entries that are not finite, a negative radius, smoothing or
    stop_residual, a step_size not positive, steps below 0, unknown names; and Divergence where the loss overflows.
    """
    samples, responses, start = _data(X, y, init, reduction.output_weights.size)
    run = _Run(
        activation, torch.from_numpy(reduction.output_weights.copy()), torch.from_numpy(reduction.speeds.copy()),
        nonnegative("radius", radius), nonnegative("smoothing", smoothing), _positive(step_size),
        integer("steps", steps, 0), _choice("update", update, ("frozen", "full")) == "full",
        tuple(_choice("record", name, CURVES) for name in record), integer("record_every", record_every, 1),
        0.0 if stop_residual is None else nonnegative("stop_residual", stop_residual),
    )  # fmt: skip
    parts = [run(samples[rows], responses[rows], start[rows]) for rows in _pieces(samples, start)]
    steps_recorded = max((part.recorded for part in parts), key=lambda steps: steps[-1])
    curves = {name: torch.cat([_lengthened(p.curves[name], len(steps_recorded)) for p in parts]) for name in record}
    return NetworkTraining(
        reduction, activation, torch.cat([part.vectors for part in parts]).numpy(),
        torch.cat([part.taken for part in parts]).numpy(), torch.cat([part.stopped for part in parts]).numpy(),
        np.array(steps_recorded, dtype=int), {name: curve.numpy() for name, curve in curves.items()},
    )  # fmt: skip


@dataclass
class _State:
    """A piece of the batch as it is trained."""

    vectors: Tensor
    taken: Tensor
    stopped: Tensor
    recorded: list[int] = field(default_factory=list)
    rows: dict[str, list[Tensor]] = field(default_factory=dict)

    @property
    def curves(self) -> dict[str, Tensor]:
        return {name: torch.stack(rows, 1) for name, rows in self.rows.items()}


@dataclass(frozen=True)
class _Run:
    """Algorithm 1 with its settings; called with samples (B, n, d), responses (B, n) and vectors (B, K, d)."""

    activation: Activation
    weights: Tensor
    speeds: Tensor
    radius: float
    smoothing: float
    step_size: float
    steps: int
    full: bool
    record: tuple[str, ...]
    every: int
    level: float

    def __call__(self, X: Tensor, y: Tensor, start: Tensor) -> _State:
        networks = len(start)
        state = _State(start, torch.zeros(networks, dtype=torch.int64), torch.zeros(networks, dtype=torch.bool))
        for step in range(self.steps + 1):
            square, loss, slope = self._slope(X, y, state.vectors)
            if step:
                state.stopped |= square.sqrt() < self.level
            last = step == self.steps or bool(state.stopped.all())
            if step % self.every == 0 or last:
                self._note(state, step, square, loss)
            if last:
                return state
            moving = ~state.stopped
            state.vectors = state.vectors - self.step_size * (moving[:, None, None] * self.speeds[:, None]) * slope
            state.taken += moving
            if not bool(torch.isfinite(state.vectors).all()):
                raise Divergence(f"step_size must be smaller for training not to diverge, got {self.step_size!r}")
        raise AssertionError("the last step returns")

    def _note(self, state: _State, step: int, square: Tensor, loss: Tensor) -> None:
        values = {"train": loss, "residual": square.sqrt(), "vectors": state.vectors}
        state.recorded.append(step)
        for name in self.record:
            state.rows.setdefault(name, []).append(values[name])

    def _slope(self, X: Tensor, y: Tensor, vectors: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Mean squares of the residuals without and under attack, (B,), and the mean g_k, (B, K, d)."""
        n = X.shape[1]
        size = max(1, BLOCK // (len(vectors) * vectors.shape[1]))
        slope = self._full if self.full else self._frozen
        pieces = zip(torch.split(X, size, 1), torch.split(y, size, 1), strict=True)
        parts = [slope(samples, responses, vectors) for samples, responses in pieces]
        square, loss, gradient = (torch.stack(part).sum(0) / n for part in zip(*parts, strict=True))
        return square, loss, gradient

    def _frozen(self, X: Tensor, y: Tensor, vectors: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        value, steepest = first_order(X, vectors, self.weights, self.activation)
        residual = value - y
        moved = X + smoothed_shift(residual, steepest, self.radius, self.smoothing)
        output, slope = self.activation.value_and_derivative(moved @ vectors.mT)
        attacked = output @ self.weights - y
        gradient = 2 * ((moved * attacked[..., None]).mT @ slope).mT
        return (residual**2).sum(-1), (attacked**2).sum(-1), gradient

    def _full(self, X: Tensor, y: Tensor, vectors: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The gradient of the surrogate loss over the output weight, which the speeds multiply again; 0 for 0/0."""
        at = vectors.detach().requires_grad_()
        value, gradient = first_order(X, at, self.weights, self.activation)
        residual = value - y
        moved = X + smoothed_shift(residual, gradient, self.radius, self.smoothing)
        attacked = self.activation(moved @ at.mT) @ self.weights - y
        loss = (attacked**2).sum(-1)
        (slope,) = torch.autograd.grad(loss.sum(), at)
        weights = torch.where(self.weights == 0, 1.0, self.weights)
        return (residual**2).sum(-1).detach(), loss.detach(), slope / weights[:, None]


def _pieces(samples: Tensor, start: Tensor) -> Iterator[slice]:
    """Slices of the batch whose (B, n, K) arrays stay in a cache."""
    size = max(1, BLOCK // (samples.shape[1] * start.shape[1]))
    for first in range(0, len(start), size):
        yield slice(first, first + size)


def _lengthened(curve: Tensor, length: int) -> Tensor:
    missing = length - curve.shape[1]
    return torch.cat([curve, *[curve[:, -1:]] * missing], 1)


def _data(X: ArrayLike, y: ArrayLike, init: ArrayLike | None, count: int) -> tuple[Tensor, Tensor, Tensor]:
    samples, responses = (finite(name, real_array(name, value)) for name, value in (("X", X), ("y", y)))
    if samples.ndim not in (2, 3) or 0 in samples.shape:
        raise ValueError(f"X must have shape (n, d) or (B, n, d) with n, d >= 1, got shape {samples.shape}")
    if responses.shape != samples.shape[:-1]:
        raise ValueError(f"y must have shape {samples.shape[:-1]} to match X, got shape {responses.shape}")
    d = samples.shape[-1]
    start = np.zeros((count, d)) if init is None else finite("init", real_array("init", init))
    if start.ndim not in (2, 3) or start.shape[-2:] != (count, d) or 0 in start.shape:
        raise ValueError(f"init must have shape ({count}, {d}) or (B, {count}, {d}), got shape {start.shape}")
    data = samples.shape[0] if samples.ndim == 3 else 1
    networks = start.shape[0] if start.ndim == 3 else data
    if data not in (1, networks):
        raise ValueError(f"init must have shape (B, {count}, {d}) with B = {data} to match X, got shape {start.shape}")
    shapes = ((networks, *samples.shape[-2:]), (networks, samples.shape[-2]), (networks, count, d))
    arrays = (np.broadcast_to(a, shape) for a, shape in zip((samples, responses, start), shapes, strict=True))
    X_, y_, start_ = (torch.from_numpy(array.copy()) for array in arrays)
    return X_, y_, start_


def _positive(step_size: float) -> float:
    if nonnegative("step_size", step_size) == 0:
        raise ValueError(f"step_size must be positive, got {step_size!r}")
    return float(step_size)


def _choice(name: str, value: str, among: tuple[str, ...]) -> str:
    if value not in among:
        raise ValueError(f"{name} must be among {among}, got {value!r}")
    return value
