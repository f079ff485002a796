"""A batch of trainings: its arguments checked once, and cut into pieces that fit in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.linear.coordinates import Coordinates, coordinates
from models.linear.gradients import Settings
from theory.validation import FloatArray, choice, finite, l2_or_linf, real_array

# Replicates are prepared together as long as their samples and bases fit in this many bytes, a fraction of a memory.
WORKING_BYTES = 2**28

# They are trained together as long as what a step touches fits in a cache: twice as fast as all of 200 replicates of
# n = 1000, d = 10 at once, where Python's share of a step is below a tenth already.
CACHED_BYTES = 2**23

UPDATES = ("frozen", "full")


class Piece(NamedTuple):
    """Part of a batch, ready to run: all numbers are in the units of `at`."""

    at: Coordinates
    settings: Settings
    stop_residual: FloatArray | None

    def replicate(self, index: int) -> Piece:
        """One replicate as a piece of its own, without stopping level."""
        return Piece(self.at.replicate(index), self.settings.replicate(index), None)


@dataclass(frozen=True, eq=False)
class Batch:
    """The checked arguments of `adversarial_training`; every array but X has the batch as its first axis, or 1."""

    X: NDArray[Any]
    y: FloatArray
    init: FloatArray
    parameters: dict[str, FloatArray]
    norm: float
    full: bool
    single: bool

    @property
    def d(self) -> int:
        """Number of features."""
        return int(self.X.shape[-1])

    @property
    def size(self) -> int:
        """Number of replicates."""
        return int(np.broadcast_shapes(*(a.shape[:1] for a in self._arrays()))[0])

    @property
    def within_span(self) -> bool:
        """Whether to train in the span of the samples and the start."""
        n, d = self.X.shape[-2:]
        return n < d and self.norm == 2 and not np.any(self.parameters["l1"])

    def pieces(self) -> Iterator[Piece]:
        """Consecutive pieces of at least one replicate, each of at most about WORKING_BYTES and CACHED_BYTES."""
        n, d = self.X.shape[-2:]
        inner = n + 1 if self.within_span else d
        shared = len(self.X) == 1 and not (self.within_span and len(self.init) > 1)
        # Three arrays of the samples' size to prepare and to step, with twenty vectors that are each replicate's own.
        prepared, touched = (0 if shared else 3 * 8 * n * size for size in (d, inner))
        own = 20 * 8 * (n + inner)
        at_once = max(1, min(WORKING_BYTES // (prepared + own), CACHED_BYTES // (touched + own)))
        for first in range(0, self.size, at_once):
            yield self.piece(slice(first, first + at_once))

    def piece(self, part: slice) -> Piece:
        """The replicates of `part`."""
        X = _finite_samples(_cut(self.X, part), part.start or 0)
        y, init = _cut(self.y, part), _cut(self.init, part)
        size = len(range(*part.indices(self.size)))
        cut = {name: np.broadcast_to(_cut(value, part), size) for name, value in self.parameters.items()}
        columns = {name: value[:, None] for name, value in cut.items() if name != "stop_residual"}
        settings = Settings(norm=self.norm, full=self.full, **columns)
        at = coordinates(X, y, init, self.within_span)
        level = cut.get("stop_residual")
        return Piece(at, settings.in_units(at.units), None if level is None else np.ldexp(level, -at.units.responses))

    def _arrays(self) -> tuple[NDArray[Any], ...]:
        return (self.X, self.y, self.init, *self.parameters.values())


def batch_of(
    X: ArrayLike,
    y: ArrayLike,
    init: ArrayLike | None,
    parameters: dict[str, ArrayLike | None],
    norm: float,
    update: str,
) -> Batch:
    """Check the arguments of `adversarial_training`; the samples themselves are checked piece by piece."""
    samples = _samples(X)
    n, d = samples.shape[-2:]
    responses = _vectors("y", y, n)
    start = _vectors("init", np.zeros(d) if init is None else init, d)
    optional = {"stop_residual"} if parameters.get("stop_residual") is None else set()
    checked = {name: _parameter(name, value) for name, value in parameters.items() if name not in optional}
    choice("update", update, UPDATES)
    named = {"X": samples[..., 0, 0], "y": responses[..., 0], "init": start[..., 0], **checked}
    _check_batch(named)
    return Batch(
        X=samples if samples.ndim == 3 else samples[None],
        y=np.atleast_2d(responses),
        init=np.atleast_2d(start),
        parameters={name: np.atleast_1d(value) for name, value in checked.items()},
        norm=l2_or_linf(norm),
        full=update == "full",
        single=all(value.ndim == 0 for value in named.values()),
    )


def _samples(X: ArrayLike) -> NDArray[Any]:
    raw: NDArray[Any] = np.asarray(X) if isinstance(X, np.ndarray) else real_array("X", X)
    if raw.dtype.kind not in "biuf":
        raise ValueError(f"X must be an array of real numbers, got dtype {raw.dtype}")
    if raw.ndim not in (2, 3) or 0 in raw.shape:
        raise ValueError(f"X must have shape (n, d) or (B, n, d) with B, n, d >= 1, got shape {raw.shape}")
    return raw


def _finite_samples(samples: NDArray[Any], first: int) -> FloatArray:
    array = np.ascontiguousarray(samples, dtype=np.float64)
    if not np.isfinite(array).all():
        replicate = int(np.argmax(~np.isfinite(array).all(axis=(-2, -1))))
        finite(f"X[{first + replicate}]" if len(samples) > 1 else "X", array[replicate])
    return array


def _vectors(name: str, value: ArrayLike, length: int) -> FloatArray:
    array = finite(name, real_array(name, value))
    if array.ndim not in (1, 2) or array.shape[-1] != length or 0 in array.shape:
        raise ValueError(f"{name} must have shape ({length},) or (B, {length}) to match X, got shape {array.shape}")
    return array


def _parameter(name: str, value: ArrayLike | None) -> FloatArray:
    if value is None:
        raise ValueError(f"{name} must be a number or have shape (B,), got None")
    array = finite(name, real_array(name, value))
    if array.ndim > 1 or array.size == 0:
        raise ValueError(f"{name} must be a number or have shape (B,), got shape {array.shape}")
    lowest = float(array.min())
    if lowest < 0 or (lowest == 0 and name == "step_size"):
        raise ValueError(f"{name} must be {'positive' if name == 'step_size' else 'non-negative'}, got {lowest}")
    return array


def _check_batch(named: dict[str, FloatArray]) -> None:
    sizes = {name: len(value) for name, value in named.items() if value.ndim == 1}
    if len({size for size in sizes.values() if size > 1}) > 1:
        listed = ", ".join(f"{name}: {size}" for name, size in sizes.items())
        raise ValueError(f"the batch must have one size, got {listed}")


def _cut(array: NDArray[Any], part: slice) -> NDArray[Any]:
    return array[part] if len(array) > 1 else array
