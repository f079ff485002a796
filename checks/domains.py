"""Hypothesis strategies, named after the sets they generate; every set contains its extremal cases."""

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from checks.problem import Problem
from theory.population import LinearGaussian
from theory.validation import FloatArray

Draw = Callable[[st.SearchStrategy[Any]], Any]

LARGEST = 4.0  # coefficients are of order one: every formula of the linear theory is homogeneous in them
NEARLY_SINGULAR = 1e-10  # smallest eigenvalue of a covariance that is invertible by name only


def numbers(low: float, high: float) -> st.SearchStrategy[float]:
    """All float64 numbers from `low` to `high`, without the subnormal ones."""
    return st.floats(low, high, allow_subnormal=False)


def vectors(d: int, largest: float = LARGEST) -> st.SearchStrategy[FloatArray]:
    """Vectors of d entries up to `largest` in size: any, with zeros, or zero altogether; no entry below 1e-6 but 0."""
    entry = st.one_of(st.just(0.0), numbers(1e-6, largest), numbers(-largest, -1e-6))
    return st.lists(entry, min_size=d, max_size=d).map(np.array)


def nonzero_vectors(d: int) -> st.SearchStrategy[FloatArray]:
    """Vectors of d entries that are not all zero."""
    return st.tuples(vectors(d), st.integers(0, d - 1), numbers(0.1, LARGEST)).map(_with_a_nonzero_entry)


def invertible_covariances(d: int) -> st.SearchStrategy[FloatArray]:
    """Identity, diagonal, Toeplitz, block-diagonal and random covariances, condition number up to about 1e4."""
    scales = st.lists(numbers(0.05, LARGEST), min_size=d, max_size=d).map(np.array)
    return st.one_of(
        st.just(np.eye(d)),
        scales.map(np.diag),
        numbers(-0.9, 0.9).map(lambda r: r ** np.abs(np.subtract.outer(np.arange(d), np.arange(d)))),
        st.tuples(numbers(-0.9, 0.9), st.integers(1, d)).map(lambda pair: _blocks(d, *pair)),
        st.tuples(st.integers(0, 2**16), scales).map(lambda pair: _random(d, *pair)),
    )


def covariances(d: int) -> st.SearchStrategy[FloatArray]:
    """Every invertible covariance, nearly singular ones, singular ones, and zero."""
    directions = st.integers(0, 2**16)
    return st.one_of(
        invertible_covariances(d),
        directions.map(lambda seed: _random(d, seed, np.geomspace(NEARLY_SINGULAR, 1, d) if d > 1 else np.ones(1))),
        directions.map(lambda seed: _random(d, seed, np.r_[0.0, np.ones(d - 1)])),
    )


@st.composite
def populations(
    draw: Draw,
    largest_d: int = 5,
    covariance: Callable[[int], st.SearchStrategy[FloatArray]] = covariances,
    noise: st.SearchStrategy[float] | None = None,
    truth: Callable[[int], st.SearchStrategy[FloatArray]] = vectors,
) -> LinearGaussian:
    """Populations with d up to `largest_d`, noise from 0 to 2, and every covariance the theory speaks of."""
    d = draw(st.integers(1, largest_d))
    noise_std = draw(noise if noise is not None else st.one_of(st.just(0.0), numbers(1e-3, 2.0)))
    return LinearGaussian(draw(truth(d)), draw(covariance(d)), noise_std)


def regular_populations(largest_d: int = 5) -> st.SearchStrategy[LinearGaussian]:
    """Populations with an invertible covariance, θ₀ other than 0, and noise from 0 to 2."""
    return populations(largest_d, invertible_covariances, truth=nonzero_vectors)


def noisy_populations(largest_d: int = 5) -> st.SearchStrategy[LinearGaussian]:
    """Regular populations with noise of at least 0.05."""
    return populations(largest_d, invertible_covariances, numbers(0.05, 2.0), nonzero_vectors)


@st.composite
def coefficients(draw: Draw, population: LinearGaussian) -> FloatArray:
    """Coefficients: any, zero, θ₀ itself, on the segment between them, and close to either."""
    truth = population.true_coefficients
    anchor = draw(st.sampled_from([0.0, 1.0, 0.5, 1e-8]))
    away = draw(st.one_of(vectors(population.d), vectors(population.d).map(lambda v: 1e-7 * v), st.just(0 * truth)))
    found: FloatArray = anchor * truth + away
    return found


def radii(smallest: float = 0.0, largest: float = 4.0) -> st.SearchStrategy[float]:
    """Attack radii from `smallest` to `largest`, both included, and tiny ones where allowed."""
    tiny = [numbers(1e-9, 1e-6)] if smallest == 0 else []
    return st.one_of(st.just(smallest), st.just(largest), numbers(max(smallest, 1e-3), largest), *tiny)


def smoothings(smallest: float = 1e-9, largest: float = 1e9) -> st.SearchStrategy[float]:
    """Positive smoothings, log-uniform in spirit: from far below to far above the scale of the loss."""
    low, high = np.log10(smallest), np.log10(largest)
    return st.one_of(numbers(low, high), numbers(max(low, -2.0), min(high, 1.0))).map(lambda x: float(10.0**x))


@st.composite
def problems(
    draw: Draw,
    population: st.SearchStrategy[LinearGaussian] | None = None,
    radius: st.SearchStrategy[float] | None = None,
    smoothing: st.SearchStrategy[float] | None = None,
    norm: float = 2,
) -> Problem:
    """Problems over `population` (all by default), their coefficients, a radius and a smoothing (0 by default)."""
    drawn = draw(population if population is not None else populations())
    return Problem(
        population=drawn,
        coefficients=draw(coefficients(drawn)),
        radius=draw(radius if radius is not None else radii()),
        smoothing=draw(smoothing) if smoothing is not None else 0.0,
        norm=norm,
    )


def _with_a_nonzero_entry(parts: tuple[FloatArray, int, float]) -> FloatArray:
    vector, index, value = parts
    return np.where((np.arange(len(vector)) == index) & (vector == 0), value, vector)


def _blocks(d: int, correlation: float, size: int) -> FloatArray:
    same = np.subtract.outer(np.arange(d) // size, np.arange(d) // size) == 0
    block: FloatArray = np.where(same, np.abs(correlation), 0.0) + (1 - np.abs(correlation)) * np.eye(d)
    return block


def _random(d: int, seed: int, variances: FloatArray) -> FloatArray:
    axes, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((d, d)))
    scaled = axes * np.sqrt(variances)
    found: FloatArray = scaled @ scaled.T
    return found
