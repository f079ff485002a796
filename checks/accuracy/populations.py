"""Points that are populations, with coefficients and an attack, as rows of numbers, and what is enclosed of them."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from checks.accuracy import references as ref
from checks.accuracy.form import DIGITS, Point, log_uniform
from checks.enclosure import Ball
from theory.population import LinearGaussian
from theory.validation import FloatArray

LARGEST_D = 4
UNITS = 1e50  # coordinates of one population may differ that much in their units
NEARLY_SINGULAR = 1e-10
DOMAIN = "d ≤ 4; Σ diagonal, Toeplitz, random or nearly singular, in any units; σ = 0 or from 0.001 to 10"
MILD = "d ≤ 4; Σ diagonal, Toeplitz or random; σ = 0 or from 0.001 to 10"

Draw = Callable[[np.random.Generator, int], Iterator[Point]]


@dataclass(frozen=True)
class Row:
    """The parts of a point, floats or balls: θ₀, Σ as rows, σ, θ where there are coefficients, and the rest."""

    truth: Sequence[Any]
    covariance: Sequence[Sequence[Any]]
    noise: Any
    coefficients: Sequence[Any]
    rest: Sequence[Any]

    @classmethod
    def of(cls, point: Sequence[Any], with_coefficients: bool, extra: int) -> "Row":
        """The parts of a flat point with `extra` scalars at its end; its length tells the dimension."""
        d = next(d for d in range(1, LARGEST_D + 1) if len(_flat(d, with_coefficients)) + extra == len(point))
        truth, entries = point[:d], point[d : d + d * (d + 1) // 2]
        where = {pair: i for i, pair in enumerate(itertools.combinations_with_replacement(range(d), 2))}
        matrix = [[entries[where[min(i, j), max(i, j)]] for j in range(d)] for i in range(d)]
        start = d + len(entries)
        theta = point[start + 1 : start + 1 + d] if with_coefficients else ()
        return cls(truth, matrix, point[start], theta, point[len(point) - extra :])

    @property
    def population(self) -> LinearGaussian:
        """The population, for a row of floats."""
        return LinearGaussian(np.array(self.truth), np.array(self.covariance), self.noise)

    @property
    def pull(self) -> list[Ball]:
        """Σ(θ - θ₀)."""
        return ref.applied(self.covariance, ref.minus(self.coefficients, self.truth))

    @property
    def residual_std(self) -> Ball:
        """s."""
        error = ref.minus(self.coefficients, self.truth)
        return (ref.product(error, ref.applied(self.covariance, error)) + self.noise**2).sqrt()

    @property
    def signal(self) -> list[Ball]:
        """Σθ₀."""
        return ref.applied(self.covariance, self.truth)

    @property
    def total_std(self) -> Ball:
        """v."""
        return (ref.product(self.truth, self.signal) + self.noise**2).sqrt()


def describe(names: Sequence[str], with_coefficients: bool = True) -> Callable[[Point], str]:
    """A point in words, with every digit; `names` are those of the scalars at its end."""

    def text(point: Point) -> str:
        row = Row.of(point, with_coefficients, len(names))
        entries = [listed(line[: i + 1]) for i, line in enumerate(row.covariance)]
        parts = [f"θ₀ = {listed(row.truth)}", f"Σ = {' '.join(entries)}", f"σ = {row.noise!r}"]
        parts += [f"θ = {listed(row.coefficients)}"] if with_coefficients else []
        return ", ".join([*parts, *(f"{name} = {x!r}" for name, x in zip(names, row.rest, strict=True))])

    return text


def listed(numbers: Sequence[float]) -> str:
    """Numbers with every digit, in brackets."""
    return f"({', '.join(map(repr, numbers))})"


def problems(rest: Callable[[np.random.Generator], Sequence[float]]) -> Draw:
    """Populations with coefficients of any kind, but where a risk has a kink, and the scalars that `rest` draws."""

    def draw(rng: np.random.Generator, count: int) -> Iterator[Point]:
        for i in range(count):
            truth, covariance, units = _population(rng, i)
            noise = _noise(rng)
            theta = _coefficients(rng, truth) / units
            yield (*_point(truth / units, covariance, noise), *theta.tolist(), *rest(rng))

    return draw


def populations(
    rest: Callable[[np.random.Generator, LinearGaussian], Sequence[float]], noiseless: bool = False, mild: bool = False
) -> Draw:
    """Populations, and the scalars that `rest` draws for each; mild ones are in one unit, with no tiny eigenvalue."""

    def draw(rng: np.random.Generator, count: int) -> Iterator[Point]:
        for i in range(count):
            truth, covariance, units = _population(rng, i, mild)
            flat = _point(truth / units, covariance, 0.0 if noiseless else _noise(rng))
            yield (*flat, *rest(rng, Row.of(flat, False, 0).population))

    return draw


def radius(rng: np.random.Generator) -> float:
    """An attack radius: of ordinary size, or tiny."""
    return log_uniform(rng, 1e-9, 1e-6) if rng.random() < 0.1 else log_uniform(rng, 1e-3, 10)


def _flat(d: int, with_coefficients: bool) -> range:
    return range(d + d * (d + 1) // 2 + 1 + (d if with_coefficients else 0))


def _point(truth: FloatArray, covariance: FloatArray, noise: float) -> Point:
    upper = covariance[np.triu_indices(len(truth))]
    return (*truth.tolist(), *upper.tolist(), noise)


def _noise(rng: np.random.Generator) -> float:
    return 0.0 if rng.random() < 0.25 else log_uniform(rng, 1e-3, 10)


def _population(rng: np.random.Generator, i: int, mild: bool = False) -> tuple[FloatArray, FloatArray, FloatArray]:
    """θ₀ in units of 1, Σ in other units, and the units: powers of two, so that no rounding hides in them."""
    d = int(rng.integers(1, LARGEST_D + 1))
    truth = np.array([_entry(rng) for _ in range(d)])
    units = 2.0 ** np.round(rng.uniform(-1, 1, d) * np.log2(UNITS)) if i % 4 == 0 and not mild else np.ones(d)
    return truth, _covariance(rng, d, 3 if mild else 4) * np.outer(units, units), units


def _covariance(rng: np.random.Generator, d: int, kinds: int) -> FloatArray:
    kind = rng.integers(kinds)
    variances = np.array([log_uniform(rng, 1e-3, 1e3) for _ in range(d)])
    if kind == 0:
        return np.diag(variances)
    if kind == 1:
        return _rounded(rng.uniform(-0.9, 0.9) ** np.abs(np.subtract.outer(np.arange(d), np.arange(d))))
    axes, _ = np.linalg.qr(rng.standard_normal((d, d)))
    if kind == 2:
        return _rounded((axes * np.geomspace(1e-3, 1, d)) @ axes.T) if d > 1 else np.diag(variances)
    scaled = axes * np.sqrt(np.geomspace(NEARLY_SINGULAR, 1, d) if d > 1 else variances)
    nearly = scaled @ scaled.T
    symmetric: FloatArray = np.triu(nearly) + np.triu(nearly, 1).T
    return symmetric


def _rounded(matrix: FloatArray) -> FloatArray:
    short = np.array([float(f"{x:.{DIGITS}g}") for x in matrix.ravel()]).reshape(matrix.shape)
    symmetric: FloatArray = np.triu(short) + np.triu(short, 1).T
    return symmetric


def _entry(rng: np.random.Generator) -> float:
    return float(rng.choice([-1.0, 1.0])) * log_uniform(rng, 1e-2, 10)


def _coefficients(rng: np.random.Generator, truth: FloatArray) -> FloatArray:
    """Coefficients of no relation to θ₀, close to it, on its ray, or close to 0; none of them 0 and none θ₀'s."""
    other = np.array([_entry(rng) for _ in truth])
    kind = rng.integers(4)
    if kind == 0:
        return other
    near, along = 1 + log_uniform(rng, 1e-12, 1e-1) * np.sign(other), log_uniform(rng, 1e-2, 0.99)
    chosen: FloatArray = (truth * near, truth * along, log_uniform(rng, 1e-12, 1e-3) * other)[kind - 1]
    return chosen
