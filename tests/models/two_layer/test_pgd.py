"""Projected gradient ascent on two-layer networks: a lower bound, what it finds where it is easy, and bad input."""

import math
from typing import Any

import numpy as np
import pytest
import torch

from models.two_layer.activations import IDENTITY, SMOOTH, relu
from models.two_layer.bracket import smooth_range
from models.two_layer.network import TwoLayerNetwork
from models.two_layer.pgd import ascended_loss
from models.two_layer.sectors import relu_range
from theory.population import EPS
from theory.two_layer import whole_network

RADIUS = 0.5


def network(activation: Any, networks: int = 3, width: int = 5, d: int = 2) -> TwoLayerNetwork:
    rng = np.random.default_rng(0)
    weights = rng.choice([-1.0, 1.0, 2.0], width)
    return TwoLayerNetwork(whole_network(weights), rng.normal(size=(networks, width, d)), activation)


def pairs(n: int = 200, d: int = 2) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    return rng.normal(size=(n, d)), rng.normal(size=n)


def test_ascent_on_relu_networks_never_exceeds_the_exact_worst_loss() -> None:
    model, (X, y) = network(relu()), pairs()
    worst, _ = relu_range(X, model.vectors.detach().numpy(), model.output_weights.numpy(), RADIUS).worst_loss(y)
    found = ascended_loss(model, X, y, RADIUS)
    assert np.all(found <= worst * (1 + 64 * EPS))
    assert np.mean(found > 0.999 * worst) > 0.5


def test_ascent_on_smooth_networks_lies_in_the_bracket_and_often_reaches_its_inner_end() -> None:
    model, (X, y) = network(SMOOTH["tanh"]), pairs()
    ends = smooth_range(torch.from_numpy(X), model.vectors.detach(), model.output_weights, model.activation, RADIUS)
    inner, outer = ends.worst_loss(y)
    found = ascended_loss(model, X, y, RADIUS, step_size=RADIUS)
    assert np.all(found <= outer)
    assert np.mean(found > 0.999 * inner) > 0.5


def test_one_long_step_finds_the_worst_loss_of_a_linear_model_from_either_side() -> None:
    model, (X, y) = network(IDENTITY, d=4), pairs(d=4)
    beta = model.linear_part()
    expected = (np.abs(beta @ X.T - y) + RADIUS * np.sqrt((beta**2).sum(-1, keepdims=True))) ** 2
    found = ascended_loss(model, X, y, RADIUS, steps=2, restarts=20, step_size=1e9)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_more_restarts_of_the_same_seed_never_find_less() -> None:
    model, (X, y) = network(relu()), pairs(50)
    found = [ascended_loss(model, X, y, RADIUS, restarts=restarts, seed=5) for restarts in (1, 2, 8)]
    assert np.all(np.diff(found, axis=0) >= 0)
    np.testing.assert_array_equal(found[2], ascended_loss(model, X, y, RADIUS, restarts=8, seed=5))


def test_without_a_radius_the_loss_is_the_clean_one() -> None:
    model, (X, y) = network(relu()), pairs()
    expected = (model(torch.from_numpy(X)).detach().numpy() - y) ** 2
    np.testing.assert_allclose(ascended_loss(model, X, y, 0.0, restarts=1), expected, rtol=64 * EPS)


def test_data_of_their_own_and_shared_data_have_the_same_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    model, (X, y) = network(SMOOTH["silu"]), pairs(20)
    monkeypatch.setattr("models.two_layer.pgd.BLOCK", 64)
    own = ascended_loss(model, np.stack([X] * 3), np.stack([y] * 3), RADIUS)
    assert own.shape == (3, 20)
    np.testing.assert_array_equal(own, ascended_loss(model, X, y, RADIUS))
    assert all(parameter.requires_grad for parameter in model.parameters())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"X": np.ones(2)}, "X must have shape"),
        ({"X": np.ones((4, 3))}, "X must have shape"),
        ({"X": np.ones((2, 4, 2))}, "X must have shape"),
        ({"X": np.full((4, 2), np.nan)}, "X must be finite"),
        ({"y": np.ones(3)}, "y must have shape"),
        ({"y": np.full(4, np.inf)}, "y must be finite"),
        ({"radius": -0.1}, "radius"),
        ({"radius": math.nan}, "radius"),
        ({"steps": 0}, "steps"),
        ({"restarts": 0}, "restarts"),
        ({"step_size": -1.0}, "step_size"),
    ],
)
def test_bad_input_is_refused(change: dict[str, Any], message: str) -> None:
    good: dict[str, Any] = {"X": np.ones((4, 2)), "y": np.ones(4), "radius": 0.1}
    with pytest.raises(ValueError, match=message):
        ascended_loss(network(relu()), **good | change)
