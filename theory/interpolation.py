"""The minimum-norm interpolator θ(y) = Xᵀ(XXᵀ)⁻¹y: its exact law for Σ = I, its risk, and when it is optimal.

With y = Xθ₀ + σz, P the projection onto the row space of X and w = Xᵀ(XXᵀ)⁻¹z, θ(y) = Pθ₀ + σw. The law of
Lemma 1's quantities depends on θ₀ through ρ = ‖θ₀‖ only.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincinv

from theory import notation
from theory.norms import lp_norm
from theory.population import EPS
from theory.risk import risk_of
from theory.surrogate import surrogate_risk_from_moments
from theory.validation import FloatArray, finite, integer, nonnegative, real_array, within_range

_n, _d, _rho, _sigma = notation.sample_size, notation.dimension, notation.true_size, notation.noise_std

SQUARED_NORM_MEAN = _rho**2 * _n / _d + _sigma**2 * _n / (_d - _n - 1)
"""E‖θ(y)‖² for Σ = I and d > n + 1."""

SQUARED_NORM_VARIANCE = (
    2 * _rho**4 * _n * (_d - _n) / (_d**2 * (_d + 2))
    + 2 * _sigma**4 * _n * (_d - 1) / ((_d - _n - 1) ** 2 * (_d - _n - 3))
    + 4 * _rho**2 * _sigma**2 * _n / (_d * (_d - _n - 1))
)
"""Var ‖θ(y)‖² for Σ = I and d > n + 3."""

SQUARED_ERROR_MEAN = _rho**2 * (1 - _n / _d) + _sigma**2 * _n / (_d - _n - 1)
"""E‖θ(y) - θ₀‖² for Σ = I and d > n + 1."""

INTERPOLATION_THRESHOLD = notation.interpolator_size / (_n * notation.multiplier_size)
"""Largest radius at which θ(y) minimises the training loss without smoothing."""

EMPIRICAL_NULL_THRESHOLD = notation.correlation_size / notation.response_size
"""Radius from which on 0 minimises the training loss without smoothing."""

TAIL = 1e-30  # probability left out at each end of a quadrature over a Beta law
NODES = 64

Law = Callable[[FloatArray, FloatArray], FloatArray]


@dataclass(frozen=True)
class InterpolatorLaw:
    """Joint law of ‖θ(y)‖² and ‖θ(y) - θ₀‖² for n samples of model (4) with Σ = I in d > n dimensions.

    ‖θ(y)‖² = ρ²B + σ²F + 2ρσ√(BF) C and ‖θ(y) - θ₀‖² = ρ²(1 - B) + σ²F with independent B ~ Beta(n/2, (d - n)/2),
    F = χ²_n/χ²_{d-n+1} (the raw ratio) and C a coordinate of a uniform point of the unit sphere in n dimensions: B is
    ‖Pθ₀‖²/ρ², F is ‖w‖², and C is the cosine between Pθ₀ and w. `true_size` is ρ = ‖θ₀‖ and `noise_std` is σ.

    Raises ValueError unless n and d are integers with 1 <= n < d, and for a size that is negative or not finite.
    """

    n: int
    d: int
    true_size: float
    noise_std: float

    def __post_init__(self) -> None:
        n, d = integer("n", self.n, 1), integer("d", self.d, 1)
        if d <= n:
            raise ValueError(f"d must be larger than n = {n}, got {d}")
        object.__setattr__(self, "true_size", nonnegative("true_size", self.true_size))
        object.__setattr__(self, "noise_std", nonnegative("noise_std", self.noise_std))

    @property
    @within_range
    def squared_norm_mean(self) -> float:
        """E‖θ(y)‖² = ρ²n/d + σ²n/(d - n - 1); inf for d = n + 1 and σ > 0."""
        return self.true_size**2 * self.n / self.d + self._noise_mean

    @property
    @within_range
    def squared_norm_variance(self) -> float:
        """Var ‖θ(y)‖², the sum of those of ρ²B, of σ²F and of the cross term; inf for d <= n + 3 and σ > 0."""
        n, d, signal, noise = self.n, self.d, self.true_size**2, self.noise_std**2
        share = 2 * signal**2 * n * (d - n) / (d**2 * (d + 2))
        if noise == 0:
            return share
        if d <= n + 3:
            return math.inf
        ratio = 2 * noise**2 * n * (d - 1) / ((d - n - 1) ** 2 * (d - n - 3))
        return share + ratio + 4 * signal * noise * n / (d * (d - n - 1))

    @property
    @within_range
    def squared_error_mean(self) -> float:
        """E‖θ(y) - θ₀‖² = ρ²(1 - n/d) + σ²n/(d - n - 1); inf for d = n + 1 and σ > 0."""
        return self.true_size**2 * (self.d - self.n) / self.d + self._noise_mean

    @property
    def _noise_mean(self) -> float:
        if self.noise_std == 0:
            return 0.0
        return math.inf if self.d == self.n + 1 else self.noise_std**2 * self.n / (self.d - self.n - 1)

    @within_range
    def mean(self, function: Law, nodes: int = NODES) -> FloatArray:
        """Return E f(‖θ(y)‖², ‖θ(y) - θ₀‖²) by quadrature over B, F and C.

        `function` maps two arrays of shape (k,) to one of shape (..., k); the result has shape (...). Gauss-Legendre
        in the angles whose squared sine, squared tangent and cosine are B, F and C: in these the densities are
        analytic, and so is any f without a kink.
        """
        *parts, weights = self.variables(nodes)
        total: FloatArray = function(*self.lengths(*parts)) @ weights
        return total

    def lengths(self, share: FloatArray, ratio: FloatArray, cosine: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return ‖θ(y)‖² and ‖θ(y) - θ₀‖² where B, F and C are `share`, `ratio` and `cosine`, broadcast together."""
        signal, noise = self.true_size * np.sqrt(share), self.noise_std * np.sqrt(ratio)
        # As a sum of two squares: no cancellation where the two parts are opposite.
        norm = (signal - noise) ** 2 + 2 * signal * noise * (1 + cosine)
        return norm, self.true_size**2 * (1 - share) + noise**2

    @within_range
    def variables(self, nodes: int = NODES) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Return nodes B, F, C of a quadrature over their joint law and its weights, which sum to 1; shape (k,) each.

        A variable that is multiplied by 0 gets a single node.
        """
        nodes = integer("nodes", nodes, 1)
        angle_b, weights_b = _angle_rule(self.n / 2, (self.d - self.n) / 2, nodes if self.true_size else 1)
        angle_f, weights_f = _angle_rule(self.n / 2, (self.d - self.n + 1) / 2, nodes if self.noise_std else 1)
        cosine, weights_c = self._cosines(nodes if self.true_size and self.noise_std else 1)
        grid = np.meshgrid(np.sin(angle_b) ** 2, np.tan(angle_f) ** 2, cosine, indexing="ij")
        weights = weights_b[:, None, None] * weights_f[:, None] * weights_c
        share, ratio, cosine = (values.ravel() for values in grid)
        return share, ratio, cosine, weights.ravel()

    def _cosines(self, nodes: int) -> tuple[FloatArray, FloatArray]:
        if self.n == 1 and nodes > 1:
            return np.array([-1.0, 1.0]), np.array([0.5, 0.5])
        # (1 + C)/2 ~ Beta((n - 1)/2, (n - 1)/2)
        angle, weights = _angle_rule((self.n - 1) / 2, (self.n - 1) / 2, nodes)
        return -np.cos(2 * angle), weights

    @within_range
    def risk_mean(self, radius: float, smoothing: float = 0.0, nodes: int = NODES) -> float:
        """Return the expected test risk E R_{L,ξ}(θ(y), ε) under the l2 attack, over the training sample.

        R_L = s² + ε²‖θ‖² + 2εc₀‖θ‖s with s² = ‖θ - θ₀‖² + σ², and R_{L,ξ} for a smoothing ξ > 0; Lemma 1. The relative
        error at the default `nodes` is about 1e-13 for n >= 8 and grows to some 1e-6 as n falls to 1, where the kink of
        ‖θ‖ at 0 matters.
        """
        radius, smoothing = nonnegative("radius", radius), nonnegative("smoothing", smoothing)

        def risk(norm: FloatArray, error: FloatArray) -> FloatArray:
            size, std = np.sqrt(norm), np.sqrt(error + self.noise_std**2)
            if smoothing == 0:
                return risk_of(std, radius * size)
            return surrogate_risk_from_moments(std, size, radius, smoothing)

        return float(self.mean(risk, nodes))


@within_range
def interpolation_threshold(X: ArrayLike, y: ArrayLike) -> float:
    """Return the largest radius at which θ(y) is in argmin over θ of (1/n) Σ (|xᵢᵀθ - yᵢ| + ε‖θ‖₂)².

    ‖θ(y)‖/(n‖α‖_∞) with α = (XXᵀ)⁻¹y; inf for y = 0, where θ(y) = 0 is a minimiser at every radius. `X` has shape
    (n, d) and full row rank, `y` shape (n,); data are scaled first. Raises ValueError for another shape or rank, and
    entries that are not finite.
    """
    rows, response, scale = _scaled_sample(X, y)
    n, d = rows.shape
    # Samples in units of their own length have the same θ(y), and small ones then keep their digits.
    lengths = lp_norm(rows, 2.0)
    lengths = np.where(lengths > 0, lengths, 1.0)
    axes, stds, _ = np.linalg.svd(rows / lengths[:, None], full_matrices=False)
    if n > d or stds[-1] <= d * EPS * stds[0]:
        raise ValueError(f"X must have full row rank, got shape {rows.shape} with singular values {stds.tolist()}")
    if not response.any():
        return math.inf
    length = (axes.T @ (response / lengths)) / stds
    multipliers = axes @ (length / stds) / lengths
    return scale * float(lp_norm(length, 2.0) / (n * np.abs(multipliers).max()))


@within_range
def empirical_null_threshold(X: ArrayLike, y: ArrayLike) -> float:
    """Return the least radius at which 0 is in argmin over θ of (1/n) Σ (|xᵢᵀθ - yᵢ| + ε‖θ‖₂)².

    ‖Xᵀy‖₂/‖y‖₁, and 0 for y = 0. `X` has shape (n, d), `y` shape (n,). Raises ValueError as `interpolation_threshold`
    does, but for the rank.
    """
    rows, response, scale = _scaled_sample(X, y)
    if not response.any():
        return 0.0
    return scale * float(lp_norm(rows.T @ response, 2.0) / np.abs(response).sum())


def _scaled_sample(X: ArrayLike, y: ArrayLike) -> tuple[FloatArray, FloatArray, float]:
    """Return X and y over their largest entries, and that of X."""
    rows, response = finite("X", real_array("X", X)), finite("y", real_array("y", y))
    if rows.ndim != 2 or rows.size == 0:
        raise ValueError(f"X must have shape (n, d) with n >= 1 and d >= 1, got shape {rows.shape}")
    if response.shape != rows.shape[:1]:
        raise ValueError(f"y must have shape ({len(rows)},), got shape {response.shape}")
    scale, size = float(np.abs(rows).max()), float(np.abs(response).max())
    return rows / (scale or 1.0), response / (size or 1.0), scale


def _angle_rule(a: float, b: float, nodes: int) -> tuple[FloatArray, FloatArray]:
    """Return nodes and weights, which sum to 1, for the angle φ with sin²φ ~ Beta(a, b).

    Its density is sin^(2a-1)φ cos^(2b-1)φ up to a constant, analytic because 2a and 2b are integers >= 1.
    """
    if nodes == 1:
        return np.zeros(1), np.ones(1)  # of a term that is multiplied by 0
    low, high = np.arcsin(np.sqrt(betaincinv(a, b, TAIL))), np.arccos(np.sqrt(betaincinv(b, a, TAIL)))
    points, weights = np.polynomial.legendre.leggauss(nodes)
    angle = low + (high - low) * (points + 1) / 2
    log_density = (2 * a - 1) * np.log(np.sin(angle)) + (2 * b - 1) * np.log(np.cos(angle))
    density = weights * np.exp(log_density - log_density.max())
    return angle, density / density.sum()
