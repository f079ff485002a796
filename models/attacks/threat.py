"""What an attack may do: a norm ball around each sample, intersected with the box of pixel values."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from theory.validation import l2_or_linf, nonnegative

PerSample = float | Tensor


@dataclass(frozen=True, eq=False)
class Threat:
    """{δ : ‖δ‖_norm <= radius, low <= x + δ <= high}; a bound that is None does not bind.

    Samples have shape (N, ...), norms are over all axes but the first, and the radius is a number or a tensor of shape
    (N,). Samples are taken to lie in the box: then 0 is feasible, and clipping only shortens a perturbation.
    Raises ValueError for a norm other than 2 and inf, a radius that is negative or not finite, and low >= high.
    """

    norm: float
    radius: PerSample
    low: float | None = 0.0
    high: float | None = 1.0

    def __post_init__(self) -> None:
        l2_or_linf(self.norm)
        checked("radius", self.radius)
        if self.low is not None and self.high is not None and not self.low < self.high:
            raise ValueError(f"low must be below high, got {self.low!r} and {self.high!r}")

    def project(self, x: Tensor, delta: Tensor) -> Tensor:
        """Return `delta` brought into the ball, then clipped so that x + delta lies in the box.

        The projection onto the intersection for linf, whose ball is a box. For l2 it is feasible but in general not
        the nearest point: where clipping shortens the perturbation, the rest of it is not lengthened in return.
        """
        radius = per_sample(self.radius, delta)
        if self.norm == math.inf:
            return self._clip(x, delta.clamp(-radius, radius))  # type: ignore[arg-type]
        size = length(delta)
        return self._clip(x, delta * torch.where(size > radius, radius / size, 1))

    def steepest(self, gradient: Tensor) -> Tensor:
        """Return argmax {gᵀv : ‖v‖ <= 1} for every sample: g/‖g‖ (l2) or sign g (linf), and 0 where g = 0.

        There is no floor on ‖g‖, which would be a hidden smoothing: g is divided by its largest entry first, so that
        neither its square underflows nor a scale of the loss matters.
        """
        if self.norm == math.inf:
            return gradient.sign()
        unit = gradient / _largest(gradient)
        size = torch.linalg.vector_norm(unit, dim=_axes(unit), keepdim=True)
        return unit / torch.where(size > 0, size, 1)

    def random_start(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return a perturbation drawn uniformly from the ball, then clipped to the box; `generator` on x's device."""
        radius = per_sample(self.radius, x)
        noise = torch.empty_like(x)
        if self.norm == math.inf:
            return self._clip(x, radius * noise.uniform_(-1, 1, generator=generator))
        direction = self.steepest(noise.normal_(generator=generator))
        share = x.new_empty(len(x)).uniform_(generator=generator) ** (1 / x[0].numel())
        return self._clip(x, radius * per_sample(share, x) * direction)

    def _clip(self, x: Tensor, delta: Tensor) -> Tensor:
        # Bounds on delta, not on x + delta: entries that are not clipped keep all their digits.
        if self.low is not None:
            delta = torch.maximum(delta, self.low - x)
        if self.high is not None:
            delta = torch.minimum(delta, self.high - x)
        return delta


def length(vectors: Tensor) -> Tensor:
    """Return ‖v‖₂ of every sample over all axes but the first, which are kept with size 1; squares do not underflow."""
    scale = _largest(vectors)
    size: Tensor = scale * torch.linalg.vector_norm(vectors / scale, dim=_axes(vectors), keepdim=True)
    return size


def per_sample(setting: PerSample, x: Tensor) -> PerSample:
    """Return a setting in the shape that multiplies samples x, (N, ...): a number as it is, (N,) as (N, 1, ...)."""
    if not isinstance(setting, Tensor) or setting.ndim == 0:
        return setting
    if len(setting) != len(x):
        raise ValueError(f"a setting a sample must have shape ({len(x)},), got shape {tuple(setting.shape)}")
    return setting.to(x).reshape(-1, *[1] * (x.ndim - 1))


def checked(name: str, setting: PerSample) -> None:
    """Raise ValueError unless `setting` is a non-negative number, or a tensor of shape (N,) of such.

    The values of a tensor on an accelerator are not looked at: the host would have to wait for them.
    """
    if not isinstance(setting, Tensor):
        nonnegative(name, setting)
        return
    if setting.ndim > 1:
        raise ValueError(f"{name} must be a number or have shape (N,), got shape {tuple(setting.shape)}")
    wrong = ~(torch.isfinite(setting) & (setting >= 0))
    if setting.device.type == "cpu" and bool(wrong.any()):
        raise ValueError(f"{name} must be non-negative and finite, got {setting[wrong].flatten()[0].item()}")


def _largest(vectors: Tensor) -> Tensor:
    """The largest magnitude of every sample, 1 where it is 0."""
    size = vectors.abs().amax(_axes(vectors), keepdim=True)
    return torch.where(size > 0, size, 1)


def _axes(vectors: Tensor) -> tuple[int, ...]:
    return tuple(range(1, vectors.ndim))
