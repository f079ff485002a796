"""Certified evidence: ball arithmetic encloses both sides, so that what it says is a theorem about real numbers."""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import numpy as np
import sympy as sp
from flint import acb, arb, ctx

from checks.claim import Budget, Check
from checks.enclosure import ROUNDING_BITS, Ball, to_ball
from checks.formula import Formula
from checks.result import Evidence, Kind, Outcome

Point = Mapping[sp.Symbol, float]  # a float64 is an exact rational
Integrand = Callable[[Ball, bool], Ball]

PRECISION = 128
CUTOFF = 20  # the Gaussian tail beyond 20 standard deviations weighs 1e-88


def agreement(
    name: str,
    points: Callable[[Budget], Sequence[Point]],
    definition: Callable[[Point], Ball],
    claim: str,
    scope: str,
) -> Check[Formula]:
    """A check that a formula's enclosure meets that of its `definition` at the exact rationals `points(budget)`.

    Disjoint enclosures refute. Narrow overlapping ones (both to 70 bits) agree; wide overlapping ones say nothing.
    """

    @lru_cache(maxsize=4)
    def measure(budget: Budget) -> tuple[tuple[Point, Ball], ...]:
        return tuple((point, definition(point)) for point in points(budget))

    def run(formula: Formula, budget: Budget) -> Evidence:
        found = measure(budget.without_shrinking())
        return compare([(point, ball, formula.enclose(point)) for point, ball in found], claim, scope)

    return Check(name, Kind.CERTIFIED, run)


def compare(balls: Sequence[tuple[Point, Ball, Ball]], claim: str, scope: str) -> Evidence:
    """The evidence that pairs of enclosures, of the definition and of the formula, give."""
    disjoint = [item for item in balls if item[1].is_finite() and item[2].is_finite() and not item[1].overlaps(item[2])]
    bits = min(min(left.rel_accuracy_bits(), right.rel_accuracy_bits()) for _, left, right in balls)
    outcome = Outcome.FAILS if disjoint else Outcome.HOLDS if bits >= ROUNDING_BITS else Outcome.INCONCLUSIVE
    numbers = {
        "points": float(len(balls)),
        "disjoint": float(len(disjoint)),
        "narrowest common bits": float(bits),
    }
    sentence = {
        Outcome.FAILS: f"the enclosures are disjoint at {len(disjoint)} of {len(balls)} points, so they do differ.",
        Outcome.HOLDS: f"at {len(balls)} rational points the enclosures overlap and agree to {bits} bits.",
        Outcome.INCONCLUSIVE: f"the enclosures overlap but one is only {bits} bits narrow, so nothing is decided.",
    }[outcome]
    counterexample = None
    if disjoint:
        point, left, right = disjoint[0]
        counterexample = f"{describe(point)}: definition {left.str(15)}, formula {right.str(15)}"
    return Evidence(Kind.CERTIFIED, outcome, scope, f"{claim}: {sentence}", numbers, counterexample)


def sign_change(
    name: str,
    points: Callable[[Budget], Sequence[Point]],
    slope: Callable[[Ball, Point], Ball],
    sides: Sequence[int],
    claim: str,
    scope: str,
) -> Check[Formula]:
    """A check that a formula is where `slope(value, point)` turns from negative to positive, from the given sides.

    Side 1 asks for a positive slope at the formula's value times 1 + 2^-60, side -1 for a negative one at 1 - 2^-60.
    """

    def run(formula: Formula, budget: Budget) -> Evidence:
        found = [(point, side, _beside(formula, point, slope, side)) for point in points(budget) for side in sides]
        wrong = [item for item in found if item[1] * item[2] < 0]
        decided = all(ball > 0 or ball < 0 for _, _, ball in found)
        outcome = Outcome.FAILS if wrong else Outcome.HOLDS if decided else Outcome.INCONCLUSIVE
        text = f"{claim}: of {len(found)} slopes a relative 2^-60 away {len(wrong)} certainly have the wrong sign."
        numbers = {"slopes": float(len(found)), "of the wrong sign": float(len(wrong))}
        counterexample = None
        if wrong:
            point, side, ball = wrong[0]
            counterexample = f"{describe(point)}: slope {ball.str(10)} at the stated value times 1 {side:+d} 2^-60"
        return Evidence(Kind.CERTIFIED, outcome, scope, text, numbers, counterexample)

    return Check(name, Kind.CERTIFIED, run)


def _beside(formula: Formula, point: Point, slope: Callable[[Ball, Point], Ball], side: int) -> Ball:
    value = formula.enclose(point)
    with ctx.workprec(PRECISION):
        return slope(value * (1 + side * arb(2) ** -60), point)


def random_points(domain: Mapping[sp.Symbol, tuple[float, float]], count: int, rng: np.random.Generator) -> list[Point]:
    """`count` points, each symbol log-uniform between its two positive bounds and rounded to 24 bits."""
    draws = {s: np.exp(rng.uniform(np.log(low), np.log(high), count)) for s, (low, high) in domain.items()}
    return [{symbol: float(np.float32(values[i])) for symbol, values in draws.items()} for i in range(count)]


def power_of_two_above(width: float) -> float:
    """The least power of two that is at least `width`: a ball's last bits depend on what was computed before it."""
    return math.ldexp(1.0, math.ceil(math.log2(width))) if width > 0 else 0.0


def describe(point: Point) -> str:
    """A point as text: every symbol with its exact value."""
    return ", ".join(f"{symbol} = {value}" for symbol, value in point.items())


def half_gaussian_mean(function: Integrand, growth: tuple[float, float]) -> Ball:
    """E f(|Z|) for a standard normal Z, enclosed; the tail beyond 20 is bounded, not ignored.

    `function(z, analytic)` is f in complex ball arithmetic on the right half plane (`analytic` asks it to
    return a non-finite ball where it is not holomorphic), and growth = (a, b) bounds it on the axis:
    0 <= f(z) <= (a + b z)² for z >= 20.
    """
    with ctx.workprec(PRECISION):
        scale = (2 / arb.pi()).sqrt()
        body = acb.integral(lambda z, analytic: function(z, analytic) * (-z * z / 2).exp(), 0, CUTOFF).real * scale
        return body + arb(0).union(_tail(growth))


def _tail(growth: tuple[float, float]) -> Ball:
    # (a + b z)² <= 2 a² + 2 b² z², and for z >= L: int φ <= φ(L)/L, int z² φ = L φ(L) + int φ.
    a, b = map(to_ball, growth)
    density = (2 / arb.pi()).sqrt() * (arb(-(CUTOFF**2)) / 2).exp()
    mass = density / CUTOFF
    return 2 * a * a * mass + 2 * b * b * (CUTOFF * density + mass)
