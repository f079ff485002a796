"""Small integer samples, the training loss on them in ball arithmetic, and how a minimiser's threshold is judged."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import sympy as sp
from flint import arb, ctx, fmpq_mat
from hypothesis import strategies as st

from checks import domains
from checks.claim import Budget, Check
from checks.enclosure import Ball
from checks.evidence.sampled import EPS, search
from checks.formula import Formula, Undefined
from checks.result import Evidence, Kind, Outcome
from theory import notation
from theory.validation import FloatArray

PRECISION = 1024
STEP = arb(2) ** -200  # the chord over it has the one-sided slope up to the curvature times this
CLOSENESS = arb(2) ** -60
Vector = Sequence[Ball]


@dataclass(frozen=True)
class ExactSample:
    """X and y with integer entries."""

    rows: tuple[tuple[int, ...], ...]
    response: tuple[int, ...]

    @property
    def n(self) -> int:
        """Number of samples."""
        return len(self.rows)

    @property
    def design(self) -> FloatArray:
        """X in float64, exactly."""
        return np.array(self.rows, dtype=np.float64)

    @property
    def responses(self) -> FloatArray:
        """y in float64, exactly."""
        return np.array(self.response, dtype=np.float64)

    @cached_property
    def pseudo_inverse(self) -> fmpq_mat:
        """Xᵀ(XXᵀ)⁻¹, rational; Undefined without full row rank."""
        X = fmpq_mat([list(row) for row in self.rows])
        gram = X * X.transpose()
        if gram.det() == 0:
            raise Undefined
        return X.transpose() * gram.inv()

    @cached_property
    def interpolator(self) -> Vector:
        """θ(y)."""
        return _balls(self.pseudo_inverse * fmpq_mat([[y] for y in self.response]))

    @cached_property
    def scalars(self) -> dict[sp.Symbol, Ball]:
        """The symbols of the two thresholds, enclosed; α solves XXᵀα = y, so that α = (XXᵀ)⁻¹Xθ(y)."""
        theta = self.pseudo_inverse * fmpq_mat([[y] for y in self.response])
        multipliers = _balls(self.pseudo_inverse.transpose() * theta)
        return {
            notation.interpolator_size: length(self.interpolator),
            notation.multiplier_size: max((abs(a) for a in multipliers), key=float),
            **self.response_scalars,
        }

    @cached_property
    def response_scalars(self) -> dict[sp.Symbol, Ball]:
        """‖y‖₁ and ‖Xᵀy‖₂, which need no rank; Undefined where either is 0."""
        if not self.correlations.any():
            raise Undefined
        return {
            notation.sample_size: arb(self.n),
            notation.response_size: arb(sum(map(abs, self.response))),
            notation.correlation_size: length([arb(int(c)) for c in self.correlations]),
        }

    @property
    def correlations(self) -> FloatArray:
        """Xᵀy, integers."""
        return self.design.T @ self.responses

    def loss(self, coefficients: Vector, radius: Ball) -> Ball:
        """The definition (1/n) Σ max (over ‖z‖ <= ε) ((xᵢ + z)ᵀθ - yᵢ)² = (1/n) Σ (|xᵢᵀθ - yᵢ| + ε‖θ‖)²."""
        moved = radius * length(coefficients)
        products = (sum((x * t for x, t in zip(row, coefficients, strict=True)), arb(0)) for row in self.rows)
        return sum(((abs(p - y) + moved) ** 2 for p, y in zip(products, self.response, strict=True)), arb(0)) / self.n

    def slope(self, start: Vector, direction: Vector, radius: Ball) -> Ball:
        """One-sided slope of the loss at `start` along `direction`."""
        ahead = [a + STEP * b for a, b in zip(start, direction, strict=True)]
        return (self.loss(ahead, radius) - self.loss(start, radius)) / STEP


def length(vector: Vector) -> Ball:
    """The Euclidean norm, enclosed."""
    return sum((v * v for v in vector), arb(0)).sqrt()


def _balls(matrix: fmpq_mat) -> Vector:
    with ctx.workprec(PRECISION):
        return [arb(entry) for entry in matrix.entries()]


@st.composite
def samples(draw: domains.Draw, full_row_rank: bool) -> ExactSample:
    """Entries from -4 to 4, n up to 4, d up to 6, at least n for `full_row_rank`; y other than 0, zeros included."""
    n = draw(st.integers(1, 4))
    d = draw(st.integers(n if full_row_rank else 1, 6))
    entry = st.integers(-4, 4)
    rows = draw(st.lists(st.lists(entry, min_size=d, max_size=d).map(tuple), min_size=n, max_size=n))
    response = draw(st.lists(entry, min_size=n, max_size=n).filter(any))
    return ExactSample(tuple(rows), tuple(response))


FIXED = (
    ExactSample(((2,),), (1,)),
    ExactSample(((1, 2),), (-3,)),
    ExactSample(((1, 0, 2), (0, 3, -1)), (1, 2)),
    ExactSample(((1, 1, 0, 2), (1, 0, 1, -1), (0, 2, 1, 1)), (4, 0, -1)),
    ExactSample(((3, 1, 0, 0, 1), (3, 1, 1, 0, 0)), (1, -1)),
)
"""One sample and several, square and wide, nearly parallel rows, and a zero response."""


@dataclass(frozen=True)
class Threshold:
    """A point that minimises the loss exactly when the radius is on one side of a value.

    `slope(sample, radius)` is the least one-sided slope there over a set of directions that decides minimality;
    `side` is -1 where the point is a minimiser below the value and 1 where it is one above.
    """

    slope: Callable[[ExactSample, Ball], Ball]
    scalars: Callable[[ExactSample], dict[sp.Symbol, Ball]]
    side: int

    def certified(self, name: str, claim: str) -> Check[Formula]:
        """A check of the expression: the slope's sign a relative 2^-60 on both sides of it, at `FIXED`."""

        def run(formula: Formula, budget: Budget) -> Evidence:
            with ctx.workprec(PRECISION):
                found = [self._signs(s, formula.enclose(self.scalars(s)).mid(), CLOSENESS) for s in FIXED]
            wrong = [sample for sample, signs in zip(FIXED, found, strict=True) if min(signs) < 0]
            decided = all(sign != 0 for signs in found for sign in signs)
            outcome = Outcome.FAILS if wrong else Outcome.HOLDS if decided else Outcome.INCONCLUSIVE
            text = f"{claim}: of {2 * len(FIXED)} slopes a relative 2^-60 from the threshold those of {len(wrong)} "
            return Evidence(
                Kind.CERTIFIED, outcome, "five integer samples, n up to 3, d up to 5",
                f"{text}samples certainly have a wrong sign.", {"samples": float(len(FIXED))},
                str(wrong[0]) if wrong else None,
            )  # fmt: skip

        return Check(name, Kind.CERTIFIED, run)

    def sampled(self, name: str, full_row_rank: bool, claim: str) -> Check[Formula]:
        """A check of the production code, within its rounding on both sides, on generated integer samples."""

        def gap(formula: Formula, sample: ExactSample) -> float:
            scalars = self.scalars(sample)
            implementation = formula.implementation
            value = float(formula.enclose(scalars).mid()) if implementation is None else float(implementation(sample))
            # The thresholds are products with Xᵀ or (XXᵀ)⁻¹: a few d EPS times at most the square of X's condition.
            stds = np.linalg.svd(sample.design, compute_uv=False)
            condition = (stds[0] / stds[-1]) ** 2 if full_row_rank else 1.0
            with ctx.workprec(PRECISION):
                signs = self._signs(sample, arb(value), arb(32 * sample.design.shape[1] * EPS * condition))
            return -float(min(signs))

        scope = "integer X and y, n up to 4, d up to 6" + (", full row rank" if full_row_rank else "")
        return search(name, samples(full_row_rank), gap, 0.0, claim, scope)

    def _signs(self, sample: ExactSample, value: Ball, closeness: Ball) -> tuple[int, int]:
        """1 for the right sign of the slope inside and outside, -1 for the wrong one, 0 where it is undecided."""
        inside = self.slope(sample, value * (1 + self.side * closeness))
        outside = -self.slope(sample, value * (1 - self.side * closeness))
        return _sign(inside), _sign(outside)


def _sign(ball: Ball) -> int:
    return 1 if ball > 0 else -1 if ball < 0 else 0
