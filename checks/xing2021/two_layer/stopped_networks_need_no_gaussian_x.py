r"""Remark 1 for Theorems 6 and 7: with independent standardised uniform, Rademacher or $t_5$ coordinates instead of
Gaussian ones, $(\log n)\sqrt{n/d} \rightarrow 0$, zero initialization, and a smooth activation with a width that grows
as Theorem 6 asks, or the ReLU with a derivative $c > 0$ at 0, the stopping time is finite with probability tending to
1, and the surrogate training loss at $T$ over $v^2$ tends to 0 as it does for Gaussian $x$, like $1/\log n$. (The paper
says so of all its results outside of Section 3.2, under a condition on tails.)
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from checks.claim import Claim, Mutant, Reference
from checks.evidence import sampled, trend
from checks.evidence.trend import Sweep
from checks.formula import Undefined
from checks.xing2021 import PAPER
from checks.xing2021.high_dimension.gaussianity_is_not_needed_with_independent_coordinates import (
    rademacher,
    student,
    uniform,
)
from checks.xing2021.high_dimension.stopped_training import Setting
from checks.xing2021.high_dimension.stopping_bounds import THEOREM_5, Rule
from checks.xing2021.two_layer.stopped_networks import SOFTPLUS_ONE, WIDTH
from checks.xing2021.two_layer.stopped_relu_networks import THEOREM_7
from models.two_layer import NetworkTraining, network_training, relu
from theory.schedules import stopping_level
from theory.validation import FloatArray

ROUNDING = 64 * sampled.EPS  # of a mean of 12 squares of sums of terms of one size
BLOCK = 2**24  # entries of X held at once
LAWS: dict[str, Callable[[tuple[int, ...], np.random.Generator], FloatArray]] = {
    "uniform": uniform,
    "Rademacher": rademacher,
    "t5": student,
}


@dataclass(frozen=True)
class Point:
    """A setting, the law of the coordinates, and whether the network is a ReLU one, or one of softplus."""

    setting: Setting
    law: str
    rectified: bool


SWEEP = Sweep(
    points=tuple(
        Point(setting, law, rectified)
        for setting in (Setting(20, 400), Setting(50, 5000))
        for law in LAWS
        for rectified in (True, False)
    ),
    quick=6,
    size=lambda point: point.setting.n,
    axis="n",
    effort=lambda point: 5000 / point.setting.d,
)


def draw(point: Point, replicates: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Data sets X, in axes in which it has n + 1 columns, θ₀'s the first, and y; θ₀ has equal coordinates."""
    setting = point.setting
    size = max(1, BLOCK // (setting.n * setting.d))
    parts = [
        _reduced(LAWS[point.law]((min(size, replicates - begun), setting.n, setting.d), rng))
        for begun in range(0, replicates, size)
    ]
    X = np.concatenate(parts)
    return X, setting.true_size * X[..., 0] + setting.noise_std * rng.standard_normal(X.shape[:2])


def _reduced(X: FloatArray) -> FloatArray:
    along = X.mean(axis=-1, keepdims=True) * np.sqrt(X.shape[-1])
    factor = np.linalg.cholesky(X @ X.mT - along @ along.mT)
    reduced: FloatArray = np.concatenate([along, factor], axis=-1)
    return reduced


def train(point: Point, X: FloatArray, y: FloatArray, level: float) -> NetworkTraining:
    """Networks of width 1e8, or of any width for the ReLU, trained until the RMS residual is below `level`."""
    setting = point.setting
    reduction = THEOREM_7.reduction if point.rectified else SOFTPLUS_ONE.reduction(WIDTH)
    activation = relu(1.0) if point.rectified else SOFTPLUS_ONE.activation
    slope = 1.0 if point.rectified else activation.slope
    leading = setting.n / (2 * setting.step_size * setting.d)
    steps = 100 + round(20 * leading)
    return network_training(
        X, y, reduction, activation, setting.radius, setting.smoothing, steps=steps, stop_residual=level,
        step_size=reduction.step_size(setting.step_size, slope), record=("train",), record_every=steps,
    )  # fmt: skip


def losses(point: Point, replicates: int, rng: np.random.Generator) -> FloatArray:
    """Surrogate training loss at T over v², for every data set; where training does not stop, the last one."""
    X, y = draw(point, replicates, rng)
    v = float(np.hypot(point.setting.true_size, point.setting.noise_std))
    trained = train(point, X, y, stopping_level(v, point.setting.n))
    found: FloatArray = trained.curves["train"][:, -1] / v**2
    return found


def allowed(formula: Rule, point: Point) -> tuple[float, float]:
    """What the level makes of it for Gaussian x, up to 1/n + n/d."""
    setting = point.setting
    v = float(np.hypot(setting.true_size, setting.noise_std))
    share, halves = formula.level(v, setting.n) / v, 2.0 if point.rectified else 1.0
    whole = setting.theory.coefficient_norm / setting.theory.fitted_share / v / np.sqrt(halves)
    norm = (1 - 1 / (4 * setting.n) - share) * whole
    std = share * np.sqrt(1 - 2 * setting.step_size * setting.d / (halves * setting.n))
    expected = float(std**2 + 2 * np.sqrt(2 / np.pi) * setting.radius * std * norm + (setting.radius * norm) ** 2)
    return expected * (1 - setting.remainder), expected * (1 + setting.remainder)


@dataclass(frozen=True)
class Case:
    """One data set of few samples, and a network."""

    point: Point
    seed: int


def cases() -> st.SearchStrategy[Case]:
    """3 to 12 samples in 512 or 4096 dimensions, the three laws, radius 0 to 0.5."""
    settings = st.builds(
        Setting, st.integers(3, 12), st.sampled_from((512, 4096)), radius=st.floats(0.0, 0.5),
        noise_std=st.sampled_from((0.0, 0.3, 1.0)),
    )  # fmt: skip
    points = st.builds(Point, settings, st.sampled_from(tuple(LAWS)), st.booleans())
    return st.builds(Case, points, st.integers(0, 2**32 - 1))


def bound_gap(formula: Rule, case: Case) -> float:
    """By how much, relatively, the loss exceeds (1/√(log n) + ε max‖∇f‖/v)² v²; infinity where training goes on."""
    point = case.point
    X, y = draw(point, 1, np.random.default_rng(case.seed))
    v = float(np.hypot(point.setting.true_size, point.setting.noise_std))
    level = formula.level(v, point.setting.n)
    if level**2 >= np.mean(y**2):
        raise Undefined  # the sample begins below the level
    trained = train(point, X, y, level)
    if not trained.stopped.all():
        return np.inf
    u, w = trained.vectors[0], trained.reduction.output_weights
    gradients = [w[0] * u[0], *((w[1] * u[1], w @ u) if point.rectified else ())]
    steepest = max(float(np.linalg.norm(part)) for part in gradients)
    return float(
        trained.curves["train"][0, -1] / (stopping_level(v, point.setting.n) + point.setting.radius * steepest) ** 2 - 1
    )


CLAIM = Claim(
    id="xing2021.stopped_networks_need_no_gaussian_x",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Remark 1"),
    ours=True,
    formula=THEOREM_5,
    checks=(
        sampled.search(
            "bound", cases(), bound_gap, ROUNDING,
            "Training stops, with a surrogate loss of at most (v/√(log n) + ε max‖∇f‖)²",
            scope="n up to 12, d = 512 and 4096, three laws, softplus with h = 1e8 and the ReLU", most=300,
        ),
        trend.bounds(
            "sweep", SWEEP, losses, allowed, "The mean surrogate loss at T over v² is that of Gaussian x",
            scope="three laws, ε = 0.5, ξ = 1e-12; n = 20, d = 400, at the full budget n = 50, d = 5000 too",
        ),
    ),
    mutants=(
        Mutant("level_five_percent_high", Rule(level=lambda v, n: 1.05 * v / np.sqrt(np.log(n)))),
        Mutant("level_without_the_root", Rule(level=lambda v, n: v / np.log(n))),
        Mutant("level_of_two_logarithms", Rule(level=lambda v, n: v / np.sqrt(np.log(1 + np.log(n))))),
    ),
)  # fmt: skip
