"""What the claims of Theorem 7 share: ReLU networks on few samples in many dimensions, stopped at its level."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from hypothesis import strategies as st

from checks import domains
from checks.evidence.trend import Sweep
from checks.xing2021.high_dimension import stopped_training
from checks.xing2021.high_dimension.stopped_training import Setting, draw
from checks.xing2021.high_dimension.stopping_bounds import THEOREM_5, Rule, Sample, samples
from checks.xing2021.two_layer.stopped_networks import StoppedNetworks, stopped
from models.two_layer import NetworkTraining, network_training, relu, two_slope_range
from models.two_layer.training import Divergence
from theory.two_layer import Reduction, relu_reduction, whole_network
from theory.validation import FloatArray

RISK_SAMPLES = 1000  # draws of x a network
ANGLES, RADII, FAR = 720, 200, 9.0
"""Nodes of the quadrature over the plane: relative errors of 1e-5 at kinks; beyond 9 lies 1e-17 of the mass."""


@dataclass(frozen=True)
class ReluRule:
    """Theorem 7's training: relu'(0) = `slope`, ‖a⁺‖/‖a⁻‖ = `ratio` (inf for a⁻ = 0), and when it stops."""

    slope: float = 1.0
    ratio: float = 1.0
    stop: Rule = THEOREM_5

    def change(self, **changes: object) -> "ReluRule":
        """Another rule, for a mutant."""
        return replace(self, **changes)  # type: ignore[arg-type]

    @property
    def reduction(self) -> Reduction:
        """The exact model of all networks with that ratio and ‖a‖² = h: η is then η_linear."""
        positive = 1 / (1 + self.ratio**-2)
        return relu_reduction(positive, 1 - positive, 1)


THEOREM_7 = ReluRule()


@dataclass(frozen=True)
class Orthogonal:
    """Samples with XXᵀ = dI and responses y, a whole network with weights a, no attack, and 2ηd‖a‖²/(nh) = `pace`."""

    y: tuple[float, ...]
    d: int
    weights: tuple[float, ...]
    pace: float

    @property
    def n(self) -> int:
        """Sample size."""
        return len(self.y)

    @property
    def total_std(self) -> float:
        """v, as it is on the sample."""
        return float(np.sqrt(np.mean(np.square(self.y))))

    @property
    def patience(self) -> int:
        """Steps after which a training is given up: the slower side has then shrunk e^-5-fold."""
        return 100 + round(5 / (self.pace * min(self.shares())))

    def train(self, rule: ReluRule) -> int | None:
        """T, None where training does not stop."""
        network = whole_network(np.abs(self.weights) if np.isinf(rule.ratio) else self.weights)
        try:
            trained = network_training(
                np.sqrt(self.d) * np.eye(self.n), np.array(self.y), network, relu(rule.slope), 0.0,
                step_size=network.step_size(self.pace * rule.stop.faster(self.n) * self.n / (2 * self.d)),
                steps=self.patience, stop_residual=rule.stop.level(self.total_std, self.n),
            )  # fmt: skip
        except Divergence:
            return None
        return int(trained.steps_taken[0]) if trained.stopped[0] else None

    def shares(self) -> tuple[float, float]:
        """‖a⁺‖²/‖a‖² and ‖a⁻‖²/‖a‖²."""
        squares = np.square(self.weights)
        positive = float(squares[np.array(self.weights) > 0].sum() / squares.sum())
        return positive, 1 - positive


@st.composite
def orthogonals(draw: domains.Draw) -> Orthogonal:
    """3 to 40 responses of either sign, and 2 to 12 weights of both signs, their squares up to 4 to 1."""
    n, h = draw(st.integers(3, 40)), draw(st.integers(2, 12))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    signs = np.where(np.arange(h) < draw(st.integers(1, h - 1)), 1.0, -1.0)
    weights = signs * rng.choice([1.0, 1.5, 2.0], h)
    d, pace = draw(st.sampled_from((50, 1000, 10**6))), draw(st.floats(0.2, 0.9))
    return Orthogonal(
        tuple(float(value) for value in rng.standard_normal((n,))), d, tuple(float(value) for value in weights), pace
    )


@dataclass(frozen=True)
class ReluSample:
    """A data set of `stopping_bounds.samples`, and ‖a⁺‖/‖a⁻‖ and relu'(0) of a network of any width."""

    data: Sample
    ratio: float
    slope: float

    def train(self, rule: ReluRule) -> NetworkTraining | None:
        """Algorithm 1 from zero, in the span of the samples; None where it does not stop."""
        data, model = self.data, ReluRule(self.slope, self.ratio).reduction
        X, y = data.data
        patience = 4 * data.patience(rule.stop)
        try:
            trained = network_training(
                np.linalg.qr(X.T)[1].T, y, model, relu(self.slope), data.radius, data.smoothing,
                step_size=model.step_size(data.step_size(rule.stop)), steps=patience, record=("train",),
                stop_residual=rule.stop.level(data.total_std, data.n), record_every=patience,
            )  # fmt: skip
        except Divergence:
            return None
        return trained if trained.stopped.all() else None


def relu_samples() -> st.SearchStrategy[ReluSample]:
    """Ratios 1, 1.5 and 1/1.5, derivatives 1/2 and 1."""
    return st.builds(ReluSample, samples(), st.sampled_from((1.0, 1.5, 1 / 1.5)), st.sampled_from((1.0, 0.5)))


def slopes(trained: NetworkTraining) -> tuple[FloatArray, FloatArray]:
    """p and q of f(x) = (pᵀx)₊ - (-qᵀx)₊, shape (B, columns) each."""
    return trained.vectors[:, 0], -trained.vectors[:, 1]


@dataclass(frozen=True)
class Point:
    """A setting of Theorem 5's sweep, the step size that of a linear model, and relu'(0)."""

    setting: Setting
    slope: float

    @property
    def n(self) -> int:
        """Sample size."""
        return self.setting.n

    @property
    def pace(self) -> float:
        """2ηd‖a^±‖²/(nh), with ‖a⁺‖ = ‖a⁻‖: what a step takes from every residual."""
        return self.setting.step_size * self.setting.d / self.n


SWEEP = Sweep(
    points=(
        *(Point(setting, slope) for setting in stopped_training.SWEEP.points[:2] for slope in (1.0, 0.5)),
        *(Point(setting, 1.0) for setting in stopped_training.SWEEP.points[2:]),
    ),
    quick=4,
    size=lambda point: point.n,
    axis="n",
    effort=lambda point: stopped_training.SWEEP.effort(point.setting),
)
"""Theorem 5's sweep, for relu'(0) = 1 and, up to n = 50, 1/2."""


def stop_networks(
    point: Point, replicates: int, rng: np.random.Generator, rule: ReluRule = THEOREM_7, risk: bool = False
) -> StoppedNetworks:
    """Train ReLU networks on that many data sets from model (4), each until T; raises Divergence.

    relu'(0) is the point's unless the rule says 0.
    """
    setting = point.setting
    X, y = draw(setting, replicates, rng)
    v = float(np.hypot(setting.true_size, setting.noise_std))
    leading = setting.n * np.log(np.log(setting.n)) / (2 * setting.step_size * setting.d)
    budget = 100 + round(10 * leading)  # far beyond T: a training that has not stopped by then never does
    trained = network_training(
        X, y, rule.reduction, relu(min(point.slope, rule.slope)), setting.radius, setting.smoothing, steps=budget,
        step_size=setting.step_size * rule.stop.faster(setting.n), stop_residual=rule.stop.level(v, setting.n),
        record=("train",), record_every=budget,
    )  # fmt: skip
    return stopped(trained, setting, y, RISK_SAMPLES if risk else 0, rng)


@lru_cache(maxsize=8)
def mean_top(radius: float) -> float:
    """E max {(g₁ + δ₁)₊ - (-(g₂ + δ₂))₊ : ‖δ‖ <= ε} for a standard Gaussian g in the plane, by quadrature.

    It is what the worst attack makes of f on average, in units of ‖p‖ = ‖q‖, for orthogonal p and q.
    """
    angles = (np.arange(ANGLES) + 0.5) * 2 * np.pi / ANGLES
    nodes, weights = np.polynomial.legendre.leggauss(RADII)
    radii, weights = FAR * (nodes + 1) / 2, weights * FAR / 2
    X = radii[:, None, None] * np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    top = two_slope_range(X, np.array([1.0, 0.0]), np.array([0.0, 1.0]), radius).high.mean(axis=1)
    return float((weights * radii * np.exp(-(radii**2) / 2)) @ top)
