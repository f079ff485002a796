"""Odd, non-decreasing functions of one Gaussian covariate under attack: their risk in ball arithmetic, by cells."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from flint import arb, ctx

from checks.enclosure import Ball
from theory.population import LinearGaussian
from theory.validation import FloatArray

POPULATION = LinearGaussian(np.array([1.0]), np.eye(1), 0.0)
"""y = x, d = 1, Σ = 1: beyond ε = √(π/2) the linear optimum is 0."""

PRECISION = 64  # rounding is far below the width of a cell
CUTOFF, CELL = 8, 2.0**-11
"""|Z| is cut into cells up to 8, beyond which a Gaussian variable has the mass 1e-15."""


def risk_by_cells(function: Callable[[Ball], Ball], radius: float, bound: float) -> Ball:
    """E max {(f(Z + δ) - Z)² : |δ| <= ε}, Z standard normal, for an odd, non-decreasing f with |f(x)| <= bound + |x|.

    The loss is the worse of those at δ = ±ε. On every cell it lies in the ball that interval arithmetic gives; a cell
    weighs its Gaussian mass.
    """
    with ctx.workprec(PRECISION):
        epsilon, total = arb(radius), arb(0)
        for cell, mass in _cells():
            total += mass * worst_loss(function, cell, epsilon)
        density = (2 / arb.pi()).sqrt() * arb(-(CUTOFF**2) / 2).exp()
        size = arb(bound) + epsilon
        tail = 2 * (2 * size**2 + 4) * density / CUTOFF + 8 * CUTOFF * density
        return total + arb(0).union(tail)


def worst_loss(function: Callable[[Ball], Ball], x: Ball, radius: Ball) -> Ball:
    """max (f(x ± ε) - x)² for x in a ball; f is enclosed by its values at the ends."""
    low, high = x.lower(), x.upper()
    above = function(low + radius).union(function(high + radius)) - x
    below = function(low - radius).union(function(high - radius)) - x
    return (above * above).max(below * below)


@lru_cache(maxsize=1)
def _cells() -> tuple[tuple[Ball, Ball], ...]:
    """The cells as balls and the mass of |Z| in each."""
    count = round(CUTOFF / CELL)
    with ctx.workprec(PRECISION):
        edges = [(arb(i * CELL) / arb(2).sqrt()).erf() for i in range(count + 1)]
        return tuple((arb((i + 0.5) * CELL, CELL / 2), edges[i + 1] - edges[i]) for i in range(count))


def brute_force(function: Callable[[FloatArray], FloatArray], x: FloatArray, radius: float, places: int) -> FloatArray:
    """The largest (f(x + δ) - x)² over `places` equally spaced δ from -ε to ε, shape of x."""
    moves = np.linspace(-radius, radius, places).reshape(-1, *[1] * x.ndim)
    worst: FloatArray = np.max((function(x + moves) - x) ** 2, axis=0)
    return worst
