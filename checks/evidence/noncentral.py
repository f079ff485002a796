"""The power of Student's test: how large a difference must be to be caught almost always."""

import math
from functools import lru_cache

from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import chdtr, chdtri, ndtri

POWER = 0.99  # a difference of the stated detectable size is caught this often
FAR = 9.0  # standard deviations beyond which the normal density is below 1e-18


@lru_cache(maxsize=1024)
def noncentrality(margin: float, degrees: float) -> float:
    """How far off the truth is, in true standard errors, that Student's t exceeds `margin` with probability POWER.

    The standard error is estimated anew with the mean, so this is more than `margin` plus a quantile: with few degrees
    of freedom much more. The other side of a two-sided test, which adds to the power, is left out.
    """
    # Half of what may be missed by the mean, half by its standard error, suffice together.
    stretch = math.sqrt(float(chdtri(degrees, (1 - POWER) / 2)) / degrees)
    enough = margin * stretch - float(ndtri((1 - POWER) / 2))
    return float(brentq(lambda size: power(size, margin, degrees) - POWER, margin, enough, rtol=1e-9))


def power(size: float, margin: float, degrees: float) -> float:
    """The probability that (Z + size)/S exceeds `margin`, for a normal Z and an independent S² = χ²/degrees."""
    turn, low = margin - size, max(-size, -FAR)

    def density(z: float) -> float:
        return math.exp(-z * z / 2) * float(chdtr(degrees, degrees * ((size + z) / margin) ** 2))

    points = [turn] if low < turn < FAR else None
    return float(quad(density, low, FAR, points=points, limit=200)[0]) / math.sqrt(2 * math.pi)
