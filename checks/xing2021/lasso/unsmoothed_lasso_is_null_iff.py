r"""The paper has none; ours is exact, for every sample and every penalty $\lambda \ge 0$. With $\xi = 0$, $\theta = 0$
minimises $\frac{1}{n} \sum_{i=1}^n l(f_\theta(x_i + A_\epsilon(f_\theta, x_i, y_i)), y_i) + \lambda \|\theta\|_1$ if
and only if $\|S_\lambda(2 \mathbf{X}^\top \mathbf{y}/n)\|_2 \le \frac{2 \epsilon}{n} \|\mathbf{y}\|_1$, where
$S_\lambda(g)_j = \mathrm{sign}(g_j) (|g_j| - \lambda)_+$ is soft thresholding.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from flint import arb, ctx
from hypothesis import strategies as st

from checks import domains
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import Ball
from checks.evidence import certified, trained
from checks.evidence.sampled import EPS
from checks.result import Evidence, Kind, Outcome
from checks.xing2021 import PAPER
from models.linear.minimizer import adversarial_minimizer
from theory.lasso import null_radius
from theory.validation import FloatArray

Threshold = Callable[[FloatArray, FloatArray, float], float]

CLOSE = 2.0**-40  # relative distance from the threshold; it is computed to some 20 EPS
GAP = 1e-11  # asked of the minimiser; 1 % inside the threshold the objective falls by 1e-8 and more of itself
ROUNDING = 64 * EPS  # two objectives, sums of up to 60 rounded terms


@dataclass(frozen=True, eq=False)
class Penalised:
    """A sample, λ, and the radius over the threshold."""

    X: FloatArray
    y: FloatArray
    l1: float
    factor: float

    def __str__(self) -> str:
        """The case with every digit."""
        return f"X={self.X.tolist()}, y={self.y.tolist()}, l1={self.l1!r}, radius={self.factor!r} times the threshold"


@st.composite
def penalised(draw: domains.Draw) -> Penalised:
    """Gaussian samples, n and d up to 8; λ from 0 to half of the largest correlation; y of zeros and equal columns."""
    n, d = draw(st.integers(1, 8)), draw(st.integers(1, 8))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    X, y = rng.standard_normal((n, d)), rng.standard_normal((n,))
    if d > 1 and draw(st.booleans()):
        X[:, -1] = X[:, 0]
    if n > 1 and draw(st.booleans()):
        y[-1] = 0.0
    l1 = draw(st.sampled_from([0.0, 0.05, 0.5])) * float(np.abs(2 / n * (y @ X)).max())
    return Penalised(X, y, l1, draw(st.sampled_from([0.5, 0.99, 1.01, 2.0])))


def minimised(threshold: Threshold, case: Penalised) -> trained.Trained:
    """Beyond the threshold the objective at 0 must be within the certificate of the least one, inside well above it."""
    radius = case.factor * threshold(case.X, case.y, case.l1)
    found = adversarial_minimizer(case.X, case.y, radius, l1=case.l1, tol=GAP)
    certificate = float(found.gap) if found.gap is not None else np.inf
    excess = float(np.mean(case.y**2)) / float(found.objective) - 1
    return trained.Trained(excess - certificate if case.factor > 1 else 2 * ROUNDING - excess, certificate)


def integer_samples(budget: Budget) -> list[tuple[FloatArray, FloatArray, float]]:
    """Samples of small integers with n and d up to 4, and λ up to half of the largest correlation, all exact."""
    rng, found = budget.rng(), []
    for share in (0.0, 0.125, 0.25, 0.5) * 6:
        n, d = 2 ** int(rng.integers(0, 3)), int(rng.integers(1, 5))
        X, y = rng.integers(-3, 4, (n, d)).astype(float), rng.integers(-3, 4, n).astype(float)
        X[0, 0], y[0] = 3.0, 3.0
        found.append((X, y, share * float(np.abs(2 / n * (y @ X)).max())))
    return [case for case in found if np.abs(case[1] @ case[0]).any()]


def both_sides(threshold: Threshold, budget: Budget) -> Evidence:
    """Whether a direction certainly descends just inside the threshold, and a zero subgradient exists just beyond.

    Along u the objective has at 0 the slope -gᵀu + 2ε mean|y| ‖u‖₂ + λ‖u‖₁, g = 2Xᵀy/n. Its subgradients at 0 are
    -g + z + w with ‖z‖₂ <= 2ε mean|y| and ‖w‖_inf <= λ; the nearest to 0 has w = g clipped at λ.
    """
    wrong, undecided = [], 0
    cases = integer_samples(budget)
    with ctx.workprec(certified.PRECISION):
        for X, y, l1 in cases:
            value, size = threshold(X, y, l1), arb(float(np.mean(np.abs(y))))
            slope = [arb(float(g)) for g in 2 / len(y) * (y @ X)]  # n is a power of 2: exact
            left = [g - (g.max(arb(-l1))).min(arb(l1)) for g in slope]
            inside = _slope(slope, left, arb(value) * (1 - arb(CLOSE)) * size, l1)
            beyond = 2 * arb(value) * (1 + arb(CLOSE)) * size - _length(left)
            if inside > 0 or beyond < 0:
                wrong.append(f"X={X.tolist()}, y={y.tolist()}, l1={l1}: {inside.str(6)}, {beyond.str(6)}")
            undecided += not (inside < 0 and beyond > 0)
    outcome = Outcome.FAILS if wrong else Outcome.INCONCLUSIVE if undecided else Outcome.HOLDS
    text = (
        f"At a relative 2^-40 from the threshold on {len(cases)} integer samples: a certain descent inside and a zero "
        f"subgradient beyond are missing on {len(wrong)}."
    )
    numbers = {"samples": float(len(cases)), "wrong": float(len(wrong)), "undecided": float(undecided)}
    return Evidence(
        Kind.CERTIFIED, outcome, "integer samples, n and d up to 4", text, numbers, wrong[0] if wrong else None
    )


def _slope(slope: list[Ball], u: list[Ball], attack: Ball, l1: float) -> Ball:
    along = sum((g * a for g, a in zip(slope, u, strict=True)), arb(0))
    return 2 * attack * _length(u) + l1 * sum((abs(a) for a in u), arb(0)) - along


def _length(vector: list[Ball]) -> Ball:
    return sum((a * a for a in vector), arb(0)).sqrt()


def hard_threshold(X: FloatArray, y: FloatArray, l1: float) -> float:
    """The correlations beyond λ themselves, not what they exceed it by."""
    slope = 2 / len(y) * (y @ X)
    kept = np.where(np.abs(slope) > l1, slope, 0.0)
    return float(np.sqrt(kept @ kept) / (2 * np.mean(np.abs(y))))


CLAIM: Claim[Threshold] = Claim(
    id="xing2021.unsmoothed_lasso_is_null_iff",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 9"),
    ours=True,
    formula=null_radius,
    checks=(
        Check("both_sides", Kind.CERTIFIED, both_sides),
        trained.search(
            "minimiser", penalised(), minimised, ROUNDING, 10 * GAP,
            "Objective at 0 against the certified least one, at 0.5, 0.99, 1.01 and 2 times the threshold",
            "Gaussian samples, n and d up to 8",
        ),
    ),
    mutants=(
        Mutant("five_percent_lower", lambda X, y, l1: 0.95 * null_radius(X, y, l1)),
        Mutant("five_percent_higher", lambda X, y, l1: 1.05 * null_radius(X, y, l1)),
        Mutant("without_penalty", lambda X, y, l1: null_radius(X, y, 0.0)),
        Mutant("hard_threshold", hard_threshold),
    ),
)  # fmt: skip
