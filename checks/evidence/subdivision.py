"""Signs on boxes: polynomials shown to be positive everywhere on a box, by subdivision in ball arithmetic."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp
from flint import arb, ctx

from checks.enclosure import Ball

Interval = tuple[float, float]
Box = tuple[Interval, ...]

PRECISION = 64  # rounding is far below the width of any box that is not given up
SMALLEST = 2.0**-12  # a box this narrow, relative to the first one, that is still undecided is given up


@dataclass(frozen=True)
class Subdivision:
    """What a subdivision found: whether all is positive, the boxes visited, and the box that was given up."""

    positive: bool
    boxes: int
    undecided: Box | None


def all_positive(expressions: Sequence[sp.Expr], box: Mapping[sp.Symbol, Interval], limit: int = 60_000) -> Subdivision:
    """Whether polynomial `expressions` are all positive on the whole of `box`, decided by halving it.

    On each part an expression is enclosed as it stands, and where that is too wide around the middle by the mean
    value theorem. The widest side, relative to the first box, is halved until all is decided; a part that stays
    undecided at a width of 2^-12, or more than `limit` parts, ends the search. ValueError unless every coefficient is
    a dyadic rational, as only those are exact in float64.
    """
    for number in set().union(*(expression.atoms(sp.Rational) for expression in expressions)):
        if int(number.q).bit_count() != 1:
            raise ValueError(f"coefficients must be dyadic rationals, got {number}")
    symbols, first = tuple(box), tuple(box.values())
    enclosures = [_compile(expression, symbols) for expression in expressions]
    waiting, visited = [first], 0
    with ctx.workprec(PRECISION):
        while waiting:
            part, visited = waiting.pop(), visited + 1
            balls = [_ball(interval) for interval in part]
            if all(positive(balls) for positive in enclosures):
                continue
            widths = [(high - low) / (b - a) for (low, high), (a, b) in zip(part, first, strict=True)]
            if max(widths) < SMALLEST or visited >= limit:
                return Subdivision(False, visited, part)
            waiting.extend(_halves(part, widths.index(max(widths))))
    return Subdivision(True, visited, None)


def _compile(expression: sp.Expr, symbols: tuple[sp.Symbol, ...]) -> Callable[[list[Ball]], bool]:
    value: Any = sp.lambdify(symbols, expression, "math", cse=True)
    slopes: Any = sp.lambdify(symbols, [sp.diff(expression, symbol) for symbol in symbols], "math", cse=True)

    def positive(balls: list[Ball]) -> bool:
        if value(*balls) > 0:
            return True
        centre = [ball.mid() for ball in balls]
        moves = (slope * (ball - mid) for slope, ball, mid in zip(slopes(*balls), balls, centre, strict=True))
        return bool(sum(moves, value(*centre)) > 0)

    return positive


def _ball(interval: Interval) -> Ball:
    low, high = interval
    return arb((low + high) / 2, (high - low) / 2)


def _halves(part: Box, side: int) -> list[Box]:
    low, high = part[side]
    middle = (low + high) / 2
    return [(*part[:side], half, *part[side + 1 :]) for half in ((low, middle), (middle, high))]
