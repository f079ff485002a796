"""What the claims of Theorem 6 share: smooth networks on few samples in many dimensions, stopped at its level."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from checks.evidence.trend import Sweep
from checks.xing2021.high_dimension import stopped_training
from checks.xing2021.high_dimension.stopped_training import Setting, draw
from checks.xing2021.high_dimension.stopping_bounds import THEOREM_5, Rule, Sample, samples
from checks.xing2021.two_layer.smooth_networks import Family
from models.two_layer import NetworkTraining, network_risk, network_training
from models.two_layer.activations import SIGMOID, SILU, SOFTPLUS, TANH
from models.two_layer.training import Divergence
from theory.population import LinearGaussian
from theory.two_layer import Reduction
from theory.validation import FloatArray

BENDS = {"tanh": 4 / (3 * np.sqrt(3)), "softplus": 1 / 4, "silu": 1 / 2, "sigmoid": 1 / (6 * np.sqrt(3))}
"""sup |φ''|, attained at tanh u = 1/√3, at 0, at 0, and at σ(u) = (1 ± 1/√3)/2."""

STEEPEST = {"tanh": 1.0, "softplus": 1.0, "silu": 1.1, "sigmoid": 1 / 4}
"""At least sup |φ'|: that of SiLU is 1.0998."""

WIDTH = 10**8
RISK_SAMPLES = 200  # draws of x a network: what is sampled is its difference from a linear model, 1e-6 of the risk


NETWORKS = (Family(TANH, (1, -1)), Family(SOFTPLUS, (1,)), Family(SILU, (1, 1, -2)), Family(SIGMOID, (1, -2)))
TANH_PAIR, SOFTPLUS_ONE = NETWORKS[:2]

Step = Callable[[float, Reduction, float], float]


def prescribed_step(linear_step: float, reduction: Reduction, slope: float) -> float:
    """η = η_linear h/(‖a‖² φ'(0)²)."""
    return reduction.step_size(linear_step, slope)


def step_without_square(linear_step: float, reduction: Reduction, slope: float) -> float:
    """Mistake: η_linear h/‖a‖."""
    return float(linear_step * np.sqrt(reduction.width / reduction.mean_square) / slope**2)


def step_without_width(linear_step: float, reduction: Reduction, slope: float) -> float:
    """Mistake: η_linear/‖a‖²."""
    return reduction.step_size(linear_step, slope) / reduction.width


@dataclass(frozen=True)
class NetworkRule:
    """Theorem 6's rule: when to stop, as for linear models, and the step size of a network that `step` gives."""

    stop: Rule = THEOREM_5
    step: Step = prescribed_step


THEOREM_6 = NetworkRule()


@dataclass(frozen=True)
class NetworkSample:
    """A data set, and a network that is trained on it in the n coordinates of the samples' span."""

    data: Sample
    family: Family
    log_width: float

    @property
    def reduction(self) -> Reduction:
        """The exact model of the network of the next width that shares out the weights equally."""
        parts = len(self.family.weights)
        return self.family.reduction(parts * round(10**self.log_width / parts))

    def train(self, rule: NetworkRule) -> NetworkTraining | None:
        """Algorithm 1 from zero until the rule stops it; None where it does not stop."""
        data, reduction, activation = self.data, self.reduction, self.family.activation
        X, y = data.data
        patience = data.patience(rule.stop)
        try:
            trained = network_training(
                np.linalg.qr(X.T)[1].T, y, reduction, activation, data.radius, data.smoothing,
                step_size=rule.step(data.step_size(rule.stop), reduction, activation.slope), steps=patience,
                stop_residual=rule.stop.level(data.total_std, data.n), record=("train",), record_every=patience,
            )  # fmt: skip
        except Divergence:
            return None
        return trained if trained.stopped.all() else None

    def in_full_axes(self, trained: NetworkTraining) -> tuple[FloatArray, FloatArray]:
        """The vectors u_k, shape (K, d), and the linear part β, shape (d,), in the axes of the data."""
        axes = np.linalg.qr(self.data.data[0].T)[0]
        return trained.vectors[0] @ axes.T, trained.linear_part[0] @ axes.T

    @property
    def steepest(self) -> float:
        """sup |φ'|."""
        return STEEPEST[self.family.activation.name]

    def curvature(self, vectors: FloatArray) -> float:
        """A bound on how far the worst-case RMS residuals of f and of its linear part β are apart.

        |f(x) - βᵀx| <= Σ_k |w_k| sup|φ''| (xᵀu_k)²/2 and |(x + δ)ᵀu| <= |xᵀu| + ε‖u‖, whose fourth power's root mean
        is at most 2 (√3 ‖u‖²_Σ + ε²‖u‖²) for Gaussian x; Minkowski's inequality adds the parts up.
        """
        squares = np.array([u @ self.data.covariance_times(u) for u in vectors])
        sizes = (vectors**2).sum(axis=1)
        parts = np.sqrt(3) * squares + self.data.radius**2 * sizes
        return float(np.abs(self.reduction.output_weights) @ parts * BENDS[self.family.activation.name])


def network_samples() -> st.SearchStrategy[NetworkSample]:
    """The data sets of `stopping_bounds.samples` with networks of four kinds and widths from 1e10 to 1e15."""
    return st.builds(NetworkSample, samples(), st.sampled_from(NETWORKS), st.floats(10.0, 15.0))


@dataclass(frozen=True)
class Point:
    """A setting of Theorem 5's sweep, and a network."""

    setting: Setting
    family: Family

    @property
    def n(self) -> int:
        """Sample size."""
        return self.setting.n


SWEEP = Sweep(
    points=tuple(Point(s, family) for s in stopped_training.SWEEP.points for family in (TANH_PAIR, SOFTPLUS_ONE)),
    quick=4,
    size=lambda point: point.n,
    axis="n",
    effort=lambda point: stopped_training.SWEEP.effort(point.setting),
)
"""Theorem 5's sweep, for tanh with weights ±1 and for softplus with weights 1."""


@dataclass(frozen=True)
class StoppedNetworks:
    """Networks stopped at T: steps, training loss and exact-attack test risk over v², ‖y‖²/(n v²); all (B,)."""

    steps: FloatArray
    training_loss: FloatArray
    risk: FloatArray
    response: FloatArray
    finished: bool


def stopped(
    trained: NetworkTraining, setting: Setting, y: FloatArray, draws: int, rng: np.random.Generator
) -> StoppedNetworks:
    """What networks trained on responses y came to; without `draws` of x the risk is not measured, and NaN."""
    truth = np.zeros(trained.vectors.shape[-1])
    truth[0] = setting.true_size
    population = LinearGaussian(truth, np.eye(len(truth)), setting.noise_std)
    risk = np.full(len(y), np.nan)
    if draws:
        risk = network_risk(trained.network, population, setting.radius, draws, rng).middle
    scale = population.total_std**2
    return StoppedNetworks(
        trained.steps_taken.astype(np.float64), trained.curves["train"][:, -1] / scale, risk / scale,
        np.mean(y**2, axis=-1) / scale, bool(trained.stopped.all()),
    )  # fmt: skip


def stop_networks(
    point: Point, replicates: int, rng: np.random.Generator, rule: NetworkRule = THEOREM_6, risk: bool = False
) -> StoppedNetworks:
    """Train networks of width 1e8 on that many data sets from model (4), each until T; raises Divergence."""
    setting, activation = point.setting, point.family.activation
    X, y = draw(setting, replicates, rng)
    reduction = point.family.reduction(WIDTH)
    v = float(np.hypot(setting.true_size, setting.noise_std))
    leading = setting.n * np.log(np.log(setting.n)) / (4 * setting.step_size * setting.d)
    budget = 100 + round(20 * leading)  # far beyond T: a training that has not stopped by then never does
    trained = network_training(
        X, y, reduction, activation, setting.radius, setting.smoothing, steps=budget, record=("train",),
        step_size=rule.step(setting.step_size * rule.stop.faster(setting.n), reduction, activation.slope),
        stop_residual=rule.stop.level(v, setting.n), record_every=budget,
    )  # fmt: skip
    return stopped(trained, setting, y, RISK_SAMPLES if risk else 0, rng)
