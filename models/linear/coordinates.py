"""Coordinates in which a linear model is trained: units near 1, and a basis of the samples' span where it is small."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from theory.population import LinearGaussian
from theory.validation import FloatArray


class Units(NamedTuple):
    """Samples in units of 2^samples and responses in units of 2^responses.

    Powers of two, so that no rounding changes; near the data's size, so that no square leaves the range of float64.
    """

    samples: int
    responses: int

    @classmethod
    def of(cls, X: FloatArray, y: FloatArray, start: FloatArray) -> Units:
        """Units near the largest entries; coefficients have the units of responses over samples."""
        samples = _exponent(X)
        return cls(samples, max(_exponent(y), _exponent(start) + samples if np.any(start) else _exponent(y)))

    @property
    def coefficients(self) -> int:
        """The exponent of the coefficients' unit."""
        return self.responses - self.samples


@dataclass(frozen=True, eq=False)
class Coordinates:
    """Data (X, y) of a batch as a design in coordinates c: θ = basis c, or c where the basis is None, in `units`.

    `design` has shape (B, n, r), `responses` (B, n), `start` (B, r), `basis` (B, d, r). A first axis of length 1
    instead of B is shared by the whole batch.
    """

    design: FloatArray
    responses: FloatArray
    start: FloatArray
    units: Units
    basis: FloatArray | None = None

    @property
    def n(self) -> int:
        """Number of samples."""
        return int(self.design.shape[-2])

    def replicate(self, index: int) -> Coordinates:
        """One replicate, as a data set that a batch can share; without the way back to θ."""
        arrays = (self.design, self.responses, self.start)
        design, responses, start = (a[index : index + 1] if len(a) > 1 else a for a in arrays)
        return Coordinates(design, responses, start, self.units)

    def residuals(self, c: FloatArray) -> FloatArray:
        """Xθ - y, shape (B, n)."""
        return times(self.design, c) - self.responses

    def pull(self, weights: FloatArray) -> FloatArray:
        """Xᵀ weights in these coordinates, shape (B, r)."""
        return times(self.design.mT, weights)

    def lift(self, c: FloatArray) -> FloatArray:
        """The coefficients θ in their own units, shape (B, d)."""
        theta: FloatArray = np.ldexp(c if self.basis is None else times(self.basis, c), self.units.coefficients)
        return theta

    def error_map(self, population: LinearGaussian) -> tuple[FloatArray, FloatArray]:
        """(M, t) with |M c - t| = ‖θ - θ₀‖_Σ in units of the responses, M of shape (B, k, r) and t of shape (B, k).

        With Σ = F Fᵀ it is |Fᵀ(basis c - θ₀)|; in a basis, [Fᵀ basis, Fᵀ θ₀] is replaced by its triangular factor.
        """
        target = np.ldexp(_root_times(population, population.true_coefficients[:, None]), -self.units.responses)
        if self.basis is None:
            return np.ldexp(_root(population), -self.units.samples)[None], target.T
        mapped = np.ldexp(_root_times(population, self.basis), -self.units.samples)
        columns = np.concatenate([mapped, np.broadcast_to(target, (*mapped.shape[:-1], 1))], axis=-1)
        triangle: FloatArray = np.asarray(np.linalg.qr(columns, mode="r"))
        return np.ascontiguousarray(triangle[..., :-1]), triangle[..., -1]


def coordinates(X: FloatArray, y: FloatArray, start: FloatArray, within_span: bool) -> Coordinates:
    """Coordinates for X (b, n, d), y (b, n) and start (b, d), each b the batch or 1; `within_span` in their span.

    Every step of l2 training moves θ along the samples and along θ itself, so that it never leaves the span of the
    samples and the start.
    """
    units = Units.of(X, y, start)
    X, y, start = np.ldexp(X, -units.samples), np.ldexp(y, -units.responses), np.ldexp(start, -units.coefficients)
    if not within_span:
        return Coordinates(X, y, start, units)
    vectors = X.mT
    if np.any(start):
        batch = np.broadcast_shapes(X.shape[:1], start.shape[:1])
        parts = (vectors, start[..., None])
        vectors = np.concatenate([np.broadcast_to(part, batch + part.shape[1:]) for part in parts], axis=-1)
    factors = np.linalg.qr(vectors)
    basis, triangle = factors.Q, factors.R
    inner = triangle[..., -1] if np.any(start) else np.zeros((1, triangle.shape[-2]))
    return Coordinates(np.ascontiguousarray(triangle[..., : X.shape[-2]].mT), y, inner, units, basis)


def times(matrices: FloatArray, vectors: FloatArray) -> FloatArray:
    """Matrix times vector for each of a batch; one matrix for all vectors is a single product of matrices."""
    if len(matrices) == 1:
        shared: FloatArray = vectors @ matrices[0].T
        return shared
    product: FloatArray = (matrices @ vectors[..., None])[..., 0]
    return product


def _root(population: LinearGaussian) -> FloatArray:
    """Fᵀ with Σ = F Fᵀ, diagonal where Σ is."""
    return np.diag(np.sqrt(np.diag(population.covariance))) if _is_diagonal(population) else population.factor.T


def _root_times(population: LinearGaussian, columns: FloatArray) -> FloatArray:
    """Fᵀ columns for columns of shape (..., d, k); a diagonal Σ costs no product of matrices."""
    if _is_diagonal(population):
        scaled: FloatArray = np.sqrt(np.diag(population.covariance))[:, None] * columns
        return scaled
    product: FloatArray = population.factor.T @ columns
    return product


def _is_diagonal(population: LinearGaussian) -> bool:
    covariance = population.covariance
    return bool(np.count_nonzero(covariance) == np.count_nonzero(np.diag(covariance)))


def _exponent(array: FloatArray) -> int:
    """The e with 2^(e-1) <= largest magnitude < 2^e; 0 for an array of zeros."""
    return int(np.frexp(max(array.max(), -array.min()))[1])
