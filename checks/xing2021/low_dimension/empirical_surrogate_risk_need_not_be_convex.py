r"""For every sample with some $y_i \neq 0$ and every $\epsilon > 0$, the empirical surrogate loss $\hat{R}_{L,
\xi}(\theta, \epsilon)$ is not convex in $\theta$ for all small enough $\xi > 0$. For $n = 1$, $x = y = 1$,
$\epsilon = 0.93$ and $\xi = 0.1$ its values at $\theta = 0.06, 0.11, 0.16$ are $0.963842, 0.962568, 0.959345$.
(The paper has none: it prints convexity for the population loss only.)
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import numpy as np
import sympy as sp
from flint import arb, ctx, fmpq
from hypothesis import strategies as st

from checks import domains
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import Ball, encloser
from checks.evidence import certified, sampled
from checks.result import WHOLE_DOMAIN, Chart, Evidence, Kind, Outcome, Series, Step
from checks.xing2021 import PAPER
from checks.xing2021.low_dimension.smoothed_attack import SHARE, e, eps, n, numeric, xi
from theory.derivations.derivation import Step as Equality
from theory.derivations.derivation import decide
from theory.validation import FloatArray

RADIUS, SMOOTHING = Fraction(93, 100), Fraction(1, 10)
PLACES = (Fraction(6, 100), Fraction(11, 100), Fraction(16, 100))
REACHED = 2.0  # ‖θ‖|y|/ξ: there τ = 4, well beyond the √2 from which on f(τ) = τ²/√(1 + τ²) is concave
NEGLIGIBLE = 1e-4  # ξ over the scale below which the bounded part of the second derivative cannot matter
WIDTH = 0.25  # of the half-step of the second difference, relative to θ


@dataclass(frozen=True)
class Loss:
    """The attacked loss of one pair, from the share of the worst attack that is used; `values` are the stated ones."""

    share: sp.Expr = SHARE
    values: tuple[float, ...] = (0.963842, 0.962568, 0.959345)


def certify(loss: Loss, budget: Budget) -> Evidence:
    """Enclose the loss of x = y = 1 at three places, from the definition, and the second difference."""
    with ctx.workprec(certified.PRECISION):
        balls = [_loss(loss.share, place) for place in PLACES]
        gap = balls[0] + balls[2] - 2 * balls[1]
    stated = all(abs(ball - value) < 5e-7 for ball, value in zip(balls, loss.values, strict=True))
    wrong = any(abs(ball - value) > 5e-7 for ball, value in zip(balls, loss.values, strict=True)) or gap > 0
    outcome = Outcome.FAILS if wrong else Outcome.HOLDS if stated and gap < 0 else Outcome.INCONCLUSIVE
    text = f"values {', '.join(ball.str(8) for ball in balls)}, second difference {gap.str(5)}"
    return Evidence(
        Kind.CERTIFIED,
        outcome,
        "n = 1, one problem",
        f"In exact rationals and enclosed roots, at θ = 0.06, 0.11, 0.16: {text}; the stated digits are six.",
        {"second difference": float(gap)},
        text if wrong else None,
        charts=(_chart(loss.share),) if outcome is Outcome.HOLDS else (),
    )


@lru_cache(maxsize=64)
def _loss(share: sp.Expr, place: Fraction) -> Ball:
    theta, radius, smoothing = (arb(fmpq(v.numerator, v.denominator)) for v in (place, RADIUS, SMOOTHING))
    values = {e: abs(theta - 1), n: abs(theta), eps: radius, xi: smoothing}
    return encloser((e + eps * n * share) ** 2)(values)


def prove(loss: Loss, budget: Budget) -> Evidence:
    """ξ times the second derivative along a ray tends, for every pair, to 4ε y² f''(τ): negative for τ > √2."""
    steps, bend = _steps(loss.share)
    negative = bool(sp.limit(bend * t**3, t, sp.oo) < 0)
    decided = all(step.basis == "SymPy" for step in steps)
    if not negative:
        text = f"far from the origin f'' = {bend} is not negative"
        return Evidence(
            Kind.SYMBOLIC, Outcome.FAILS, WHOLE_DOMAIN, f"The attack does not bend the loss: {text}.", {}, text
        )
    summary = (
        "Along θ = nu with n = tξ, ξ times the second derivative of a pair's loss tends to 4ε y² f''(2|y|t), "
        "which is negative once 2|y|t > √2 "
        "and 0 where y = 0: for t large enough the average over any sample with some y ≠ 0 is negative."
    )
    outcome = Outcome.HOLDS if decided else Outcome.INCONCLUSIVE
    return Evidence(Kind.SYMBOLIC, outcome, WHOLE_DOMAIN, summary, {"steps": float(len(steps))}, None, steps)


t = sp.Symbol("t", positive=True)


@lru_cache(maxsize=8)
def _steps(share: sp.Expr) -> tuple[tuple[Step, ...], sp.Expr]:
    # The residual is -y + n h along the ray, of size y - n h near the origin for y > 0; y < 0 is its mirror image.
    y, h = sp.Symbol("y", positive=True), sp.Symbol("h", real=True)
    residual = y - t * xi * h
    loss = sp.simplify((residual + eps * t * xi * share.subs({e: residual, n: t * xi})) ** 2)
    curvature = sp.diff(sp.diff(loss, xi).subs(xi, 0), t, 2)
    bend = sp.simplify(curvature / (8 * eps * y**3))
    published = y * t**2 / sp.sqrt(4 * y**2 * t**2 + 1) * 4 * eps * y
    step = Equality("ξ times the second derivative as ξ -> 0", curvature, sp.diff(published, t, 2))
    basis = "SymPy" if decide(step) == "decided" else "open"
    record = Step(step.name, f"{sp.latex(step.left)} = {sp.latex(step.right)}", basis)
    return (record,), bend.subs(y, sp.Rational(1, 2))


@st.composite
def samples(draw: domains.Draw) -> tuple[FloatArray, FloatArray, float, FloatArray]:
    """Up to 4 pairs in up to 3 dimensions, responses of 0 or from 0.5 to 4, not all 0, a radius, a direction."""
    d, count = draw(st.integers(1, 3)), draw(st.integers(1, 4))
    X = np.array([draw(domains.vectors(d)) for _ in range(count)])
    sizes = [draw(domains.numbers(0.5, 4.0)), *(draw(st.sampled_from([0.0, 0.5, 4.0])) for _ in range(count - 1))]
    y = np.array([draw(st.sampled_from([-1.0, 1.0])) * size for size in sizes])
    direction = draw(domains.nonzero_vectors(d))
    return X, y, draw(domains.radii(0.01)), direction / np.linalg.norm(direction)


def second_difference(loss: Loss, case: tuple[FloatArray, FloatArray, float, FloatArray]) -> float:
    """The second difference of the attacked empirical loss along a ray near the origin, over ε ξ: to be negative."""
    X, y, radius, direction = case
    smoothing = NEGLIGIBLE * radius / (4 * np.sqrt(X.shape[1]) + radius) ** 2
    place = REACHED * smoothing / np.min(np.abs(y[y != 0])) * direction
    ends = [empirical_loss(loss.share, X, y, radius, smoothing, c * place) for c in (1 - WIDTH, 1.0, 1 + WIDTH)]
    return float((ends[0] + ends[2] - 2 * ends[1]) / (radius * smoothing))


def empirical_loss(
    share: sp.Expr, X: FloatArray, y: FloatArray, radius: float, smoothing: float, theta: FloatArray
) -> float:
    """Average of (θᵀ(x + A) - y)² with A the worst attack of each pair times its share."""
    error = X @ theta - y
    size = float(np.linalg.norm(theta))
    shrink = numeric(share)(np.abs(error), size, smoothing)
    attack = radius * np.outer(np.sign(error) * shrink, theta / size)
    return float(np.mean(((X + attack) @ theta - y) ** 2))


def _chart(share: sp.Expr) -> Chart:
    x, one = np.linspace(0.0, 0.3, 121), np.ones((1, 1))
    values = tuple(
        empirical_loss(share, one, one[0], float(RADIUS), float(SMOOTHING), np.array([at])) if at else 1.0 for at in x
    )
    places = tuple(float(place) for place in PLACES)
    marks = tuple(float(_loss(share, place)) for place in PLACES)
    return Chart(
        title="The empirical surrogate loss of one pair: x = y = 1, ε = 0.93, ξ = 0.1",
        x_label="θ",
        y_label="loss under the smoothed attack",
        series=(
            Series("loss", tuple(x.tolist()), values),
            Series("three values", places, marks, points=True),
            Series("chord", (places[0], places[2]), (marks[0], marks[2])),
        ),
    )


CLAIM = Claim(
    id="xing2021.empirical_surrogate_risk_need_not_be_convex",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Section 2.1, surrogate loss"),
    ours=True,
    formula=Loss(),
    checks=(
        Check("three_values", Kind.CERTIFIED, certify),
        Check("curvature_along_rays", Kind.SYMBOLIC, prove),
        sampled.search(
            "second_differences",
            samples(),
            second_difference,
            -1e-4,
            "Near the origin the second difference of the literal empirical loss is negative",
            scope="up to 4 pairs, d = 1 to 3",
        ),
    ),
    mutants=(
        Mutant("no_smoothing", Loss(sp.S.One)),
        Mutant("smoothing_added_outside_the_root", Loss(2 * e * n / (2 * e * n + xi))),
        Mutant("last_value_off_by_a_thousandth", Loss(values=(0.963842, 0.962568, 0.960345))),
    ),
)
