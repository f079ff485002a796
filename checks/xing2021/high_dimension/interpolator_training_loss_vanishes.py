r"""Assume data generation follows (4). When $\theta(\mathbf{y}) \ne 0$ and $d/n \rightarrow \infty$, with probability
tending to 1, for any $\xi \ge 0$, it holds that $\hat{R}_{L,\xi}(\theta(\mathbf{y}), \epsilon) / v^2 \rightarrow 0$.
(More exactly it is $0$ for every $\xi > 0$, and $\epsilon^2 \|\theta(\mathbf{y})\|^2 / v^2$ for $\xi = 0$.)
"""

from dataclasses import dataclass

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from checks import domains
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import enclose
from checks.evidence import sampled, trend
from checks.result import Evidence, Kind, Outcome, Step
from checks.xing2021 import PAPER
from checks.xing2021.high_dimension.interpolators import SWEEP, Setting, draw_samples
from models.attacks import linear_attack
from models.linear.interpolator import minimum_norm_interpolator
from theory.notation import coefficient_square as squared
from theory.notation import dimension as d
from theory.notation import radius as eps
from theory.notation import sample_size as n
from theory.notation import smoothing as xi
from theory.notation import total_std as v
from theory.validation import FloatArray

PROOF_SCOPE = "every n, d and Σ; Markov's inequality is named, not derived"
RADIUS = 0.5  # the sweep's


@dataclass(frozen=True)
class TrainingLoss:
    """The training loss at θ(y) in ε, ‖θ(y)‖² and ξ: without smoothing, and with it."""

    unsmoothed: sp.Expr
    smoothed: sp.Expr

    def __call__(self, radius: float, squared_norm: float, smoothing: float) -> float:
        """Its value."""
        values = {eps: radius, squared: squared_norm, xi: smoothing}
        return float(enclose(self.smoothed if smoothing else self.unsmoothed, values).mid())


def limit(formula: TrainingLoss, budget: Budget) -> Evidence:
    """Both losses over v² at ‖θ(y)‖²/v² = K n/d, which it does not exceed with probability as near 1 as one likes."""
    bound, ratio = sp.symbols("K c", positive=True)
    length = bound * n / d * v**2
    limits = [
        sp.limit(sp.simplify((side.subs(squared, length) / v**2).subs(d, ratio * n)), ratio, sp.oo)
        for side in (formula.unsmoothed, formula.smoothed)
    ]
    holds = all(value == 0 for value in limits)
    steps = tuple(
        Step(name, rf"{sp.latex(side.subs(squared, length))} / v^2 \to {sp.latex(value)}", "SymPy")
        for name, side, value in zip(("ξ = 0", "ξ > 0"), (formula.unsmoothed, formula.smoothed), limits, strict=True)
    )
    return Evidence(
        Kind.SYMBOLIC, Outcome.HOLDS if holds else Outcome.FAILS, PROOF_SCOPE,
        f"As d/n tends to infinity the losses over v² tend to {limits[0]} without smoothing and {limits[1]} with it.",
        {"limits": 2.0}, None if holds else f"limits {limits}", steps,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Attacked:
    """A sample and the attack on it."""

    X: FloatArray
    y: FloatArray
    radius: float
    smoothing: float

    def __str__(self) -> str:
        """The case with every digit."""
        return f"X={self.X.tolist()}, y={self.y.tolist()}, radius={self.radius!r}, smoothing={self.smoothing!r}"


@st.composite
def attacked(draw: domains.Draw) -> Attacked:
    """Gaussian X with n up to 5 and d up to 10 of any scale, any responses, radii from 0, smoothings from 0 to 1e6."""
    n = draw(st.integers(1, 5))
    d = draw(st.integers(n, 10))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    scale = draw(st.sampled_from([1.0, 1e-3, 1e3]))
    y = np.where(draw(st.booleans()), rng.normal(size=(n,)), rng.integers(-1, 2, n))
    smoothing = draw(st.one_of(st.just(0.0), domains.smoothings(1e-6, 1e6)))
    return Attacked(scale * rng.normal(size=(n, d)), y, draw(domains.radii()), smoothing)


def loss_gap(formula: TrainingLoss, case: Attacked) -> float:
    """Distance of the attacked loss from the stated one, relative to that without smoothing and to roundings.

    θ(y) leaves residuals of some EPS times the condition number. The smoothed attack multiplies them by 1 + 2ε‖θ‖²/ξ at
    most; without smoothing both signs attain the maximum at a residual of 0, and the worse one is taken.
    """
    found = minimum_norm_interpolator(case.X, case.y)
    square, residual = float(found @ found), case.X @ found - case.y
    if case.smoothing:
        attack = linear_attack(case.X, case.y, found, case.radius, smoothing=case.smoothing)
        loss = float(np.mean(((case.X + attack) @ found - case.y) ** 2))
    else:
        loss = float(np.mean((np.abs(residual) + case.radius * np.sqrt(square)) ** 2))
    moved = case.radius * np.sqrt(square)
    error = 64 * sampled.EPS * np.linalg.cond(case.X) * float(np.abs(case.y).max())
    gain = 1 + 2 * case.radius * square / case.smoothing if case.smoothing else 1.0
    # (moved + error)² - moved² without smoothing, (gain error)² with it: what roundings may do to the loss.
    allowed = (gain * error) ** 2 if case.smoothing else error * (2 * moved + error) + 64 * sampled.EPS * moved**2
    difference = abs(loss - formula(case.radius, square, case.smoothing))
    return difference / allowed if allowed > 0 else float(difference > 0)


def loss(law: Setting, count: int, rng: np.random.Generator) -> FloatArray:
    """The training loss over v² without smoothing, every sample attacked in the worse of the two directions."""
    parts = []
    for X, y, found in draw_samples(law, count, rng):
        residual = np.einsum("kni,ki->kn", X, found) - y
        moved = RADIUS * np.sqrt(np.sum(found**2, axis=-1, keepdims=True))
        parts.append(np.mean(np.maximum((residual + moved) ** 2, (residual - moved) ** 2), axis=-1) / law.scale)
    return np.concatenate(parts)


FORMULA = TrainingLoss(eps**2 * squared, sp.S.Zero)

CLAIM = Claim(
    id="xing2021.interpolator_training_loss_vanishes",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Lemma 1"),
    formula=FORMULA,
    checks=(
        Check("limit", Kind.SYMBOLIC, limit),
        sampled.search(
            "attacked_samples", attacked(), loss_gap, 1.0,
            "Attacked losses at the computed interpolator, in units of what roundings may do",
            scope="n up to 5, d up to 10, ξ = 0 and from 1e-6 to 1e6",
        ),
        trend.finite_size(
            "sweep", SWEEP, loss,
            lambda f, law: f(RADIUS, law.squared_norm_mean, 0.0) / law.scale, 0.1,
            "Mean training loss over v² without smoothing", "Σ = I, ε = 0.5, d = 2n², n = 5 to 60",
        ),
    ),
    mutants=(
        Mutant("smoothed_loss_stays", TrainingLoss(eps**2 * squared, eps**2 * xi)),
        Mutant("smoothing_changes_nothing", TrainingLoss(eps**2 * squared, eps**2 * squared)),
        Mutant("five_percent_higher", TrainingLoss(eps**2 * squared * 105 / 100, sp.S.Zero)),
        Mutant("length_for_its_square", TrainingLoss(eps**2 * sp.sqrt(squared), sp.S.Zero)),
    ),
    uses=("xing2021.interpolator_norm_vanishes",),
    reading="ε is fixed as d/n tends to infinity. At a zero residual the unsmoothed attack is either maximiser.",
)  # fmt: skip
