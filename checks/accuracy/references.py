"""Enclosures that need more than an expression: moments at any shape, lengths, solutions of systems, and roots."""

from collections.abc import Callable, Sequence

from flint import arb, arb_mat, ctx, fmpq

from checks.enclosure import Ball

Balls = Sequence[Ball]

# E[Z^2a k^2c / (Z² + k²)^b]: weight, a, 2b and c of the terms of each moment of `theory.smoothed_moments`.
MOMENTS: dict[str, tuple[tuple[int, int, int, int], ...]] = {
    "cross_moment": ((1, 1, 1, 0),),
    "cross_slope": ((1, 2, 3, 0), (2, 1, 3, 1)),
    "cross_bend": ((1, 3, 5, 0), (4, 2, 5, 1)),
    "cross_turn": ((2, 1, 5, 2), (-1, 2, 5, 1)),
    "square_moment": ((1, 1, 2, 0),),
    "square_slope": ((1, 1, 4, 1),),
    "square_bend_s": ((1, 2, 6, 1),),
    "square_bend_n": ((1, 1, 6, 2),),
}


def moment(name: str, shape: Ball) -> Ball:
    """A moment of the smoothed attack from its definition, by Tricomi's U: no Bessel function, and little cancels.

    With t = Z², E[Z^2a k^2c / (Z² + k²)^b] = k^(2a+1-2b+2c) Γ(a + 1/2) U(a + 1/2, a + 3/2 - b, k²/2) / √(2π).
    """
    half = arb(1) / 2
    total = arb(0)
    for weight, a, twice_b, c in MOMENTS[name]:
        u = (shape * shape / 2).hypgeom_u(a + half, a + 3 * half - arb(twice_b) / 2)
        total += weight * shape ** (2 * a + 1 - twice_b + 2 * c) * (a + half).gamma() * u
    return total / (2 * arb.pi()).sqrt()


def c0() -> Ball:
    """√(2/π)."""
    return (2 / arb.pi()).sqrt()


def product(a: Balls, b: Balls) -> Ball:
    """aᵀb."""
    return sum((x * y for x, y in zip(a, b, strict=True)), arb(0))


def applied(matrix: Sequence[Balls], vector: Balls) -> list[Ball]:
    """A matrix times a vector."""
    return [product(row, vector) for row in matrix]


def minus(a: Balls, b: Balls) -> list[Ball]:
    """a - b."""
    return [x - y for x, y in zip(a, b, strict=True)]


def length(vector: Balls, exponent: float = 2) -> Ball:
    """The norm of a vector for any exponent in [1, inf]."""
    sizes = [abs(x) for x in vector]
    if exponent == 1:
        return sum(sizes, arb(0))
    if exponent == 2:
        return product(sizes, sizes).sqrt()
    if exponent == float("inf"):
        largest = sizes[0]
        for size in sizes[1:]:
            largest = largest.max(size)
        return largest
    power = arb(fmpq(*exponent.as_integer_ratio()))
    return sum((size**power for size in sizes if size != 0), arb(0)) ** (1 / power)


def solved(matrix: Sequence[Balls], vector: Balls) -> list[Ball]:
    """The solution of a linear system; balls without bound where it is singular to the present precision."""
    try:
        solution = arb_mat([list(row) for row in matrix]).solve(arb_mat([[x] for x in vector]))
    except ZeroDivisionError:
        return [arb.nan()] * len(vector)
    return [solution[i, 0] for i in range(len(vector))]


def signs(vector: Balls) -> list[Ball]:
    """The sign of every entry."""
    return [x.sgn() for x in vector]


def root(function: Callable[[Ball], Ball], low: float, high: float) -> Ball:
    """A ball with the zero of a function of log2(x) that turns from negative to positive once, as x itself.

    Bisection finds it to some digits, the secant method to half the precision in force, and two signs prove it.
    """
    a, b = arb(low), arb(high)
    for _ in range(40):
        middle = ((a + b) / 2).mid()
        a, b = (a, middle) if function(middle) > 0 else (middle, b)
    at_a, at_b = function(a), function(b)
    for _ in range(12):
        if at_a.overlaps(at_b):
            break
        a, b = b, (b - at_b * (b - a) / (at_b - at_a)).mid()
        at_a, at_b = at_b, function(b)
    width = arb(2) ** -(ctx.prec // 2)
    if function(b - width) < 0 and function(b + width) > 0:
        return arb(2) ** arb(b.mid(), width)
    return arb.nan()
