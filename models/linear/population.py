"""Algorithm 1 on the population: expected updates by quadrature, so that what is trained has no sampling error.

Given the residual e = θᵀx - y the covariates have mean Σ(θ - θ₀) e/s², and the update of an attacked sample is linear
in them; what is left is an integral over |e|. No closed form of `theory` is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import nnls

from theory.population import LinearGaussian
from theory.validation import (
    FloatArray,
    choice,
    finite,
    integer,
    l2_or_linf,
    nonnegative,
    positive,
    real_array,
    within_range,
)

Update = Literal["frozen", "full"]

# On [a, 2a] a response that is singular at ±ik or -k lies outside a Bernstein ellipse of parameter 3 + √8 however
# small k is: 12 Gauss-Legendre nodes leave (3 + √8)^-24 = 4e-19 of it. So does the first panel, [0, 2^-16], for
# k >= 2^-16; and on unit panels the Gaussian density is integrated to rounding. Beyond 10 it is below 1e-21.
NODES = 12
EDGES = np.r_[0.0, 2.0 ** np.arange(-16, 0), np.arange(1.0, 11.0)]
PLAIN_EDGES = np.arange(0.0, 11.0)
PROBES = 100
"""Probes around a kink: the shortest combination of what they find settles after a few for each coordinate."""
PROBE_DISTANCE = 1e-9
"""How far from the end they are, over ‖θ₀‖: a kink is found to about 1e-12, so that their directions hold to 1e-3."""
STATIONARY = 1e-12
"""Over 2‖Σθ₀‖; the updates are sums of some hundred rounded terms of that size."""


@dataclass(frozen=True, eq=False)
class PopulationTraining:
    """What training on the population came to.

    `coefficients` (d,) and the `risk` there under the attack trained against, by quadrature; `stationarity`, the
    length of the update there over 2‖Σθ₀‖, at a kink that of the shortest convex combination of the updates around
    it; `steps_taken`, and the `step_size` at the end.
    """

    coefficients: FloatArray
    risk: float
    stationarity: float
    steps_taken: int
    step_size: float


class ExpectedUpdate:
    """E 2 (x̃ᵀθ - y) x̃ over the population, x̃ = x + A_{ε,ξ} ("frozen"), or the gradient of E (x̃ᵀθ - y)² ("full").

    For smoothing 0 they are the same, with kinks at θ = 0 (l2) or at a zero coordinate (linf); there the shortest
    combination of the updates around the kink is returned. Where the residual is 0 almost surely there is no attack,
    and the update is 0. Called with coefficients (d,) it returns shape (d,). Raises ValueError for a negative radius
    or smoothing, a norm other than 2 and inf, and another update.
    """

    def __init__(
        self,
        population: LinearGaussian,
        radius: float,
        smoothing: float = 0.0,
        norm: float = 2,
        update: Update = "frozen",
    ) -> None:
        choice("update", update, ("frozen", "full"))
        self.population, self.full = population, update == "full"
        self.radius, self.smoothing = nonnegative("radius", radius), nonnegative("smoothing", smoothing)
        self.norm = l2_or_linf(norm)
        self._z, self._weights = _half_normal(EDGES if self.smoothing > 0 else PLAIN_EDGES)

    @within_range
    def __call__(self, coefficients: FloatArray) -> FloatArray:
        """The expected update at coefficients (d,)."""
        pull, s = self._residual(coefficients)
        if s == 0:
            return np.zeros_like(coefficients)
        sizes, directions = self._geometry(coefficients)
        residual = s * self._z
        share, bend = self._shares(residual, sizes)
        moved = self.radius * sizes * share
        weighted = 2 * self._weights * (residual + moved.sum(axis=1))
        towards = pull * float(weighted @ (residual + (moved * bend).sum(axis=1))) / s**2
        pushes = self.radius * (weighted @ (share * (1 + bend)))
        if self.smoothing == 0 and not sizes.all():
            return self._shortest(towards, pushes, directions)
        update: FloatArray = towards + pushes * directions
        return update

    def risk(self, coefficients: FloatArray) -> float:
        """E (x̃ᵀθ - y)² at coefficients (d,), by the same quadrature."""
        _, s = self._residual(coefficients)
        sizes, _ = self._geometry(coefficients)
        share, _ = self._shares(s * self._z, sizes)
        return float(self._weights @ (s * self._z + self.radius * share @ sizes) ** 2)

    def _residual(self, coefficients: FloatArray) -> tuple[FloatArray, float]:
        """Σ(θ - θ₀), and the standard deviation of the residual."""
        error = coefficients - self.population.true_coefficients
        pull = self.population.covariance @ error
        return pull, float(np.sqrt(max(float(error @ pull), 0.0) + self.population.noise_std**2))

    def _geometry(self, coefficients: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The sizes that the attack acts on, ‖θ‖ or every |θ_j|, and their gradients in θ."""
        if self.norm != 2:
            return np.abs(coefficients), np.sign(coefficients)
        size = np.sqrt(coefficients @ coefficients)
        return np.array([size]), coefficients / size if size > 0 else coefficients

    def _shortest(self, towards: FloatArray, pushes: FloatArray, directions: FloatArray) -> FloatArray:
        """The shortest combination of what updates near a kink tend to; there the directions are 0."""
        if self.norm != 2:
            soft = np.sign(towards) * np.maximum(np.abs(towards) - pushes, 0.0)
            return np.where(directions != 0, towards + pushes * directions, soft)
        length = np.sqrt(towards @ towards)
        shortest: FloatArray = towards * max(1 - pushes[0] / length, 0.0) if length > 0 else towards
        return shortest

    def _shares(self, residual: FloatArray, sizes: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The attack's share φ of the radius, shape (nodes, sizes), and d log φ / d log of what it is a function of.

        The latter is 0 for the frozen update, which does not differentiate the attack.
        """
        slope = 2 * residual[:, None] * sizes
        if self.smoothing == 0:
            return np.ones_like(slope), np.zeros_like(slope)
        below = np.sqrt(slope**2 + self.smoothing**2) if self.norm == 2 else slope + self.smoothing
        share = slope / below
        if not self.full:
            return share, np.zeros_like(slope)
        return share, (self.smoothing / below) ** 2 if self.norm == 2 else self.smoothing / below


@within_range
def population_training(
    population: LinearGaussian,
    radius: float,
    smoothing: float = 0.0,
    norm: float = 2,
    *,
    step_size: float,
    steps: int,
    init: ArrayLike | None = None,
    update: Update = "frozen",
    tolerance: float = 1e-13,
) -> PopulationTraining:
    """Run θ <- θ - η E 2 (x̃ᵀθ - y) x̃, Algorithm 1 on the population, and return where it ends.

    `step_size` is the first η; it is halved whenever an update turns back on the last one, so that it adapts to the
    curvature met, and shrinks geometrically at a kink. Without smoothing a step that would cross the kink at θ = 0
    (l2) or in a coordinate (linf) stops there. Training ends when the update's length is at most `tolerance` times
    2‖Σθ₀‖, when steps no longer change θ, or after `steps`. `init` is 0 by default; the rest is `ExpectedUpdate`'s.

    Raises ValueError for a step_size that is not positive, steps below 1, and an init of another shape.
    """
    field = ExpectedUpdate(population, radius, smoothing, norm, update)
    theta = _start(population, init)
    eta, limit, enough = (
        positive("step_size", step_size),
        integer("steps", steps, 1),
        nonnegative("tolerance", tolerance),
    )
    scale, last, taken = _scale(population), np.zeros(population.d), 0
    while taken < limit:
        taken += 1
        change = field(theta)
        if change @ last < 0:
            eta /= 2
        moved = _stopped_at_kinks(field, theta, theta - eta * change)
        if np.sqrt(change @ change) <= enough * scale or np.array_equal(moved, theta):
            break
        theta, last = moved, change
    return PopulationTraining(theta, field.risk(theta), _stationarity(field, theta), taken, eta)


def _start(population: LinearGaussian, init: ArrayLike | None) -> FloatArray:
    theta = finite("init", real_array("init", np.zeros(population.d) if init is None else init))
    if theta.shape != (population.d,):
        raise ValueError(f"init must have shape ({population.d},), got shape {theta.shape}")
    return theta


def _half_normal(edges: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Nodes and weights of the mean over |Z|, Z standard normal: Gauss-Legendre on panels."""
    abscissae, weights = np.polynomial.legendre.leggauss(NODES)
    half, middle = np.diff(edges) / 2, (edges[1:] + edges[:-1]) / 2
    z = (middle[:, None] + half[:, None] * abscissae).ravel()
    density = np.sqrt(2 / np.pi) * np.exp(-(z**2) / 2)
    return z, (half[:, None] * weights).ravel() * density


def _stopped_at_kinks(field: ExpectedUpdate, theta: FloatArray, moved: FloatArray) -> FloatArray:
    """`moved`, or the kink of the attack without smoothing that lies between it and theta."""
    if field.smoothing > 0 or field.radius == 0:
        return moved
    if field.norm == 2:
        return moved if theta @ moved > 0 or not theta.any() else np.zeros_like(moved)
    return np.where(theta * moved < 0, 0.0, moved)


def _scale(population: LinearGaussian) -> float:
    """2‖Σθ₀‖, the length of the update at θ = 0; 1 where that is 0."""
    signal = population.covariance @ population.true_coefficients
    return float(2 * np.sqrt(signal @ signal)) or 1.0


def _stationarity(field: ExpectedUpdate, theta: FloatArray) -> float:
    """Length of the update at theta over 2‖Σθ₀‖; at a kink, of the shortest convex combination of those around it.

    Found as bundle methods do: probe a little down the shortest combination so far, and add the update met there,
    until it makes the combination no shorter.
    """
    scale, truth = _scale(field.population), field.population.true_coefficients
    shortest = field(theta) / scale
    met = [shortest]
    distance = PROBE_DISTANCE * float(np.sqrt(truth @ truth) or 1.0)
    for _ in range(PROBES if field.smoothing == 0 and field.population.noise_std == 0 else 0):
        length = np.sqrt(shortest @ shortest)
        if length <= STATIONARY:
            break
        met.append(field(theta - distance * shortest / length) / scale)
        shortest = _shortest_combination(np.stack(met, axis=1))
    return float(np.sqrt(shortest @ shortest))


def _shortest_combination(vectors: FloatArray) -> FloatArray:
    """The shortest convex combination of the columns of (d, k), by non-negative least squares."""
    heavy = 1e3  # weight of the equation Σ weights = 1, which then holds to 1e-6 of the length
    weights, _ = nnls(np.vstack([vectors, np.full(vectors.shape[1], heavy)]), np.r_[np.zeros(len(vectors)), heavy])
    combination: FloatArray = vectors @ (weights / weights.sum())
    return combination
