"""The saddle point of Φ(μ, s, t) - μcb²/2 in ball arithmetic: a box in which its conditions have exactly one solution.

The conditions are written with the part E(Z²; |Z| > z) of the variance, and in six unknowns: the code solves one
equation in one unknown, which shares no formula with them.
"""

from collections.abc import Callable, Mapping
from functools import cache, lru_cache

import sympy as sp
from flint import arb, arb_mat, ctx

from checks.claim import Budget, Check
from checks.enclosure import Ball, encloser
from checks.evidence.certified import power_of_two_above
from checks.evidence.sampled import EPS
from checks.javanmard2020.settings import FIXED, Setting, Value
from checks.result import Evidence, Kind, Outcome
from theory import notation as sym

PRECISION = 192
WIDTH = arb(2) ** -80  # of the box, relative to the point: far above the point's error, far below the box's own scale
NEWTON_STEPS = 10
ROUNDING = 1024 * EPS  # of the code: some hundred EPS

a, b, mu, s, t, z = UNKNOWNS = (
    sym.alignment, sym.orthogonal, sym.multiplier, sym.residual_std, sym.attack_size, sym.cutoff,
)  # fmt: skip
rho, sigma, eps, c = sym.true_size, sym.noise_std, sym.radius, sym.aspect_ratio

DENSITY, TAIL = sp.exp(-(z**2) / 2) / sp.sqrt(2 * sp.pi), sp.erfc(z / sp.sqrt(2)) / 2
BEYOND = 2 * (z * DENSITY + TAIL)
KEPT = s**2 * BEYOND + 4 * s * t * DENSITY + 2 * t**2 * TAIL
PULL_OF_STD = mu * (1 - BEYOND) + 2 * mu / (mu + 2) * (BEYOND + 2 * t * DENSITY / s)
PULL_OF_ATTACK = 2 * (1 - 2 * TAIL) + 4 * mu / (mu + 2) * (s * DENSITY / t + TAIL)
CONDITIONS = (
    s**2 - (rho - a) ** 2 - b**2 - sigma**2,
    t**2 - eps**2 * (a**2 + b**2),
    z * mu * s - 2 * t,
    s**2 * (1 - BEYOND) + 4 * KEPT / (mu + 2) ** 2 - c * b**2,
    (rho - a) * PULL_OF_STD - eps**2 * a * PULL_OF_ATTACK,
    PULL_OF_STD + eps**2 * PULL_OF_ATTACK - mu * c,
)

TRAINING_LOSS = mu * s**2 * (1 - BEYOND) / 2 + t**2 * (1 - 2 * TAIL) + mu / (mu + 2) * KEPT - mu * c * b**2 / 2
RISK = s**2 + t**2 + 2 * sym.c0 * s * t
CLEAN_RISK = s**2
ZERO_RESIDUAL_FRACTION = 1 - 2 * TAIL

Point = Mapping[sp.Symbol, Ball]


@cache
def _compiled() -> tuple[tuple[Callable[[Point], Ball], ...], tuple[tuple[Callable[[Point], Ball], ...], ...]]:
    """The conditions and their derivatives."""
    values = tuple(encloser(condition) for condition in CONDITIONS)
    slopes = tuple(tuple(encloser(sp.diff(condition, x)) for x in UNKNOWNS) for condition in CONDITIONS)
    return values, slopes


@lru_cache(maxsize=64)
def saddle_point(setting: Setting) -> dict[sp.Symbol, Ball] | None:
    """Every symbol's ball at the one solution in a box, by Krawczyk's test; None where the test does not decide.

    Newton's method from the code's solution, which need not be right, finds the middle of the box. A solution is the
    saddle point: the function is convex in (a, b) and concave in the norm's multiplier, so that it has no other.
    """
    with ctx.workprec(PRECISION):
        given = {symbol: arb(value) for symbol, value in setting.scalars.items()}
        middle = _guess(setting)
        for _ in range(NEWTON_STEPS):
            middle = (middle - _slopes(middle, given).solve(_values(middle, given))).mid()
        box = arb_mat(6, 1, [arb(x.mid(), (abs(x) * WIDTH).upper()) for x in middle.entries()])
        inverse = _slopes(middle, given).inv().mid()
        contraction = _IDENTITY - inverse * _slopes(box, given)
        image = middle - inverse * _values(middle, given) + contraction * (box - middle)
        inside = all(outer.contains_interior(x) for x, outer in zip(image.entries(), box.entries(), strict=True))
        return given | dict(zip(UNKNOWNS, image.entries(), strict=True)) if inside else None


def enclosure(name: str, expression: sp.Expr, claim: str) -> Check[Value]:
    """A check that a formula's value is, to the code's rounding, that of `expression` at the saddle points of `FIXED`.

    Fails where the value is certainly further away than `ROUNDING`, relative to it.
    """

    def run(formula: Value, budget: Budget) -> Evidence:
        points = [saddle_point(setting) for setting in FIXED]
        if None in points:
            return _evidence(Outcome.INCONCLUSIVE, f"{claim}: a box does not contract, so nothing is enclosed.", {})
        with ctx.workprec(PRECISION):
            balls = [encloser(expression)(point) for point in points if point is not None]
            errors = [abs(arb(formula(x)) / ball - 1) for x, ball in zip(FIXED, balls, strict=True)]
        wrong = [i for i, error in enumerate(errors) if not error <= ROUNDING]
        shown = [f"{FIXED[i]}: {balls[i].str(12)}, stated {formula(FIXED[i])!r}" for i in wrong]
        widest = max(float(ball.rad() / abs(ball).lower()) for ball in balls)
        numbers = {
            "settings": float(len(FIXED)), "largest relative error": max(float(error.upper()) for error in errors),
            "tolerance": ROUNDING, "widest enclosure": power_of_two_above(widest),
        }  # fmt: skip
        text = f"{claim}: {balls[0].str(12)} at {FIXED[0]}, and of {len(FIXED)} settings {len(wrong)} differ from it."
        return _evidence(Outcome.FAILS if wrong else Outcome.HOLDS, text, numbers, shown[0] if shown else None)

    return Check(name, Kind.CERTIFIED, run)


def _evidence(outcome: Outcome, text: str, numbers: dict[str, float], counterexample: str | None = None) -> Evidence:
    scope = f"{len(FIXED)} rational settings, c from 1/8 to 4, ε from 1/8 to 3/2"
    return Evidence(Kind.CERTIFIED, outcome, scope, text, numbers, counterexample)


_IDENTITY = arb_mat(6, 6, [int(i == j) for i in range(6) for j in range(6)])


def _guess(setting: Setting) -> arb_mat:
    found = setting.limit
    std, attack = found.clean_risk**0.5, setting.radius * (found.alignment**2 + found.orthogonal**2) ** 0.5
    if found.zero_residual_fraction < 1 - 1e-9:
        cutoff = 2**0.5 * float(arb(found.zero_residual_fraction).erfinv())
    else:  # next to interpolation 2/μ is (c - 1)/ε²
        cutoff = (setting.aspect_ratio - 1) * attack / (setting.radius**2 * std)
    values = (found.alignment, found.orthogonal, 2 * attack / (cutoff * std), std, attack, cutoff)
    return arb_mat(6, 1, [arb(value) for value in values])


def _values(at: arb_mat, given: Point) -> arb_mat:
    point = {**given, **dict(zip(UNKNOWNS, at.entries(), strict=True))}
    return arb_mat(6, 1, [value(point) for value in _compiled()[0]])


def _slopes(at: arb_mat, given: Point) -> arb_mat:
    point = {**given, **dict(zip(UNKNOWNS, at.entries(), strict=True))}
    return arb_mat(6, 6, [slope(point) for row in _compiled()[1] for slope in row])
