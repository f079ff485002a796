"""Four designs that are not Gaussian, with their adversarial risk and its minimiser by quadrature."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.special import erf, ndtr, ndtri

from theory.validation import FloatArray

RADIUS, NOISE_STD = 0.6, 0.5
TRUTHS = {1: np.array([1.0]), 2: np.array([1.0, 0.5])}
"""θ₀ in one dimension, where the risk is enclosed, and in two, where models are trained."""

NODES = 28
NEWTON = 50
SETTLED = 1e-14
"""Length of the last Newton step."""


@dataclass(frozen=True, eq=False)
class Design:
    """Independent coordinates of one law: its density on its bounded pieces, and a sampler of an array's shape."""

    name: str
    density: Callable[[FloatArray], FloatArray]
    pieces: tuple[tuple[float, float], ...]
    draw: Callable[[np.random.Generator, tuple[int, ...]], FloatArray]

    def __str__(self) -> str:
        """The law in words."""
        return self.name

    @property
    def line(self) -> tuple[FloatArray, FloatArray]:
        """Gauss-Legendre nodes and weights of the law; densities are analytic on each piece."""
        abscissae, weights = np.polynomial.legendre.leggauss(NODES)
        x = np.concatenate([(a + b) / 2 + (b - a) / 2 * abscissae for a, b in self.pieces])
        w = np.concatenate([(b - a) / 2 * weights for a, b in self.pieces])
        return x, w * self.density(x)

    def nodes(self, d: int) -> tuple[FloatArray, FloatArray]:
        """Nodes (k, d) and weights (k,) of the product law."""
        x, w = self.line
        grid = np.stack([axis.ravel() for axis in np.meshgrid(*[x] * d, indexing="ij")], axis=-1)
        return grid, np.prod(np.stack([axis.ravel() for axis in np.meshgrid(*[w] * d)]), axis=0)

    def sample(self, count: int, d: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        """Pairs (X, y) with y = θ₀ᵀx + Gaussian noise."""
        X = self.draw(rng, (count, d))
        return X, X @ TRUTHS[d] + NOISE_STD * rng.standard_normal(count)


class Local(NamedTuple):
    """The risk at a θ other than 0, its gradient and its Hessian, and the covariance of the loss's gradient."""

    risk: float
    gradient: FloatArray
    hessian: FloatArray
    spread: FloatArray


_MASS = float(erf(np.sqrt(2)))  # of a standard normal within ±2
_MEAN, _STD = 1 / 7, float(np.sqrt(6 / 392))  # of Beta(1, 6)
_ROOT = float(np.sqrt(3))

DESIGNS = (
    Design("uniform on ±√3", lambda x: np.full_like(x, 1 / (2 * _ROOT)), ((-_ROOT, _ROOT),),
           lambda rng, shape: rng.uniform(-_ROOT, _ROOT, shape)),
    Design("uniform within 1/4 of ±1", np.ones_like, ((-1.25, -0.75), (0.75, 1.25)),
           lambda rng, shape: rng.choice([-1.0, 1.0], shape) + rng.uniform(-0.25, 0.25, shape)),
    Design("Gaussian within ±2", lambda x: np.exp(-(x**2) / 2) / (np.sqrt(2 * np.pi) * _MASS), ((-2.0, 2.0),),
           lambda rng, shape: ndtri(rng.uniform(ndtr(-2.0), ndtr(2.0), shape))),
    Design("standardised Beta(1, 6)", lambda x: 6 * _STD * (1 - _MEAN - _STD * x) ** 5,
           ((-_MEAN / _STD, (1 - _MEAN) / _STD),), lambda rng, shape: (rng.beta(1, 6, shape) - _MEAN) / _STD),
)  # fmt: skip


def gaussian_like(design: Design) -> Design:
    """The Gaussian law of the same variance, within ±9 standard deviations."""
    x, w = design.line
    std = float(np.sqrt(w @ x**2))
    edges = [(i * std, (i + 3) * std) for i in range(-9, 9, 3)]
    return Design(
        f"Gaussian with the variance of {design}",
        lambda x: np.exp(-((x / std) ** 2) / 2) / (std * np.sqrt(2 * np.pi)),
        tuple(edges),
        lambda rng, shape: std * rng.standard_normal(shape),
    )


def local(design: Design, theta: FloatArray, radius: float) -> Local:
    """E (|e| + ε‖θ‖)² and its derivatives, e = (θ - θ₀)ᵀx - noise: the noise in closed form, x by quadrature."""
    X, w = design.nodes(len(theta))
    size = float(np.sqrt(theta @ theta))
    unit, moved = theta / size, radius * size
    mean = X @ (theta - TRUTHS[len(theta)])
    sign, peak = erf(mean / (NOISE_STD * np.sqrt(2))), np.exp(-((mean / NOISE_STD) ** 2) / 2) * np.sqrt(2 / np.pi)
    absolute, square = mean * sign + NOISE_STD * peak, mean**2 + NOISE_STD**2
    signed = square * sign + mean * NOISE_STD * peak  # E sign(e) e²
    pull = X.T @ (w * (mean + moved * sign))
    pushes = float(w @ absolute) + moved
    cross = radius * np.outer(unit, X.T @ (w * sign))
    curvature = (X.T * (w * (1 + moved * peak / NOISE_STD))) @ X
    bent = radius * pushes / size * (np.eye(len(theta)) - np.outer(unit, unit)) + radius**2 * np.outer(unit, unit)
    gradient = 2 * (pull + radius * pushes * unit)
    squared, turned = (square + 2 * moved * absolute + moved**2), signed + 2 * moved * mean + moved**2 * sign
    mixed = radius * np.outer(X.T @ (w * turned), unit)
    second = (X.T * (w * squared)) @ X + mixed + mixed.T + radius**2 * float(w @ squared) * np.outer(unit, unit)
    return Local(
        float(w @ squared),
        gradient,
        2 * (curvature + cross + cross.T + bent),
        4 * second - np.outer(gradient, gradient),
    )


@lru_cache(maxsize=64)
def minimizer(design: Design, d: int, radius: float = RADIUS) -> FloatArray:
    """argmin of the risk by Newton's method from 0.7 θ₀, which is convex there; ValueError where it does not settle."""
    theta = 0.7 * TRUTHS[d]
    for _ in range(NEWTON):
        here = local(design, theta, radius)
        step = np.asarray(np.linalg.solve(here.hessian, here.gradient), dtype=np.float64)
        theta = theta - step
        if np.sqrt(step @ step) <= SETTLED:
            return theta
    raise ValueError(f"Newton steps must settle, got {step} after {NEWTON} for {design}")
