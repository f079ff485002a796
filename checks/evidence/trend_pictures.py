"""Pictures of sweeps: what was measured, what is claimed, and the region that the rule accepts."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from checks.evidence.montecarlo import Mean, margins
from checks.result import Chart, Series

Array = NDArray[np.float64]


def sketch(
    axis: str, sizes: tuple[float, ...], found: Sequence[Mean], error_rate: float, *lines: Series, log: bool = False
) -> Chart:
    """The means at `sizes` with the intervals that hold for all of them together, and `lines` beside them."""
    centre, half = np.array([mean.mean for mean in found]), half_widths(found, error_rate)
    low = np.maximum(centre - half, centre / 10) if log else centre - half
    ends = (tuple(low.tolist()), tuple((centre + half).tolist()))
    measured = Series("measured", sizes, tuple(centre.tolist()), *ends, points=True)
    return Chart("Sweep with intervals", axis, "mean over replicates", (measured, *lines), x_log=True, y_log=log)


def half_widths(found: Sequence[Mean], error_rate: float) -> Array:
    """Half of each interval, all of which hold together with probability 1 - error_rate."""
    spread: Array = np.array([mean.standard_error for mean in found])
    return margins(found, error_rate) * spread


def accepted(label: str, x: tuple[float, ...], y: Array, half: Array) -> Series:
    """What is claimed, in the region in which the measurement must lie; points where sizes are not in order."""
    low, middle, high = (tuple(side.tolist()) for side in (y - half, y, y + half))
    ordered = all(before < after for before, after in pairwise(x))
    return Series(f"{label}, and what is accepted", x, middle, low, high, points=not ordered)


def accepted_rate(columns: Array, log_y: Array, spread: Array, target: float, half: float) -> Series:
    """The best power law of the claimed exponent, between those of the least and the largest accepted exponent.

    `columns` are a constant, log size, and the corrections; all three curves meet at the mean of log size.
    """
    others, logs = np.delete(columns, 1, axis=1) / spread[:, None], columns[:, 1]
    rest = np.linalg.lstsq(others, (log_y - target * logs) / spread, rcond=None)[0]
    curve = target * logs + (others * spread[:, None]) @ rest
    turn = half * np.abs(logs - np.average(logs, weights=spread**-2))
    low, middle, high = (tuple(np.exp(side).tolist()) for side in (curve - turn, curve, curve + turn))
    return Series("claimed rate, and what is accepted", tuple(np.exp(logs).tolist()), middle, low, high)


def bounded_region(x: tuple[float, ...], low: Array, high: Array) -> list[Series]:
    """The finite bounds, and the region between them where both are."""
    lower, upper = tuple(low.tolist()), tuple(high.tolist())
    if np.isfinite(low).all() and np.isfinite(high).all():
        return [Series("lower bound", x, lower), Series("upper bound, and what is accepted", x, upper, lower, upper)]
    return [Series(label, x, side) for label, side in (("lower bound", lower), ("upper bound", upper))
            if np.isfinite(side).all()]  # fmt: skip
