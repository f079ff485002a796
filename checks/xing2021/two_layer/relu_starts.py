"""Whole ReLU networks in d = 2 and d = 1 by their start and relu'(0): how far from R* training to rest leaves them."""

from dataclasses import dataclass

import numpy as np
import sympy as sp

from checks.xing2021.two_layer import relu_training
from checks.xing2021.two_layer.relu_training import GAUSSIAN_LINE, RADIUS, Setting
from models.two_layer import TwoLayerNetwork, network_risk, network_training, relu, vanishing_init
from theory.two_layer import whole_network
from theory.validation import FloatArray

PATTERN = np.array([1.0, -1.0, 0.5, -0.5])
"""Output weights, repeated over the width: ‖a⁺‖ = ‖a⁻‖, ‖a‖_∞ = 1."""
STEPS = 50
RISK_SAMPLES = 1000
"""Draws per network of its risk, whose linear part is exact: an error below the spread over data sets."""
inner = sp.Symbol("u", real=True)


@dataclass(frozen=True)
class Start:
    """relu'(0) = `slope`, and the δ of a random start θ_j ~ N(0, I/(d h^(1+δ))); None is a start at zero.

    `positive_only` gives all output weights one sign, |a_j|.
    """

    slope: float
    exponent: float | None = None
    positive_only: bool = False

    @property
    def first_slope(self) -> sp.Expr:
        """The mean of φ'(xᵀθ_j) at the start, with φ'(u) = Heaviside(u, relu'(0))."""
        derivative = sp.Heaviside(inner, sp.nsimplify(self.slope))
        if self.exponent is None:
            return derivative.subs(inner, 0)
        density = sp.exp(-(inner**2) / 2) / sp.sqrt(2 * sp.pi)
        return sp.integrate(density, (inner, 0, sp.oo))  # of u over its standard deviation

    def weights(self, width: int) -> FloatArray:
        """a, shape (h,)."""
        a = np.resize(PATTERN, width)
        return np.abs(a) if self.positive_only else a

    def train(
        self, setting: Setting, width: int, replicates: int, rng: np.random.Generator, record_every: int = STEPS
    ) -> FloatArray:
        """Θ of networks trained on model (4), recorded along the way, shape (replicates, R, h, d)."""
        draws = [setting.population.sample(setting.n, rng) for _ in range(replicates)]
        X, y = (np.stack(arrays) for arrays in zip(*draws, strict=True))
        model = whole_network(self.weights(width))
        start = np.zeros((replicates, width, setting.d))
        if self.exponent is not None:
            start = vanishing_init(width, setting.d, self.exponent, rng, replicates)
        step_size = 2 * relu_training.SHARE / model.mean_square / (2.0 if self.positive_only else 1.0)
        return network_training(
            X, y, model, relu(self.slope), RADIUS, setting.smoothing, step_size=step_size, steps=STEPS, init=start,
            record=("vectors",), record_every=record_every,
        ).curves["vectors"]  # fmt: skip

    def excess(self, n: int, width: int, replicates: int, rng: np.random.Generator) -> FloatArray:
        """(R_N - R*)/v² of networks trained in d = 2, shape (replicates,)."""
        setting = Setting(n, d=2)
        vectors = self.train(setting, width, replicates, rng)[:, -1]
        model, population = whole_network(self.weights(width)), setting.population
        networks = [TwoLayerNetwork(model, theta, relu(self.slope)) for theta in vectors]  # each with draws of its own
        found = np.array([network_risk(f, population, RADIUS, RISK_SAMPLES, rng).lower[0] for f in networks])
        return np.asarray((found - relu_training.least_risk(population)) / population.total_std**2)

    def path(self, n: int, width: int, rng: np.random.Generator) -> FloatArray:
        """(R_N - R*)/v² after every step in d = 1, where any network is two slopes: risk by quadrature."""
        vectors = self.train(Setting(n), width, 1, rng, 1)[0, ..., 0]
        scaled = self.weights(width) / np.sqrt(width) * vectors
        slopes = np.stack([np.where(side * vectors > 0, scaled, 0.0).sum(-1) for side in (1, -1)], axis=-1)
        least = GAUSSIAN_LINE.linear_minimum()[1]
        return np.array([GAUSSIAN_LINE.risk(pair) - least for pair in slopes]) / GAUSSIAN_LINE.variance
