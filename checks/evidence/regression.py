"""Least squares on the terms that a sweep's trend is made of."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import f as fisher
from scipy.stats import t as student

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Fit:
    """A least-squares fit: coefficients, their standard errors and degrees of freedom, each of shape (terms,).

    `worse_misfit` is the probability of a worse misfit, were the terms the whole trend (Fisher).
    """

    coefficients: Array
    standard_errors: Array
    degrees: Array
    worse_misfit: float

    def margin(self, term: int, error_rate: float) -> float:
        """How many standard errors a coefficient may be from its claimed value."""
        return float(student.isf(error_rate / 2, self.degrees[term]))


def regress(columns: Array, y: Array, spread: Array, counts: Array, weights: Array) -> Fit:
    """Least squares with `weights` that were fixed in advance: `spread` are the points' own standard errors.

    Each coefficient is a fixed combination of means of `counts` replicates, so that its variance is a sum of estimated
    ones, with the degrees of freedom of Welch and Satterthwaite. Weights that are estimated from the same replicates
    as the means are not independent of them: such a fit claims to be more precise than it is, and leans to small means
    where these come with small spreads.
    """
    points, terms = columns.shape
    if points <= terms:
        raise ValueError(f"points must outnumber the {terms} fitted terms, got {points}")
    root = np.sqrt(weights / weights.max())
    combination = np.linalg.pinv(columns * root[:, None]) * root
    parts = (combination * spread) ** 2
    variance = parts.sum(axis=1)
    degrees = variance**2 / (parts**2 / (counts - 1)).sum(axis=1)
    return Fit(combination @ y, np.sqrt(variance), degrees, _worse_misfit(columns, y, spread, counts))


def _worse_misfit(columns: Array, y: Array, spread: Array, counts: Array) -> float:
    """The probability that the best fit to the points, in units of their standard errors, is worse than it is."""
    scaled, target = columns / spread[:, None], y / spread
    left = target - scaled @ np.linalg.lstsq(scaled, target, rcond=None)[0]
    spare = len(y) - columns.shape[1]
    return float(fisher.sf((left**2).sum() / spare, spare, counts.min() - 1))
