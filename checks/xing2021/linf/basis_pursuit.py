"""The interpolator of least l1 norm and its multipliers, by linear programming in general-purpose code."""

from typing import NamedTuple

import numpy as np
from scipy.optimize import linprog

from theory.validation import FloatArray

LP_ERROR = 1e-7  # feasibility to which HiGHS solves


class LeastL1(NamedTuple):
    """argmin {‖θ‖₁ : Xθ = y}, and of all its multipliers α (Xᵀα a subgradient of ‖θ‖₁) one with the least ‖α‖_∞."""

    coefficients: FloatArray
    multipliers: FloatArray


def least_l1_interpolator(X: FloatArray, y: FloatArray) -> LeastL1:
    """Solve min {‖θ‖₁ : Xθ = y} with θ = p - q, then min {‖α‖_∞ : ‖Xᵀα‖_∞ <= 1, αᵀy = ‖θ‖₁}."""
    n, d = X.shape
    primal = linprog(np.ones(2 * d), A_eq=np.hstack([X, -X]), b_eq=y, bounds=(0, None))
    least = primal.fun
    rows = np.vstack([np.hstack([side * X.T, np.zeros((d, 1))]) for side in (1, -1)])
    sizes = np.vstack([np.hstack([side * np.eye(n), -np.ones((n, 1))]) for side in (1, -1)])
    bounds = np.concatenate([np.ones(2 * d), np.zeros(2 * n)])
    dual = linprog(
        np.append(np.zeros(n), 1.0), A_ub=np.vstack([rows, sizes]), b_ub=bounds,
        A_eq=np.append(y, 0.0)[None], b_eq=[least], bounds=(None, None),
    )  # fmt: skip
    return LeastL1(primal.x[:d] - primal.x[d:], dual.x[:n])


def steepest(X: FloatArray, theta: FloatArray, weight: float) -> tuple[float, FloatArray]:
    """The least value over ‖u‖_∞ <= 1 of (1/n) Σ |xᵢᵀu| + weight times the derivative of ‖θ‖₁ along u, and its u.

    At an interpolator θ that is half the derivative of (1/n) Σ (|rᵢ| + ε‖θ‖₁)² + λ‖θ‖₁ along u over ε‖θ‖₁, for the
    weight ε + λ/(2ε‖θ‖₁): the loss is convex, so that θ minimises it if and only if the least value is 0.
    """
    n, d = X.shape
    signs = np.sign(np.where(np.abs(theta) > LP_ERROR, theta, 0.0))
    free = (signs == 0).astype(float)
    # u, with |xᵢᵀu| <= aᵢ and |u_j| <= b_j where θ_j = 0
    cost = np.concatenate([weight * signs, np.full(n, 1 / n), weight * free])
    losses = [np.hstack([side * X, -np.eye(n), np.zeros((n, d))]) for side in (1, -1)]
    sizes = [np.hstack([side * np.eye(d), np.zeros((d, n)), -np.eye(d)]) for side in (1, -1)]
    ends = [(-1.0, 1.0)] * d + [(0.0, None)] * n + [(0.0, None) if x else (None, None) for x in free]
    # Where θ_j is not 0, b_j only has to be large enough.
    found = linprog(cost, A_ub=np.vstack([*losses, *sizes]), b_ub=np.zeros(2 * (n + d)), bounds=ends)
    return float(found.fun), found.x[:d]
