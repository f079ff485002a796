"""The data model (4): Gaussian covariates, a linear response and independent Gaussian noise."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from theory.norms import complement, lp_norm
from theory.validation import FloatArray, coefficient_array, finite, integer, nonnegative, real_array, within_range

EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, eq=False)
class LinearGaussian:
    """Law of (x, y) with x ~ N(0, Σ) and y = θ₀ᵀx + noise, noise ~ N(0, σ²) independent of x; equation (4).

    `true_coefficients` is θ₀, shape (d,); `covariance` is Σ, shape (d, d); `noise_std` is σ. The fields are
    read-only float64 copies. A singular Σ is allowed, and costs identifiability: the law depends on θ₀ only through
    Σθ₀, the clean risk has a flat of minimisers θ₀ + ker Σ and a singular Hessian, and a linf-robust minimiser need
    not be unique. (For a positive radius the l2-robust minimiser stays unique: the norm of θ decides.)

    Zero eigenvalues are recognised on the correlation matrix, so that the decision does not depend on the units of
    the coordinates: an eigenvalue within 4 d EPS times the largest is zero. That is the size of the change that
    rounding each entry of Σ, and the eigenvalue solver, may cause.

    Raises ValueError for a wrong shape, d = 0, an entry that is not a finite real number, a negative noise_std, and a
    covariance that is not symmetric to 4 d EPS sqrt(Σ_ii Σ_jj) (the rounding of an inner product of d terms), or is
    indefinite beyond the tolerance for zero eigenvalues.
    """

    true_coefficients: FloatArray
    covariance: FloatArray
    noise_std: float

    def __post_init__(self) -> None:
        truth = finite("true_coefficients", real_array("true_coefficients", self.true_coefficients))
        if truth.ndim != 1 or truth.size == 0:
            raise ValueError(f"true_coefficients must have shape (d,) with d >= 1, got shape {truth.shape}")
        covariance = _symmetric(self.covariance, truth.size)
        for name, value in (("true_coefficients", truth), ("covariance", covariance)):
            value.setflags(write=False)
            object.__setattr__(self, name, value)
        object.__setattr__(self, "noise_std", nonnegative("noise_std", self.noise_std))
        _ = self._factor  # refuses an indefinite covariance

    @property
    def d(self) -> int:
        """Number of coordinates of x."""
        return int(self.true_coefficients.size)

    @cached_property
    def _factor(self) -> tuple[FloatArray, FloatArray]:
        return _factor(self.covariance)

    @cached_property
    @within_range
    def spectrum(self) -> tuple[FloatArray, FloatArray]:
        """Standard deviations S, shape (d,), decreasing, and axes U, shape (d, d), with Σ = U diag(S²) Uᵀ.

        S is exactly 0 on the null space. Computed from a factor of Σ, so that small entries of S carry an error of EPS
        times the largest, not its square root.
        """
        scale, mixing = self._factor
        axes, found, _ = np.linalg.svd(scale[:, None] * mixing)
        stds = np.zeros(self.d)
        stds[: found.size] = found
        for array in (stds, axes):
            array.setflags(write=False)
        return stds, axes

    @property
    @within_range
    def factor(self) -> FloatArray:
        """A with A Aᵀ = Σ: the axes times their standard deviations, shape (d, d)."""
        stds, axes = self.spectrum
        scaled: FloatArray = axes * stds
        return scaled

    @cached_property
    @within_range
    def covariance_sqrt(self) -> FloatArray:
        """The symmetric positive semidefinite square root of Σ, shape (d, d)."""
        root = self.factor @ self.spectrum[1].T
        root.setflags(write=False)
        return root

    @cached_property
    @within_range
    def total_std(self) -> float:
        """Standard deviation of y: v = sqrt(θ₀ᵀΣθ₀ + σ²)."""
        return float(self.residual_std(np.zeros(self.d)))

    @property
    @within_range
    def whitened_size(self) -> float:
        """‖Σ^(-1/2) θ₀‖₂ for a nonsingular Σ, whatever the units of the coordinates; inf for a singular one."""
        scale, mixing = self._factor
        if mixing.shape[1] < self.d:
            return math.inf
        # The columns of B are orthogonal: its inverse is its transpose over their squared lengths.
        return float(lp_norm((self.true_coefficients / scale) @ mixing / (mixing**2).sum(axis=0), 2.0))

    @within_range
    def standardized_error(self, coefficients: ArrayLike) -> FloatArray:
        """Return S Uᵀ(θ - θ₀), a vector whose l2 norm is ‖θ - θ₀‖_Σ; shape (..., d)."""
        error = coefficient_array(coefficients, self.d) - self.true_coefficients
        stds, axes = self.spectrum
        size = _largest(error)
        rotated: FloatArray = (error / size) @ axes * stds * size
        return rotated

    @within_range
    def residual_std(self, coefficients: ArrayLike) -> FloatArray:
        """Return s = sqrt(E(θᵀx - y)²) = sqrt(‖θ - θ₀‖_Σ² + σ²) for coefficients (..., d); shape (...).

        A scaled square root of a sum of squares: no square is formed that could overflow or underflow, and the error is
        relative near θ₀, where θ - θ₀ is exact. Every coordinate is taken in units of its own standard deviation, so
        that the units in which the data come cost no accuracy.
        """
        residual: FloatArray = np.hypot(lp_norm(self._whitened_error(coefficients), 2.0), self.noise_std)
        return residual

    @within_range
    def covariance_given_residual(self, coefficients: ArrayLike) -> FloatArray:
        """Return Cov(x | θᵀx - y) = Σ - Σ(θ - θ₀)(θ - θ₀)ᵀΣ/s², Σ at s = 0, for coefficients (..., d); (..., d, d).

        With Σ = AAᵀ, u = Aᵀ(θ - θ₀)/s and ζ = σ/s it is A(I - uuᵀ)Aᵀ, and I - uuᵀ is the square of I - uuᵀ/(1 + ζ): so
        no difference of nearly equal numbers is formed where little variance is left, such as ζ²Σ for d = 1.
        """
        scale, mixing = self._factor
        s = self.residual_std(coefficients)[..., None]
        whitened = self._whitened_error(coefficients)
        u = np.divide(whitened, s, out=np.zeros_like(whitened), where=s > 0)
        share = np.divide(self.noise_std, s, out=np.ones_like(s), where=s > 0)[..., None]
        root = scale[:, None] * (mixing @ (share * np.eye(u.shape[-1]) + complement(u) / (1 + share)))
        left: FloatArray = root @ root.mT
        return left

    @within_range
    def clean_risk(self, coefficients: ArrayLike) -> FloatArray:
        """Return E(θᵀx - y)² = ‖θ - θ₀‖_Σ² + σ², noise included, for coefficients (..., d); shape (...)."""
        with np.errstate(over="ignore"):
            risk: FloatArray = self.residual_std(coefficients) ** 2
        return risk

    def _whitened_error(self, coefficients: ArrayLike) -> FloatArray:
        """Aᵀ(θ - θ₀) with AAᵀ = Σ, each coordinate in units of its own standard deviation; shape (..., rank)."""
        scale, mixing = self._factor
        error = (coefficient_array(coefficients, self.d) - self.true_coefficients) * scale
        size = _largest(error)
        whitened: FloatArray = (error / size) @ mixing * size
        return whitened

    @within_range
    def sample(self, n: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        """Draw n independent pairs: X, shape (n, d), and y, shape (n,).

        Raises ValueError unless n is an integer >= 1 for which X can be addressed at all.
        """
        count = integer("n", n, 1)
        if count * self.d > sys.maxsize // 8:
            raise ValueError(f"n must be at most {sys.maxsize // 8 // self.d} for d = {self.d}, got {n!r}")
        if not isinstance(rng, np.random.Generator):
            raise ValueError(f"rng must be a numpy.random.Generator, got {rng!r}")
        X = rng.standard_normal((count, self.d)) @ self.factor.T
        return X, X @ self.true_coefficients + self.noise_std * rng.standard_normal(count)


def _largest(array: FloatArray) -> FloatArray:
    """Return the largest magnitude along the last axis, kept as an axis; 1 where it is 0, to divide by."""
    size = np.abs(array).max(axis=-1, keepdims=True)
    safe: FloatArray = np.where(size > 0, size, 1.0)
    return safe


def _symmetric(covariance: ArrayLike, d: int) -> FloatArray:
    matrix = finite("covariance", real_array("covariance", covariance))
    if matrix.shape != (d, d):
        raise ValueError(f"covariance must have shape ({d}, {d}), got shape {matrix.shape}")
    scale = np.sqrt(np.abs(np.diag(matrix)))
    gap = np.abs(matrix - matrix.T)
    i, j = (int(k) for k in np.unravel_index(np.argmax(gap - 4 * d * EPS * np.outer(scale, scale)), (d, d)))
    if gap[i, j] > 4 * d * EPS * scale[i] * scale[j]:
        raise ValueError(
            f"covariance must be symmetric, got {matrix[i, j]} at ({i}, {j}) and {matrix[j, i]} at ({j}, {i})"
        )
    symmetric: FloatArray = matrix / 2 + matrix.T / 2
    return symmetric


def _factor(covariance: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return D, shape (d,), and B, shape (d, rank): Σ = diag(D) B Bᵀ diag(D) and B Bᵀ is the correlation matrix."""
    d = len(covariance)
    variances = np.diag(covariance)
    if variances.min() < 0:
        raise ValueError(f"covariance must be positive semidefinite, got variance {variances.min()}")
    scale = np.sqrt(variances)
    if np.any(covariance[variances == 0]):
        raise ValueError("covariance must be positive semidefinite, got covariance with a variable of variance 0")
    inverse = np.divide(1.0, scale, out=np.zeros(d), where=scale > 0)
    values, vectors = np.linalg.eigh((covariance * inverse) * inverse[:, None])
    zero = 4 * d * EPS * values[-1]
    if values[0] < -zero:
        raise ValueError(
            f"covariance must be positive semidefinite, got eigenvalue {values[0]} of the correlation matrix"
        )
    kept = values > zero
    mixing: FloatArray = vectors[:, kept] * np.sqrt(values[kept])
    return scale, mixing
