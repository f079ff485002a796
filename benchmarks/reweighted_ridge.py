"""A peer for the minimiser: iteratively reweighted ridge regression, written from its published formulas.

(|r| + t)² = min {r²/u + t²/(1 - u) : 0 < u < 1}, attained at u = |r|/(|r| + t), and ‖θ‖₁² = min {Σ θⱼ²/wⱼ : Σ wⱼ = 1},
attained at wⱼ = |θⱼ|/‖θ‖₁; w = 1 for the l2 norm. So the adversarial training objective is minimised by ridge
regressions, with weights 1/uᵢ and the penalty ε² Σ 1/(1 - uᵢ) Σ θⱼ²/wⱼ, in turn with updates of u and w. Where d > n
the ridge regression is solved for n variables.
"""

import math

import numpy as np
from scipy.linalg import solve

SMALLEST = 1e-15
"""Floor of u, 1 - u and w, for weights of 0 have no inverse."""


def reweighted_ridge(X: np.ndarray, y: np.ndarray, radius: float, norm: float, iterations: int = 100) -> np.ndarray:
    """The coefficients (d,) after `iterations` ridge regressions; 100 is the published default."""
    n, d = X.shape
    if norm == 2 and d > n:
        return _in_row_space(X, y, radius, iterations)
    shares, weights = np.full(n, 0.5), np.full(d, 1.0 if norm == 2 else 1 / d)
    for _ in range(iterations):
        scale = weights / (radius**2 * np.sum(1 / (1 - shares)))
        if d > n:
            theta = scale * (X.T @ solve((X * scale) @ X.T + np.diag(shares), y, assume_a="pos", check_finite=False))
        else:
            normal = (X.T / shares) @ X + np.diag(1 / scale)
            theta = solve(normal, X.T @ (y / shares), assume_a="pos", check_finite=False)
        magnitude = np.abs(theta)
        size = magnitude.sum() if math.isinf(norm) else math.sqrt(theta @ theta)
        shares = _shares(y - X @ theta, radius * size)
        if math.isinf(norm):
            weights = np.maximum(magnitude / size, SMALLEST)
    return theta


def _in_row_space(X: np.ndarray, y: np.ndarray, radius: float, iterations: int) -> np.ndarray:
    """θ = Xᵀa for the l2 norm: with XXᵀ at hand an iteration costs one factorisation of an n by n matrix."""
    gram, shares = X @ X.T, np.full(len(y), 0.5)
    for _ in range(iterations):
        penalty = radius**2 * np.sum(1 / (1 - shares))
        dual = solve(gram + np.diag(penalty * shares), y, assume_a="pos", check_finite=False)
        fitted = gram @ dual
        shares = _shares(y - fitted, radius * math.sqrt(dual @ fitted))
    return X.T @ dual


def _shares(residuals: np.ndarray, reach: float) -> np.ndarray:
    magnitude = np.abs(residuals)
    return np.clip(magnitude / (magnitude + reach), SMALLEST, 1 - SMALLEST)
