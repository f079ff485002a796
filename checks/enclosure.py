"""SymPy expressions in ball arithmetic: every formula's enclosure is generated from the formula itself."""

import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

import sympy as sp
from flint import arb, ctx, fmpq

Ball: TypeAlias = Any  # flint.arb, which has no type stubs
Values: TypeAlias = Mapping[sp.Symbol, Any]
Encloser: TypeAlias = Callable[[Values], Ball]

ROUNDING_BITS = 70  # an enclosure this narrow, relative to its value, decides any float64 question
MAX_PRECISION = 1024  # what 1024 bits leave open is a question about zero, which no precision decides

FUNCTIONS: dict[type[sp.Basic], Callable[..., Ball]] = {
    sp.Add: lambda *terms: sum(terms, arb(0)),
    sp.Mul: lambda *factors: math.prod(factors, start=arb(1)),
    sp.exp: lambda x: x.exp(),
    sp.log: lambda x: x.log(),
    sp.erf: lambda x: x.erf(),
    sp.erfc: lambda x: x.erfc(),
    sp.besselk: lambda order, x: _bessel_k(order, x),
    sp.sinh: lambda x: x.sinh(),
    sp.cosh: lambda x: x.cosh(),
    sp.tanh: lambda x: x.tanh(),
    sp.atan: lambda x: x.atan(),
    sp.gamma: lambda x: x.gamma(),
    sp.Abs: abs,
    sp.sign: lambda x: x.sgn(),
    sp.Max: lambda *terms: _fold(lambda a, b: a.max(b), terms),
    sp.Min: lambda *terms: _fold(lambda a, b: a.min(b), terms),
}

CONSTANTS: dict[sp.Expr, Callable[[], Ball]] = {
    sp.pi: arb.pi,
    sp.E: arb.const_e,
    sp.EulerGamma: arb.const_euler,
    sp.oo: arb.pos_inf,
    sp.nan: arb.nan,
}


def enclose(expression: sp.Expr, values: Values) -> Ball:
    """A ball that contains `expression` at `values` (floats, fractions or balls), narrow to 70 bits where possible.

    The precision doubles until the ball is that narrow or 1024 bits are reached. An expression that is not defined
    there gives a NaN ball. ValueError for a function without ball arithmetic, or a symbol without a value.
    """
    evaluate = encloser(expression)
    precision = 128
    while True:
        with ctx.workprec(precision):
            ball = evaluate({symbol: to_ball(value) for symbol, value in values.items()})
        if ball.rel_accuracy_bits() >= ROUNDING_BITS or 2 * precision > MAX_PRECISION or not _narrow(values):
            return ball
        precision *= 2


@lru_cache(maxsize=4096)
def encloser(expression: sp.Expr) -> Encloser:
    """`expression` compiled into a function of its symbols' balls, at the precision in force when it is called."""
    if expression in CONSTANTS:
        constant = CONSTANTS[expression]
        return lambda values: constant()
    if isinstance(expression, sp.Rational):
        fraction = fmpq(int(expression.p), int(expression.q))
        return lambda values: arb(fraction)
    if isinstance(expression, sp.Float):
        number = float(expression)
        return lambda values: arb(number)
    if isinstance(expression, sp.Symbol):
        return lambda values: _look_up(expression, values)
    if isinstance(expression, sp.Pow):
        return _power(expression)
    return _application(expression)


def to_ball(value: Any) -> Ball:
    """`value` as a ball: exact for a float, an integer or a fraction, and a ball as it is."""
    if isinstance(value, arb):
        return value
    if isinstance(value, sp.Rational):
        return arb(fmpq(int(value.p), int(value.q)))
    return arb(value)


def _application(expression: sp.Expr) -> Encloser:
    function = FUNCTIONS.get(expression.func)
    if function is None:
        raise ValueError(f"expression must be made of functions with ball arithmetic, got {expression.func.__name__}")
    arguments = [encloser(argument) for argument in expression.args]
    return lambda values: function(*(argument(values) for argument in arguments))


def _bessel_k(order: Ball, x: Ball) -> Ball:
    """K_ν(x) = √π (2x)^ν exp(-x) U(ν + 1/2, 2ν + 1, 2x), DLMF 10.39.6.

    Arb's own K loses every digit at 1024 bits and arguments near 400, and can take minutes beyond; its U does neither.
    """
    return arb.pi().sqrt() * (2 * x) ** order * (-x).exp() * (2 * x).hypgeom_u(order + arb(1) / 2, 2 * order + 1)


def _power(expression: sp.Expr) -> Encloser:
    base, exponent = expression.args
    inner = encloser(base)
    if exponent is sp.S.Half:
        return lambda values: inner(values).sqrt()
    if isinstance(exponent, sp.Integer):
        power = int(exponent)
        return lambda values: inner(values) ** power
    if isinstance(exponent, sp.Rational) and exponent.q == 2:
        halves = int(exponent.p)
        return lambda values: inner(values).sqrt() ** halves
    raised = encloser(exponent)
    return lambda values: inner(values) ** raised(values)


def _look_up(symbol: sp.Symbol, values: Values) -> Ball:
    if symbol not in values:
        raise ValueError(f"values must name every symbol of the expression, got none for {symbol}")
    return values[symbol]


def _narrow(values: Values) -> bool:
    return all(not isinstance(value, arb) or value.rad() == 0 for value in values.values())


def _fold(function: Callable[[Ball, Ball], Ball], terms: tuple[Ball, ...]) -> Ball:
    first, *rest = terms
    for term in rest:
        first = function(first, term)
    return first
