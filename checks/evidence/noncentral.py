"""The power of Student's test: how large a difference must be to be caught almost always."""

import math
from functools import lru_cache

from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import chdtr, chdtri, ndtri

POWER = 0.99  # a difference of the stated detectable size is caught this often
Moments = tuple[float, float, float, float]
NORMAL: Moments = (0.0, 3.0, 0.0, 15.0)
"""The third to sixth moments of a standard normal variable."""
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


def skew_allowance(margin: float, count: int, moments: Moments) -> float:
    """How much more than `noncentrality` it takes, in standard errors, where the draws are not normal; at least 0.

    x̄ ± margin S/√n, the end that must be beaten, is to first order the mean of ±u + a(u² - 1), a = margin/(2√n), over
    the standardised draws u, whose third to sixth `moments` are given. Its quantile is that of Cornish and Fisher's
    expansion, up to terms of order 1/n: at the worse of the two ends, less that of normal draws.
    """
    normal = _quantile(margin, count, NORMAL, 1)
    return max(0.0, *(_quantile(margin, count, moments, side) - normal for side in (1, -1)))


def _quantile(margin: float, count: int, moments: Moments, side: int) -> float:
    """The quantile at POWER of the mean of side u + a(u² - 1), times √count."""
    third, fourth, fifth, sixth = moments
    a, z = margin / (2 * math.sqrt(count)), float(ndtri(POWER))
    variance = 1 + 2 * side * a * third + a**2 * (fourth - 1)
    skew = side * third + 3 * a * (fourth - 1) + 3 * side * a**2 * (fifth - 2 * third) + a**3 * (sixth - 3 * fourth + 2)
    return math.sqrt(variance) * z + (z**2 - 1) / 6 * skew / (variance * math.sqrt(count)) if variance > 0 else 0.0


def power(size: float, margin: float, degrees: float) -> float:
    """The probability that (Z + size)/S exceeds `margin`, for a normal Z and an independent S² = χ²/degrees."""
    turn, low = margin - size, max(-size, -FAR)

    def density(z: float) -> float:
        return math.exp(-z * z / 2) * float(chdtr(degrees, degrees * ((size + z) / margin) ** 2))

    points = [turn] if low < turn < FAR else None
    return float(quad(density, low, FAR, points=points, limit=200)[0]) / math.sqrt(2 * math.pi)
