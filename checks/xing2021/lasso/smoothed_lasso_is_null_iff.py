r"""The paper has none; ours is exact, for every sample and every $\epsilon \ge 0$. With $\xi > 0$, $\theta = 0$
minimises $\frac{1}{n} \sum_{i=1}^n l(f_\theta(x_i + A_{\epsilon,\xi}(f_\theta, x_i, y_i)), y_i) + \lambda \|\theta\|_1$
if and only if $\|2 \mathbf{X}^\top \mathbf{y}/n\|_\infty \le \lambda$, as for the LASSO without attack.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from checks import domains
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.evidence import sampled
from checks.result import Evidence, Kind, Outcome, Step
from checks.xing2021 import PAPER
from models.attacks import linear_attack
from theory.lasso import smoothed_null_penalty
from theory.notation import coefficient, coefficient_norm, radius, residual, smoothing
from theory.validation import FloatArray

Threshold = Callable[[FloatArray, FloatArray], float]

SCOPE = "the inequalities of the proof; that the LASSO is convex is not derived"
SHARES = (1e-12, 1e-9, 1e-6, 1e-3, 0.1, 1.0)  # lengths of the steps tried, over the clean coefficient of their column
BESIDE = 1e-4  # relative distance below the threshold: the best step then gains 1e-8 of the column's share of the loss
CLOSE = 64 * sampled.EPS  # relative distance above it
ROUNDING = 256 * sampled.EPS  # an objective is a mean of up to 6 squares of sums of up to 20 rounded terms


@dataclass(frozen=True, eq=False)
class Attacked:
    """A sample, ε, ξ, and coefficients to try."""

    X: FloatArray
    y: FloatArray
    radius: float
    smoothing: float
    coefficients: FloatArray

    def __str__(self) -> str:
        """The case with every digit."""
        return (
            f"X={self.X.tolist()}, y={self.y.tolist()}, radius={self.radius!r}, smoothing={self.smoothing!r}, "
            f"coefficients={self.coefficients.tolist()}"
        )

    def objective(self, coefficients: FloatArray, l1: float) -> float:
        """The penalised loss, from attacked samples."""
        moved = self.X + linear_attack(self.X, self.y, coefficients, self.radius, smoothing=self.smoothing)
        return float(np.mean((moved @ coefficients - self.y) ** 2) + l1 * np.abs(coefficients).sum())


@st.composite
def attacked(draw: domains.Draw) -> Attacked:
    """Gaussian samples, n and d up to 6, some responses 0; smoothings from 1e-6 on, and coefficients of any size."""
    n, d = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    X, y = rng.standard_normal((n, d)), rng.standard_normal((n,))
    if n > 1 and draw(st.booleans()):
        y[0] = 0.0
    scale = draw(st.sampled_from([1e-9, 1e-3, 1.0, 10.0]))
    return Attacked(X, y, draw(domains.radii()), draw(domains.smoothings(1e-6, 1e6)), scale * draw(domains.vectors(d)))


def null_gap(threshold: Threshold, case: Attacked) -> float:
    """How far some θ falls below 0 just above the threshold, or 1 where none does just below it, over the loss at 0.

    Tried are the case's coefficients and steps of the column most correlated with y; below, such a step must win.
    """
    value, start = threshold(case.X, case.y), float(np.mean(case.y**2))
    slope = 2 / len(case.y) * (case.y @ case.X)
    j = int(np.argmax(np.abs(slope)))
    unit = np.zeros_like(slope)
    unit[j] = slope[j] / (2 * np.mean(case.X[:, j] ** 2))
    above, below = value * (1 + CLOSE), value * (1 - BESIDE)
    tried = [case.coefficients, *(share * unit for share in SHARES)]
    fall = max(start - case.objective(theta, above) for theta in tried) / start
    steps = [BESIDE * share * unit for share in SHARES]
    gain = max(_descent(case, theta, below) for theta in steps)
    return max(fall, 0.0 if gain > 0 else 1.0)


def _descent(case: Attacked, theta: FloatArray, l1: float) -> float:
    """The objective at 0 less that at θ, from residuals, so that a step of relative length 1e-12 keeps its digits."""
    fitted = (case.X + linear_attack(case.X, case.y, theta, case.radius, smoothing=case.smoothing)) @ theta
    return float(np.mean(fitted * (2 * case.y - fitted)) - l1 * np.abs(theta).sum())


def attack_only_adds(threshold: Threshold, budget: Budget) -> Evidence:
    """The two inequalities behind the statement, decided by SymPy, and the stated threshold on an exact sample."""
    n, t = coefficient_norm, sp.Symbol("t", positive=True)
    grown = residual * (1 + 2 * radius * n**2 / sp.sqrt(4 * residual**2 * n**2 + smoothing**2))
    factor = sp.simplify(grown / residual) - 1
    flat = sp.limit((grown.subs(n, t * n) ** 2 - residual**2) / t, t, 0, "+")
    slope = sp.limit(((residual - t * coefficient) ** 2 - residual**2) / t, t, 0, "+")
    X, y = np.array([[3.0, 1.0], [1.0, -2.0]]), np.array([2.0, -1.0])  # 2Xᵀy/n = (5, 4)
    stated = threshold(X, y)
    decided = factor.is_nonnegative is True and flat == 0 and slope == -2 * coefficient * residual
    outcome = Outcome.FAILS if stated != 5 else Outcome.HOLDS if decided else Outcome.INCONCLUSIVE
    steps = (
        Step("the attack multiplies the residual by 1 plus this, at least 0", sp.latex(factor), "SymPy"),
        Step("and adds nothing to the slope at 0", rf"\lim = {sp.latex(flat)}", "SymPy"),
        Step("the clean slope of a sample along a coordinate", rf"\lim = {sp.latex(slope)}", "SymPy"),
    )
    text = (
        "The attacked loss is at least the clean one, with equality and the same slopes at 0; so 0 is a minimiser iff "
        f"it is the LASSO's (convex; subgradients). On X = [[3, 1], [1, -2]], y = (2, -1): 5, stated {stated:g}."
    )
    example = f"X = [[3, 1], [1, -2]], y = (2, -1): the threshold is 5, stated {stated:g}"
    return Evidence(Kind.SYMBOLIC, outcome, SCOPE, text, {"stated": stated}, example if stated != 5 else None, steps)


CLAIM: Claim[Threshold] = Claim(
    id="xing2021.smoothed_lasso_is_null_iff",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 9"),
    ours=True,
    formula=smoothed_null_penalty,
    checks=(
        Check("attack_only_adds", Kind.SYMBOLIC, attack_only_adds),
        sampled.search(
            "both_sides", attacked(), null_gap, ROUNDING,
            "Fall of the penalised smoothed loss below its value at 0, on both sides of the threshold",
            scope="Gaussian samples, n and d up to 6, ξ from 1e-6 to 1e6",
        ),
    ),
    mutants=(
        Mutant("five_percent_lower", lambda X, y: 0.95 * smoothed_null_penalty(X, y)),
        Mutant("five_percent_higher", lambda X, y: 1.05 * smoothed_null_penalty(X, y)),
        Mutant("factor_two_dropped", lambda X, y: 0.5 * smoothed_null_penalty(X, y)),
        Mutant("least_correlation", lambda X, y: float(np.abs(2 / len(y) * (y @ X)).min())),
    ),
)  # fmt: skip
