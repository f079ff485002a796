"""What the claims of Theorem 4 share: ReLU networks that start at zero, trained to rest on samples, in sweeps."""

from dataclasses import dataclass

import numpy as np

from checks.xing2021.two_layer.two_slopes import GAUSSIAN, Line
from models.two_layer import NetworkTraining, network_risk, network_training, relu
from theory.optimum import robust_minimizer
from theory.population import LinearGaussian
from theory.risk import adversarial_risk
from theory.two_layer import Reduction, relu_reduction
from theory.validation import FloatArray

RADIUS, NOISE_STD = 0.5, 0.5
SHARE = 0.5
"""Step size times the larger speed; the update's slope is about 1.3, or 2.5 on the 50 samples of a side, below 4."""
RISK_SAMPLES = 4000
"""Draws per network of its risk, whose linear part is exact: the error is far below the spread over data sets."""


@dataclass(frozen=True)
class Setting:
    """One point of a sweep: n samples in d dimensions, Σ = I, ‖θ₀‖ = 1, and ‖a⁺‖/‖a⁻‖ = `ratio`."""

    n: int
    ratio: float = 1.0
    d: int = 1

    @property
    def population(self) -> LinearGaussian:
        """Model (4)."""
        return LinearGaussian(np.ones(self.d) / np.sqrt(self.d), np.eye(self.d), NOISE_STD)

    @property
    def smoothing(self) -> float:
        """ξ = v²/n: it vanishes as Theorem 4 asks, and fast enough to leave no trace beside the sampling error."""
        return self.population.total_std**2 / self.n


def reduction(ratio: float) -> Reduction:
    """The exact model of a network with ‖a‖² = h and that ratio; inf for no negative weights."""
    share = 1 / (1 + ratio**-2)
    return relu_reduction(share, 1 - share, 1)


def train(X: FloatArray, y: FloatArray, ratio: float, radius: float, smoothing: float) -> NetworkTraining:
    """Train to rest from zero with relu'(0) = 1: the slower of p and q closes its distance at least 1e5-fold."""
    model = reduction(ratio)
    speeds = np.abs(model.speeds)
    imbalance = speeds.max() / speeds[speeds > 0].min()
    steps = 24 + int(np.ceil(16 * imbalance))
    step_size = SHARE / float(speeds.max())
    return network_training(X, y, model, relu(1.0), radius, smoothing, step_size=step_size, steps=steps)


def draw(line: Line, n: int, replicates: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Data sets of the line: X, shape (replicates, n, 1), and y."""
    X = line.design.draw(rng, (replicates, n, 1))
    return X, line.truth * X[..., 0] + line.noise_std * rng.standard_normal((replicates, n))


def trained_slopes(line: Line, n: int, ratio: float, replicates: int, rng: np.random.Generator) -> FloatArray:
    """(p, q) of networks trained on the line, shape (replicates, 2)."""
    X, y = draw(line, n, replicates, rng)
    vectors = train(X, y, ratio, line.radius, line.variance / n).vectors
    return np.stack([vectors[:, 0, 0], -vectors[:, 1, 0]], axis=-1)


def line_excess(line: Line, n: int, ratio: float, replicates: int, rng: np.random.Generator) -> FloatArray:
    """n times the excess risk of networks trained on the line over its R*, by quadrature; shape (replicates,)."""
    _, least = line.linear_minimum()
    slopes = trained_slopes(line, n, ratio, replicates, rng)
    return n * np.array([line.risk(pair) - least for pair in slopes])


def excess(setting: Setting, replicates: int, rng: np.random.Generator) -> FloatArray:
    """(R_N - R*)/v² of trained networks in any dimension, shape (replicates,)."""
    population = setting.population
    draws = [population.sample(setting.n, rng) for _ in range(replicates)]
    X, y = (np.stack(arrays) for arrays in zip(*draws, strict=True))
    network = train(X, y, setting.ratio, RADIUS, setting.smoothing).network
    found = network_risk(network, population, RADIUS, RISK_SAMPLES, rng).lower
    return np.asarray((found - least_risk(population)) / population.total_std**2)


def least_risk(population: LinearGaussian) -> float:
    """R*, the least adversarial risk of a linear function."""
    return robust_minimizer(population, RADIUS).risk


def gap_of(coefficients: FloatArray, population: LinearGaussian) -> float:
    """(R(θ) - R*)/v² of a linear function."""
    risk = float(adversarial_risk(coefficients, population, RADIUS))
    return (risk - least_risk(population)) / population.total_std**2


GAUSSIAN_LINE = Line(GAUSSIAN, 1.0, NOISE_STD, RADIUS)
