r"""Theorem 7 with a derivative $c > 0$ of the ReLU at 0 and with the growth condition and small steps of Theorem 5: for
the two-layer neural network (6) with zero initialization and no bias, $\|a^+\|/\|a^-\|$ bounded away from $0$ and
$\infty$, $\eta = \eta_{\text{linear}} h/\|a\|^2$, $(\log n)\sqrt{n/d} \rightarrow 0$ and $T := \min\{t \in \mathbb{Z}^+
: \|\mathbf{f}_{\theta_\xi^{(t)}} - \mathbf{y}\|_2/(v\sqrt{n}) < 1/\sqrt{\log n}\}$, for any $\xi > 0$, with probability
tending to 1, $\hat{R}_{N,\xi}(\theta_\xi^{(T)}, \epsilon)/v^2 \rightarrow 0$.
"""

import numpy as np

from checks.claim import Claim, Mutant, Reference
from checks.evidence import sampled, trend
from checks.formula import Undefined
from checks.xing2021 import PAPER
from checks.xing2021.high_dimension.stopping_bounds import Rule
from checks.xing2021.two_layer.stopped_relu_networks import (
    SWEEP,
    THEOREM_7,
    Point,
    ReluRule,
    ReluSample,
    relu_samples,
    slopes,
    stop_networks,
)
from theory.validation import FloatArray

ROUNDING = 64 * sampled.EPS  # of a mean of 12 squares of sums of terms of one size


def bound_gap(formula: ReluRule, case: ReluSample) -> float:
    """By how much, relatively, the loss exceeds (1/√(log n) + ε max‖∇f‖/v)² v², by Minkowski's inequality.

    f is linear on four cones, with the gradients p, q, p + q and 0.
    """
    trained = case.train(formula)
    if trained is None:
        raise Undefined
    p, q = slopes(trained)
    steepest = max(float(np.linalg.norm(part)) for part in (p, q, p + q))
    level = case.data.total_std / np.sqrt(np.log(case.data.n))
    return float(trained.curves["train"][0, -1] / (level + case.data.radius * steepest) ** 2 - 1)


def losses(point: Point, replicates: int, rng: np.random.Generator) -> FloatArray:
    """Surrogate training loss at T over v², for every data set."""
    return stop_networks(point, replicates, rng).training_loss


def allowed(formula: ReluRule, point: Point) -> tuple[float, float]:
    """What the level makes of it: Gaussian residuals, and ‖p‖ = ‖q‖ = ‖θ(y)‖/√2 times the share that is fitted.

    Half of a step's overshoot lies below the level; what is left out is of relative size 1/n + n/d.
    """
    setting = point.setting
    v = float(np.hypot(setting.true_size, setting.noise_std))
    share = formula.stop.level(v, point.n) / v
    whole = setting.theory.coefficient_norm / setting.theory.fitted_share / v
    norm = (1 - 1 / (4 * point.n) - share) * whole / np.sqrt(2)
    std = share * np.sqrt(1 - point.pace)
    expected = float(std**2 + 2 * np.sqrt(2 / np.pi) * setting.radius * std * norm + (setting.radius * norm) ** 2)
    return expected * (1 - setting.remainder), expected * (1 + setting.remainder)


CLAIM = Claim(
    id="xing2021.relu_network_training_loss_vanishes",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 7"),
    reading="relu'(0) is 1 (torch.clamp) or 1/2 (torch.maximum). Theorem 7 names no step size; η is Theorem 6's. The "
    "loss tends to 0 like 1/log n only.",
    formula=THEOREM_7,
    checks=(
        sampled.search(
            "bound",
            relu_samples(),
            bound_gap,
            ROUNDING,
            "At T the surrogate loss is at most (v/√(log n) + ε max‖∇f‖)²",
            scope="n up to 12, d up to 8192, ‖a⁺‖/‖a⁻‖ between 1/1.5 and 1.5",
            most=300,
        ),
        trend.bounds(
            "sweep",
            SWEEP,
            losses,
            allowed,
            "The mean surrogate loss at T over v² is what the level makes of it, which tends to 0",
            scope="Σ = I, ε = 0.5, ξ = 1e-12, c = 1 and 1/2; n = 20 to 50, at the full budget to 200",
        ),
    ),
    mutants=(
        Mutant("level_five_percent_high", ReluRule(stop=Rule(level=lambda v, n: 1.05 * v / np.sqrt(np.log(n))))),
        Mutant("level_five_percent_low", ReluRule(stop=Rule(level=lambda v, n: 0.95 * v / np.sqrt(np.log(n))))),
        Mutant("level_without_the_root", ReluRule(stop=Rule(level=lambda v, n: v / np.log(n)))),
        Mutant("level_of_two_logarithms", ReluRule(stop=Rule(level=lambda v, n: v / np.sqrt(np.log(1 + np.log(n)))))),
    ),
    amends="xing2021.relu_network_interpolates",
)
