"""An unevaluated maximum under constraints, and the operations by which SymPy decides steps about it."""

from collections.abc import Callable
from itertools import product

import sympy as sp
from sympy.printing.latex import LatexPrinter

Method = Callable[[sp.Expr], sp.Expr]


class Maximum(sp.Expr):  # type: ignore[misc]
    """Largest value of `function` over `variables` such that every one of `constraints` is non-negative."""

    def __new__(
        cls, function: sp.Expr, variables: tuple[sp.Symbol, ...], constraints: tuple[sp.Expr, ...]
    ) -> "Maximum":
        """Unevaluated: nothing is computed here."""
        maximum: Maximum = super().__new__(cls, function, sp.Tuple(*variables), sp.Tuple(*constraints))
        return maximum

    @property
    def free_symbols(self) -> set[sp.Symbol]:
        """Symbols on which the value depends: all but the variables."""
        return set().union(*(part.free_symbols for part in self.args)) - set(self.args[1])

    def _latex(self, printer: LatexPrinter) -> str:
        function, variables, constraints = self.args
        conditions = ",\\ ".join(rf"{printer.doprint(c)} \ge 0" for c in constraints)
        names = ", ".join(printer.doprint(v) for v in variables)
        return rf"\max_{{{names} :\ {conditions}}} {printer.parenthesize(function, 0)}"


def projecting_out(variable: sp.Symbol, value: sp.Expr) -> Method:
    """Drop `variable` where the function does not depend on it and moving it to `value` keeps feasible points so.

    The second condition is that no constraint decreases: each increase is shown to be non-negative by SymPy.
    """

    def project(maximum: Maximum) -> sp.Expr:
        function, variables, constraints = maximum.args
        moved = [c.subs(variable, value) for c in constraints]
        gains = [sp.expand(new - old) for new, old in zip(moved, constraints, strict=True)]
        if variable in function.free_symbols or not all(gain.is_nonnegative for gain in gains):
            return maximum
        rest = tuple(v for v in variables if v != variable)
        return Maximum(function, rest, tuple(c for c in moved if c.free_symbols & set(rest)))

    return _everywhere(project)


def at_endpoints(*variables: sp.Symbol) -> Method:
    """Maximise over one variable after another, each at an end of its interval, which needs convexity in each."""

    def maximise(maximum: Maximum) -> sp.Expr:
        for variable in variables:
            if not _is_convex_on_interval(maximum, variable):
                return maximum
        return sp.Max(*_at_corners(maximum, variables))

    return _everywhere(maximise)


def by_signs(*symbols: sp.Symbol) -> Method:
    """Decide an identity between absolute values and maxima separately for every pattern of signs."""
    sizes = [sp.Dummy(f"|{symbol.name}|", nonnegative=True) for symbol in symbols]

    def nonzero_case(expression: sp.Expr) -> sp.Expr:
        cases = []
        for signs in product((-1, 1), repeat=len(symbols)):
            values = {x: sign * size for x, sign, size in zip(symbols, signs, sizes, strict=True)}
            cases.append(sp.expand(_with_expanded_arguments(expression.subs(values))))
        return next((case for case in cases if case != 0), sp.S.Zero)

    return nonzero_case


def _with_expanded_arguments(expression: sp.Expr) -> sp.Expr:
    """The same maxima of finitely many values, expanded so that SymPy can compare them."""
    return expression.replace(sp.Max, lambda *values: sp.Max(*map(sp.expand, values)))


def _everywhere(rewrite: Callable[[Maximum], sp.Expr]) -> Method:
    """Rewrite every maximum under constraints in an expression, then collect."""

    def apply(expression: sp.Expr) -> sp.Expr:
        return _with_expanded_arguments(expression.replace(Maximum, lambda *a: rewrite(Maximum(*a))))

    return apply


def _is_convex_on_interval(maximum: Maximum, variable: sp.Symbol) -> bool:
    """Whether the function is convex in `variable` and each constraint on it is a concave parabola in it alone."""
    function, _, constraints = maximum.args
    bounds = [c for c in constraints if variable in c.free_symbols]
    concave = len(bounds) == 1 and bool(sp.diff(bounds[0], variable, 2).is_negative)
    alone = len(bounds) == 1 and bounds[0].free_symbols.isdisjoint(set(maximum.args[1]) - {variable})
    pieces = function.args if isinstance(function, sp.Max) else (function,)
    convex = all(sp.expand(sp.diff(piece, variable, 2)).is_nonnegative for piece in pieces)
    return concave and alone and convex


def _at_corners(maximum: Maximum, variables: tuple[sp.Symbol, ...]) -> list[sp.Expr]:
    """Values of the function at all combinations of the ends of the variables' intervals."""
    function, _, constraints = maximum.args
    values = [function]
    for variable in variables:
        bound = next(c for c in constraints if variable in c.free_symbols)
        ends = sp.solve(bound, variable)
        values = [value.subs(variable, end) for value in values for end in ends]
    return values
