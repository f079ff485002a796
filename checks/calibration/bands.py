"""Simultaneous bands for the empirical distribution of p-values.

Säilynoja, Bürkner and Vehtari, "Graphical test for discrete uniformity and its applications in goodness-of-fit
evaluation and multiple sample comparison", Statistics and Computing 32 (2022): at every point of a grid the count of
values up to it is binomial; the pointwise level is chosen so that all counts lie within their quantiles together with
the asked probability, which is computed exactly.
"""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import gammaln
from scipy.stats import binom

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
BINS = 40
GRID: Floats = np.arange(1, BINS) / BINS
LEAST = -40.0  # logarithm of a pointwise level at which a band of any use is wide enough


@lru_cache(maxsize=256)
def band(count: int, error_rate: float) -> tuple[Counts, Counts]:
    """The least and the largest numbers of `count` uniform values that may lie at or below each point of GRID.

    All of them hold together with probability at least 1 - error_rate.
    """

    def excess(log_level: float) -> float:
        return inside(count, *_quantiles(count, log_level)) - (1 - error_rate)

    most = math.log(error_rate)  # at one point alone
    level = most if excess(most) >= 0 else float(brentq(excess, LEAST, most, xtol=1e-3))
    return _quantiles(count, level if excess(level) >= 0 else level - 2e-3)


def inside(count: int, low: Counts, high: Counts) -> float:
    """The probability that the counts of uniform values at or below all points of GRID lie from `low` to `high`."""
    reached, chance, begun = np.array([0]), np.array([1.0]), 0.0
    facts = gammaln(np.arange(1.0, count + 2))  # logarithms of factorials
    for end, least, most in zip(GRID, low, high, strict=True):
        counts = np.arange(least, most + 1)
        step = (end - begun) / (1 - begun)
        more, left = np.maximum(counts[None, :] - reached[:, None], 0), count - reached[:, None]
        logarithm = facts[left] - facts[more] - facts[np.maximum(left - more, 0)]
        logarithm += more * math.log(step) + (left - more) * math.log1p(-step)
        chance = chance @ np.where(counts[None, :] < reached[:, None], 0.0, np.exp(logarithm))
        reached, begun = counts, end
    return float(chance.sum())


def _quantiles(count: int, log_level: float) -> tuple[Counts, Counts]:
    half = math.exp(log_level) / 2
    low, high = binom.ppf(half, count, GRID), binom.isf(half, count, GRID)
    return low.astype(np.int64), high.astype(np.int64)
