"""Exact attacks on linear classifiers, in the ball and in its intersection with the box."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from models.attacks.losses import margin
from models.attacks.threat import Threat, per_sample


def exact_linear_attack(weights: Tensor, bias: Tensor, x: Tensor, labels: Tensor, threat: Threat) -> Tensor:
    """Return argmax {max {z_j : j ≠ y} - z_y : δ in `threat`}, z = W(x + δ) + b, in float64 and in the shape of x.

    The maximum over another class j and over δ is taken class by class, each a linear function of δ. Weights have shape
    (classes, d), bias (classes,), x (N, ...) with d entries a sample, labels (N,). Raises ValueError for other shapes.
    """
    slopes, offset, points = _checked(weights, bias, x)
    if tuple(labels.shape) != (len(points),):
        raise ValueError(f"labels must have shape ({len(points)},) to match x, got shape {tuple(labels.shape)}")
    scores = points @ slopes.T + offset
    rows = torch.arange(len(points), device=x.device)
    best = torch.zeros_like(points)
    largest = torch.full((len(points),), -torch.inf, dtype=points.dtype, device=x.device)
    for other in range(len(slopes)):
        toward = slopes[other] - slopes[labels]
        delta = linear_maximum(toward, points, threat)
        reached = scores[:, other] - scores[rows, labels] + (toward * delta).sum(1)
        better = (reached > largest) & (labels != other)
        best = torch.where(better[:, None], delta, best)
        largest = torch.where(better, reached, largest)
    return best.reshape(x.shape)


def exact_linear_margin(weights: Tensor, bias: Tensor, x: Tensor, labels: Tensor, threat: Threat) -> Tensor:
    """Return max {max {z_j : j ≠ y} - z_y : δ in `threat`}, shape (N,), in float64; as `exact_linear_attack`."""
    attacked = x.double() + exact_linear_attack(weights, bias, x, labels, threat)
    return margin(attacked.flatten(1) @ weights.double().T + bias.double(), labels)


def linear_maximum(slopes: Tensor, x: Tensor, threat: Threat) -> Tensor:
    """Return argmax {aᵀδ : δ in `threat`} for slopes a and samples x, both of shape (N, d), in float64.

    linf: every entry goes as far as ball and box let it. l2: δ_j = sign(a_j) min(t |a_j|, c_j), c_j the way to the side
    of the box that a_j points to (the conditions of Karush, Kuhn and Tucker), with t >= 0 the root of ‖δ‖ = radius, or
    inf where the box ends first. ‖δ‖² is quadratic in t between the points c_j/|a_j|, sorted, so the root is exact.
    Raises ValueError for other shapes.
    """
    if slopes.ndim != 2 or slopes.shape != x.shape:
        found = f"{tuple(slopes.shape)} and {tuple(x.shape)}"
        raise ValueError(f"slopes and x must have the same shape (N, d), got shapes {found}")
    a, at = slopes.double(), x.double()
    unbounded = torch.full_like(a, math.inf)
    above = unbounded if threat.high is None else threat.high - at
    below = unbounded if threat.low is None else at - threat.low
    reach = torch.where(a > 0, above, below)
    radius = per_sample(threat.radius, at)
    if threat.norm == math.inf:
        return a.sign() * torch.clamp(reach, max=radius)
    largest = a.abs().amax(1, keepdim=True)
    size = a.abs() / torch.where(largest > 0, largest, 1)
    return a.sign() * torch.minimum(_multiplier(size, reach, radius) * size, reach).nan_to_num(0.0)


def _multiplier(size: Tensor, reach: Tensor, radius: float | Tensor) -> Tensor:
    """The t with Σ min(t |a_j|, c_j)² = radius², (N, 1); inf where every t is too short."""
    where = torch.where(size > 0, reach / size, torch.inf)
    where, order = where.sort(1)
    slopes, caps = size.gather(1, order), reach.gather(1, order)
    ended = torch.nn.functional.pad(torch.where(where < torch.inf, caps, 0).square().cumsum(1), (1, 0))
    going = torch.nn.functional.pad(slopes.square().flip(1).cumsum(1).flip(1), (0, 1))
    square = torch.where(where < torch.inf, ended[:, 1:] + where.square() * going[:, 1:], torch.inf)
    bound = (square <= radius * radius).sum(1, keepdim=True)
    left, rest = radius * radius - ended.gather(1, bound), going.gather(1, bound)
    return torch.where(rest > 0, (left.clamp(min=0) / torch.where(rest > 0, rest, 1)).sqrt(), torch.inf)


def _checked(weights: Tensor, bias: Tensor, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    if x.ndim < 2 or 0 in x.shape:
        raise ValueError(f"x must have shape (N, ...) with N >= 1, got shape {tuple(x.shape)}")
    points = x.double().flatten(1)
    if weights.ndim != 2 or len(weights) < 2 or weights.shape[1] != points.shape[1]:
        found = tuple(weights.shape)
        raise ValueError(f"weights must have shape (classes >= 2, {points.shape[1]}) to match x, got shape {found}")
    if tuple(bias.shape) != (len(weights),):
        raise ValueError(f"bias must have shape ({len(weights)},) to match weights, got shape {tuple(bias.shape)}")
    return weights.double(), bias.double(), points
