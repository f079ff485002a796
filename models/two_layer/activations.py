"""Activation functions φ with φ(0) = 0, their derivatives, and what a certified attack must know about them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

Pointwise = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Activation:
    """φ and its first two derivatives, elementwise on float64 tensors, and φ'(0), φ''(0), φ'''(0).

    `third_bound` is a bound of |φ'''|, inf where there is none or φ is not twice differentiable. `derivative` is what
    is used backward, in attacks and in updates; it is φ' except where a network is said to be trained otherwise.
    `rectifier` says that φ(u) is max(u, 0), whatever is used backward, and `both` gives value and derivative where
    they share work.
    """

    name: str
    value: Pointwise
    derivative: Pointwise
    second: Pointwise
    slope: float
    curvature: float
    third: float
    third_bound: float = math.inf
    rectifier: bool = False
    both: Callable[[Tensor], tuple[Tensor, Tensor]] | None = None

    @property
    def smooth(self) -> bool:
        """Whether φ is twice differentiable with a bounded third derivative."""
        return math.isfinite(self.third_bound)

    def __call__(self, u: Tensor) -> Tensor:
        """φ(u), whose backward pass is `derivative`."""
        return _Applied.apply(u, self)  # type: ignore[no-any-return, no-untyped-call]

    def value_and_derivative(self, u: Tensor) -> tuple[Tensor, Tensor]:
        """φ(u) and φ'(u); where u requires a gradient, the backward pass of φ is `derivative`."""
        if self.both is None or u.requires_grad:
            return self(u), self.derivative(u)
        return self.both(u)


class _Applied(torch.autograd.Function):
    """φ forward, `derivative` backward, itself differentiable."""

    @staticmethod
    def forward(ctx: Any, u: Tensor, activation: Activation) -> Tensor:
        ctx.save_for_backward(u)
        ctx.activation = activation
        return activation.value(u)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[Tensor, None]:
        (u,) = ctx.saved_tensors
        return gradients[0] * ctx.activation.derivative(u), None


def _tanh(u: Tensor) -> Tensor:
    """tanh u = e/(e + 2), e = exp(2u) - 1, to a rounding or two; faster than torch.tanh in float64."""
    e = torch.expm1((2 * u).clamp(max=40))  # from 20 on it is 1
    return e / (e + 2)


def _tanh_and_slope(u: Tensor) -> tuple[Tensor, Tensor]:
    t = _tanh(u)
    return t, 1 - t * t


def _softplus(u: Tensor) -> Tensor:
    """log((1 + exp u)/2), by its symmetry: without overflow for large u and without cancellation for small."""
    return u.clamp(min=0) + torch.log1p(torch.expm1(-u.abs()) / 2)


def _logistic_slope(u: Tensor) -> Tensor:
    """σ'(u) = σ(u) σ(-u)."""
    return torch.sigmoid(u) * torch.sigmoid(-u)


def _logistic_bend(u: Tensor) -> Tensor:
    """σ''(u) = -σ'(u) tanh(u/2)."""
    return -_logistic_slope(u) * _tanh(u / 2)


def _silu_and_slope(u: Tensor) -> tuple[Tensor, Tensor]:
    s = torch.sigmoid(u)
    value = u * s
    return value, s + value * torch.sigmoid(-u)


TANH = Activation(
    "tanh", _tanh, lambda u: _tanh_and_slope(u)[1], lambda u: -2 * _tanh(u) * _tanh_and_slope(u)[1],
    1.0, 0.0, -2.0, third_bound=2.0, both=_tanh_and_slope,
)  # fmt: skip
SOFTPLUS = Activation(
    "softplus", _softplus, torch.sigmoid, _logistic_slope, 0.5, 0.25, 0.0, third_bound=1 / (6 * math.sqrt(3))
)
SIGMOID = Activation(
    "sigmoid", lambda u: _tanh(u / 2) / 2, _logistic_slope, _logistic_bend, 0.25, 0.0, -0.125, third_bound=0.125
)
SILU = Activation(
    "silu", lambda u: u * torch.sigmoid(u), lambda u: _silu_and_slope(u)[1],
    lambda u: 2 * _logistic_slope(u) + u * _logistic_bend(u), 0.5, 0.5, 0.0, third_bound=0.32, both=_silu_and_slope,
)  # fmt: skip
IDENTITY = Activation("identity", lambda u: u, torch.ones_like, torch.zeros_like, 1.0, 0.0, 0.0, third_bound=0.0)
SMOOTH = {activation.name: activation for activation in (TANH, SOFTPLUS, SILU, SIGMOID)}
"""The four smooth activations: tanh; softplus and the logistic sigmoid less their values at 0; and SiLU, u σ(u)."""

STEPS: dict[float, Pointwise] = {
    0.0: lambda u: u.sign().clamp(min=0),
    0.5: lambda u: (u.sign() + 1) / 2,
    1.0: lambda u: (u.sign() + 1).clamp(max=1),
}
"""The derivative of max(u, 0) with c at 0; an order of magnitude faster than torch.heaviside."""


def relu(derivative_at_zero: float = 0.0) -> Activation:
    """Return max(u, 0) with a derivative at 0 of c in {0, 1/2, 1}.

    Frameworks differ: torch.relu and nn.functional.relu have 0, torch.maximum(u, 0) has 1/2, and torch.clamp(u, min=0)
    has 1. Raises ValueError for another c.
    """
    if derivative_at_zero not in STEPS:
        raise ValueError(f"derivative_at_zero must be 0, 1/2 or 1, got {derivative_at_zero!r}")
    c = float(derivative_at_zero)
    return Activation(
        f"relu, relu'(0) = {c:g}", lambda u: u.clamp(min=0), lambda u: STEPS[c](u.detach()),
        torch.zeros_like, c, 0.0, 0.0, rectifier=True,
    )  # fmt: skip


def softplus_backward(sharpness: float = 10.0) -> Activation:
    """Return max(u, 0) forward and the derivative σ(βu) of softplus_β backward, β = `sharpness`: Xie et al. (2020).

    Its derivative at 0 is 1/2. Raises ValueError unless β is positive and finite.
    """
    if not (0 < sharpness < math.inf):
        raise ValueError(f"sharpness must be positive and finite, got {sharpness!r}")
    beta = float(sharpness)
    return Activation(
        f"relu, backward softplus with β = {beta:g}", lambda u: u.clamp(min=0), lambda u: torch.sigmoid(beta * u),
        lambda u: beta * _logistic_slope(beta * u), 0.5, beta / 4, 0.0, rectifier=True,
    )  # fmt: skip


def activation(name: str) -> Activation:
    """Return the smooth activation called `name`. ValueError for a name that is not among them."""
    if name not in SMOOTH:
        raise ValueError(f"activation must be one of {', '.join(SMOOTH)}, got {name!r}")
    return SMOOTH[name]
