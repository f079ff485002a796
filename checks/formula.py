"""A formula with its faces: the SymPy expression, the float64 code that users call, and the ball arithmetic."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, SupportsFloat

import sympy as sp

from checks.enclosure import Ball, Values, enclose


class Undefined(Exception):
    """A mutant is not defined on this case: the case says nothing about it."""


class Case(Protocol):
    """Anything that has the values of the symbols that closed forms are written in."""

    @property
    def scalars(self) -> dict[sp.Symbol, float]:
        """Value by symbol."""
        ...


@dataclass(frozen=True)
class Formula:
    """A scalar formula of a case.

    `expression` is what the statement says, `symbol` the LaTeX name of the quantity, and `implementation` the code
    of `theory/` that users call. A mutant has no implementation: its float64 values come from its expression, so
    that one mistake goes through every check.
    """

    expression: sp.Expr
    symbol: str
    implementation: Callable[[Any], SupportsFloat] | None = None

    def __call__(self, case: Case) -> float:
        """The value at `case` in float64; Undefined where a mutant's expression is not defined."""
        if self.implementation is not None:
            return float(self.implementation(case))
        ball = self.enclose(case.scalars)
        if not ball.is_finite():
            raise Undefined
        return float(ball.mid())

    def enclose(self, values: Values) -> Ball:
        """A ball that contains the expression's value."""
        return enclose(self.expression, values)

    def mutate(self, expression: sp.Expr) -> "Formula":
        """The same quantity with a wrong expression."""
        return Formula(expression, self.symbol)

    @property
    def latex(self) -> str:
        """The formula as LaTeX, rendered from the very expression that is checked."""
        return f"{self.symbol} = {sp.latex(self.expression)}"
