r"""Under the assumptions of Lemma 1, when $(\log n)\sqrt{n/d} \rightarrow 0$, with $\eta$ small enough such that the
largest eigenvalue of $\eta \mathbf{X}^\top \mathbf{X}$ is smaller than 1, zero initialization, and
$T := \min\{t \in \mathbb{Z}^+ : \|\mathbf{X}\theta_\xi^{(t)} - \mathbf{y}\|_2/(v\sqrt{n}) < 1/\sqrt{\log n}\}$, with
probability tending to 1, for any $\xi > 0$, $\hat{R}_{L,\xi}(\theta_\xi^{(T)}, \epsilon)/v^2 \rightarrow 0$.
"""

import numpy as np

from checks.claim import Claim, Mutant, Reference
from checks.evidence import sampled, trend
from checks.formula import Undefined
from checks.xing2021 import PAPER
from checks.xing2021.high_dimension.stopped_training import SWEEP, Setting, train
from checks.xing2021.high_dimension.stopping_bounds import THEOREM_5, Rule, Sample, samples
from theory.validation import FloatArray

ROUNDING = 64 * sampled.EPS  # of a mean of 12 squares of sums of terms of one size


def bound_gap(formula: Rule, case: Sample) -> float:
    """By how much, relatively, the loss exceeds (1/√(log n) + ε‖θ‖/v)² v², by Minkowski's inequality.

    The attack moves a residual by at most ε‖θ‖, which is bounded by the eigenvalues of XXᵀ.
    """
    trained = case.train(formula)
    if trained is None:
        raise Undefined
    level = case.total_std / np.sqrt(np.log(case.n))
    allowed = (level + case.radius * case.norm_bound(level)) ** 2
    return float(trained.curves["train"][-1] / allowed - 1)


def losses(point: Setting, replicates: int, rng: np.random.Generator) -> FloatArray:
    """Surrogate training loss at T over v², for every data set."""
    return train(point, replicates, rng).training_loss / (point.true_size**2 + point.noise_std**2)


def allowed(formula: Rule, point: Setting) -> tuple[float, float]:
    """0, and what the level allows: with Gaussian residuals of that size, next to which all else is 1/n + n/d."""
    v = np.hypot(point.true_size, point.noise_std)
    share = formula.level(v, point.n) / v
    norm = (1 - share) * np.sqrt(point.n / (point.d - point.n - 1))
    expected = share**2 + 2 * np.sqrt(2 / np.pi) * point.radius * share * norm + (point.radius * norm) ** 2
    return 0.0, float(expected * (1 + point.remainder))


CLAIM = Claim(
    id="xing2021.stopped_training_loss_vanishes",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 5"),
    reading="The step size is that of Algorithm 1, whose loss is a mean over samples; half of the range that the "
    "theorem's condition allows for a sum over samples is searched too. The loss tends to 0 like 1/log n only: it is "
    "still a fifth of v² at n = 200.",
    formula=THEOREM_5,
    checks=(
        sampled.search(
            "bound",
            samples(),
            bound_gap,
            ROUNDING,
            "At T the surrogate loss is at most v² (1/√(log n) + ε‖θ‖/v)², with ‖θ‖ bounded by the eigenvalues of XXᵀ",
            scope="n up to 12, d up to 8192",
        ),
        trend.bounds(
            "sweep",
            SWEEP,
            losses,
            allowed,
            "The mean surrogate loss at T over v² is at most what the level allows, which tends to 0",
            scope="Σ = I, ε = 0.5, ξ = 1e-12; n = 20 to 50, at the full budget to 200",
        ),
    ),
    mutants=(
        Mutant("level_five_percent_high", Rule(level=lambda v, n: 1.05 * v / np.sqrt(np.log(n)))),
        Mutant("level_five_percent_low", Rule(level=lambda v, n: 0.95 * v / np.sqrt(np.log(n)))),
        Mutant("level_without_the_root", Rule(level=lambda v, n: v / np.log(n))),
        Mutant("level_of_two_logarithms", Rule(level=lambda v, n: v / np.sqrt(np.log(1 + np.log(n))))),
    ),
)
