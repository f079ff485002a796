r"""Under the assumptions of Lemma 1, when $(\log n)\sqrt{n/d} \rightarrow 0$, with $\eta$ small enough such that the
largest eigenvalue of $\eta \mathbf{X}^\top \mathbf{X}$ is smaller than 1, zero initialization, and
$T := \min\{t \in \mathbb{Z}^+ : \|\mathbf{X}\theta_\xi^{(t)} - \mathbf{y}\|_2/(v\sqrt{n}) < 1/\sqrt{\log n}\}$, with
probability tending to 1, for any $\xi > 0$, $R_{L,\xi}(\theta_\xi^{(T)}, \epsilon)/v^2 \rightarrow 1$.
"""

from dataclasses import dataclass

import numpy as np

from checks.claim import Claim, Mutant, Reference
from checks.evidence import sampled, trend
from checks.formula import Undefined
from checks.xing2021 import PAPER
from checks.xing2021.high_dimension.stopped_training import SWEEP, Setting, train
from checks.xing2021.high_dimension.stopping_bounds import THEOREM_5, Sample, samples
from theory.surrogate import surrogate_risk_from_moments
from theory.validation import FloatArray

ROUNDING = 64 * sampled.EPS  # of sums of squares of d terms, next to terms of size v²


@dataclass(frozen=True)
class Limit:
    """What R/v² tends to."""

    value: float

    @property
    def latex(self) -> str:
        """The limit as LaTeX."""
        return rf"\lim R_{{L,\xi}}(\theta_\xi^{{(T)}}, \epsilon)/v^2 = {self.value:g}"


def distance_gap(formula: Limit, case: Sample) -> float:
    """By how much R/v² is further from the limit than the size of θ allows.

    s² = v² - 2θ₀ᵀΣθ + θᵀΣθ, with θ in the span of the samples, so |θ₀ᵀΣθ| <= ‖PΣθ₀‖‖θ‖, and R is at most
    (s + ε‖θ‖)²; ‖θ‖ is bounded by the eigenvalues of XXᵀ and the level.
    """
    trained = case.train(THEOREM_5)
    if trained is None:
        raise Undefined
    v, size = case.total_std, case.norm_bound(case.total_std / np.sqrt(np.log(case.n)))
    projected = np.linalg.qr(case.data[0].T)[0].T @ case.covariance_times(case.truth)
    slack = 2 * np.linalg.norm(projected) * size + case.covariance_norm * size**2
    slack += 2 * case.radius * size * np.sqrt(v**2 + slack) + (case.radius * size) ** 2
    return float(abs(_risk(case, trained.coefficients) / v**2 - formula.value) - slack / v**2)


def _risk(case: Sample, coefficients: FloatArray) -> float:
    error = coefficients - case.truth
    std = np.sqrt(error @ case.covariance_times(error) + case.noise_std**2)
    return float(surrogate_risk_from_moments(std, np.linalg.norm(coefficients), case.radius, case.smoothing))


def risks(point: Setting, replicates: int, rng: np.random.Generator) -> FloatArray:
    """Test risk at T over v², for every data set."""
    return train(point, replicates, rng).risk / (point.true_size**2 + point.noise_std**2)


def allowed(formula: Limit, point: Setting) -> tuple[float, float]:
    """The limit and the distance that the closed form still has from 1, up to what that leaves out, 1/n + n/d."""
    total = point.true_size**2 + point.noise_std**2
    expected = formula.value + point.theory.risk(point.radius) / total - 1
    return expected * (1 - point.remainder), expected * (1 + point.remainder)


CLAIM = Claim(
    id="xing2021.stopped_risk_tends_to_total_variance",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 5"),
    reading="The step size is that of Algorithm 1, whose loss is a mean over samples; half of the range that the "
    "theorem's condition allows for a sum over samples is searched too.",
    formula=Limit(1.0),
    checks=(
        sampled.search(
            "distance",
            samples(),
            distance_gap,
            ROUNDING,
            "At T the surrogate test risk over v² is as near to the limit as the bound on ‖θ‖ makes it",
            scope="n up to 12, d up to 8192",
        ),
        trend.bounds(
            "sweep",
            SWEEP,
            risks,
            allowed,
            "The mean test risk at T over v² approaches the limit as the closed form says",
            scope="Σ = I, ε = 0.5, ξ = 1e-12; n = 20 to 50, at the full budget to 200",
        ),
    ),
    mutants=(
        Mutant("limit_five_percent_high", Limit(1.05)),
        Mutant("limit_five_percent_low", Limit(0.95)),
        Mutant("limit_is_zero", Limit(0.0)),
        Mutant("radius_remains", Limit(1.25)),
    ),
)
