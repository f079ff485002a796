r"""Theorem 6 with the growth condition of Theorem 5: for the two-layer neural network (6) with a smooth activation of
bounded curvature, zero initialization, $\eta = \eta_{\text{linear}} h / (\|a\|^2 \phi'(0)^2)$, a width
that grows as the theorem asks, $(\log n)\sqrt{n/d} \rightarrow 0$, and $T := \min\{t \in \mathbb{Z}^+ :
\|\mathbf{f}_{\theta_\xi^{(t)}} - \mathbf{y}\|_2/(v\sqrt{n}) < 1/\sqrt{\log n}\}$, with probability tending to 1, for
any $\xi > 0$, $R_{N,\xi}(\theta_\xi^{(T)}, \epsilon)/v^2 \rightarrow 1$.
"""

import numpy as np

from checks.claim import Claim, Mutant, Reference
from checks.evidence import sampled, trend
from checks.formula import Undefined
from checks.xing2021 import PAPER
from checks.xing2021.high_dimension.stopped_risk_tends_to_total_variance import Limit
from checks.xing2021.two_layer.stopped_networks import (
    SWEEP,
    THEOREM_6,
    NetworkSample,
    Point,
    network_samples,
    stop_networks,
)
from theory.risk import risk_of
from theory.validation import FloatArray

ROUNDING = 64 * sampled.EPS  # of sums of squares of d terms, next to terms of size v²


def distance_gap(formula: Limit, case: NetworkSample) -> float:
    """By how much R/v² is further from the limit than the sizes of β and of the network's curvature D allow.

    Under the worst attack √R is within D of the linear part's √R_L, whose s² = v² - 2θ₀ᵀΣβ + βᵀΣβ with β in the
    span of the samples, so |θ₀ᵀΣβ| <= ‖PΣθ₀‖‖β‖, and R_L is at most (s + ε‖β‖)²; ‖β‖ is bounded by the eigenvalues of
    XXᵀ and the level, but for D once more.
    """
    trained = case.train(THEOREM_6)
    if trained is None:
        raise Undefined
    data, (vectors, beta) = case.data, case.in_full_axes(trained)
    v, bend = data.total_std, case.curvature(vectors)
    size = data.norm_bound(v / np.sqrt(np.log(data.n))) + bend
    projected = np.linalg.qr(data.data[0].T)[0].T @ data.covariance_times(data.truth)
    slack = 2 * np.linalg.norm(projected) * size + data.covariance_norm * size**2
    slack += 2 * data.radius * size * np.sqrt(v**2 + slack) + (data.radius * size) ** 2
    slack += 2 * bend * np.sqrt(v**2 + slack) + bend**2
    error = beta - data.truth
    std = np.sqrt(error @ data.covariance_times(error) + data.noise_std**2)
    root = np.sqrt(risk_of(np.array(std), np.array(data.radius * np.linalg.norm(beta))))
    ends = np.array([max(root - bend, 0.0), root + bend]) ** 2
    return float(np.abs(ends / v**2 - formula.value).max() - slack / v**2)


def risks(point: Point, replicates: int, rng: np.random.Generator) -> FloatArray:
    """Test risk under the worst attack at T over v², for every data set."""
    return stop_networks(point, replicates, rng, risk=True).risk


def allowed(formula: Limit, point: Point) -> tuple[float, float]:
    """The limit and the distance that a linear model still has from 1, up to what its closed form leaves out."""
    setting = point.setting
    total = setting.true_size**2 + setting.noise_std**2
    expected = formula.value + setting.theory.risk(setting.radius) / total - 1
    return expected * (1 - setting.remainder), expected * (1 + setting.remainder)


CLAIM = Claim(
    id="xing2021.smooth_network_risk_tends_to_total_variance",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 6"),
    reading="The growth condition is Theorem 5's, and the step size that of a linear model whose coefficients are the "
    "network's linear part. The risk is that under the worst attack, which no smoothing exceeds.",
    formula=Limit(1.0),
    checks=(
        sampled.search(
            "distance",
            network_samples(),
            distance_gap,
            ROUNDING,
            "At T the test risk over v² is as near to the limit as the bounds on ‖β‖ and on the curvature of f make it",
            scope="n up to 12, d up to 8192, four activations, h = 1e10 to 1e15",
            most=300,
        ),
        trend.bounds(
            "sweep",
            SWEEP,
            risks,
            allowed,
            "The mean test risk at T over v² approaches the limit as a linear model's closed form says",
            scope="Σ = I, ε = 0.5, ξ = 1e-12, h = 1e8, tanh and softplus; n = 20 to 50, at the full budget to 200",
        ),
    ),
    mutants=(
        Mutant("limit_five_percent_high", Limit(1.05)),
        Mutant("limit_five_percent_low", Limit(0.95)),
        Mutant("limit_is_zero", Limit(0.0)),
        Mutant("radius_remains", Limit(1.25)),
    ),
    amends="xing2021.smooth_network_interpolates",
)
