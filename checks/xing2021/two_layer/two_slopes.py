"""What the claims of Theorem 4 share: functions (pᵀx)₊ - (-qᵀx)₊ in d = 1, their risk and their training, exactly."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from scipy.special import ndtr

from checks.xing2021.low_dimension.designs import DESIGNS, Design
from models.two_layer import two_slope_range
from models.two_layer.ranges import expected_worst_loss
from theory.validation import FloatArray

NODES = 28
DIFFERENCE = 1e-4
"""Step of central differences: what they leave out and what rounding adds are both below 1e-7."""
SETTLED = 1e-13
"""Length of the last Newton step."""
NEWTON = 60

GAUSSIAN = Design(
    "standard Gaussian", lambda x: np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi),
    tuple((float(a), float(a + 3)) for a in range(-9, 9, 3)), lambda rng, shape: rng.standard_normal(shape),
)  # fmt: skip
SYMMETRIC = DESIGNS[:3]
SKEWED = DESIGNS[3]


@dataclass(frozen=True)
class Line:
    """y = θ₀x + noise in d = 1, x of the law `design`, noise N(0, σ²), under an attack of radius ε."""

    design: Design = GAUSSIAN
    truth: float = 1.0
    noise_std: float = 0.5
    radius: float = 0.5

    def __str__(self) -> str:
        """The setting in words."""
        return f"{self.design}, θ₀ = {self.truth:g}, σ = {self.noise_std:g}, ε = {self.radius:g}"

    @cached_property
    def nodes(self) -> tuple[FloatArray, FloatArray]:
        """Gauss-Legendre nodes and weights of the law: between 0 and ±ε, where slopes change, all is smooth."""
        abscissae, weights = np.polynomial.legendre.leggauss(NODES)
        edges = [self._edges(*piece) for piece in self.design.pieces]
        half = np.concatenate([np.diff(edge) / 2 for edge in edges])
        middle = np.concatenate([(edge[1:] + edge[:-1]) / 2 for edge in edges])
        x = (middle[:, None] + half[:, None] * abscissae).ravel()
        return x, (half[:, None] * weights).ravel() * self.design.density(x)

    def _edges(self, low: float, high: float) -> FloatArray:
        return np.unique([low, high, *(cut for cut in (-self.radius, 0.0, self.radius) if low < cut < high)])

    @property
    def variance(self) -> float:
        """v² = E y²."""
        x, w = self.nodes
        return self.truth**2 * float(w @ x**2) + self.noise_std**2

    def risk(self, slopes: FloatArray) -> float:
        """E max {(f(x + δ) - y)² : |δ| ≤ ε}, slopes (p, q)."""
        x, w = self.nodes
        ends = two_slope_range(x[:, None], slopes[:1], slopes[1:], self.radius)
        return float(w @ expected_worst_loss(ends.low, ends.high, self.truth * x, self.noise_std))

    def sides(self, slopes: FloatArray) -> tuple[tuple[FloatArray, FloatArray, FloatArray], ...]:
        """For residuals above and below 0: x̃ = x + ε sign(r f'(x)), E r̃ and E r̃² there, r̃ = f(x̃) - y.

        r̃ = b - σz on z < u (or > u), u = (f(x) - θ₀x)/σ: the noise in closed form. Needs σ > 0.
        """
        x, _ = self.nodes
        u = (evaluate(slopes, x) - self.truth * x) / self.noise_std
        below, peak = ndtr(u), np.exp(-(u**2) / 2) / np.sqrt(2 * np.pi)
        turn = np.sign(np.where(x > 0, slopes[0], slopes[1]))
        found = []
        for sign, weight in ((1, below), (-1, 1 - below)):
            moved = x + sign * self.radius * turn
            b, s = evaluate(slopes, moved) - self.truth * x, self.noise_std
            square = b**2 * weight + sign * 2 * b * s * peak + s**2 * (weight - sign * u * peak)
            found.append((moved, b * weight + sign * s * peak, square))
        return tuple(found)

    def update(self, slopes: FloatArray) -> FloatArray:
        """The expected frozen update E 2 r̃ x̃ on x̃ > 0, for p, and on x̃ < 0, for q; without smoothing."""
        _, w = self.nodes
        return sum((2 * np.array([w @ (r * x * (x > 0)), w @ (r * x * (x < 0))]) for x, r, _ in self.sides(slopes)),
                   np.zeros(2))  # fmt: skip

    def spread(self, slopes: FloatArray) -> FloatArray:
        """The covariance of the update of one sample where the expected one is 0: p and q never share a sample."""
        _, w = self.nodes
        squares = [np.array([w @ (s * x**2 * (x > 0)), w @ (s * x**2 * (x < 0))]) for x, _, s in self.sides(slopes)]
        return np.diag(4 * (squares[0] + squares[1]))

    def train(self, speeds: FloatArray, slope: float, step_size: float, steps: int) -> FloatArray:
        """(p, q) after steps of the expected update from zero; in the first, every sample enters with φ'(0) = `slope`.

        Training on infinitely many samples. For an odd update, that of a symmetric law, p = q at equal speeds.
        """
        x, w = self.nodes
        slopes = step_size * speeds * slope * 2 * self.truth * float(w @ x**2)
        for _ in range(steps - 1):
            slopes = slopes - step_size * speeds * self.update(slopes)
        return slopes

    def rest(self, start: FloatArray) -> FloatArray:
        """Where the expected update is 0, by Newton's method from `start`; ValueError where it does not settle."""
        slopes = start
        for _ in range(NEWTON):
            step = np.linalg.solve(derivative(self.update, slopes), self.update(slopes))
            slopes = slopes - step
            if np.sqrt(step @ step) <= SETTLED:
                return slopes
        raise ValueError(f"Newton steps must settle, got {step} after {NEWTON} for {self}")

    def excess_per_sample(self, rest: FloatArray) -> float:
        """½ tr(H J⁻¹ V J⁻ᵀ), n times the mean excess that n samples leave, J the slope of the update and H of the risk.

        Training solves for a zero of the mean update of n samples, whose distance from `rest` is N(0, J⁻¹VJ⁻ᵀ/n).
        """
        bend = derivative(lambda at: derivative(lambda z: np.atleast_1d(self.risk(z)), at)[0], rest)
        inverse = np.linalg.inv(derivative(self.update, rest))
        return float(np.trace(bend @ inverse @ self.spread(rest) @ inverse.T) / 2)

    def linear_minimum(self) -> tuple[float, float]:
        """θ* and R*: the least risk of f(x) = θx, which is convex in θ."""
        return _linear_minimum(self)


@lru_cache(maxsize=1024)
def _linear_minimum(line: Line) -> tuple[float, float]:
    return least(lambda theta: line.risk(np.array([theta, theta])), 0.0, 2 * abs(line.truth))


def evaluate(slopes: FloatArray, x: FloatArray) -> FloatArray:
    """f(x) = p x for x > 0 and q x for x < 0, p and q not negative."""
    found: FloatArray = np.where(x > 0, slopes[0] * x, slopes[1] * x)
    return found


def derivative(function: Callable[[FloatArray], FloatArray], at: FloatArray) -> FloatArray:
    """The Jacobian of `function` by central differences, columns along the arguments."""
    steps = DIFFERENCE * np.eye(len(at))
    columns = [(function(at + step) - function(at - step)) / (2 * DIFFERENCE) for step in steps]
    return np.stack(columns, axis=-1)


def least(function: Callable[[float], float], low: float, high: float) -> tuple[float, float]:
    """Argument and value of the minimum of a function that falls and then rises between `low` and `high`."""
    golden, narrow = (np.sqrt(5) - 1) / 2, 1e-9 * (high - low)
    while high - low > narrow:
        left, right = high - golden * (high - low), low + golden * (high - low)
        low, high = (low, right) if function(left) < function(right) else (left, high)
    middle = low / 2 + high / 2
    return middle, function(middle)
