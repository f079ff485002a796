r"""Corrected: if $\sigma^2/v^2$ is bounded away from 0, then with the gradient of the empirical surrogate loss
$\hat R_{L, \xi}$, the attack differentiated too, and any constant $L > 4 \epsilon$, that loss decreases in each
iteration, with probability tending to 1. The constant is sharp: the Hessian of $\hat R_{L, \xi}$ at $\theta = 0$ is
$\frac{8 \epsilon}{\xi} \frac{1}{n} \sum_i y_i^2 \, I + \frac{2}{n} X^\top X$, of size $8 \epsilon v^2/\xi$ to first
order, so that for $L < 4 \epsilon$ a step $\eta = \xi/(v^2 L)$ next to 0 raises the loss where $\epsilon$ is large.
(Without noise the loss has a crater at $\theta_0$ whose curvature is of order $1/\xi^2$: no constant $L$ is enough.)
"""

from collections.abc import Sequence
from functools import cache, lru_cache, partial

import numpy as np
import sympy as sp

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import enclose
from checks.evidence import symbolic
from checks.formula import Formula
from checks.result import Evidence, Kind, Outcome
from checks.xing2021 import PAPER
from checks.xing2021.low_dimension.descent import Descent, descending, runs_that_descend
from checks.xing2021.low_dimension.scheduled_training import Setting, draw
from checks.xing2021.low_dimension.smoothed_attack import SHARE
from models.linear.training import adversarial_training
from theory import notation as sym
from theory.derivations.derivation import Derivation, Link, derive
from theory.validation import FloatArray

e, n, eps, xi, v = sym.residual, sym.coefficient_norm, sym.radius, sym.smoothing, sym.total_std
t, x_u = sym.line_parameter, sym.direction_value

BESIDE = 1.02
"""How near the threshold a step is tried on both sides. A first step from 0 at the threshold ends where
w = 2|e|‖θ‖/ξ is about ‖θ₀‖/(εv) < 0.07: there the loss leaves its parabola by a part of order w² < 0.005."""

SETTINGS = tuple(
    Setting(n, d, radius=16.0, update="full", noise_std=noise_std)
    for n, d, noise_std in ((1000, 1, 1.0), (1000, 2, 1.0), (4000, 2, 1.0), (16_000, 2, 1.0), (16_000, 4, 2.0))
)
"""Far beyond the null threshold, where all that the training does it does next to 0."""

QUICK = 3
SIZES = ((1000, 1), (4000, 2), (16_000, 2))
STARTS = (0.0, 1.0, -2.0)
NEAR, RADIUS = 1.5, 2.0
"""Literal schedules are tried at this multiple of the bound: mean(y²) exceeds v² by a tenth or so at n = 1000, and the
part of the Hessian that is not of order 1/ξ adds ξ/v², two tenths, and as much again."""

FORMULA = Formula(4 * eps, "L_0")


@cache
def size_at_zero() -> Derivation:
    """ξ/(2v²) times the second derivative of the mean loss at θ = tu, |u| = 1, t = 0, as ξ falls to 0.

    At θ = 0 the residual is -y; e > 0 stands for its size, which moves with t by a number x_u. That number adds 2x_u²
    whatever its law, and the limit leaves nothing of it.
    """
    loss = (e + t * x_u + eps * t * SHARE.subs({e: e + t * x_u, n: t}, simultaneous=True)) ** 2
    second = sp.Subs(sp.Derivative(loss, (t, 2)), t, 0)
    density = sp.exp(-(e**2) / (2 * v**2)) / (v * sp.sqrt(2 * sp.pi))
    curvature = 2 * x_u**2 + 8 * eps * e**2 / xi
    mean = 2 * x_u**2 + 8 * eps * v**2 / xi
    links = (
        Link("the second derivative at 0", _scaled(sp.Integral(curvature * density, (e, -sp.oo, sp.oo))), _inside),
        Link("the variance of y is v²", _scaled(mean), _inside),
        Link("only the part of order 1/ξ is left", 4 * eps, lambda expression: sp.simplify(expression.doit())),
    )
    return derive(_scaled(sp.Integral(second * density, (e, -sp.oo, sp.oo))), links, "every dimension")


def _scaled(curvature: sp.Expr) -> sp.Expr:
    return sp.Limit(xi / (2 * v**2) * curvature, xi, 0)


def _inside(difference: sp.Expr) -> sp.Expr:
    """A difference of two limits is 0 when what is inside them agrees."""
    first, second = (limit.args[0] for limit in difference.atoms(sp.Limit))
    return sp.simplify(first.doit() - second.doit())


def step_sizes(bound: float, setting: Setting, X: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Where a step from 0 stops to lower the loss of each data set, and what is stable along every direction at 0.

    The Hessian at 0 is 2 L₀ mean(y²)/ξ + 2 XᵀX/n; the gradient is -2 Xᵀy/n.
    """
    gram = X.mT @ X / setting.n
    along = (X.mT @ y[..., None])[..., 0] / setting.n
    attack = 2 * bound * (y**2).mean(axis=-1) / setting.schedule.smoothing
    curved = 2 * np.einsum("bi,bij,bj->b", along, gram, along) / (along**2).sum(axis=-1)
    return 2 / (attack + curved), 2 / (attack + 2 * np.linalg.eigvalsh(gram)[:, -1])


@lru_cache(maxsize=64)
def sides(bound: float, setting: Setting, replicates: int, seed: int) -> tuple[int, int]:
    """How many trainings a little below the stable step size descend throughout, and how many first steps a little
    above the threshold rise.
    """
    X, y = draw(setting, replicates, np.random.default_rng(seed))
    threshold, stable = step_sizes(bound, setting, X, y)
    run = partial(
        adversarial_training, X, y, setting.radius, setting.schedule.smoothing, update=setting.update, record=("train",)
    )
    first = run(step_size=threshold * BESIDE, steps=1).curves["train"]
    below = descending(partial(run, step_size=stable / BESIDE, steps=setting.schedule.steps), "train")
    return below, int((first[:, 1] > first[:, 0]).sum())


def both_sides(formula: Formula, budget: Budget) -> Evidence:
    """Training from 0 on both sides of the stable step size that the formula gives for each data set."""
    chosen = SETTINGS if budget.name == "full" else SETTINGS[:QUICK]
    found = [_sides(formula, setting, budget) for setting in chosen]
    wrong = [s for s, counts in zip(chosen, found, strict=True) if min(counts) < budget.replicates]
    total = sum(budget.replicates for _ in chosen)
    below, above = (sum(counts[i] for counts in found) for i in (0, 1))
    text = (
        f"Of {total} data sets, at step sizes {BESIDE - 1:.0%} below the stable one {below} trainings descend "
        f"throughout, and {BESIDE - 1:.0%} above it {above} first steps from 0 raise the loss; one exception fails."
    )
    return Evidence(
        Kind.TRAINED,
        Outcome.FAILS if wrong else Outcome.HOLDS,
        "Σ = I, ε = 16, d = 1 to 4, the literal ξ and T",
        text,
        {"data sets": float(total), "descending below": float(below), "rising above": float(above)},
        str(wrong[0]) if wrong else None,
    )


def _sides(formula: Formula, setting: Setting, budget: Budget) -> tuple[int, int]:
    return sides(_bound(formula, setting.radius), setting, budget.replicates, budget.seed)


def _bound(formula: Formula, radius: float) -> float:
    return float(enclose(formula.expression, {eps: radius}).mid())


def literal_schedules(start: float) -> Check[Formula]:
    """The literal schedule at ε = 2 with L a little above the formula's bound, from `start` times θ₀."""
    name = {0.0: "from_zero", 1.0: "from_the_truth", -2.0: "from_the_other_side"}[start]
    frequency: Check[Descent] = runs_that_descend(name, SIZES, quick=2, effort=2.0)

    def run(formula: Formula, budget: Budget) -> Evidence:
        return frequency.run(Descent("full", "train", RADIUS, NEAR * _bound(formula, RADIUS), start), budget)

    return Check(name, Kind.TREND, run)


CHECKS: Sequence[Check[Formula]] = (
    symbolic.derivation(
        "hessian_at_zero", size_at_zero, lambda formula: formula.expression,
        "The size of the Hessian at 0 over 2v²/ξ", "the Hessian at θ = 0, in every dimension",
    ),
    Check("both_sides", Kind.TRAINED, both_sides),
    *(literal_schedules(start) for start in STARTS),
)  # fmt: skip

CLAIM = Claim(
    id="xing2021.exact_gradient_lowers_training_loss",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 2"),
    formula=FORMULA,
    checks=tuple(CHECKS),
    mutants=(
        Mutant("bound_of_the_frozen_update", FORMULA.mutate(2 * eps)),
        Mutant("five_percent_less", FORMULA.mutate(sp.Rational(95, 25) * eps)),
        Mutant("five_percent_more", FORMULA.mutate(sp.Rational(105, 25) * eps)),
        Mutant("without_the_four", FORMULA.mutate(eps)),
        Mutant("quadratic_in_the_radius", FORMULA.mutate(4 * eps**2)),
    ),
    amends="xing2021.surrogate_loss_decreases",
)
