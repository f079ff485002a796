"""Argument checks shared by every theory module: each returns the checked value or raises ValueError."""

from __future__ import annotations

import functools
import inspect
import math
import operator
from collections.abc import Callable, Collection
from dataclasses import fields, is_dataclass
from typing import Any, ParamSpec, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
Given = ParamSpec("Given")
Returned = TypeVar("Returned")


class OutOfRange(ValueError):
    """A calculation left the range of float64; of calls within calls the outermost names its arguments."""


def within_range(function: Callable[Given, Returned]) -> Callable[Given, Returned]:
    """Make `function` raise ValueError, naming its arguments, where it leaves the range of float64 unawares.

    That is where it overflows, divides by what underflowed, or would return NaN. What its own `np.errstate` ignores is
    foreseen.
    """
    return _guarded(function, nan=False)


def within_range_or_nan(function: Callable[Given, Returned]) -> Callable[Given, Returned]:
    """Do as `within_range`, for a function of which NaN is an answer."""
    return _guarded(function, nan=True)


def _guarded(function: Callable[Given, Returned], nan: bool) -> Callable[Given, Returned]:
    @functools.wraps(function)
    def checked(*args: Given.args, **kwargs: Given.kwargs) -> Returned:
        try:
            with np.errstate(over="raise", divide="raise", invalid="raise"):
                result = function(*args, **kwargs)
        except (ArithmeticError, OutOfRange) as error:
            raise _out_of_range(function, args, kwargs) from error
        if not nan and _has_nan(result):
            raise _out_of_range(function, args, kwargs)
        return result

    return checked


def _out_of_range(function: Callable[..., Any], args: Any, kwargs: Any) -> OutOfRange:
    given = inspect.signature(function).bind(*args, **kwargs).arguments
    shown = ", ".join(f"{name} {value!r:.80}" for name, value in given.items())
    names = ", ".join(given)
    return OutOfRange(f"{names} must keep {function.__name__} within the range of float64, got {shown}")


def _has_nan(value: Any) -> bool:
    if isinstance(value, float | np.ndarray | np.floating):
        return bool(np.isnan(value).any())
    if isinstance(value, tuple):
        return any(map(_has_nan, value))
    return is_dataclass(value) and any(_has_nan(getattr(value, field.name)) for field in fields(value))


def real(name: str, value: float) -> float:
    """Return `value` as a float, NaN and inf included; ValueError unless it is a single real number."""
    try:
        array = real_array(name, value)
    except ValueError:
        raise ValueError(f"{name} must be a real number, got {value!r}") from None
    if array.ndim != 0:
        raise ValueError(f"{name} must be a single number, got {value!r}")
    return float(array)


def nonnegative(name: str, value: float) -> float:
    """Return `value` as a float; ValueError unless it is a finite number that is at least 0."""
    number = real(name, value)
    if not math.isfinite(number):
        raise ValueError(f"{name} must be finite, got {value!r}")
    if number < 0:
        raise ValueError(f"{name} must be non-negative, got {value!r}")
    return number


def positive(name: str, value: float) -> float:
    """Return `value` as a float; ValueError unless it is a finite number above 0."""
    number = nonnegative(name, value)
    if number == 0:
        raise ValueError(f"{name} must be positive, got {value!r}")
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


def choice(name: str, value: str, names: Collection[str]) -> str:
    """Return `value`; ValueError unless it is one of `names`."""
    if not isinstance(value, str) or value not in names:
        raise ValueError(f"{name} must be one of {', '.join(names)}, got {value!r}")
    return value


def attack_norm(norm: float) -> float:
    """Return the attack's norm as a float; ValueError unless it lies in [1, inf]."""
    number = real("norm", norm)
    if not number >= 1:
        raise ValueError(f"norm must lie in [1, inf], got {norm!r}")
    return number


def l2_or_linf(norm: float) -> float:
    """Return the attack's norm as a float; ValueError unless it is 2 or inf."""
    number = real("norm", norm)
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
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a rectangular array of real numbers, got {value!r}") from None
    # Strings and objects are refused even where NumPy would parse them.
    if raw.dtype.kind not in "biuf":
        raise ValueError(f"{name} must be an array of real numbers, got {value!r}")
    array = raw.astype(np.float64)
    array += 0.0  # of -0, by which a division would choose the wrong infinity
    return array


def finite(name: str, array: FloatArray) -> FloatArray:
    """Return `array`; ValueError naming the first entry that is NaN or infinite."""
    wrong = ~np.isfinite(array)
    if wrong.any():
        index = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise ValueError(f"{name} must be finite, got {array[index]} at index {index}")
    return array
