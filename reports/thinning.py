"""Fewer points for the same picture: the extremes of every stretch are kept."""

from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Context

import numpy as np
from numpy.typing import NDArray

from checks.result import Series

DIGITS = 4  # significant digits kept as data: as many as a picture shows
FAR = 1e300  # beyond it the width of an axis overflows


def thin(series: Series, limit: int) -> Series:
    """`series` with at most `limit` points: both ends, and of each stretch the highest, the lowest and any gap."""
    count = len(series.x)
    if count <= limit:
        return series
    keep = {0, count - 1}
    picks = _extremes(series)
    for stretch in np.array_split(np.arange(1, count - 1), (limit - 2) // len(picks)):
        keep |= {int(stretch[np.argmax(pick[stretch])]) for pick in picks}
    rows = sorted(keep)
    x, y, low, high = (tuple(column[i] for i in rows if column) for column in _columns(series))
    return replace(series, x=x, y=y, low=low, high=high)


def drawable(values: tuple[float, ...], log: bool) -> NDArray[np.float64]:
    """`values` with NaN for what an axis cannot show."""
    column = np.array(values, dtype=float)
    column[~(np.abs(column) < FAR)] = np.nan
    if log:
        column[~(column > 0)] = np.nan
    return column


def numbers(values: tuple[float, ...], rounding: str = ROUND_HALF_EVEN) -> list[float | str]:
    """`values` as JSON can hold them: four significant digits, and a string for what is not finite."""
    kept = Context(DIGITS, rounding)
    decimals = (kept.create_decimal(repr(float(value))) for value in values)
    return [float(value) if value.is_finite() else str(float(value)) for value in decimals]


def _columns(series: Series) -> tuple[tuple[float, ...], ...]:
    return series.x, series.y, series.low, series.high


def _extremes(series: Series) -> list[NDArray[np.float64]]:
    """Columns whose largest entries in a stretch have to stay."""
    y = drawable(series.y, log=False)
    columns = [y, -y, -drawable(series.low, log=False), drawable(series.high, log=False)]
    kept = [np.where(np.isnan(column), -np.inf, column) for column in columns if column.size]
    return [*kept, np.isnan(y).astype(float)] if np.isnan(y).any() else kept
