r"""Fixing $\tilde{x}_i^{(t-1)}$'s, update $\theta^{(t)}$ from $\theta^{(t-1)}$ through
$\theta^{(t)} = \theta^{(t-1)} - \eta \nabla_\theta \widehat{R}_f(\theta^{(t-1)}, \epsilon)
= \theta^{(t-1)} - \eta \nabla_\theta [\frac{1}{n} \sum_{i=1}^n l(f_{\theta^{(t-1)}}(\tilde{x}_i^{(t-1)}), y_i)]$. (We
read off, for $f_\theta = \theta^\top x$, the squared loss and the attack $A_\epsilon$ without smoothing: the gradient
of the empirical adversarial risk, in which the attack follows $\theta$, equals the gradient with the attack held fixed.
This claim also says so of its expectation.)
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import sympy as sp
from flint import arb, ctx
from hypothesis import strategies as st

from checks import domains, exact_risk, oracles
from checks.claim import Assumption, Claim, Mutant, Reference
from checks.enclosure import Ball
from checks.evidence import sampled, symbolic
from checks.evidence.sampled import EPS
from checks.formula import Undefined
from checks.problem import Problem
from checks.xing2021 import PAPER
from checks.xing2021.low_dimension import frozen_update as update
from checks.xing2021.low_dimension.frozen_update import FROZEN, Field, a, e, eps, n, s, x_u
from theory import notation as sym
from theory.derivations.danskin import worst_case_gradient
from theory.norms import dual_perturbation
from theory.risk import adversarial_risk_gradient
from theory.validation import FloatArray

LARGEST_D = 4
SAMPLE_ROUNDING = 8 * (LARGEST_D + 4) * EPS  # residuals of d products, an attack of a few roundings, and two products
FIELD_ROUNDING = 32 * EPS  # two sums of about ten products of up to six factors


@dataclass(frozen=True, eq=False)
class Sample:
    """Coefficients, a data set X, shape (n, d), with responses y, shape (n,), and the radius of the attack."""

    coefficients: FloatArray
    X: FloatArray
    y: FloatArray
    radius: float

    def __str__(self) -> str:
        """The case with every digit."""
        return (
            f"coefficients={self.coefficients.tolist()}, X={self.X.tolist()}, y={self.y.tolist()}, "
            f"radius={self.radius!r}"
        )


@dataclass(frozen=True)
class Update:
    """The update direction of a training step: per pair along u, on a data set, and in expectation.

    `pair(theta, X, e, radius)` gives 2 (e + θᵀA)(x + A) for pairs with residuals e, shape (n, d).
    """

    expression: sp.Expr
    pair: Callable[[FloatArray, FloatArray, FloatArray, float], FloatArray]
    field: Field

    @property
    def latex(self) -> str:
        """The update of one pair along a direction u."""
        return rf"2 (e + \theta^\top A)(u^\top x + u^\top A) = {sp.latex(self.expression)}"


def attacked(theta: FloatArray, X: FloatArray, residual: FloatArray, radius: float) -> FloatArray:
    """The gradient of the loss at the attacked inputs, with the attack of `theory`."""
    return gradients(theta, X, residual, np.sign(residual)[:, None] * dual_perturbation(theta, 2, radius))


def gradients(theta: FloatArray, X: FloatArray, residual: FloatArray, attack: FloatArray) -> FloatArray:
    """2 (e + θᵀA)(x + A) for rows of X, residuals e and attacks A."""
    return 2 * (residual + attack @ theta)[:, None] * (X + attack)


def attacked_residual_only(theta: FloatArray, X: FloatArray, residual: FloatArray, radius: float) -> FloatArray:
    """The residual of the attacked input times the clean one."""
    return 2 * (residual + np.sign(residual) * (dual_perturbation(theta, 2, radius) @ theta))[:, None] * X


def attacked_where_positive(theta: FloatArray, X: FloatArray, residual: FloatArray, radius: float) -> FloatArray:
    """The update when only pairs with a positive residual are attacked."""
    return gradients(theta, X, residual, (residual > 0)[:, None] * dual_perturbation(theta, 2, radius))


def clean(theta: FloatArray, X: FloatArray, residual: FloatArray, radius: float) -> FloatArray:
    """The gradient of the loss at the clean inputs."""
    return 2 * residual[:, None] * X


def five_percent_short(theta: FloatArray, X: FloatArray, residual: FloatArray, radius: float) -> FloatArray:
    """The update under 0.95 of the attack."""
    return attacked(theta, X, residual, 0.95 * radius)


@st.composite
def samples(draw: domains.Draw) -> Sample:
    """Up to 4 pairs in up to 4 dimensions, θ ≠ 0 and no residual below 1e-6; single pairs, zero inputs, radius 0."""
    d, count = draw(st.integers(1, LARGEST_D)), draw(st.integers(1, 4))
    theta = draw(domains.nonzero_vectors(d))
    X = np.array([draw(domains.vectors(d)) for _ in range(count)])
    size = st.one_of(domains.numbers(1e-6, 1e-5), domains.numbers(1e-3, 4.0))
    wanted = np.array([draw(st.one_of(size, size.map(lambda x: -x))) for _ in range(count)])
    return Sample(theta, X, X @ theta - wanted, draw(domains.radii()))


def empirical_risk(case: Sample, theta: list[Ball]) -> Ball:
    """The mean over the pairs of the worse of the two ends of the segment of attacked residuals."""
    size = arb(case.radius) * exact_risk.dual_norm(theta, 2)
    total = arb(0)
    for row, response in zip(case.X, case.y, strict=True):
        residual = exact_risk.product(exact_risk.balls(row), theta) - arb(float(response))
        total += ((residual + size) ** 2).max((residual - size) ** 2)
    return total / len(case.y)


def empirical_gap(formula: Update, case: Sample) -> float:
    """Distance of the update to the central difference of the risk over 2^-200, over the size of its terms."""
    theta = case.coefficients
    step = formula.pair(theta, case.X, case.X @ theta - case.y, case.radius).mean(axis=0)
    with ctx.workprec(exact_risk.PRECISION):
        start, h = exact_risk.balls(theta), exact_risk.STEP
        ends = [
            (empirical_risk(case, exact_risk.moved(start, i, h)), empirical_risk(case, exact_risk.moved(start, i, -h)))
            for i in range(len(theta))
        ]
        expected = np.array([float(((up - down) / (2 * h)).mid()) for up, down in ends])
    scale = sample_scale(case)
    return oracles.l2(step - expected) / scale if scale else oracles.l2(step - expected)


def sample_scale(case: Sample) -> float:
    """Mean of 2 (|x|ᵀ|θ| + |y| + ε‖θ‖)(‖x‖ + ε): the size of the terms before they cancel."""
    theta = case.coefficients
    shifted = np.abs(case.X) @ np.abs(theta) + np.abs(case.y) + case.radius * oracles.l2(theta)
    return float(np.mean(2 * shifted * (np.sqrt((case.X**2).sum(axis=1)) + case.radius)))


def population_gap(formula: Update, case: Problem) -> float:
    """Distance of the expected update to the gradient of the adversarial risk, over the size of their terms."""
    if not is_smooth(case):
        raise Undefined
    gradient = adversarial_risk_gradient(case.coefficients, case.population, case.radius)
    return update.relative(formula.field(case) - gradient, case)


def is_smooth(case: object) -> bool:
    """Whether θ ≠ 0, and no residual is 0 (in a data set), or none is with probability one (in a population)."""
    if isinstance(case, Sample):
        return bool(case.coefficients.any() and np.all(case.X @ case.coefficients != case.y))
    return isinstance(case, Problem) and case.scalars[n] > 0 and case.scalars[s] > 0


def mutate(strength: sp.Expr, pair: Callable[..., FloatArray]) -> Update:
    """The update under an attack of another strength."""
    beta = 2 * strength**2 + 2 * strength * sym.c0 * s / n
    field = Field(2 * (1 + strength * sym.c0 * n / s), beta)
    return Update(FORMULA.expression.subs(eps, strength), pair, field)


sign, positive, c0 = sp.sign(e), (1 + sp.sign(e)) / 2, sym.c0
FORMULA = Update(2 * (e + eps * n * sign) * (x_u + eps * sign * a / n), attacked, FROZEN)

CLAIM = Claim(
    id="xing2021.frozen_attack_is_gradient_descent",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Equation (3)"),
    formula=FORMULA,
    checks=(
        symbolic.derivation(
            "danskin", worst_case_gradient, lambda f: f.expression,
            "Differentiating the largest loss over the ball along any line", scope="every data set",
        ),
        sampled.search(
            "data_sets", samples(), empirical_gap, SAMPLE_ROUNDING,
            "The update on data sets against the derivative of their adversarial risk at 1024 bits",
            scope="n, d = 1 to 4",
        ),
        sampled.search(
            "population", domains.problems(), population_gap, FIELD_ROUNDING,
            "The expected update against the gradient of the adversarial risk", scope="the expectation",
        ),
    ),
    mutants=(
        Mutant(
            "clean_input",
            Update(2 * (e + eps * n * sign) * x_u, attacked_residual_only, Field(2 * (1 + eps * c0 * n / s), 0 * n)),
        ),
        Mutant("clean_gradient", mutate(sp.S.Zero, clean)),
        Mutant("five_percent_short", mutate(eps * 95 / 100, five_percent_short)),
        Mutant(
            "no_attack_on_negative_residuals",
            Update(
                2 * (e + eps * n * positive) * (x_u + eps * positive * a / n),
                attacked_where_positive,
                Field(2 + eps * c0 * n / s, eps**2 + eps * c0 * s / n),
            ),
        ),
    ),
    assumptions=(
        Assumption(
            "no kink",
            r"$\theta \neq 0$ and no residual $\theta^\top x_i - y_i$ is 0: there the adversarial risk has a kink",
            is_smooth,
        ),
    ),
    uses=("xing2021.attack_is_worst_case",),
)  # fmt: skip
