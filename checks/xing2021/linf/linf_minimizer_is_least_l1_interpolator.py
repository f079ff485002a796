r"""The paper has none; ours: let $\hat\theta \neq 0$ interpolate the data with the least $\mathcal{L}_1$ norm, and let
$\alpha$ be multipliers of $\min \{\|\theta\|_1 : X\theta = y\}$, of several those with the least $\|\alpha\|_\infty$.
For $\epsilon > 0$, $\lambda \geq 0$ it minimises the penalised $\mathcal{L}_\infty$ adversarial training loss
$\frac{1}{n} \sum_i (|x_i^\top \theta - y_i| + \epsilon \|\theta\|_1)^2 + \lambda \|\theta\|_1$ if and only if $\lambda
\leq 2 \epsilon \|\hat\theta\|_1 \left(\frac{1}{n \|\alpha\|_\infty} - \epsilon\right)$. Without penalty: if and only if
$\epsilon \leq \frac{1}{n \|\alpha\|_\infty}$; below that a LASSO penalty changes nothing until it exceeds the bound.
"""

from collections.abc import Iterable
from fractions import Fraction
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from checks import domains
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import enclose
from checks.evidence import sampled, trained
from checks.formula import Formula
from checks.result import Evidence, Kind, Outcome
from checks.xing2021 import PAPER
from checks.xing2021.linf.basis_pursuit import LP_ERROR, LeastL1, least_l1_interpolator, steepest
from models.linear.minimizer import adversarial_minimizer
from theory import notation as sym
from theory.validation import FloatArray

n, alpha, eps, length = sym.sample_size, sym.multiplier_size, sym.radius, sym.coefficient_norm_1
LARGEST_PENALTY = 2 * eps * length * (1 / (n * alpha) - eps)
FORMULA = Formula(LARGEST_PENALTY, r"\lambda_{\max}")
BESIDE = 2.0**-6  # how far beside the bound both sides are looked at: less than 5 %
CLOSE = Fraction(1, 2**20)  # and in rational arithmetic
SOLVED = 1e-9  # relative duality gap asked of the minimiser, which it reaches with duplicated samples too
VISIBLE = 1e-8  # ten times what the gap and the linear program leave open; beyond the bound the excess is larger

EXAMPLES = (
    (((2, 1),), (2,)),
    (((2, 1, 0), (0, 1, 3)), (1, 2)),
    (((3, 1, -1), (1, 2, 2)), (2, 3)),
    (((2, 0, 1, 1), (1, 3, -1, 0), (0, 1, 2, -1)), (1, -2, 1)),
    (((3, 1, 2, -1), (1, -1, 2, 1)), (3, 1)),
)
SHARES = (Fraction(1, 4), Fraction(7, 8), 1 + Fraction(1, 64))  # radii, over the largest at which no penalty is allowed


class Case(NamedTuple):
    """Interpolable data and a radius, the latter as a share of the largest one of the statement without penalty."""

    X: FloatArray
    y: FloatArray
    share: float

    def __str__(self) -> str:
        return f"X={self.X.tolist()}, y={self.y.tolist()}, radius={self.share} / (n max|α|)"


class Exact(NamedTuple):
    """Rational data with rational least-l1 interpolator and multipliers."""

    X: list[list[Fraction]]
    y: list[Fraction]
    theta: list[Fraction]
    alpha: list[Fraction]

    @property
    def length(self) -> Fraction:
        """‖θ‖₁."""
        return sum(map(abs, self.theta), Fraction(0))

    @property
    def weight(self) -> Fraction:
        """1/(n‖α‖_∞)."""
        return 1 / (len(self.y) * max(map(abs, self.alpha)))


def stated(formula: Formula, count: int, largest: float, radius: float, size: float) -> float:
    """The stated largest penalty."""
    return float(enclose(formula.expression, {n: count, alpha: largest, eps: radius, length: size}).mid())


def rational(values: FloatArray) -> list[Fraction]:
    """The simplest fractions within rounding of what a linear program returned."""
    return [Fraction(float(value)).limit_denominator(10**4) for value in values]


@cache
def exact(number: int) -> Exact:
    """Example `number`, solved in float64, in rational numbers; what is concluded from them is verified."""
    rows, responses = EXAMPLES[number]
    found = least_l1_interpolator(np.array(rows, dtype=float), np.array(responses, dtype=float))
    X = [[Fraction(x) for x in row] for row in rows]
    return Exact(X, [Fraction(v) for v in responses], rational(found.coefficients), rational(found.multipliers))


def minimises(data: Exact, weight: Fraction) -> bool | None:
    """Whether θ is a minimiser for ε + λ/(2ε‖θ‖₁) = `weight`: proved by multipliers, disproved by descent, or neither.

    Multipliers κ = n weight α with |κᵢ| <= 1 make 0 a subgradient: Xᵀα is one of ‖θ‖₁.
    """
    slopes = [_product(column, data.alpha) for column in zip(*data.X, strict=True)]
    dual = all(_in_subgradient(slope, t) for slope, t in zip(slopes, data.theta, strict=True))
    fits = [_product(row, data.theta) for row in data.X] == data.y
    if fits and dual and weight <= data.weight:
        return True
    above = float(data.weight * (1 + Fraction(1, 64)))
    _, direction = steepest(np.array(data.X, dtype=float), np.array(data.theta, dtype=float), above)
    u = rational(direction)
    loss = sum((abs(_product(row, u)) for row in data.X), Fraction(0)) / len(data.y)
    growth = sum((_slope(v, t) for v, t in zip(u, data.theta, strict=True)), Fraction(0))
    return False if fits and loss + weight * growth < 0 else None


def _product(left: Iterable[Fraction], right: Iterable[Fraction]) -> Fraction:
    return sum((x * y for x, y in zip(left, right, strict=True)), Fraction(0))


def _in_subgradient(slope: Fraction, coefficient: Fraction) -> bool:
    return slope * coefficient == abs(coefficient) and abs(slope) <= 1


def _slope(step: Fraction, coefficient: Fraction) -> Fraction:
    """The derivative of |θ_j| along a step."""
    return abs(step) if coefficient == 0 else step if coefficient > 0 else -step


def certify(formula: Formula, budget: Budget) -> Evidence:
    """Both sides of the stated bound, a relative 2^-20 from it, in rational arithmetic."""
    probes = [probe for number in range(len(EXAMPLES)) for share in SHARES for probe in _probes(formula, number, share)]
    wrong = [text for text, found, expected in probes if found is not None and found is not expected]
    open_ = sum(found is None for _, found, _ in probes)
    outcome = Outcome.FAILS if wrong else Outcome.INCONCLUSIVE if open_ else Outcome.HOLDS
    count = len(EXAMPLES) * len(SHARES)
    return Evidence(
        Kind.CERTIFIED, outcome, f"{len(EXAMPLES)} integer data sets with d = 2 to 4, three radii each",
        f"Beside the bound at {count} points, in rational arithmetic, being the minimiser is proved or disproved "
        f"against the statement {len(wrong)} times; {open_} sides were not decided.",
        {"points": float(count), "wrong": float(len(wrong)), "undecided": float(open_)}, wrong[0] if wrong else None,
    )  # fmt: skip


def _probes(formula: Formula, number: int, share: Fraction) -> list[tuple[str, bool | None, bool]]:
    """Penalties beside the stated bound: what is asked in words, whether θ minimises there, and whether it should."""
    data = exact(number)
    radius = share * data.weight
    largest = {n: len(data.y), alpha: max(map(abs, data.alpha)), eps: radius, length: data.length}
    bound = Fraction(str(formula.expression.subs({symbol: sp.Rational(str(v)) for symbol, v in largest.items()})))
    sides = [(bound * (1 - CLOSE), True)] if bound > 0 else []
    return [
        (
            f"X = {EXAMPLES[number][0]}, y = {EXAMPLES[number][1]}, ε = {radius}, λ = {penalty}",
            minimises(data, radius + penalty / (2 * radius * data.length)),
            expected,
        )
        for penalty, expected in [*sides, (max(bound, Fraction(0)) * (1 + CLOSE), False)]
    ]


@lru_cache(maxsize=4096)
def _solved(X: bytes, y: bytes) -> LeastL1:
    responses = np.frombuffer(y)
    return least_l1_interpolator(np.frombuffer(X).reshape(len(responses), -1), responses)


@st.composite
def cases(draw: domains.Draw) -> Case:
    """Integer data of up to 3 samples and 5 features, Gaussian data of up to 4 and 12; duplicates and zeros occur."""
    share = draw(st.sampled_from([float(share) for share in SHARES]))
    if draw(st.booleans()):
        count, d = draw(st.integers(1, 3)), draw(st.integers(1, 5))
        X = np.array(
            draw(st.lists(st.lists(st.integers(-3, 3), min_size=d, max_size=d), min_size=count, max_size=count))
        )
        truth = np.array(draw(st.lists(st.integers(-2, 2), min_size=d, max_size=d)))
        return Case(X.astype(float), (X @ truth).astype(float), share)
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    count = draw(st.integers(1, 4))
    X = rng.standard_normal((count, 3 * count))
    return Case(X, X[:, 0] + draw(st.sampled_from([0.0, 0.5])) * rng.standard_normal(count), share)


def sides(formula: Formula, case: Case) -> tuple[LeastL1, float, list[tuple[float, bool]]]:
    """The least-l1 interpolator, the radius, and penalties beside the bound with whether it should be optimal."""
    found = _solved(case.X.tobytes(), case.y.tobytes())
    largest, size = float(np.abs(found.multipliers).max()), float(np.abs(found.coefficients).sum())
    radius = case.share / (len(case.y) * largest)
    bound = stated(formula, len(case.y), largest, radius, size)
    inside = [(bound * (1 - BESIDE), True)] if bound > 0 else []
    return found, radius, [*inside, (max(bound, 0.0) * (1 + BESIDE), False)]


def slope_gap(formula: Formula, case: Case) -> float:
    """The steepest slope at the least-l1 interpolator where it should be 0, or how far it is from below 0 elsewhere."""
    if not case.y.any():
        return 0.0  # the interpolator is 0, of which the statement does not speak
    found, radius, penalties = sides(formula, case)
    gaps = []
    for penalty, optimal in penalties:
        weight = radius + penalty / (2 * radius * np.abs(found.coefficients).sum())
        slope, _ = steepest(case.X, found.coefficients, weight)
        gaps.append(-slope if optimal else slope + 10 * LP_ERROR)
    return float(max(gaps))


def excess(formula: Formula, case: Case) -> trained.Trained:
    """By how much the loss of the least-l1 interpolator exceeds the least one where it should not, or the reverse."""
    if not case.y.any():
        return trained.Trained(0.0, 0.0)
    found, radius, penalties = sides(formula, case)
    length_ = np.abs(found.coefficients).sum()
    gaps, residuals = [], []
    for penalty, optimal in penalties:
        least = adversarial_minimizer(case.X, case.y, radius, np.inf, l1=penalty, tol=SOLVED)
        own = (radius * length_) ** 2 + penalty * length_
        above = float(own / least.objective - 1)
        gaps.append(above - VISIBLE if optimal else VISIBLE - above)
        residuals.append(np.inf if least.gap is None else float(least.gap))
    return trained.Trained(max(gaps), max(residuals))


CLAIM = Claim(
    id="xing2021.linf_minimizer_is_least_l1_interpolator",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Section 4, effect of interpolation"),
    ours=True,
    formula=FORMULA,
    checks=(
        Check("rational", Kind.CERTIFIED, certify),
        sampled.search(
            "slopes", cases(), slope_gap, LP_ERROR,
            "Steepest slope of the loss, by linear programming, on both sides of the bound",
            scope="up to 4 samples and 12 features",
        ),
        trained.search(
            "minimizers", cases(), excess, 0.0, SOLVED, "Loss at the least-l1 interpolator against the least loss",
            scope="up to 4 samples and 12 features, 2^-6 beside the bound",
        ),
    ),
    mutants=(
        Mutant("without_the_radius", FORMULA.mutate(2 * eps * length / (n * alpha))),
        Mutant("without_the_samples", FORMULA.mutate(2 * eps * length * (1 / alpha - eps))),
        Mutant("half_the_bound", FORMULA.mutate(LARGEST_PENALTY / 2)),
        Mutant("five_percent_off", FORMULA.mutate(LARGEST_PENALTY * sp.Rational(21, 20))),
    ),
)  # fmt: skip
