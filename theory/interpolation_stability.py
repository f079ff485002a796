"""Whether smoothed adversarial training can settle at the minimum-norm interpolator θ(y), and how fast."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike

from theory import notation
from theory.validation import FloatArray, choice, finite, nonnegative, positive, real_array, within_range

Update = Literal["frozen", "full"]

_n, _eta, _lambda = notation.sample_size, notation.step_size, notation.gram_eigenvalue
_radius, _smoothing, _size = notation.radius, notation.smoothing, notation.interpolator_size

AMPLIFICATION = 1 + 2 * _radius * _size**2 / _smoothing
"""Attacked over clean residual next to θ(y), where the smoothed attack is proportional to the residual."""

FROZEN_MULTIPLIER = 1 - 2 * _eta * _lambda / _n * AMPLIFICATION
FULL_MULTIPLIER = 1 - 2 * _eta * _lambda / _n * AMPLIFICATION**2
"""What one step multiplies a small residual by, along the eigenvector of XXᵀ with eigenvalue λ."""

FROZEN_STABLE_SMOOTHING = 2 * _radius * _size**2 / (_n / (_eta * _lambda) - 1)
FULL_STABLE_SMOOTHING = 2 * _radius * _size**2 / (sp.sqrt(_n / (_eta * _lambda)) - 1)
"""Smoothing at which the multiplier of the largest eigenvalue is -1, for ηλ < n."""

POWERS: dict[Update, int] = {"frozen": 1, "full": 2}


@dataclass(frozen=True)
class Interpolation:
    """Training on one sample as θ(y) = Xᵀ(XXᵀ)⁻¹y sees it: n, ‖θ(y)‖ and the eigenvalues of XXᵀ, increasing."""

    n: int
    size: float
    eigenvalues: FloatArray

    @classmethod
    @within_range
    def of(cls, X: ArrayLike, y: ArrayLike) -> Interpolation:
        """From X (n, d), of full row rank, and y (n,); ValueError for other shapes, and entries that are not finite."""
        rows, response = finite("X", real_array("X", X)), finite("y", real_array("y", y))
        if rows.ndim != 2 or rows.size == 0 or rows.shape[0] > rows.shape[1]:
            raise ValueError(f"X must have shape (n, d) with 1 <= n <= d, got shape {rows.shape}")
        if response.shape != rows.shape[:1]:
            raise ValueError(f"y must have shape {rows.shape[:1]} to match X, got shape {response.shape}")
        axes, stds, _ = np.linalg.svd(rows, full_matrices=False)
        if stds[-1] == 0:
            raise ValueError(f"X must have full row rank, got singular values {stds.tolist()}")
        return cls(len(rows), float(np.linalg.norm((axes.T @ response) / stds)), stds[::-1] ** 2)

    @within_range
    def multipliers(self, radius: float, smoothing: float, step_size: float, update: Update) -> FloatArray:
        """Return 1 - (2ηλ/n) a^p for every eigenvalue: what one step does to a small residual along each eigenvector.

        a = 1 + 2ε‖θ(y)‖²/ξ amplifies the residual; p = 1 for the frozen update, whose gradient holds the attack fixed,
        p = 2 for the full one. θ(y) attracts the training from nearby when all lie in (-1, 1), and repels it when one
        lies outside [-1, 1]. Raises ValueError for a negative radius or step size, a smoothing that is not positive,
        and another update.
        """
        strength, xi = nonnegative("radius", radius), positive("smoothing", smoothing)
        choice("update", update, POWERS)
        moved = 2 * nonnegative("step_size", step_size) / self.n * self.eigenvalues
        with np.errstate(over="ignore"):
            amplified = 1 + np.float64(2 * strength) * self.size * (np.float64(self.size) / xi)
            for _ in range(POWERS[update]):
                moved = moved * amplified
        kept: FloatArray = 1 - moved
        return kept

    @within_range
    def stable_smoothing(self, radius: float, step_size: float, update: Update) -> float:
        """Return the infimum of the smoothings ξ at which θ(y) attracts the training: 2ε‖θ(y)‖²/((n/(ηλ))^(1/p) - 1).

        λ is the largest eigenvalue of XXᵀ; 0 for radius 0; inf where ηλ >= n, as even training without attack diverges.
        Raises ValueError for a negative radius or step size, and another update.
        """
        choice("update", update, POWERS)
        step = nonnegative("step_size", step_size) * float(self.eigenvalues[-1])
        room = self.n - step
        if room <= 0:
            return math.inf
        if nonnegative("radius", radius) == 0:
            return 0.0
        if step == 0:
            return 0.0
        # n/(ηλ) - 1, and √(n/(ηλ)) - 1 as that over √(n/(ηλ)) + 1: accurate for short steps and next to the longest.
        slack = room / step / (1 if update == "frozen" else 1 + math.sqrt(self.n / step))
        return 2 * radius * self.size * (self.size / slack)
