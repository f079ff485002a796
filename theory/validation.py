"""Argument checks shared by every theory module: each returns the checked value or raises ValueError."""

from __future__ import annotations

import math
import operator

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]


def nonnegative(name: str, value: float) -> float:
    """Return `value` as a float; ValueError unless it is a finite number that is at least 0."""
    number = _real(name, value)
    if not math.isfinite(number):
        raise ValueError(f"{name} must be finite, got {value!r}")
    if number < 0:
        raise ValueError(f"{name} must be non-negative, got {value!r}")
    return number


def integer(name: str, value: int, least: int) -> int:
    """Return `value` as an int; ValueError unless it is an integer and at least `least`."""
    try:
        number = operator.index(value)
    except TypeError:
        raise ValueError(f"{name} must be an integer, got {value!r}") from None
    if number < least:
        raise ValueError(f"{name} must be at least {least}, got {value!r}")
    return number


def attack_norm(norm: float) -> float:
    """Return the attack's norm as a float; ValueError unless it lies in [1, inf]."""
    number = _real("norm", norm)
    if not number >= 1:
        raise ValueError(f"norm must lie in [1, inf], got {norm!r}")
    return number


def l2_or_linf(norm: float) -> float:
    """Return the attack's norm as a float; ValueError unless it is 2 or inf."""
    number = _real("norm", norm)
    if number not in (2.0, math.inf):
        raise ValueError(f"norm must be 2 or inf, got {norm!r}")
    return number


def coefficient_array(coefficients: ArrayLike, d: int) -> FloatArray:
    """Return float64 `coefficients` of shape (..., d); ValueError for another shape or a value not finite."""
    array = real_array("coefficients", coefficients)
    if array.ndim == 0 or array.shape[-1] != d:
        raise ValueError(f"coefficients must have shape (..., {d}), got shape {array.shape}")
    return finite("coefficients", array)


def real_array(name: str, value: ArrayLike) -> FloatArray:
    """Return `value` as a float64 array; ValueError where an entry is no real number."""
    try:
        raw = np.asarray(value)
    except ValueError:
        raise ValueError(f"{name} must be a rectangular array of real numbers, got {value!r}") from None
    # Strings and objects are refused even where NumPy would parse them.
    if raw.dtype.kind not in "biuf":
        raise ValueError(f"{name} must be an array of real numbers, got {value!r}")
    return raw.astype(np.float64)


def finite(name: str, array: FloatArray) -> FloatArray:
    """Return `array`; ValueError naming the first entry that is NaN or infinite."""
    wrong = ~np.isfinite(array)
    if wrong.any():
        index = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise ValueError(f"{name} must be finite, got {array[index]} at index {index}")
    return array


def _real(name: str, value: float) -> float:
    try:
        array = real_array(name, value)
    except ValueError:
        raise ValueError(f"{name} must be a real number, got {value!r}") from None
    if array.ndim != 0:
        raise ValueError(f"{name} must be a single number, got {value!r}")
    return float(array)
