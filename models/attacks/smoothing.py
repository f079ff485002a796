"""The smoothed attack A_{ε,ξ} for networks, and the smoothing that libraries apply without naming it.

A library that guards its division by the norm of the gradient shrinks its own step where the gradient is small. That
is a smoothing, with an *effective ξ* that nobody chose. One step from x by a guarded gradient is one exact step times

    paper, l2            ‖g‖/√(‖g‖² + ξ²)       ~ ‖g‖/ξ as ‖g‖ → 0
    floor added          ‖g‖/(‖g‖ + c)          ~ ‖g‖/c: the paper's linf form, applied to the norm
    floor as a maximum   ‖g‖/max(‖g‖, c)        = min(1, ‖g‖/c)

all of which vanish like ‖g‖/c: c is the effective ξ where gradients are small. Over several steps what is left adds up,
to the ball's radius at most. Where the loss is a mean over a batch of N samples, g is 1/N of a sample's own gradient,
and in units of the latter the effective ξ is N c: it depends on the batch. `python -m models.conformance` measures, in
l2: a maximum with 1e-6 (advertorch, the library of the paper), with 1e-12 (foolbox, secml-torch), with 1e-6 after a
mean (cleverhans: 1e-3 in a batch of 1024, the ξ of the paper's Figure 2), 1e-10 added after a mean (torchattacks), and
no floor in ART. pyautoattack's source adds 1e-12. `Threat.steepest` has no floor.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from models.attacks.losses import Loss, Model, value_and_gradient
from models.attacks.threat import PerSample, checked, length, per_sample
from theory.validation import l2_or_linf


def smoothed_attack(
    model: Model, x: Tensor, labels: Tensor, delta: Tensor, loss: Loss, smoothing: PerSample, norm: float
) -> Tensor:
    """Return A_{ε,ξ}, shape (N, ...), for the attack A_ε = `delta` found on samples x and smoothing ξ.

    With g = ∂l(f(x), y)/∂x at the sample itself, A_{ε,ξ} = ‖g‖/√(‖g‖² + ξ²) A_ε for l2 and, entry by entry,
    |gⱼ|/(|gⱼ| + ξ) [A_ε]ⱼ for linf: sections 2.1 and 4. Where ξ = 0 it is A_ε. It is no longer than A_ε in any entry,
    hence as feasible. ξ is in units of the loss a unit of x, a number or a tensor of shape (N,).
    Raises ValueError for a smoothing that is negative or not finite, and a norm other than 2 and inf.
    """
    checked("smoothing", smoothing)
    if l2_or_linf(norm) and not isinstance(smoothing, Tensor) and smoothing == 0:
        return delta
    _, gradient = value_and_gradient(model, x, labels, loss)
    return delta * shrinkage(gradient, smoothing, norm)


def shrinkage(gradient: Tensor, smoothing: PerSample, norm: float) -> Tensor:
    """Return the factor of A_{ε,ξ} for gradients of shape (N, ...): of shape (N, 1, ...) for l2, (N, ...) for linf."""
    xi = per_sample(smoothing, gradient)
    xi = xi if isinstance(xi, Tensor) else gradient.new_tensor(xi)
    size = gradient.abs() if norm == math.inf else length(gradient)
    whole = size + xi if norm == math.inf else torch.hypot(size, xi)
    return torch.where(xi > 0, size / whole, 1)


def effective_smoothing(gradient_norm: Tensor, shrunk: Tensor) -> Tensor:
    """Return the ξ at which the paper's l2 factor ‖g‖/√(‖g‖² + ξ²) is the `shrunk` found: ‖g‖ √(1/s² - 1).

    0 where nothing is shrunk (s >= 1), inf where nothing moves (s = 0).
    """
    share = shrunk.clamp(0, 1)
    return gradient_norm * torch.sqrt((1 - share) * (1 + share)) / share
