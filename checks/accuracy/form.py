"""A closed form whose float64 code is held against ball arithmetic, and points of its domain."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike

from checks.enclosure import Ball, encloser

Point = tuple[float, ...]  # exact rationals: what the code is given, and what the enclosure is of

LARGEST = 1e300
MODERATE = (1e-3, 1e3)
DIGITS = 6  # of a drawn number: short to print, and no number of few bits for it


@dataclass(frozen=True)
class Form:
    """A closed form: the code that users call, as a function of a point, and balls that contain its true value.

    `exact` is given the point as balls; both return a number or an array's entries in order. The first `integers`
    entries of a point are counts, which no rounding touches. `claim` is the claim that the formula is right.
    """

    name: str
    group: str
    code: str
    domain: str
    draw: Callable[[np.random.Generator, int], Iterator[Point]]
    value: Callable[[Point], ArrayLike]
    exact: Callable[[Sequence[Ball]], Sequence[Ball]]
    describe: Callable[[Point], str]
    integers: int = 0
    claim: str | None = None


@dataclass(frozen=True)
class Variable:
    """A scalar argument: its name, its range, values that must occur, and whether it is a count."""

    name: str
    low: float = 1 / LARGEST
    high: float = LARGEST
    special: tuple[float, ...] = ()
    integer: bool = False

    def draw(self, rng: np.random.Generator, wide: bool) -> float:
        """A log-uniform value, of any size or of an ordinary one."""
        low, high = (self.low, self.high) if wide else (max(self.low, MODERATE[0]), min(self.high, MODERATE[1]))
        value = log_uniform(rng, low, high)
        return float(round(value)) if self.integer else value


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """A number between two positive ones, uniform in its logarithm, of few decimal digits."""
    value = float(f"{10.0 ** rng.uniform(np.log10(low), np.log10(high)):.{DIGITS}g}")
    return min(max(value, low), high)


def scalars(variables: Sequence[Variable]) -> Callable[[np.random.Generator, int], Iterator[Point]]:
    """Points of scalars: the corners, then in turn all of any size, one of any size among ordinary ones, all ordinary.

    The corners are the ends of every range, its special values and 1.
    """

    def draw(rng: np.random.Generator, count: int) -> Iterator[Point]:
        corners = itertools.product(*(_corner_values(variable) for variable in variables))
        yield from itertools.islice(corners, count // 2)
        for i in itertools.count():
            one = rng.integers(len(variables))
            yield tuple(v.draw(rng, i % 3 == 0 or (i % 3 == 1 and j == one)) for j, v in enumerate(variables))

    return lambda rng, count: itertools.islice(draw(rng, count), count)


def from_expression(expression: sp.Expr, symbols: Sequence[sp.Symbol]) -> Callable[[Sequence[Ball]], Sequence[Ball]]:
    """The enclosure of the very expression that claims check."""
    evaluate = encloser(expression)
    return lambda balls: [evaluate(dict(zip(symbols, balls, strict=True)))]


def named(variables: Sequence[Variable]) -> Callable[[Point], str]:
    """A point of scalars as text."""
    return lambda point: ", ".join(
        f"{v.name} = {int(x) if v.integer else repr(x)}" for v, x in zip(variables, point, strict=True)
    )


def ranges(variables: Sequence[Variable]) -> str:
    """The domain in words, scalars of one range together."""
    groups: dict[tuple[float, float], list[str]] = {}
    for v in variables:
        groups.setdefault((v.low, v.high), []).append(v.name)
    return "; ".join(f"{', '.join(names)} from {low:g} to {high:g}" for (low, high), names in groups.items())


def _corner_values(variable: Variable) -> list[float]:
    inside = [1.0] if variable.low < 1 < variable.high else []
    return list(dict.fromkeys((*variable.special, *inside, variable.low, variable.high)))
