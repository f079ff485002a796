"""Losses that attacks climb: one value a sample, larger where the model does worse, and their gradient in the input."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

Model = Callable[[Tensor], Tensor]
Loss = Callable[[Tensor, Tensor], Tensor]


def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Return -log softmax(z)_y, shape (N,), of logits (N, classes) and labels (N,).

    Not an attack's loss where logits are large: in float32 it is exactly 0 from a margin of 17 on (2⁻²⁴ is lost beside
    1), and its gradient from 104 on, so that attacks report robustness that is not there. Raises as `margin` does.
    """
    scores = _scores(logits, labels, 2)
    return torch.nn.functional.cross_entropy(scores, labels, reduction="none")


def margin(logits: Tensor, labels: Tensor) -> Tensor:
    """Return max {z_j : j ≠ y} - z_y, shape (N,): positive exactly where another class wins.

    Positively homogeneous in the logits, and attacks normalise its gradient: scaling the logits changes no attack.
    Logits have shape (N, classes), labels (N,). Raises ValueError for other shapes, and for fewer than two classes.
    """
    scores = _scores(logits, labels, 2)
    own = labels[:, None]
    return scores.scatter(1, own, -torch.inf).amax(1) - scores.gather(1, own)[:, 0]


def dlr(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the difference of logits ratio (max {z_j : j ≠ y} - z_y)/(z_(1) - z_(3)) of Croce and Hein (2020), (N,).

    z_(1) >= z_(2) >= z_(3) are the sorted logits; there is no ratio with two classes. Invariant to shift and scale of
    the logits: where the three largest are equal the margin stands undivided, instead of a floor on the denominator.
    Raises ValueError as `margin` does, and for fewer than three classes.
    """
    scores = _scores(logits, labels, 3)
    top = scores.topk(3, dim=1).values
    spread = top[:, 0] - top[:, 2]
    return margin(scores, labels) / torch.where(spread > 0, spread, 1)


def squared_error(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return (f(x) - y)², shape (N,), of outputs and targets of shape (N,) or (N, 1), in any combination.

    Raises ValueError for other shapes: broadcast, (N,) against (N, 1) would be N² differences.
    """
    for name, values in (("outputs", outputs), ("targets", targets)):
        if tuple(values.shape) not in {(len(outputs),), (len(outputs), 1)}:
            raise ValueError(f"{name} must have shape ({len(outputs)},) or (.., 1), got shape {tuple(values.shape)}")
    return (outputs.flatten() - targets.flatten()) ** 2


def value_and_gradient(model: Model, inputs: Tensor, labels: Tensor, loss: Loss) -> tuple[Tensor, Tensor]:
    """Return loss(model(x), y), shape (N,), and its gradient in x, shape (N, ...), both detached.

    Every sample's gradient is its own: losses are summed, so that no batch size enters. Raises ValueError where the
    loss is not one value a sample.
    """
    with torch.enable_grad():
        points = inputs.detach().requires_grad_()
        values = _one_a_sample(loss(model(points), labels), inputs)
        (gradient,) = torch.autograd.grad(values.sum(), points)
    return values.detach(), gradient


@torch.no_grad()
def value(model: Model, inputs: Tensor, labels: Tensor, loss: Loss) -> Tensor:
    """Return loss(model(x), y), shape (N,), without a gradient; ValueError as `value_and_gradient`."""
    return _one_a_sample(loss(model(inputs), labels), inputs)


@contextmanager
def parameters_frozen(model: object) -> Iterator[None]:
    """Switch off the gradients of a module's parameters: an attack then costs no weight gradients.

    Restored on leaving. Does nothing for a callable that is not a module.
    """
    parameters = list(model.parameters()) if isinstance(model, torch.nn.Module) else []
    trained = [parameter for parameter in parameters if parameter.requires_grad]
    try:
        for parameter in trained:
            parameter.requires_grad_(False)
        yield
    finally:
        for parameter in trained:
            parameter.requires_grad_(True)


def _scores(logits: Tensor, labels: Tensor, classes: int) -> Tensor:
    """The logits, in single precision where they are in half precision."""
    if logits.ndim != 2 or logits.shape[1] < classes:
        raise ValueError(f"logits must have shape (N, classes >= {classes}), got shape {tuple(logits.shape)}")
    if tuple(labels.shape) != (len(logits),):
        raise ValueError(f"labels must have shape ({len(logits)},), got shape {tuple(labels.shape)}")
    return logits.float() if logits.dtype in (torch.float16, torch.bfloat16) else logits


def _one_a_sample(values: Tensor, inputs: Tensor) -> Tensor:
    if tuple(values.shape) != (len(inputs),):
        raise ValueError(f"loss must return shape ({len(inputs)},), one value a sample, got {tuple(values.shape)}")
    return values
