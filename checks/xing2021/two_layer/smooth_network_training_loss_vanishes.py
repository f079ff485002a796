r"""Theorem 6 with the growth condition of Theorem 5: for the two-layer neural network (6) with a smooth activation of
bounded curvature, zero initialization, $\eta = \eta_{\text{linear}} h / (\|a\|^2 \phi'(0)^2)$, a width
that grows as the theorem asks, $(\log n)\sqrt{n/d} \rightarrow 0$, and $T := \min\{t \in \mathbb{Z}^+ :
\|\mathbf{f}_{\theta_\xi^{(t)}} - \mathbf{y}\|_2/(v\sqrt{n}) < 1/\sqrt{\log n}\}$, with probability tending to 1, for
any $\xi > 0$, $\hat{R}_{N,\xi}(\theta_\xi^{(T)}, \epsilon)/v^2 \rightarrow 0$.
"""

import numpy as np

from checks.claim import Claim, Mutant, Reference
from checks.evidence import sampled, trend
from checks.formula import Undefined
from checks.xing2021 import PAPER
from checks.xing2021.high_dimension.stopping_bounds import Rule
from checks.xing2021.two_layer.stopped_networks import (
    SWEEP,
    THEOREM_6,
    NetworkRule,
    NetworkSample,
    Point,
    network_samples,
    stop_networks,
)
from theory.validation import FloatArray

ROUNDING = 64 * sampled.EPS  # of a mean of 12 squares of sums of terms of one size


def bound_gap(formula: NetworkRule, case: NetworkSample) -> float:
    """By how much, relatively, the loss exceeds (1/√(log n) + max shift/v)² v², by Minkowski's inequality.

    On the ball around x the gradient of f is at most Σ_k |w_k| sup|φ'| ‖u_k‖, and no attack moves f by more than ε
    times that; a network whose output weights share one sign, or that is odd, has it next to ‖β‖.
    """
    trained = case.train(formula)
    if trained is None:
        raise Undefined
    data = case.data
    sizes = np.sqrt((trained.vectors[0] ** 2).sum(axis=1))
    steepest = case.steepest * float(np.abs(case.reduction.output_weights) @ sizes)
    level = data.total_std / np.sqrt(np.log(data.n))
    return float(trained.curves["train"][0, -1] / (level + data.radius * steepest) ** 2 - 1)


def losses(point: Point, replicates: int, rng: np.random.Generator) -> FloatArray:
    """Surrogate training loss at T over v², for every data set."""
    return stop_networks(point, replicates, rng).training_loss


def allowed(formula: NetworkRule, point: Point) -> tuple[float, float]:
    """The linear model's closed form at the level, up to what it leaves out, 1/n + n/d.

    ½ of a step's overshoot below the level, Gaussian residuals, and the share 1 - level/v of the interpolator.
    """
    setting = point.setting
    v = float(np.hypot(setting.true_size, setting.noise_std))
    share = formula.stop.level(v, point.n) / v
    overshoot = 1 - 2 * setting.step_size * setting.d / setting.n
    norm = (1 - 1 / (4 * point.n) - share) * setting.theory.coefficient_norm / setting.theory.fitted_share / v
    std = share * np.sqrt(overshoot)
    expected = float(std**2 + 2 * np.sqrt(2 / np.pi) * setting.radius * std * norm + (setting.radius * norm) ** 2)
    return expected * (1 - setting.remainder), expected * (1 + setting.remainder)


CLAIM = Claim(
    id="xing2021.smooth_network_training_loss_vanishes",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 6"),
    reading="The growth condition is Theorem 5's, and the step size that of a linear model whose coefficients are the "
    "network's linear part. The loss tends to 0 like 1/log n only, as a linear model's does.",
    formula=THEOREM_6,
    checks=(
        sampled.search(
            "bound",
            network_samples(),
            bound_gap,
            ROUNDING,
            "At T the surrogate loss is at most (v/√(log n) + ε max‖∇f‖)², with max‖∇f‖ bounded by the vectors",
            scope="n up to 12, d up to 8192, four activations, h = 1e10 to 1e15",
            most=300,
        ),
        trend.bounds(
            "sweep",
            SWEEP,
            losses,
            allowed,
            "The mean surrogate loss at T over v² is the linear model's at the level, which tends to 0",
            scope="Σ = I, ε = 0.5, ξ = 1e-12, h = 1e8, tanh and softplus; n = 20 to 50, at the full budget to 200",
        ),
    ),
    mutants=(
        Mutant("level_five_percent_high", NetworkRule(Rule(level=lambda v, n: 1.05 * v / np.sqrt(np.log(n))))),
        Mutant("level_five_percent_low", NetworkRule(Rule(level=lambda v, n: 0.95 * v / np.sqrt(np.log(n))))),
        Mutant("level_without_the_root", NetworkRule(Rule(level=lambda v, n: v / np.log(n)))),
        Mutant("level_of_two_logarithms", NetworkRule(Rule(level=lambda v, n: v / np.sqrt(np.log(1 + np.log(n)))))),
    ),
    amends="xing2021.smooth_network_interpolates",
)
