"""The largest step size at which training stays near a stationary point, measured by training from beside it."""

from collections.abc import Callable

import numpy as np

from theory.validation import FloatArray

STEPS = 8  # beyond the largest stable step a deviation grows in every one of them
HALVINGS = 24  # of the logarithm of a bracket that spans a factor of SPAN: to a relative 1e-6
SPAN = 2.0**24
CLOSE = 1e-6  # slopes of the loss beside the stationary point, in units of the smoothing: the attack is linear to this
ACCURACY = 1e-4  # a hundred times what CLOSE leaves out, to cover the rounding of a gradient of size CLOSE times ξ


def mirrored(X: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The samples (x, y) and (x, -y): with them 0 is stationary for every radius and smoothing."""
    return np.concatenate([X, X]), np.concatenate([y, -y])


def measured_step(
    train: Callable[[FloatArray, float, int], FloatArray], centre: FloatArray, deviation: FloatArray, largest: float
) -> float:
    """The step size between `largest` / SPAN and `largest` from which on a small `deviation` from `centre` grows.

    `train(start, step_size, steps)` returns the trained coefficients. By bisection over trainings of eight steps;
    `deviation` is along an eigenvector of the curvature at the stationary point `centre`, which it keeps.
    """

    def grows(step: float) -> bool:
        found = train(centre + deviation, step, STEPS) - centre
        return bool(abs(found @ deviation) > deviation @ deviation)

    low, high = largest / SPAN, largest
    for _ in range(HALVINGS):
        middle = float(np.sqrt(low * high))
        low, high = (low, middle) if grows(middle) else (middle, high)
    return float(np.sqrt(low * high))
