"""Weighted least squares on the terms that a sweep's trend is made of."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Fit:
    """A weighted least-squares fit: coefficients, their standard errors, its misfit and degrees of freedom."""

    coefficients: Array
    standard_errors: Array
    misfit: float
    spare: int
    degrees: int

    def margin(self, error_rate: float) -> float:
        """How many standard errors a coefficient may be from its claimed value."""
        return float(student.isf(error_rate / 2, self.degrees))


def regress(columns: Array, y: Array, spread: Array, count: int) -> Fit:
    """Weighted least squares; `count` replicates a point give the intervals their degrees of freedom."""
    if len(y) <= columns.shape[1]:
        raise ValueError(f"points must outnumber the {columns.shape[1]} fitted terms, got {len(y)}")
    axes, stretch, rotation = np.linalg.svd(columns / spread[:, None], full_matrices=False)
    coefficients = rotation.T @ (axes.T @ (y / spread) / stretch)
    errors = np.sqrt(((rotation.T / stretch) ** 2).sum(axis=1))
    misfit = float((((y - columns @ coefficients) / spread) ** 2).sum())
    return Fit(coefficients, errors, misfit, len(y) - columns.shape[1], count - 1)
