"""Exact ranges of two-sloped functions and ReLU networks: brute force, each other, degenerate cases, bad input."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.integrate import quad

from models.two_layer.ranges import Range, expected_worst_loss, two_slope_range
from models.two_layer.sectors import relu_range
from theory.population import EPS
from theory.validation import FloatArray

RADII = st.sampled_from([0.0, 1e-3, 0.5, 3.0])
ENTRIES = st.one_of(st.integers(-2, 2).map(float), st.floats(-3, 3, allow_subnormal=False))
ANGLES, LAYERS = 720, 12
SETTINGS = settings(max_examples=300, database=None, deadline=None, derandomize=True)


def vectors(*shape: int) -> st.SearchStrategy[FloatArray]:
    return arrays(np.float64, shape, elements=ENTRIES)


def ball(d: int) -> tuple[FloatArray, float]:
    """Points of the unit ball, and how far a point of it may be from the nearest of them."""
    radii = np.linspace(0, 1, LAYERS + 1)
    if d == 2:
        angles = 2 * np.pi * np.arange(ANGLES) / ANGLES
        sphere, gap = np.stack([np.cos(angles), np.sin(angles)], axis=-1), np.pi / ANGLES
    else:
        # A grid of a cube's faces, pushed to the sphere: no two neighbours are further apart than on the cube.
        steps = np.linspace(-1, 1, 25)
        faces = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
        cube = np.concatenate([np.insert(faces, axis, side, axis=1) for axis in range(3) for side in (-1, 1)])
        sphere, gap = cube / np.sqrt((cube**2).sum(-1, keepdims=True)), math.sqrt(2) / 24
    return (radii[:, None, None] * sphere).reshape(-1, d), math.hypot(gap, 0.5 / LAYERS)


def assert_range(
    found: Range, f: Callable[[FloatArray], FloatArray], x: FloatArray, radius: float, slope: float
) -> None:
    """No point of the grid is outside the range, whose ends are as near to one as a slope of at most `slope` says."""
    points, gap = ball(x.size)
    values = f(x + radius * points)
    rounding = 64 * EPS * slope * (length(x) + radius)
    assert values.max() <= found.high + rounding
    assert values.min() >= found.low - rounding
    assert values.max() >= found.high - slope * radius * gap - rounding
    assert values.min() <= found.low + slope * radius * gap + rounding
    np.testing.assert_array_equal(found.low, found.low_outer)
    np.testing.assert_array_equal(found.high, found.high_outer)


def two_sloped(p: FloatArray, q: FloatArray) -> Callable[[FloatArray], FloatArray]:
    return lambda z: np.maximum(z @ p, 0.0) - np.maximum(-(z @ q), 0.0)


def relu_network(u: FloatArray, w: FloatArray) -> Callable[[FloatArray], FloatArray]:
    return lambda z: np.maximum(z @ u.T, 0.0) @ w


def length(vector: FloatArray) -> float:
    return math.hypot(*vector)


@pytest.mark.parametrize("d", [2, 3])
@settings(SETTINGS, max_examples=100)
@given(drawn=st.data(), radius=RADII)
def test_the_range_of_two_slopes_is_that_of_brute_force(d: int, drawn: st.DataObject, radius: float) -> None:
    p, x = drawn.draw(vectors(d)), drawn.draw(vectors(d))
    q = drawn.draw(st.one_of(vectors(d), st.sampled_from([-2.0, -1.0, 0.0, 0.5, 1.0]).map(lambda share: share * p)))
    found = two_slope_range(x[None], p, q, radius)
    assert_range(found, two_sloped(p, q), x, radius, length(p) + length(q))


@SETTINGS
@given(drawn=st.data(), count=st.integers(1, 6), radius=RADII)
def test_the_range_of_a_relu_network_is_that_of_brute_force(drawn: st.DataObject, count: int, radius: float) -> None:
    u, w, x = drawn.draw(vectors(count, 2)), drawn.draw(vectors(count)), drawn.draw(vectors(2))
    found = relu_range(x[None], u, w, radius)
    assert_range(
        found, relu_network(u, w), x, radius, sum(abs(weight) * length(row) for weight, row in zip(w, u, strict=True))
    )


@SETTINGS
@given(p=vectors(2), q=vectors(2), X=vectors(5, 2), radius=RADII)
def test_sectors_agree_with_two_slopes(p: FloatArray, q: FloatArray, X: FloatArray, radius: float) -> None:
    expected = two_slope_range(X, p, q, radius)
    found = relu_range(X, np.stack([p, -q]), [1.0, -1.0], radius)
    rounding = 32 * EPS * (length(p) + length(q)) * (np.sqrt((X**2).sum(-1)).max() + radius)
    np.testing.assert_allclose(found.low, expected.low, rtol=0, atol=rounding)
    np.testing.assert_allclose(found.high, expected.high, rtol=0, atol=rounding)


@pytest.mark.parametrize("width", [1, 3, 64])
def test_sectors_of_a_batch_are_those_of_its_networks(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    X, u, w = rng.normal(size=(4, 30, 2)), rng.normal(size=(4, width, 2)), rng.normal(size=width)
    monkeypatch.setattr("models.two_layer.sectors.BLOCK", 2048)
    batch, shared = relu_range(X, u, w, 0.5), relu_range(X[0], u, w, 0.5)
    for i in range(4):
        one, at_first = relu_range(X[i], u[i], w, 0.5), relu_range(X[0], u[i], w, 0.5)
        np.testing.assert_allclose(batch.high[i], one.high, atol=256 * EPS * width)
        np.testing.assert_allclose(shared.low[i], at_first.low, atol=256 * EPS * width)


def test_a_narrow_sector_is_not_overlooked() -> None:
    # f is a hat: 0 but between rays at angles of t and 3 t, and t x₁ on the ray at 2 t.
    t = 1e-9
    u = np.array([[-t, 1.0], [-2 * t, 1.0], [-3 * t, 1.0]])
    found = relu_range([[1.0, 0.0]], u, [1.0, -2.0, 1.0], 0.1)
    assert found.high[0] == pytest.approx(1.1 * t, rel=1e-6)


def test_opposite_slopes_keep_their_digits() -> None:
    # On qᵀx = 0, f has the slope of p less its projection on q: 0 to EPS for p = -0.3 q, not to √EPS.
    rng = np.random.default_rng(0)
    q, X = rng.normal(size=(200, 3)), rng.normal(size=(200, 10, 3))
    X -= np.einsum("bn,bd->bnd", np.einsum("bnd,bd->bn", X, q) / (q**2).sum(-1, keepdims=True), q)
    found = two_slope_range(X, -0.3 * q, q, 0.5)
    np.testing.assert_allclose(found.high, 0.0, atol=64 * EPS)


def test_scale_matters_to_no_range() -> None:
    rng = np.random.default_rng(0)
    p, q, X = rng.normal(size=3), rng.normal(size=3), rng.normal(size=(20, 3))
    expected = two_slope_range(X, p, q, 0.5)
    for scale in (1e-200, 1e200):
        found = two_slope_range(X, scale * p, scale * q, 0.5)
        np.testing.assert_allclose(found.high / scale, expected.high, atol=64 * EPS)
        np.testing.assert_allclose(found.low / scale, expected.low, atol=64 * EPS)


@pytest.mark.parametrize("radius", [0.0, 0.5])
def test_zero_vectors_and_a_sample_at_the_origin(radius: float) -> None:
    zero, p = np.zeros(2), np.array([3.0, 4.0])
    assert two_slope_range([zero], zero, zero, radius).high.tolist() == [0.0]
    found = two_slope_range([zero], p, zero, radius)
    assert (found.low.tolist(), found.high.tolist()) == ([0.0], [5 * radius])
    found = relu_range([zero], [p, zero], [1.0, 1.0], radius)
    assert found.low.tolist() == [0.0]
    assert found.high[0] == pytest.approx(5 * radius, rel=8 * EPS)


def test_the_worst_loss_is_the_worse_of_the_ends() -> None:
    low, high = np.array([-1.0, 2.0]), np.array([3.0, 4.0])
    inner, outer = Range(low, high, low - 1, high + 1).worst_loss([1.5, 1.0])
    assert inner.tolist() == [6.25, 9.0]
    assert outer.tolist() == [12.25, 16.0]


@pytest.mark.parametrize("sigma", [1e-3, 0.5, 3.0])
@pytest.mark.parametrize(("low", "high", "signal"), [(-1.0, 2.0, 0.3), (0.5, 0.5, 0.0), (-2.0, -1.0, 4.0)])
def test_the_expected_loss_is_its_integral(low: float, high: float, signal: float, sigma: float) -> None:
    def density(z: float) -> float:
        worst = max(abs(low - signal - sigma * z), abs(high - signal - sigma * z)) ** 2
        return worst * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)

    kink = float(np.clip(((low + high) / 2 - signal) / sigma, -12, 12))
    expected, error = quad(density, -12, 12, points=[kink], epsabs=1e-13, epsrel=1e-13, limit=200)
    found = float(expected_worst_loss(low, high, signal, sigma))
    assert found == pytest.approx(expected, rel=1e-11, abs=10 * error)


def test_the_expected_loss_without_noise_is_the_worst_loss() -> None:
    rng = np.random.default_rng(0)
    low = rng.normal(size=50)
    high, signal = low + rng.exponential(size=50), rng.normal(size=50)
    worst, _ = Range(low, high, low, high).worst_loss(signal)
    for sigma in (0.0, 1e-200):
        np.testing.assert_allclose(expected_worst_loss(low, high, signal, sigma), worst, rtol=32 * EPS)


@pytest.mark.parametrize(
    ("X", "p", "q", "radius", "message"),
    [
        (np.ones(2), np.ones(2), np.ones(2), 0.1, "shapes"),
        (np.ones((3, 2)), np.ones(3), np.ones(3), 0.1, "shapes"),
        (np.ones((3, 2)), np.ones(2), np.ones((2, 2)), 0.1, "shapes"),
        (np.full((3, 2), np.nan), np.ones(2), np.ones(2), 0.1, "X must be finite"),
        (np.ones((3, 2)), [np.inf, 1.0], np.ones(2), 0.1, "positive must be finite"),
        (np.ones((3, 2)), np.ones(2), [np.nan, 1.0], 0.1, "negative must be finite"),
        (np.ones((3, 2)), np.ones(2), np.ones(2), -0.1, "radius"),
        (np.ones((3, 2)), np.ones(2), np.ones(2), math.nan, "radius"),
    ],
)
def test_bad_input_of_two_slopes_is_refused(X: Any, p: Any, q: Any, radius: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        two_slope_range(X, p, q, radius)


@pytest.mark.parametrize(
    ("X", "u", "w", "radius", "message"),
    [
        (np.ones((3, 3)), np.ones((2, 3)), np.ones(2), 0.1, "too large for the exact attack"),
        (np.ones((3, 1)), np.ones((2, 1)), np.ones(2), 0.1, "d must be 2"),
        (np.ones(2), np.ones((2, 2)), np.ones(2), 0.1, "X must have shape"),
        (np.ones((3, 4, 2)), np.ones((2, 2, 2)), np.ones(2), 0.1, "X must have shape"),
        (np.ones((3, 2)), np.ones((2, 2)), np.ones(3), 0.1, "vectors and weights"),
        (np.ones((3, 2)), np.ones((0, 2)), np.ones(0), 0.1, "vectors and weights"),
        (np.ones((3, 2)), np.ones(2), np.ones(2), 0.1, "vectors and weights"),
        (np.full((3, 2), np.nan), np.ones((2, 2)), np.ones(2), 0.1, "X must be finite"),
        (np.ones((3, 2)), np.full((2, 2), np.inf), np.ones(2), 0.1, "vectors must be finite"),
        (np.ones((3, 2)), np.ones((2, 2)), [1.0, np.nan], 0.1, "weights must be finite"),
        (np.ones((3, 2)), np.ones((2, 2)), np.ones(2), -0.1, "radius"),
    ],
)
def test_bad_input_of_sectors_is_refused(X: Any, u: Any, w: Any, radius: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        relu_range(X, u, w, radius)


def test_a_bad_noise_is_refused() -> None:
    for sigma in (-1.0, math.nan, math.inf):
        with pytest.raises(ValueError, match="noise_std"):
            expected_worst_loss(0.0, 1.0, 0.0, sigma)
