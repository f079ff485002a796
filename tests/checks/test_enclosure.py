"""checks.enclosure: SymPy expressions in ball arithmetic."""

import mpmath
import pytest
import sympy as sp
from flint import arb, ctx

from checks.enclosure import enclose

x, y = sp.symbols("x y", positive=True)
EXPRESSIONS = [
    sp.sqrt(x) + x**2 - 3 * y,
    sp.exp(-x) * sp.erfc(y) + sp.erf(x),
    sp.besselk(1, x) / sp.besselk(0, y),
    sp.Max(x, y) - sp.Min(x, y) + sp.Abs(y - x),
    sp.log(x) * sp.sinh(y) * sp.cosh(x) + sp.tanh(x) - sp.atan(y),
    x ** sp.Rational(3, 2) * y ** sp.Rational(-1, 2) + x**y + sp.pi + sp.E,
]


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=str)
@pytest.mark.parametrize("point", [(0.5, 2.0), (3.0, 0.125)], ids=str)
def test_ball_contains_the_value_and_is_narrow(expression: sp.Expr, point: tuple[float, float]) -> None:
    ball = enclose(expression, dict(zip((x, y), point, strict=True)))
    with mpmath.workdps(60), ctx.workprec(256):
        value = sp.lambdify((x, y), expression, "mpmath")(*map(mpmath.mpf, point))
        assert ball.contains(arb(mpmath.nstr(value, 45)))
    assert ball.rel_accuracy_bits() >= 70


def test_precision_rises_until_cancellation_leaves_enough_digits() -> None:
    difference = sp.exp(x) - sp.exp(x) * (1 - sp.exp(-y))
    assert enclose(difference, {x: 1.0, y: 600.0}).rel_accuracy_bits() >= 70


def test_wide_arguments_give_an_enclosure_of_the_range() -> None:
    ball = enclose(x**2, {x: arb(1).union(arb(2))})
    assert ball.contains(1)
    assert ball.contains(4)


def test_a_function_without_ball_arithmetic_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="zeta"):
        enclose(sp.zeta(x), {x: 2.0})


def test_a_symbol_without_a_value_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="none for y"):
        enclose(x + y, {x: 1.0})
