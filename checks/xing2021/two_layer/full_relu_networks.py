"""Full ReLU networks trained by differentiating them with PyTorch's own functions: the oracle of their reductions."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from hypothesis import strategies as st
from torch import Tensor

from checks import domains
from theory.validation import FloatArray

RECTIFIERS: dict[float, Callable[[Tensor], Tensor]] = {
    0.0: torch.relu,
    0.5: lambda u: torch.maximum(u, torch.zeros_like(u)),
    1.0: lambda u: torch.clamp(u, min=0),
}
"""What PyTorch offers for max(u, 0), by the derivative that it takes at 0."""


@dataclass(frozen=True, eq=False)
class Network:
    """Output weights a, a data set X (n, d) and y (n,), and how to train; from zero unless from a `start` (h, d)."""

    weights: FloatArray
    X: FloatArray
    y: FloatArray
    slope: float
    radius: float
    smoothing: float
    step_size: float
    steps: int
    start: FloatArray | None = None

    def __str__(self) -> str:
        """The case with every digit of the weights; data follow from the seed."""
        return f"a={self.weights.tolist()}, X={self.X.tolist()}, y={self.y.tolist()}, relu'(0)={self.slope}, " + (
            f"ε={self.radius!r}, ξ={self.smoothing!r}, η={self.step_size!r}, T={self.steps}"
        )


@st.composite
def networks(draw: domains.Draw, most_steps: int = 5) -> Network:
    """Up to 8 neurons, 8 samples and 3 dimensions from zero; one sign of a, equal and unequal |a_j| occur.

    Data are Gaussian, so that no attacked sample lies on a neuron's edge but those that zero puts there.
    """
    h, n, d = draw(st.integers(1, 8)), draw(st.integers(1, 8)), draw(st.integers(1, 3))
    sizes = np.array([draw(st.sampled_from([0.25, 0.5, 1.0, 1.0])) for _ in range(h)])
    weights = sizes * np.array([draw(st.sampled_from([-1.0, 1.0])) for _ in range(h)])
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    X, y = rng.standard_normal((n, d)), rng.standard_normal((n,))
    slope, steps = draw(st.sampled_from([0.5, 1.0])), draw(st.integers(1, most_steps))
    radius, smoothing = draw(st.sampled_from([0.0, 0.25, 0.5, 1.0])), draw(st.sampled_from([0.25, 1.0]))
    step_size = draw(st.sampled_from([0.0625, 0.125]))
    return Network(weights, X, y, slope, radius, smoothing, step_size, steps)


def train(case: Network) -> FloatArray:
    """Θ⁽ᵀ⁾ of Algorithm 1, shape (h, d): automatic differentiation of the loss, the attack held fixed."""
    rectify = RECTIFIERS[case.slope]
    X, y = (torch.from_numpy(array.copy()) for array in (case.X, case.y))
    zero = np.zeros((len(case.weights), X.shape[1]))
    theta = torch.from_numpy((zero if case.start is None else case.start).copy())
    scaled = torch.from_numpy(case.weights / np.sqrt(len(case.weights)))
    for _ in range(case.steps):
        at, inputs = theta.clone().requires_grad_(), X.clone().requires_grad_()
        (slope,) = torch.autograd.grad(((rectify(inputs @ at.T) @ scaled - y) ** 2).sum(), inputs)
        length = torch.sqrt((slope**2).sum(-1, keepdim=True) + case.smoothing**2)
        attacked = X + case.radius * slope / length
        (update,) = torch.autograd.grad(((rectify(attacked @ at.T) @ scaled - y) ** 2).mean(), at)
        theta = theta - case.step_size * update
    return theta.numpy()


def values(case: Network, theta: FloatArray, points: FloatArray) -> FloatArray:
    """f at points (m, d) of the network with neurons Θ."""
    found: FloatArray = np.maximum(points @ theta.T, 0.0) @ case.weights / np.sqrt(len(case.weights))
    return found
