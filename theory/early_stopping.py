"""Adversarial training in high dimension, stopped as Theorem 5 stops it: when, and with what losses, for Σ = I.

Gradient descent on the mean loss starts from zero, (log n)√(n/d) is small, and the smoothing is too small to matter:
any attack that shrinks with the residual is weaker. With c the share of the response that is still to be fitted, XXᵀ is
d times the identity to leading order, θ is 1 - c times the minimum-norm interpolator, and the residuals are Gaussian.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike

from theory import notation
from theory.risk import risk_of
from theory.surrogate import surrogate_risk_from_moments
from theory.validation import FloatArray, finite, integer, nonnegative, real, real_array, within_range

_n, _d, _eta = notation.sample_size, notation.dimension, notation.step_size
_rho, _sigma, _radius = notation.true_size, notation.noise_std, notation.radius
_log = sp.log(_n)
_variance = _rho**2 + _sigma**2

STOPPING_TIME = _n / (4 * _eta * _d) * sp.log(_log)
"""T to leading order, at every radius and smoothing."""

ATTACK_DELAY = -2 * _radius * notation.c0 * sp.sqrt(_n / _d) * (sp.sqrt(_log) - 1 - sp.log(_log))
"""What the attack adds to 4 η d T/n to first order in ε√(n/d); positive for n < 24,000."""

SPECTRUM_DELAY = _n / _d * (sp.log(_log) ** 2 / 2 - _rho**2 / _variance * sp.log(_log)) - 1 / _n
"""What the spread of the eigenvalues of XXᵀ, and E log(‖y‖²/(n v²)) = -1/n + O(n⁻²), add to 4 η d T/n."""

STOPPING_TIME_MEAN = (sp.log(_log) + ATTACK_DELAY + SPECTRUM_DELAY) / (
    -2 * sp.log(1 - 2 * _eta * _d / _n)
) + sp.Rational(1, 2)
"""E T up to a relative error of order 1/n + n/d; the half is what rounding up to a whole step adds."""

FITTED_SHARE = 1 - 1 / (4 * _n) - 1 / sp.sqrt(_log)
"""Mean share of the interpolator that is reached, from E‖y‖ = v√n (1 - 1/(4n) + O(n⁻²))."""

STOPPED_TRAINING_STD = sp.sqrt(_variance / _log * (1 - 2 * _eta * _d / _n))
"""RMS residual at T: the last step overshoots the level v/√(log n) by half a step on average."""

STOPPED_NORM = FITTED_SHARE * sp.sqrt(_rho**2 * _n / _d + _sigma**2 * _n / (_d - _n - 1))
"""‖θ‖ at T."""

STOPPED_STD = sp.sqrt(
    _rho**2 * (1 - _n / _d * FITTED_SHARE * (2 - FITTED_SHARE)) + _sigma**2 * (1 + FITTED_SHARE**2 * _n / (_d - _n - 1))
)
"""Standard deviation of the residual of a new sample at T."""


@dataclass(frozen=True)
class StoppedTraining:
    """Algorithm 1 on n samples of model (4) with Σ = I in d dimensions, stopped at the level v/√(log n); Theorem 5.

    `true_size` is ‖θ₀‖, `noise_std` is σ and `step_size` is η, on the mean loss of the samples. Every value is a mean
    over samples up to a relative error of order 1/n + n/d. Raises ValueError for n < 3, d <= n + 1, a negative size,
    and a step size outside (0, n/(2d)), beyond which a step overshoots.
    """

    n: int
    d: int
    true_size: float
    noise_std: float
    step_size: float

    def __post_init__(self) -> None:
        for name in ("true_size", "noise_std"):
            nonnegative(name, getattr(self, name))
        if integer("d", self.d, 1) <= integer("n", self.n, 3) + 1:
            raise ValueError(f"d must be larger than n + 1 = {self.n + 1}, got {self.d}")
        if not 0 < real("step_size", self.step_size) < self.n / (2 * self.d):
            raise ValueError(f"step_size must lie in (0, n/(2d)) = (0, {self.n / (2 * self.d)}), got {self.step_size}")

    @property
    @within_range
    def total_variance(self) -> float:
        """v² = ‖θ₀‖² + σ²."""
        return self.true_size**2 + self.noise_std**2

    @property
    def _per_step(self) -> float:
        return 2 * self.step_size * self.d / self.n

    @property
    def _logs(self) -> tuple[float, float]:
        return math.log(self.n), math.log(math.log(self.n))

    @within_range
    def time(self, radius: float) -> float:
        """E T, T = min {t >= 1 : ‖Xθ - y‖/√n < v/√(log n)}, under a vanishing smoothing; `STOPPING_TIME_MEAN`.

        Raises ValueError for v = 0, where there is nothing to fit.
        """
        if self.true_size == self.noise_std == 0:
            raise ValueError("true_size and noise_std must not both be 0, got 0 and 0")
        log, loglog = self._logs
        share = self.n / self.d
        attack = -2 * nonnegative("radius", radius) * math.sqrt(2 / math.pi * share) * (math.sqrt(log) - 1 - loglog)
        spectrum = share * (loglog**2 / 2 - self.true_size**2 / self.total_variance * loglog) - 1 / self.n
        return (loglog + attack + spectrum) / (-2 * math.log1p(-self._per_step)) + 0.5

    @property
    def fitted_share(self) -> float:
        """Share of the interpolator that is reached; `FITTED_SHARE`, which for n = 3 falls below 0."""
        return 1 - 1 / (4 * self.n) - 1 / math.sqrt(self._logs[0])

    @property
    @within_range
    def training_std(self) -> float:
        """RMS residual on the sample; `STOPPED_TRAINING_STD`."""
        return math.sqrt(self.total_variance / self._logs[0] * (1 - self._per_step))

    @property
    @within_range
    def coefficient_norm(self) -> float:
        """‖θ‖; `STOPPED_NORM`, which for n = 3 falls below 0."""
        signal, noise = self.true_size**2 / self.d, self.noise_std**2 / (self.d - self.n - 1)
        return self.fitted_share * math.sqrt(self.n * (signal + noise))

    @property
    def _length(self) -> float:
        return max(0.0, self.coefficient_norm)

    @property
    @within_range
    def residual_std(self) -> float:
        """Standard deviation of the residual of a new sample; `STOPPED_STD`."""
        share, noise = self.fitted_share, self.noise_std**2
        signal = self.true_size**2 * (1 - self.n / self.d * share * (2 - share))
        return math.sqrt(signal + noise * (1 + share**2 * self.n / (self.d - self.n - 1)))

    @within_range
    def training_loss(self, radius: float, smoothing: float) -> float:
        """Surrogate training loss (1/n) Σ (xᵢᵀθ + θᵀA_{ε,ξ} - yᵢ)², of Gaussian residuals."""
        strength, xi = nonnegative("radius", radius), nonnegative("smoothing", smoothing)
        return float(surrogate_risk_from_moments(self.training_std, self._length, strength, xi))

    @within_range
    def risk(self, radius: float, smoothing: float = 0.0) -> float:
        """Test risk R_{L,ξ}(θ, ε) under the l2 attack."""
        strength, xi = nonnegative("radius", radius), nonnegative("smoothing", smoothing)
        if xi > 0:
            return float(surrogate_risk_from_moments(self.residual_std, self._length, strength, xi))
        return float(risk_of(np.array(self.residual_std), np.array(strength * self._length)))


@within_range
def linear_residuals(X: ArrayLike, y: ArrayLike, step_size: float, times: ArrayLike) -> FloatArray:
    """Return ‖Xθ⁽ᵗ⁾ - y‖/√n after each of `times` steps of gradient descent from zero on the mean squared loss.

    Without attack training is linear: with XXᵀ = Q diag(λ) Qᵀ, Xθ⁽ᵗ⁾ - y = -Q diag(1 - 2ηλ/n)ᵗ Qᵀy. `X` has shape
    (..., n, d), `y` (..., n), `times` (k,), the result (..., k). Raises ValueError for other shapes, entries that are
    not finite, a negative step size, and times that are no whole numbers of steps.
    """
    rows, response = finite("X", real_array("X", X)), finite("y", real_array("y", y))
    if rows.ndim < 2 or rows.size == 0:
        raise ValueError(f"X must have shape (..., n, d) with n >= 1 and d >= 1, got shape {rows.shape}")
    if response.shape != rows.shape[:-1]:
        raise ValueError(f"y must have shape {rows.shape[:-1]} to match X, got shape {response.shape}")
    steps = _steps(times)[:, None]
    values, axes = np.linalg.eigh(rows @ rows.mT)
    kept = 1 - 2 * nonnegative("step_size", step_size) / rows.shape[-2] * values
    along = (axes.mT @ response[..., None])[..., None, :, 0]
    left = kept[..., None, :] ** steps * along
    residuals: FloatArray = np.sqrt(np.mean(left**2, axis=-1))
    return residuals


def _steps(times: ArrayLike) -> FloatArray:
    steps = finite("times", real_array("times", times))
    if steps.ndim != 1 or np.any(steps < 0) or np.any(steps != np.floor(steps)):
        raise ValueError(f"times must be whole numbers of steps, none negative, of shape (k,), got {times!s:.80}")
    return steps
