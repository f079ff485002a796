"""Settings of Lemma 1, and the lengths that it is about, of minimum-norm interpolators drawn from the model."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import sympy as sp
from hypothesis import strategies as st
from scipy.signal import lfilter

from checks import domains
from checks.evidence.trend import Sweep
from theory import notation
from theory.interpolation import InterpolatorLaw
from theory.validation import FloatArray

Draw = Callable[[tuple[int, ...], np.random.Generator], FloatArray]

HELD = 2**21  # entries of X held at once: 16 MiB
TRUE_SIZE, NOISE_STD = 1.0, 0.5
CORRELATION = 0.5
"""Σ_ij = 2^-|i-j| has trace d and its eigenvalues between 1/3 and 3 in every dimension."""


@dataclass(frozen=True)
class Setting(InterpolatorLaw):
    """Sample size, dimension, ‖θ₀‖ and σ, with the values of the symbols that closed forms are written in."""

    @property
    def scalars(self) -> dict[sp.Symbol, float]:
        """The values of n, d, ρ and σ."""
        return {
            notation.sample_size: self.n,
            notation.dimension: self.d,
            notation.true_size: self.true_size,
            notation.noise_std: self.noise_std,
        }

    @property
    def scale(self) -> float:
        """v² = ρ² + σ² for Σ = I."""
        return self.true_size**2 + self.noise_std**2


@st.composite
def settings(draw: domains.Draw, least_gap: int) -> Setting:
    """Settings with n from 2 to 300 and d - n from `least_gap` to 100,000, with and without signal and noise."""
    n = draw(st.integers(2, 300))
    gap = draw(st.one_of(st.integers(least_gap, 1000), st.integers(1000, 100_000)))
    true_size, noise_std = draw(
        st.one_of(
            st.tuples(domains.numbers(0.01, 10.0), domains.numbers(0.01, 10.0)),
            st.tuples(domains.numbers(0.01, 10.0), st.just(0.0)),
            st.tuples(st.just(0.0), domains.numbers(0.01, 10.0)),
        )
    )
    return Setting(n, n + gap, true_size, noise_std)


@dataclass(frozen=True)
class Lengths:
    """‖θ(y)‖² and ‖θ(y) - θ₀‖²_Σ of independent samples, shape (count,)."""

    norm: FloatArray
    error: FloatArray


def gaussian(shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
    """Independent standard normal entries: Σ = I."""
    return rng.standard_normal(shape)


def correlated(shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
    """Gaussian rows with Σ_ij = 2^-|i-j|: a stationary autoregression along each row."""
    innovations = rng.standard_normal(shape)
    innovations[..., 0] /= np.sqrt(1 - CORRELATION**2)
    rows: FloatArray = lfilter([np.sqrt(1 - CORRELATION**2)], [1.0, -CORRELATION], innovations, axis=-1)
    return rows


def interpolate(X: FloatArray, y: FloatArray) -> FloatArray:
    """Xᵀ(XXᵀ)⁻¹y as it is written, for X (k, n, d) and y (k, n)."""
    dual = np.linalg.solve(X @ X.mT, y[..., None])
    found: FloatArray = (X.mT @ dual)[..., 0]
    return found


def true_coefficients(law: Setting) -> FloatArray:
    """θ₀ proportional to (1, 1/2, 1/4, …), of the setting's length."""
    truth: FloatArray = 0.5 ** np.arange(law.d, dtype=np.float64)
    return law.true_size * truth / np.sqrt(truth @ truth)


def draw_samples(
    law: Setting, count: int, rng: np.random.Generator, rows: Draw = gaussian
) -> Iterator[tuple[FloatArray, FloatArray, FloatArray]]:
    """Chunks of X (k, n, d), y (k, n) and θ(y) (k, d), `count` samples altogether."""
    truth = true_coefficients(law)
    held = max(1, HELD // (law.n * law.d))
    for done in range(0, count, held):
        X = rows((min(held, count - done), law.n, law.d), rng)
        y = X @ truth + law.noise_std * rng.standard_normal(X.shape[:2])
        yield X, y, interpolate(X, y)


def draw_lengths(law: Setting, count: int, rng: np.random.Generator, rows: Draw = gaussian) -> Lengths:
    """Lengths of `count` interpolators."""
    norms, errors = [], []
    for _, _, found in draw_samples(law, count, rng, rows):
        error = found - true_coefficients(law)
        norms.append(np.sum(found**2, axis=-1))
        errors.append(np.sum(error * colour(error, rows), axis=-1))
    return Lengths(np.concatenate(norms), np.concatenate(errors))


def colour(vectors: FloatArray, rows: Draw) -> FloatArray:
    """Σ times each vector, shape (k, d): by the two passes of the autoregression for `correlated` rows."""
    if rows is not correlated:
        return vectors
    ahead = lfilter([1.0], [1.0, -CORRELATION], vectors, axis=-1)
    back = lfilter([1.0], [1.0, -CORRELATION], vectors[..., ::-1], axis=-1)[..., ::-1]
    product: FloatArray = ahead + back - vectors
    return product


def total_variance(law: Setting, rows: Draw = gaussian) -> float:
    """v² = ‖θ₀‖²_Σ + σ² of the population that `draw_lengths` draws from."""
    truth = true_coefficients(law)
    return float(truth @ colour(truth[None], rows)[0]) + law.noise_std**2


LAWS = tuple(Setting(n, 2 * n * n, TRUE_SIZE, NOISE_STD) for n in (5, 10, 20, 40, 60))
"""d/n doubles with n: both tend to infinity."""


def sweep_of(laws: tuple[Setting, ...], quick: int, entries: float) -> Sweep[Setting]:
    """A sweep in d/n whose every point draws `entries` entries of X per replicate of the budget, or one sample."""
    return Sweep(laws, quick, lambda law: law.d / law.n, "d/n", effort=lambda law: max(1.0, entries / (law.n * law.d)))


SWEEP = sweep_of(LAWS, 3, 6e5)

SETTINGS = (
    Setting(1, 9, 1.0, 0.5),
    Setting(3, 12, 0.0, 1.0),
    Setting(5, 30, 3.0, 0.0),
    Setting(6, 20, 1.0, 1.0),
    Setting(20, 100, 1.0, 2.0),
)
"""Small samples with and without noise and signal, where the exact values are far from their limits."""

SAMPLES = sweep_of(SETTINGS, len(SETTINGS), 4e5)

SPREADS = sweep_of((Setting(5, 40, 1.0, 1.0), Setting(10, 60, 1.0, 0.5), Setting(20, 100, 1.0, 2.0)), 3, 1e6)
"""Here the tails are light enough for the mean of squares to be compared with its standard error."""
