"""Population risks of two-layer networks: closed forms, quadrature, honest error bars, batches, bad input."""

import math
from typing import Any

import numpy as np
import pytest
import torch

from models.two_layer import network_risk
from models.two_layer.activations import IDENTITY, SMOOTH, Activation, relu, softplus_backward
from models.two_layer.bracket import smooth_range
from models.two_layer.network import TwoLayerNetwork
from models.two_layer.ranges import two_slope_range
from models.two_layer.risk import controlled_risk
from models.two_layer.sectors import relu_range
from theory.population import LinearGaussian
from theory.risk import adversarial_risk
from theory.two_layer import Reduction, collapse_weights, relu_reduction, whole_network
from theory.validation import FloatArray

RADIUS = 0.5
SEEDS = 60


def population(d: int, noise_std: float = 0.7) -> LinearGaussian:
    rng = np.random.default_rng(7)
    mixing = rng.normal(size=(d, d)) / math.sqrt(d)
    return LinearGaussian(rng.normal(size=d), mixing @ mixing.T + 0.1 * np.eye(d), noise_std)


def drawn(reduction: Reduction, d: int, phi: Activation, networks: int = 1, size: float = 0.5) -> TwoLayerNetwork:
    rng = np.random.default_rng(3)
    return TwoLayerNetwork(reduction, size * rng.normal(size=(networks, reduction.output_weights.size, d)), phi)


def plain_risk(network: TwoLayerNetwork, law: LinearGaussian, samples: int, seed: int) -> tuple[FloatArray, FloatArray]:
    """Means of the worst loss that is found, over pairs (x, y) without control or projection, and standard errors."""
    X, y = law.sample(samples, np.random.default_rng(seed))
    u, w = network.vectors.detach().numpy(), network.output_weights
    if network.activation.smooth:
        ranges = smooth_range(torch.from_numpy(X), torch.from_numpy(u), w, network.activation, RADIUS)
    elif law.d == 2:
        ranges = relu_range(X, u, w.numpy(), RADIUS)
    else:
        ranges = two_slope_range(np.broadcast_to(X, (len(u), *X.shape)), u[:, 0], -u[:, 1], RADIUS)
    losses, _ = ranges.worst_loss(y)
    return losses.mean(-1), losses.std(-1, ddof=1) / math.sqrt(samples)


@pytest.mark.parametrize(("count", "d"), [(2, 2), (2, 3), (2, 6), (4, 3), (1, 5)])
@pytest.mark.parametrize("sigma", [0.0, 0.7])
def test_a_network_of_the_identity_has_the_risk_in_closed_form(count: int, d: int, sigma: float) -> None:
    network, law = drawn(whole_network(np.ones(count)), d, IDENTITY, 3), population(d, sigma)
    found = network_risk(network, law, RADIUS, 100, np.random.default_rng(0))
    expected = adversarial_risk(network.linear_part(), law, RADIUS)
    # The control is the network: what is sampled is rounding.
    np.testing.assert_allclose(found.lower, expected, rtol=1e-12)
    np.testing.assert_allclose(found.upper, expected, rtol=1e-11)
    assert np.all(found.standard_error < 1e-13)


def test_equal_slopes_have_the_risk_of_a_linear_model() -> None:
    law = population(3)
    theta = np.random.default_rng(3).normal(size=3)
    network = TwoLayerNetwork(relu_reduction(1.0, 1.0, 1), np.stack([theta, -theta]), relu())
    found = network_risk(network, law, RADIUS, 100, np.random.default_rng(0))
    np.testing.assert_allclose(found.middle, adversarial_risk(theta, law, RADIUS), rtol=1e-12)


CASES = {
    "tanh, more vectors than dimensions": (drawn(whole_network([1.0, -1.0, 2.0, 0.5]), 3, SMOOTH["tanh"], 2, 0.2), 3),
    "silu, fewer": (drawn(collapse_weights([1.0, -1.0, 1.0])[0], 6, SMOOTH["silu"], 2, 0.2), 6),
    "softplus, one": (drawn(whole_network([1.0]), 4, SMOOTH["softplus"], 2, 0.2), 4),
    "two slopes": (drawn(relu_reduction(1.0, 2.0, 3), 5, relu(1.0), 2), 5),
    "two slopes, d = 2": (drawn(relu_reduction(1.0, 2.0, 3), 2, softplus_backward(), 2), 2),
    "relu, d = 2": (drawn(whole_network([1.0, -1.0, 2.0, 0.5, -2.0]), 2, relu(), 2), 2),
    "one relu, d = 2": (drawn(whole_network([-2.0]), 2, relu(), 2), 2),
}


@pytest.mark.parametrize("case", CASES)
def test_the_risk_is_the_plain_mean_of_the_worst_loss(case: str) -> None:
    network, d = CASES[case]
    law = population(d)
    found = network_risk(network, law, RADIUS, 20_000, np.random.default_rng(0))
    plain, error = plain_risk(network, law, 20_000, 1)
    # Five standard errors of the difference of two independent means, for each of two networks.
    np.testing.assert_array_less(np.abs(found.lower - plain), 5 * np.hypot(found.standard_error, error))
    assert np.all(found.lower <= found.upper)
    assert np.all(found.standard_error < error)  # the control helps even where a network is far from linear


@pytest.mark.parametrize("case", ["silu, fewer", "two slopes", "relu, d = 2"])
def test_the_standard_error_is_honest(case: str) -> None:
    network, d = CASES[case]
    law = population(d)
    runs = [network_risk(network, law, RADIUS, 400, np.random.default_rng(seed)) for seed in range(SEEDS)]
    middle, error = (np.array([getattr(run, name)[0] for run in runs]) for name in ("middle", "standard_error"))
    # The variance of SEEDS normal means over the one stated is chi-square/(SEEDS - 1); five of its standard deviations.
    ratio = middle.var(ddof=1) / (error**2).mean()
    assert abs(ratio - 1) < 5 * math.sqrt(2 / (SEEDS - 1))
    many = network_risk(network, law, RADIUS, 100_000, np.random.default_rng(SEEDS))
    z = (middle.mean() - many.middle[0]) / math.hypot(error.mean() / math.sqrt(SEEDS), many.standard_error[0])
    assert abs(z) < 5


def test_blocks_of_samples_only_split_the_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    network, d = CASES["two slopes, d = 2"]
    whole = network_risk(network, population(d), RADIUS, 1000, np.random.default_rng(0))
    monkeypatch.setattr("models.two_layer.risk.BLOCK", 400)
    split = network_risk(network, population(d), RADIUS, 1000, np.random.default_rng(0))
    np.testing.assert_allclose(split.lower, whole.lower, rtol=1e-13)
    np.testing.assert_allclose(split.standard_error, whole.standard_error, rtol=1e-10)


def test_wide_networks_need_few_samples() -> None:
    reduction, _ = collapse_weights(np.repeat([1.0, -1.0], 50_000))
    vectors = 1e-2 * np.array([[[0.3, 0.1, 0.0], [-0.3, -0.1, 0.02]]])
    found = network_risk(TwoLayerNetwork(reduction, vectors, SMOOTH["tanh"]), population(3), RADIUS, 1000,
                         np.random.default_rng(0))  # fmt: skip
    assert found.standard_error[0] < 1e-4
    assert found.upper[0] - found.lower[0] < 1e-10


@pytest.mark.parametrize(
    ("network", "d", "radius", "samples", "message"),
    [
        (drawn(whole_network([1.0, -1.0, 2.0]), 3, relu()), 3, 0.5, 100, "d must be 2 for the exact attack"),
        (drawn(whole_network([1.0, -1.0]), 3, SMOOTH["tanh"]), 4, 0.5, 100, "population must have d = 3"),
        (drawn(whole_network([1.0, -1.0]), 3, SMOOTH["tanh"]), 3, -0.5, 100, "radius"),
        (drawn(whole_network([1.0, -1.0]), 3, SMOOTH["tanh"]), 3, math.nan, 100, "radius"),
        (drawn(whole_network([1.0, -1.0]), 3, SMOOTH["tanh"]), 3, 0.5, 1, "samples must be at least 2"),
        (drawn(whole_network([1.0, -1.0]), 3, SMOOTH["tanh"]), 3, 0.5, 0, "samples must be at least 2"),
    ],
)
def test_bad_input_is_refused(network: Any, d: int, radius: float, samples: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        network_risk(network, population(d), radius, samples, np.random.default_rng(0))


def test_an_activation_that_is_neither_smooth_nor_relu_is_refused() -> None:
    bent = Activation("bent", torch.abs, torch.sign, torch.zeros_like, 0.0, 0.0, 0.0)
    with pytest.raises(ValueError, match="activation must be smooth or ReLU, got bent"):
        network_risk(drawn(whole_network([1.0]), 2, bent), population(2), 0.5, 100, np.random.default_rng(0))


class Recorded:
    """Ranges that keep the draws they are asked about."""

    def __init__(self) -> None:
        self.inner, self.signal = np.empty(0), np.empty(0)

    def __call__(self, X: FloatArray, vectors: FloatArray) -> Any:
        self.inner = X @ vectors.mT
        return self

    def expected_loss(self, signal: FloatArray, noise_std: float) -> tuple[FloatArray, FloatArray]:
        self.signal = np.broadcast_to(signal, self.inner.shape[:2])
        return 0 * self.signal, 0 * self.signal


@pytest.mark.parametrize(("count", "d"), [(1, 2), (2, 2), (2, 3), (4, 3), (1, 3), (2, 4), (3, 9)])
def test_projected_draws_have_the_covariance_of_the_population(count: int, d: int) -> None:
    law, ranges, n = population(d), Recorded(), 40_000
    vectors = np.random.default_rng(3).normal(size=(2, count, d))
    controlled_risk(vectors, vectors[:, 0], ranges, law, RADIUS, n, np.random.default_rng(0))
    for i, u in enumerate(vectors):
        seen = np.concatenate([u, law.true_coefficients[None]])
        expected = seen @ law.covariance @ seen.T
        draws = np.concatenate([ranges.inner[i], ranges.signal[i][:, None]], axis=1)
        stds = np.sqrt(np.diag(expected))
        # An entry of a sample covariance has a variance of at most twice the product of the variances over n.
        np.testing.assert_allclose(draws.T @ draws / n / np.outer(stds, stds), expected / np.outer(stds, stds),
                                   rtol=0, atol=5 * math.sqrt(2 / n))  # fmt: skip
