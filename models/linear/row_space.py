"""The l2 attack without penalty: minimised in the span of the samples, which contains the minimiser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.linalg import solve_triangular

from models.linear.active_set import solved_sharply
from models.linear.duality import Problem, relative_gap, times, transposed_times, upper_bound
from models.linear.interior_point import Solution
from theory.population import EPS
from theory.validation import FloatArray

Map = Callable[[FloatArray], FloatArray]

WELL_CONDITIONED = 1e-2
"""Least ratio of the diagonal entries of a Cholesky factor of XXᵀ for which it may serve: XXᵀ squares the condition."""


def minimize_in_row_space(problem: Problem, tol: float, limit: int) -> Solution:
    """Minimise P for ε > 0 = λ, the l2 attack and θ = 0 not optimal."""
    n, d = problem.X.shape[1:]
    if d < n:
        return solved_sharply(problem, tol, limit)
    lower, gram, back = row_space(problem.X)
    found = solved_sharply(replace(problem, X=lower, by_samples=True, gram=gram), tol, limit)
    return replace(found, coefficients=back(found.coefficients))


def row_space(X: FloatArray) -> tuple[FloatArray, FloatArray, Map]:
    """Return L (B, n, n) and XXᵀ = LLᵀ with X = LQᵀ, Q orthonormal, and the map c -> Qc of (B, n) to (B, d); n <= d."""
    transposed = np.swapaxes(X, 1, 2)
    gram = X @ transposed
    lower = _cholesky(gram)
    if lower is None:
        axes, upper = np.linalg.qr(transposed)
        lower = np.swapaxes(upper, 1, 2)
        inverse: FloatArray = np.linalg.pinv(lower, rcond=lower.shape[1] * EPS).astype(np.float64, copy=False)
        return lower, lower @ upper, _refined(X, lower, lambda c: times(axes, c), lambda r: times(inverse, r))

    def spread(c: FloatArray) -> FloatArray:
        return transposed_times(X, _triangular(lower, c, True))

    return lower, gram, _refined(X, lower, spread, lambda r: _triangular(lower, r, False))


def _refined(X: FloatArray, lower: FloatArray, spread: Map, solve: Map) -> Map:
    """c -> Qc by `spread`, once refined: Xθ = Lc but for rounding errors times the condition of X otherwise."""

    def back(c: FloatArray) -> FloatArray:
        theta = spread(c)
        return theta + spread(solve(times(lower, c) - times(X, theta)))

    return back


def _triangular(lower: FloatArray, right: FloatArray, transposed: bool) -> FloatArray:
    """The solutions of Lx = b, or of Lᵀx = b, for (B, n, n) and (B, n)."""
    pairs = zip(lower, right, strict=True)
    return np.stack([solve_triangular(a, b, int(transposed), lower=True, check_finite=False) for a, b in pairs])


def _cholesky(gram: FloatArray) -> FloatArray | None:
    try:
        lower = np.linalg.cholesky(gram).astype(np.float64, copy=False)
    except np.linalg.LinAlgError:
        return None
    diagonal = np.diagonal(lower, axis1=1, axis2=2)
    return lower if (diagonal.min(axis=1) >= WELL_CONDITIONED * diagonal.max(axis=1)).all() else None


def least_squares(problem: Problem) -> tuple[FloatArray, FloatArray]:
    """Return the least squares solution of least l2 norm (B, d), for ε = λ = 0, and its certified gap (B,).

    P(θ) - min P = ‖Uᵀr‖²/n for an orthonormal basis U of the column space of X, of numerical rank as in LAPACK's gelsd:
    singular values of at most max(n, d) EPS times the largest count as 0.
    """
    n, d = problem.X.shape[1:]
    left, singular, right = np.linalg.svd(problem.X, full_matrices=False)
    kept = singular > max(n, d) * EPS * singular[:, :1]
    basis = left * kept[:, None, :]
    weights = np.divide(transposed_times(basis, problem.y), singular, out=np.zeros_like(singular), where=kept)
    theta = transposed_times(right, weights)
    residuals = problem.y - times(problem.X, theta)
    excess = np.sum(transposed_times(basis, residuals) ** 2, axis=-1) / n
    lower = np.mean(residuals**2, axis=-1) * (1 - (n + 4) * EPS) - excess
    return theta, relative_gap(problem, upper_bound(problem, theta), lower)
