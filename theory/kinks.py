"""The subgradient of least norm where the residual vanishes: a small convex projection.

Where s = 0 the subdifferential of the adversarial risk is 2 ε m {ε g + c₀ A w : g in ∂m(θ), ‖w‖ <= 1} with A Aᵀ = Σ, a
sum of an ellipsoid and, for zero coordinates under the linf attack, a box.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq

from theory.norms import lp_norm
from theory.validation import FloatArray

EPS = float(np.finfo(np.float64).eps)
TINY = float(np.finfo(np.float64).tiny)


def nearest_subgradient(theta: FloatArray, factor: FloatArray, radius: float, c0: float, norm: float) -> FloatArray:
    """Return the element of least l2 norm of {ε g + c₀ A w : g in ∂m(θ), ‖w‖ <= 1}; θ is not 0, A is `factor`.

    Without a free coordinate (l2 attack, or linf with no zero coordinate) this is one projection on an ellipsoid,
    a scalar equation solved to rounding. With free coordinates see `_nearest_with_box`.
    """
    ellipsoid = c0 * factor
    if norm == 2:
        fixed = radius * theta / lp_norm(theta, 2.0)
        return fixed + ellipsoid @ nearest_in_ellipsoid(fixed, ellipsoid)
    return _nearest_with_box(radius * np.sign(theta), ellipsoid, radius)


def nearest_in_ellipsoid(target: FloatArray, factor: FloatArray) -> FloatArray:
    """Return a w in argmin {‖target + factor w‖ : ‖w‖ <= 1}, for target (k,) and factor (k, d).

    With the singular values D of the factor, w = -D t/(D² + ν) in its singular bases; ν = 0 if that w lies in the ball,
    and otherwise ν > 0 solves ‖w‖ = 1, found to a relative error of a few EPS.
    """
    left, sizes, right = np.linalg.svd(factor, full_matrices=False)
    t = left.T @ target
    free = _weights(t, sizes, 0.0)
    if lp_norm(free, 2.0) <= 1:
        nearest: FloatArray = free @ right
        return nearest
    bound = float(lp_norm(sizes * t, 2.0))

    def excess(multiplier: float) -> float:
        return 1 / float(lp_norm(_weights(t, sizes, multiplier), 2.0)) - 1

    # A relative tolerance down to the smallest float may take a bisection for each of its 1074 binary exponents.
    multiplier = brentq(excess, 0.0, 2 * bound, xtol=TINY, rtol=4 * EPS, maxiter=2000) if bound > 0 else 0.0
    w: FloatArray = _weights(t, sizes, multiplier) @ right
    return w


def _weights(t: FloatArray, sizes: FloatArray, multiplier: float) -> FloatArray:
    denominator = sizes**2 + multiplier
    return -np.divide(sizes * t, denominator, out=np.zeros_like(t), where=denominator > 0)


def _nearest_with_box(fixed: FloatArray, ellipsoid: FloatArray, radius: float) -> FloatArray:
    """Minimise ‖fixed + b + ellipsoid w‖ over ‖w‖ <= 1 and b in the box [-radius, radius] of the zero coordinates.

    For given w the best b is a soft threshold, which leaves a convex, piecewise quadratic function of w. Newton's
    method solves the current piece exactly and backtracks along the line. It ends when the set of coordinates outside
    the box is settled, exact to rounding, or when rounding hides any descent: the squared norm is then within a few
    EPS of its scale.
    """
    free = fixed == 0

    def residual(w: FloatArray) -> FloatArray:
        point = ellipsoid @ w
        return np.where(free, np.sign(point) * np.maximum(np.abs(point) - radius, 0.0), fixed + point)

    w = nearest_in_ellipsoid(fixed[~free], ellipsoid[~free])
    rest = residual(w)
    outside = ~free | (rest != 0)
    # Every round settles or descends; the bound is for rounding alone.
    for _ in range(10 * (10 + len(fixed))):
        target = np.where(free, -radius * np.sign(rest), fixed)
        step = nearest_in_ellipsoid(target[outside], ellipsoid[outside]) - w
        length = _descent_length(w, step, residual)
        w = w + length * step
        rest = residual(w)
        settled = np.array_equal(outside, ~free | (rest != 0))
        if length == 0 or (length == 1 and settled):
            break
        outside = ~free | (rest != 0)
    return rest


def _descent_length(w: FloatArray, step: FloatArray, residual: Callable[[FloatArray], FloatArray]) -> float:
    """Return the first of 1, 1/2, 1/4 ... at which the residual's norm falls along the step; 0 if none does."""
    now = lp_norm(residual(w), 2.0)
    length = 1.0
    while length > EPS:
        if lp_norm(residual(w + length * step), 2.0) < now:
            return length
        length /= 2
    return 0.0
