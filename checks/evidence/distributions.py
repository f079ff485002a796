"""How the cases of a search are spread: their dimension, conditioning, attack and noise, whatever record holds them."""

import itertools
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from checks.result import Distribution
from theory.population import LinearGaussian
from theory.validation import FloatArray

BINS = 10
DIGITS = 4  # more than a picture shows; values that agree in so many are one value
WIDE = 100  # a quantity whose values span more than such a factor is binned by its logarithm
SINGULAR = 1 / float(np.finfo(np.float64).eps)  # condition numbers beyond say no more than that

GAP = "gap over tolerance"
DIMENSION, SAMPLES, CONDITION = "dimension d", "samples n", "condition number of Σ"
QUANTITIES = {
    "d": DIMENSION, "dimension": DIMENSION, "n": SAMPLES, "radius": "radius ε", "smoothing": "smoothing ξ",
    "noise_std": "noise σ", "true_size": "size of θ₀", "truth": "size of θ₀", "correlation": "correlation of x",
    "residual": "residual", "ratio": "ratio of weights", "slope": "slope at 0",
    "log_width": "logarithm of the width h", "step_size": "step size η", "steps": "steps",
}  # fmt: skip
"""What the numeric fields of a case are called, in the order of the page; others, such as seeds, describe no case."""
ORDER = list(dict.fromkeys([GAP, DIMENSION, CONDITION, *QUANTITIES.values()]))


def features(case: Any) -> dict[str, float]:
    """The numbers that describe `case`: those of QUANTITIES that it, or a record in it, has; the outermost counts."""
    found: dict[str, float] = {}
    for name, value in _features(case):
        found.setdefault(name, value)
    return found


def _features(case: Any) -> Iterator[tuple[str, float]]:
    members = _members(case)
    for name, value in members:
        if isinstance(value, bool) or (name == "truth" and np.ndim(value)):
            continue
        if name in QUANTITIES and isinstance(value, int | float):
            yield QUANTITIES[name], float(value)
        elif name in {"true_coefficients", "coefficients"}:
            yield DIMENSION, float(np.size(value))
        elif name == "X" and np.ndim(value) == 2:
            yield SAMPLES, float(len(value))
            yield DIMENSION, float(np.shape(value)[1])
    if isinstance(case, LinearGaussian):
        yield CONDITION, _condition_number(case)
    for _, value in members:
        yield from _features(value)


def _members(case: Any) -> list[tuple[str, Any]]:
    if is_dataclass(case) and not isinstance(case, type):
        return [(field.name, getattr(case, field.name)) for field in fields(case)]
    if isinstance(case, tuple):
        return list(zip(getattr(case, "_fields", [""] * len(case)), case, strict=True))
    return []


def _condition_number(population: LinearGaussian) -> float:
    ends = np.linalg.eigvalsh(population.covariance)[[0, -1]]
    return float(ends[1] / ends[0]) if ends[0] * SINGULAR > ends[1] else math.inf


def distributions(cases: Sequence[Mapping[str, float]], worst: Mapping[str, float]) -> tuple[Distribution, ...]:
    """How the features of `cases` are spread, one distribution a feature, each with the value that `worst` has."""
    columns: dict[str, list[float]] = defaultdict(list)
    for case in cases:
        for name, value in case.items():
            columns[name].append(_rounded(value, DIGITS))
    marks = {name: _rounded(value, DIGITS) for name, value in worst.items()}
    return tuple(_distribution(name, columns[name], marks.get(name)) for name in ORDER if name in columns)


def _distribution(name: str, values: Sequence[float], worst: float | None) -> Distribution:
    shown = sorted({*values, *(() if worst is None else (worst,))})
    bins = [(value, value) for value in shown] if len(shown) <= BINS else _bins(shown)
    low, high = (tuple(side) for side in zip(*bins, strict=True))
    places = np.searchsorted(low, values, side="right") - 1  # the last bin that begins at or below a value
    return Distribution(name, low, high, tuple(np.bincount(places, minlength=len(bins)).tolist()), worst)


def _bins(shown: Sequence[float]) -> list[tuple[float, float]]:
    """Bins that cover the values `shown`: zero and infinity have their own, the others equal ones on their scale."""
    inner = np.array([value for value in shown if value and math.isfinite(value)])
    own = [(value, value) for value in shown if not math.isfinite(value) or (value == 0 and inner.min() > 0)]
    edges = _edges(inner)
    return sorted([*itertools.pairwise(edges), *own])


def _edges(inner: FloatArray) -> list[float]:
    least, most = float(inner.min()), float(inner.max())
    log = least > 0 and most > WIDE * least
    between = (np.geomspace if log else np.linspace)(least, most, BINS + 1)[1:-1]
    if np.all(inner == np.floor(inner)):
        between = np.floor(between)
    return sorted({least, most, *(_rounded(edge, DIGITS - 1) for edge in between if least < edge < most)})


def _rounded(value: float, digits: int) -> float:
    return float(f"{value:.{digits}g}")
