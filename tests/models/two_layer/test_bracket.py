"""Brackets of smooth networks in float64 and in ball arithmetic: brute force, each other, extreme cases, bad input."""

import math
from typing import Any

import numpy as np
import pytest
import torch

from models.two_layer.activations import IDENTITY, SMOOTH, relu
from models.two_layer.balls import certified_range
from models.two_layer.bracket import smooth_range
from models.two_layer.ranges import Range
from theory.population import EPS
from theory.validation import FloatArray

Network = tuple[FloatArray, FloatArray]


def networks(count: int, width: int, d: int, size: float, seed: int = 0) -> Network:
    rng = np.random.default_rng(seed)
    return size * rng.normal(size=(count, width, d)), rng.normal(size=width) / math.sqrt(width)


def bracket(X: FloatArray, network: Network, name: str, radius: float) -> Range:
    vectors, weights = (torch.from_numpy(part) for part in network)
    return smooth_range(torch.from_numpy(X), vectors, weights, SMOOTH[name], radius)


def values(points: FloatArray, network: Network, name: str) -> FloatArray:
    vectors, weights = (torch.from_numpy(part) for part in network)
    return (SMOOTH[name].value(torch.from_numpy(points) @ vectors[0].mT) @ weights).numpy()


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("width", [1, 2, 7])
@pytest.mark.parametrize("size", [0.01, 0.3, 2.0])
@pytest.mark.parametrize("radius", [0.01, 0.5, 3.0])
def test_brute_force_finds_nothing_outside_and_little_more_than_the_inner_end(
    name: str, width: int, size: float, radius: float
) -> None:
    network = networks(1, width, 2, size)
    X = np.random.default_rng(1).normal(size=(6, 2))
    found = bracket(X, network, name, radius)
    angles, radii = 2 * np.pi * np.arange(720) / 720, np.linspace(0, radius, 13)
    disc = (radii[:, None, None] * np.stack([np.cos(angles), np.sin(angles)], axis=-1)).reshape(-1, 2)
    at = values(X[:, None] + disc, network, name)
    assert np.all(at.max(1) <= found.high_outer[0])
    assert np.all(at.min(1) >= found.low_outer[0])
    gap = radius * math.hypot(np.pi / 720, 0.5 / 12) * 1.1 * float(np.abs(network[1]) @ norms(network[0][0]))
    assert np.all(at.max(1) >= found.high[0] - gap)
    assert np.all(at.min(1) <= found.low[0] + gap)
    assert np.all(found.low_outer <= found.low)
    assert np.all(found.low <= found.high)
    assert np.all(found.high <= found.high_outer)


def norms(vectors: FloatArray) -> FloatArray:
    return np.sqrt((vectors**2).sum(-1))


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("width", [1, 2, 3, 17])
@pytest.mark.parametrize("d", [1, 2, 6])
@pytest.mark.parametrize("size", [0.0, 1e-3, 0.1, 1.0])
def test_the_bracket_meets_its_enclosure_in_ball_arithmetic(name: str, width: int, d: int, size: float) -> None:
    network = networks(1, width, d, size)
    X = np.random.default_rng(1).normal(size=(2, d))
    reach = float(np.abs(network[1]) @ norms(network[0][0])) * (norms(X).max() + 0.5)
    for radius in (0.0, 1e-3, 0.5):
        found = bracket(X, network, name, radius)
        for i, x in enumerate(X):
            exact = certified_range(x, network[0][0], network[1], name, radius)
            # Each side holds the true end: the outer ones rigorously, the inner ones to the rounding of f.
            assert found.high_outer[0, i] >= exact.high.lower()
            assert found.low_outer[0, i] <= exact.low.upper()
            assert found.high[0, i] <= exact.high.upper() + 64 * EPS * reach
            assert found.low[0, i] >= exact.low.lower() - 64 * EPS * reach


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("width", [10**2, 10**4, 10**6, 10**8])
def test_wide_networks_have_brackets_of_rounding_size(name: str, width: int) -> None:
    # Vectors of length 1/√h with weights ±√h/2 each: those of a collapse of two values.
    vectors, _ = networks(3, 2, 4, 1 / math.sqrt(width))
    network = vectors, np.array([0.5, -0.5]) * math.sqrt(width)
    X = np.random.default_rng(1).normal(size=(20, 4))
    found = bracket(X, network, name, 0.5)
    assert np.max(found.high_outer - found.high) < 1e-12
    exact = certified_range(X[0], vectors[0], network[1], name, 0.5)
    assert exact.high.lower() <= found.high_outer[0, 0]
    assert exact.high.upper() >= found.high[0, 0] - 256 * EPS
    assert exact.high.rad() < 1e-14


def test_a_batch_is_its_networks_one_at_a_time() -> None:
    vectors, weights = networks(3, 5, 4, 0.3)
    X = np.random.default_rng(1).normal(size=(3, 10, 4))
    whole, shared = bracket(X, (vectors, weights), "silu", 0.5), bracket(X[0], (vectors, weights), "silu", 0.5)
    for i in range(3):
        one, first = (bracket(at, (vectors[i : i + 1], weights), "silu", 0.5) for at in (X[i], X[0]))
        np.testing.assert_allclose(whole.high_outer[i], one.high_outer[0], rtol=64 * EPS)
        np.testing.assert_allclose(shared.low[i], first.low[0], rtol=64 * EPS)


@pytest.mark.parametrize("radius", [0.0, 1e-300, 1e-160, 1e-9])
def test_a_tiny_radius_leaves_the_value(radius: float) -> None:
    network = networks(1, 3, 2, 1.0)
    X = np.random.default_rng(1).normal(size=(5, 2))
    found, at = bracket(X, network, "silu", radius), values(X, network, "silu")
    for end in (found.low, found.high, found.low_outer, found.high_outer):
        np.testing.assert_allclose(end[0], at, atol=10 * radius + 512 * EPS)


def test_networks_of_zero_vectors_have_the_value_zero() -> None:
    found = bracket(np.ones((2, 3)), (np.zeros((1, 2, 3)), np.ones(2)), "softplus", 1.0)
    for end in (found.low, found.high, found.low_outer, found.high_outer):
        assert not end.any()
    exact = certified_range(np.ones(3), np.zeros((2, 3)), np.ones(2), "softplus", 1.0)
    assert exact.low.contains(0)
    assert exact.high.contains(0)
    assert exact.high.rad() < 1e-30


def test_more_dimensions_than_vectors_cost_no_width() -> None:
    vectors, weights = networks(1, 2, 400, 0.02)
    X = np.random.default_rng(1).normal(size=(3, 400))
    found = bracket(X, (vectors, weights), "tanh", 0.5)
    basis, _ = np.linalg.qr(vectors[0].T)
    inside = bracket(X @ basis, (vectors @ basis, weights), "tanh", 0.5)
    np.testing.assert_allclose(found.high, inside.high, atol=1e-13)
    assert np.max(found.high_outer - found.high) < 1e-11


def test_the_identity_has_the_exact_range() -> None:
    vectors, weights = (torch.from_numpy(part) for part in networks(1, 3, 4, 1.0))
    X = torch.from_numpy(np.random.default_rng(1).normal(size=(5, 4)))
    slope = weights @ vectors[0]
    found = smooth_range(X, vectors, weights, IDENTITY, 0.5)
    expected = X @ slope + 0.5 * torch.linalg.vector_norm(slope)
    np.testing.assert_allclose(found.high[0], expected, rtol=64 * EPS)
    np.testing.assert_allclose(found.high_outer[0], expected, atol=1e-12)


def test_activations_that_are_not_smooth_and_bad_radii_are_refused() -> None:
    X, u, w = torch.ones(2, 3).double(), torch.ones(1, 2, 3).double(), torch.ones(2).double()
    with pytest.raises(ValueError, match="activation must be smooth"):
        smooth_range(X, u, w, relu(), 0.1)
    for radius in (-0.1, math.nan):
        with pytest.raises(ValueError, match="radius"):
            smooth_range(X, u, w, SMOOTH["tanh"], radius)


@pytest.mark.parametrize(
    ("x", "u", "w", "name", "radius", "message"),
    [
        (np.ones((1, 2)), np.ones((3, 2)), np.ones(3), "tanh", 0.1, "shapes"),
        (np.ones(2), np.ones((3, 3)), np.ones(3), "tanh", 0.1, "shapes"),
        (np.ones(2), np.ones((3, 2)), np.ones(2), "tanh", 0.1, "shapes"),
        (np.ones(2), np.ones((0, 2)), np.ones(0), "tanh", 0.1, "shapes"),
        ([np.nan, 1.0], np.ones((3, 2)), np.ones(3), "tanh", 0.1, "x must be finite"),
        (np.ones(2), np.full((3, 2), np.inf), np.ones(3), "tanh", 0.1, "vectors must be finite"),
        (np.ones(2), np.ones((3, 2)), np.ones(3), "relu", 0.1, "activation must be one of"),
        (np.ones(2), np.ones((3, 2)), np.ones(3), "tanh", -0.1, "radius"),
    ],
)
def test_bad_input_of_the_enclosure_is_refused(x: Any, u: Any, w: Any, name: str, radius: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        certified_range(x, u, w, name, radius)


BOWL = np.array([[[0.1, 0.0], [-0.1, 0.0]]]), np.ones(2)
"""For softplus and SiLU, which are even but for a linear term: nearly a multiple of x₁², largest to the right."""
NEARLY_LINEAR, CURVED = networks(1, 3, 2, 0.03), networks(1, 3, 2, 1.5)


@pytest.mark.parametrize("name", ["softplus", "silu"])
@pytest.mark.parametrize("network", [BOWL, NEARLY_LINEAR, CURVED], ids=["bowl", "nearly linear", "curved"])
@pytest.mark.parametrize("radius", [0.3, 1.0, 3.0])
def test_outer_ends_hold_whatever_point_they_start_from(
    name: str, network: Network, radius: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Other directions than that of the fixed point: what is left of gradient and curvature must be paid for, and for a
    # function that is linear, or quadratic and climbed on the wrong side, nearly in full.
    angles, x = 2 * np.pi * np.arange(48) / 48, np.array([0.2, 0.1])
    circle = 2 * np.pi * np.arange(3600) / 3600
    disc = np.linspace(0, radius, 20)[:, None, None] * np.stack([np.cos(circle), np.sin(circle)], axis=-1)
    at = values(x + disc.reshape(-1, 2), network, name)
    for ray in np.stack([np.cos(angles), np.sin(angles)], axis=-1):
        start = torch.from_numpy(ray).expand(1, 1, 2)
        for module in ("bracket", "balls"):
            monkeypatch.setattr(f"models.two_layer.{module}.fixed_direction", lambda *_, start=start: start)
        found = bracket(x[None], network, name, radius)
        exact = certified_range(x, network[0][0], network[1], name, radius)
        assert found.high_outer[0, 0] >= at.max()
        assert found.low_outer[0, 0] <= at.min()
        assert exact.high.upper() >= at.max() - 64 * EPS
        assert exact.low.lower() <= at.min() + 64 * EPS


def test_the_enclosure_holds_for_a_point_inside_the_ball(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, weights = NEARLY_LINEAR
    x, slope = np.zeros(2), weights @ vectors[0]
    expected = certified_range(x, vectors[0], weights, "tanh", 1.0).high
    start = torch.from_numpy(0.9 * slope / np.sqrt(slope @ slope)).expand(1, 1, 2)
    monkeypatch.setattr("models.two_layer.balls.fixed_direction", lambda *_: start)
    assert certified_range(x, vectors[0], weights, "tanh", 1.0).high.contains(expected)
