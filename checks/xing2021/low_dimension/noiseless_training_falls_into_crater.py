r"""The paper has none; it allows $\sigma = 0$. Then $\theta_0$ is a resting point of every update and every $\xi > 0$:
all residuals are 0, and training from $\theta_0$ never moves, whether or not $\theta^* = \theta_0$. Next to it the
printed update is multiplication of $\theta - \theta_0$ by $I - \eta (2 + 4 \epsilon \|\theta_0\|^2/\xi) \hat\Sigma$,
with $\hat\Sigma = X^\top X/n$, and the Hessian of the surrogate loss is
$2 (1 + 2 \epsilon \|\theta_0\|^2/\xi)^2 \hat\Sigma$. So for $\eta = \xi/(v^2 L)$ the printed update is drawn to
$\theta_0$ for every large enough $L$, and no constant $L$ stabilises the exact gradient there as $\xi/v^2 \to 0$. For
$\epsilon$ below the exact recovery threshold the printed training falls into this crater from $\theta(0) = 0$ too: its
surrogate risk tends to 0 and not to $R^* = \epsilon^2 \|\theta_0\|^2$.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from checks import domains
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import enclose
from checks.evidence import sampled, symbolic
from checks.result import Evidence, Kind, Outcome
from checks.xing2021 import PAPER
from checks.xing2021.low_dimension import frozen_update as updates
from checks.xing2021.low_dimension.scheduled_training import Setting, draw, train
from checks.xing2021.low_dimension.smoothed_attack import SHARE
from models.linear.training import adversarial_training
from theory import notation as sym
from theory.derivations.derivation import Derivation, Link, derive
from theory.optimum import robust_minimizer
from theory.surrogate import surrogate_risk
from theory.validation import FloatArray

e, n, eps, xi, x_u, n0 = (
    sym.residual,
    sym.coefficient_norm,
    sym.radius,
    sym.smoothing,
    sym.direction_value,
    sym.true_size,
)
t = sym.line_parameter

NEAR = 2.0**-24
"""‖θ - θ₀‖ over ‖θ₀‖, times the least of 1 and ξ/(ε‖θ₀‖²): so far the updates are linear to about as many digits."""

TOLERANCE = 2.0**-14
"""A second-order part of at most some hundred times NEAR, and the rounding of y, EPS/NEAR = 2^-28 times the same."""

BESIDE = 1.02
STEPS = 3  # 2 % beside the threshold the fastest mode shrinks or grows by 4 % a step
SETTINGS = tuple(
    Setting(n, d, noise_std=0.0, correlation=correlation, radius=radius)
    for n, d, correlation, radius in ((50, 1, 0.0, 0.5), (50, 3, 0.5, 0.5), (200, 2, -0.3, 2.0), (1000, 5, 0.5, 1.0))
)
FALLS = tuple(
    Setting(n, d, noise_std=0.0, radius=0.25, smoothness=1.2, patience=4.0)
    for n, d in ((4000, 1), (4000, 2), (16_000, 1), (16_000, 2), (16_000, 4))
)
BOTTOM = 1e-6  # of v²: 4T iterations, each of which shrinks what is left by a factor, leave far less
QUICK = 2


@dataclass(frozen=True)
class Crater:
    """The slopes of the two updates at θ₀ over Σ̂, and what the surrogate risk from θ(0) = 0 ends at over R*."""

    frozen: sp.Expr = 2 + 4 * eps * n0**2 / xi
    full: sp.Expr = 2 * (1 + 2 * eps * n0**2 / xi) ** 2
    ending: float = 0.0

    def slope(self, update: str, radius: float, size: float, smoothing: float) -> float:
        """The slope as a number."""
        expression = self.frozen if update == "frozen" else self.full
        return float(enclose(expression, {eps: radius, n0: size, xi: smoothing}).mid())

    @property
    def latex(self) -> str:
        """Both slopes."""
        return rf"\left({sp.latex(self.frozen)}\right) \hat\Sigma, \quad \left({sp.latex(self.full)}\right) \hat\Sigma"


def slope_of_printed_update() -> Derivation:
    """2 (e + θᵀA)(uᵀx + uᵀA) along a residual e = t uᵀx at t = 0, over (uᵀx)²; A vanishes with e."""
    moved = updates.frozen_slope().subs({e: t * x_u, n: n0, sym.direction_product: 0})
    return _at_zero(sp.Derivative(moved, t), sym.direction_value**2, 2 + 4 * eps * n0**2 / xi)


def curvature_of_loss() -> Derivation:
    """The second derivative of the attacked loss (e + ε‖θ‖ share)² in e at e = 0."""
    loss = (e + eps * n0 * SHARE.subs(n, n0)) ** 2
    return _at_zero(sp.Derivative(loss.subs(e, t), (t, 2)), sp.S.One, 2 * (1 + 2 * eps * n0**2 / xi) ** 2)


def _at_zero(derivative: sp.Expr, scale: sp.Expr, result: sp.Expr) -> Derivation:
    link = Link("the derivative at a zero residual", result, lambda difference: sp.simplify(difference.doit()))
    return derive(sp.Subs(derivative / scale, t, 0), (link,), "every dimension, one sample")


class Case(NamedTuple):
    """A noiseless data set, an attack, and the direction in which training starts from θ₀."""

    X: FloatArray
    truth: FloatArray
    direction: FloatArray
    radius: float
    smoothing: float


@st.composite
def cases(pick: domains.Draw) -> Case:
    """d up to 4, n up to 8, standard normal X, ε from 1/8 to 4, ξ from a hundredth to a hundred ε‖θ₀‖²."""
    d, count, seed = pick(st.integers(1, 4)), pick(st.integers(1, 8)), pick(st.integers(0, 2**16))
    truth, radius = pick(domains.nonzero_vectors(d)), pick(domains.radii(0.125))
    rng = np.random.default_rng(seed)
    smoothing = float(10.0 ** pick(domains.numbers(-2.0, 2.0))) * radius * float(truth @ truth)
    return Case(rng.standard_normal((count, d)), truth, rng.standard_normal((d,)), radius, smoothing)


def step_gap(crater: Crater, case: Case) -> float:
    """How far a step from θ₀ moves, and one from next to θ₀ from what the slopes say, relative to the slope."""
    gram, size = case.X.T @ case.X / len(case.X), float(np.sqrt(case.truth @ case.truth))
    reach = NEAR * min(1.0, case.smoothing / (case.radius * size**2))
    near = reach * size * case.direction / np.sqrt(case.direction @ case.direction)
    gaps = []
    for update in ("frozen", "full"):
        slope = crater.slope(update, case.radius, size, case.smoothing)
        still, moved = (_update(case, update, start) for start in (case.truth, case.truth + near))
        scale = slope * float(np.linalg.norm(gram, 2)) * reach * size
        gaps += [float(np.linalg.norm(still)) / scale, float(np.linalg.norm(moved - slope * gram @ near)) / scale]
    return max(gaps)


def _update(case: Case, update: str, start: FloatArray) -> FloatArray:
    """The direction of one step, from a step of size 1."""
    run = adversarial_training(
        case.X, case.X @ case.truth, case.radius, case.smoothing, step_size=1.0, steps=1, init=start, update=update
    )
    direction: FloatArray = start - run.coefficients
    return direction


@lru_cache(maxsize=64)
def sides(update: str, setting: Setting, slope: float, replicates: int, seed: int) -> tuple[int, int]:
    """How many of the trainings from next to θ₀ approach it a little below the step size 2/(slope λ), and how many
    recede a little above; λ is the largest eigenvalue of Σ̂, and they start along its eigenvector.
    """
    X, y = draw(setting, replicates, np.random.default_rng(seed))
    values, axes = np.linalg.eigh(X.mT @ X / setting.n)
    truth, smoothing = setting.population.true_coefficients, setting.schedule.smoothing
    near = NEAR * min(1.0, smoothing / (setting.radius * setting.size**2)) * setting.size
    below, above = (
        adversarial_training(
            X, y, setting.radius, smoothing, step_size=2 / (slope * values[:, -1]) * factor, steps=STEPS,
            init=truth + near * axes[..., -1], update=update,
        ).coefficients - truth
        for factor in (1 / BESIDE, BESIDE)
    )  # fmt: skip
    reached, left = (np.linalg.norm(error, axis=-1) for error in (below, above))
    return int((reached < near).sum()), int((left > near).sum())


def both_sides(crater: Crater, budget: Budget) -> Evidence:
    """Training from next to θ₀ on both sides of the step size at which the claimed slopes make it unstable."""
    chosen = SETTINGS if budget.name == "full" else SETTINGS[:QUICK]
    wrong, total = [], 0
    for setting in chosen:
        for update in ("frozen", "full"):
            slope = crater.slope(update, setting.radius, setting.size, setting.schedule.smoothing)
            counts = sides(update, setting, slope, budget.replicates, budget.seed)
            total += budget.replicates
            if min(counts) < budget.replicates:
                wrong.append(f"{update} update, {setting}: {counts[0]} approach and {counts[1]} recede")
    text = f"Of {total} noiseless trainings from next to θ₀, {BESIDE - 1:.0%} below the claimed step size all approach "
    text += "θ₀ and as far above it all recede; one exception fails."
    return _trained(wrong, text, "d = 1 to 5, n = 50 to 1000, the literal ξ", {"trainings on each side": float(total)})


@lru_cache(maxsize=16)
def endings(setting: Setting, replicates: int, seed: int) -> tuple[float, ...]:
    """R_{L,ξ}/v² where the printed training from 0 ends, on each data set."""
    X, y = draw(setting, replicates, np.random.default_rng(seed))
    found = surrogate_risk(
        train(setting, X, y).coefficients, setting.population, setting.radius, setting.schedule.smoothing
    )
    return tuple((found / setting.population.total_std**2).tolist())


def from_zero(crater: Crater, budget: Budget) -> Evidence:
    """Where the printed training from θ(0) = 0 ends for ε = 1/4, below the exact recovery threshold c₀."""
    chosen, wrong, worst = FALLS if budget.name == "full" else FALLS[:QUICK], [], 0.0
    for setting in chosen:
        optimum = robust_minimizer(setting.population, setting.radius).risk / setting.population.total_std**2
        ends = np.array(endings(setting, min(budget.replicates, 40), budget.seed))
        worst = max(worst, gap := float(np.abs(ends - crater.ending * optimum).max()))
        if gap > BOTTOM:
            wrong.append(f"{setting}: R_{{L,ξ}}/v² ends at up to {ends.max():.3g}, R*/v² = {optimum:.4g}")
    text = (
        f"In {len(chosen)} settings every training from θ(0) = 0 ends within {worst:.2g} v² of the claimed surrogate "
    )
    text += f"risk; more than {BOTTOM:g} v² fails."
    return _trained(
        wrong, text, "ε = 1/4, Σ = I, d = 1 to 4, 4T iterations of the printed update", {"worst gap": worst}
    )


def _trained(wrong: list[str], text: str, scope: str, numbers: dict[str, float]) -> Evidence:
    outcome = Outcome.FAILS if wrong else Outcome.HOLDS
    return Evidence(Kind.TRAINED, outcome, scope, text, numbers, wrong[0] if wrong else None)


FORMULA = Crater()

CLAIM = Claim(
    id="xing2021.noiseless_training_falls_into_crater",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 2"),
    ours=True,
    formula=FORMULA,
    checks=(
        symbolic.derivation(
            "printed_update", slope_of_printed_update, lambda crater: crater.frozen,
            "The slope of the printed update at θ₀", "the printed update next to θ₀",
        ),
        symbolic.derivation(
            "exact_gradient", curvature_of_loss, lambda crater: crater.full,
            "The curvature of the attacked loss at a zero residual", "the exact gradient next to θ₀",
        ),
        sampled.search(
            "one_step", cases(), step_gap, TOLERANCE,
            "A step from θ₀, and from next to it, of both updates on drawn data",
            scope="d up to 4, n up to 8, ξ from a hundredth to a hundred times ε‖θ₀‖²",
        ),
        Check("both_sides", Kind.TRAINED, both_sides),
        Check("from_zero", Kind.TRAINED, from_zero),
    ),
    mutants=(
        Mutant("attack_five_percent_stronger", Crater(
            2 + sp.Rational(21, 5) * eps * n0**2 / xi, 2 * (1 + sp.Rational(21, 10) * eps * n0**2 / xi) ** 2
        )),
        Mutant("one_slope_for_both_updates", replace(FORMULA, full=FORMULA.frozen)),
        Mutant("no_attack_at_a_zero_residual", Crater(sp.Integer(2) + 0 * xi, sp.Integer(2) + 0 * xi)),
        Mutant("ends_at_the_optimal_risk", replace(FORMULA, ending=1.0)),
    ),
    uses=("xing2021.noiseless_surrogate_has_crater", "xing2021.exact_recovery_threshold_has_closed_form"),
)  # fmt: skip
