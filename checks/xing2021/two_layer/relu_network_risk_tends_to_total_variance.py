r"""Theorem 7 with a derivative $c > 0$ of the ReLU at 0 and with the growth condition and small steps of Theorem 5: for
the two-layer neural network (6) with zero initialization and no bias, $\|a^+\|/\|a^-\|$ bounded away from $0$ and
$\infty$, $\eta = \eta_{\text{linear}} h/\|a\|^2$, $(\log n)\sqrt{n/d} \rightarrow 0$ and $T := \min\{t \in \mathbb{Z}^+
: \|\mathbf{f}_{\theta_\xi^{(t)}} - \mathbf{y}\|_2/(v\sqrt{n}) < 1/\sqrt{\log n}\}$, for any $\xi > 0$, with probability
tending to 1, $R_{N,\xi}(\theta_\xi^{(T)}, \epsilon)/v^2 \rightarrow 1$.
"""

import numpy as np

from checks.claim import Claim, Mutant, Reference
from checks.evidence import sampled, trend
from checks.formula import Undefined
from checks.xing2021 import PAPER
from checks.xing2021.high_dimension.stopped_risk_tends_to_total_variance import Limit
from checks.xing2021.two_layer.stopped_relu_networks import (
    SWEEP,
    THEOREM_7,
    Point,
    ReluSample,
    mean_top,
    relu_samples,
    slopes,
    stop_networks,
)
from theory.validation import FloatArray

ROUNDING = 64 * sampled.EPS  # of sums of squares of d terms, next to terms of size v²


def distance_gap(formula: Limit, case: ReluSample) -> float:
    """By how much R/v² is further from the limit than the sizes of p and q may make it.

    |f(x + δ)| is at most |pᵀx| + |qᵀx| + ε(‖p‖ + ‖q‖), so √R is within the root mean square of that of v; and training
    leaves ‖p‖ and ‖q‖ below (‖y‖ + √n level)/√λ_min(XXᵀ).
    """
    trained = case.train(THEOREM_7)
    if trained is None:
        raise Undefined
    data, v = case.data, case.data.total_std
    axes = np.linalg.qr(data.data[0].T)[0]
    pair = [(side @ axes.T)[0] for side in slopes(trained)]
    reach = sum(np.sqrt(u @ data.covariance_times(u)) + data.radius * np.linalg.norm(u) for u in pair)
    size = data.norm_bound(v / np.sqrt(np.log(data.n)))
    bound = 2 * size * (np.sqrt(data.covariance_norm) + data.radius)
    ends = np.array([max(1 - reach / v, 0.0), 1 + reach / v]) ** 2
    return float(np.abs(ends - formula.value).max() - ((1 + bound / v) ** 2 - 1))


def risks(point: Point, replicates: int, rng: np.random.Generator) -> FloatArray:
    """Test risk under the worst attack at T over v², for every data set."""
    return stop_networks(point, replicates, rng, risk=True).risk


def allowed(formula: Limit, point: Point) -> tuple[float, float]:
    """The limit and the first order in ‖p‖ = ‖q‖, up to what is left out, 1/n + n/d.

    With p orthogonal to q and f small, R = v² + 2 E|y| E max f: the attack pushes f away from y.
    """
    setting, v = point.setting, np.hypot(point.setting.true_size, point.setting.noise_std)
    norm = setting.theory.coefficient_norm / np.sqrt(2)
    expected = formula.value + 2 * np.sqrt(2 / np.pi) * norm / v * mean_top(setting.radius)
    return float(expected * (1 - setting.remainder)), float(expected * (1 + setting.remainder))


CLAIM = Claim(
    id="xing2021.relu_network_risk_tends_to_total_variance",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 7"),
    reading="relu'(0) is 1 (torch.clamp) or 1/2 (torch.maximum). Theorem 7 names no step size; η is Theorem 6's. The "
    "risk is that under the worst attack, which no smoothing exceeds.",
    formula=Limit(1.0),
    checks=(
        sampled.search(
            "distance",
            relu_samples(),
            distance_gap,
            ROUNDING,
            "At T the test risk over v² is as near to the limit as the eigenvalues of XXᵀ make ‖p‖ and ‖q‖",
            scope="n up to 12, d up to 8192, ‖a⁺‖/‖a⁻‖ between 1/1.5 and 1.5",
            most=300,
        ),
        trend.bounds(
            "sweep",
            SWEEP,
            risks,
            allowed,
            "The mean test risk at T over v² approaches the limit at the predicted first order",
            scope="Σ = I, ε = 0.5, ξ = 1e-12, c = 1 and 1/2; n = 20 to 50, at the full budget to 200",
        ),
    ),
    mutants=(
        Mutant("limit_five_percent_high", Limit(1.05)),
        Mutant("limit_five_percent_low", Limit(0.95)),
        Mutant("limit_is_zero", Limit(0.0)),
        Mutant("radius_remains", Limit(1.25)),
    ),
    amends="xing2021.relu_network_interpolates",
)
