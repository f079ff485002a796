"""Algorithm 1 for two-layer networks: reductions, autograd, batches, curves, stopping, and bad input."""

import math
from typing import Any

import numpy as np
import pytest
import torch

from models.linear.training import adversarial_training
from models.two_layer import training
from models.two_layer.activations import IDENTITY, SMOOTH, Activation, relu, softplus_backward
from models.two_layer.network import TwoLayerNetwork, vanishing_init
from models.two_layer.training import Divergence, network_training
from theory.population import EPS
from theory.two_layer import Reduction, collapse_weights, relu_reduction, relu_reduction_of, whole_network
from theory.validation import FloatArray

# Fifty steps, each with a relative error of a few dozen roundings that a stable iteration does not amplify.
ROUNDING = 50 * 64 * EPS
UNEQUAL = np.array([1.0, 1.0, -2.0, 0.5, 0.0, 1.0, -2.0, 0.25])
MANY = np.random.default_rng(3).choice([-1.0, 0.5, 2.0], 30)
ONE_SIGN = np.array([1.0, 2.0, 2.0])


def data(n: int = 20, d: int = 3, seed: int = 0) -> tuple[FloatArray, FloatArray]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    return X, X[:, 0] + rng.normal(size=n)


def batch(count: int, n: int = 20, d: int = 3) -> tuple[FloatArray, FloatArray]:
    X, y = zip(*(data(n, d, seed) for seed in range(count)), strict=True)
    return np.stack(X), np.stack(y)


def surrogate_loss(
    X: FloatArray, y: FloatArray, reduction: Reduction, phi: Activation, vectors: FloatArray, smoothing: float
) -> float:
    at = network_training(X, y, reduction, phi, 0.3, smoothing, step_size=1, steps=0, init=vectors, record=["train"])
    return float(at.curves["train"][0, 0])


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("weights", [UNEQUAL, MANY, ONE_SIGN], ids=["unequal", "many", "one sign"])
@pytest.mark.parametrize("update", ["frozen", "full"])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_a_collapse_is_the_whole_network(name: str, weights: FloatArray, update: str, smoothing: float) -> None:
    X, y = data()
    phi, whole = SMOOTH[name], whole_network(weights)
    small, index = collapse_weights(weights)
    assert small.output_weights.size == np.unique(weights).size
    # The exact gradient is stable for far smaller steps only: with larger ones any rounding grows a hundredfold in ten.
    linear_step, steps = (0.1, 50) if update == "frozen" else (0.02, 20)
    step = whole.step_size(linear_step, phi.slope)
    runs = [network_training(X, y, reduction, phi, 0.3, smoothing, step_size=step, steps=steps, update=update)
            for reduction in (whole, small)]  # fmt: skip
    expected = runs[0].vectors[0]
    assert np.abs(expected).max() > 0.01
    np.testing.assert_allclose(runs[1].vectors[0][index], expected, atol=ROUNDING * np.abs(expected).max())
    np.testing.assert_allclose(runs[1].linear_part, runs[0].linear_part, atol=ROUNDING * np.abs(expected).max())


def outputs_of_whole_and_reduced(weights: FloatArray, phi: Activation, update: str) -> tuple[FloatArray, FloatArray]:
    X, y = data()
    whole, small = whole_network(weights), relu_reduction_of(weights)
    step = whole.step_size(0.2)
    runs = [network_training(X, y, reduction, phi, 0.3, 0.1, step_size=step, steps=50, update=update)
            for reduction in (whole, small)]  # fmt: skip
    at = torch.from_numpy(np.random.default_rng(1).normal(size=(200, 3)))
    expected, found = (run.network(at).detach().numpy() for run in runs)
    assert np.abs(expected).max() > 0.1
    return expected, found


@pytest.mark.parametrize("c", [0.5, 1.0])
@pytest.mark.parametrize("update", ["frozen", "full"])
def test_a_relu_network_from_zero_is_its_reduction(c: float, update: str) -> None:
    expected, found = outputs_of_whole_and_reduced(UNEQUAL, relu(c), update)
    np.testing.assert_allclose(found, expected, atol=ROUNDING * np.abs(expected).max())


def test_softplus_backward_is_not_homogeneous_and_has_no_such_reduction() -> None:
    expected, found = outputs_of_whole_and_reduced(np.sign(UNEQUAL), softplus_backward(), "frozen")
    assert np.abs(found - expected).max() > 1e-3


def test_a_relu_network_with_derivative_zero_at_zero_never_moves() -> None:
    for reduction in (whole_network(UNEQUAL), relu_reduction_of(UNEQUAL)):
        trained = network_training(*data(), reduction, relu(0.0), 0.3, 0.1, step_size=0.2, steps=50)
        assert not trained.vectors.any()
        assert trained.steps_taken.tolist() == [50]


def test_a_relu_network_of_one_sign_leaves_the_other_slope_at_zero() -> None:
    trained = network_training(*data(), relu_reduction_of(ONE_SIGN), relu(1.0), 0.3, 0.1, step_size=0.1, steps=50)
    assert trained.vectors[0, 0].all()
    assert not trained.vectors[0, 1].any()


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("update", ["frozen", "full"])
def test_a_network_of_the_identity_is_a_linear_model(smoothing: float, update: str) -> None:
    X, y = data()
    for reduction in (whole_network(UNEQUAL), collapse_weights(MANY)[0]):
        step = reduction.step_size(0.05)
        trained = network_training(
            X, y, reduction, IDENTITY, 0.3, smoothing, step_size=step, steps=50, update=update
        )  # fmt: skip
        expected = adversarial_training(X, y, 0.3, smoothing, step_size=0.05, steps=50, update=update).coefficients
        np.testing.assert_allclose(trained.linear_part[0], expected, atol=ROUNDING * np.abs(expected).max())


@pytest.mark.parametrize("phi", [*SMOOTH.values(), relu(0.0), softplus_backward()], ids=lambda phi: phi.name)
def test_a_frozen_step_is_that_of_autograd_with_the_attack_detached(phi: Activation) -> None:
    X, y = data()
    reduction, init = whole_network(UNEQUAL), np.random.default_rng(2).normal(size=(8, 3))
    trained = network_training(X, y, reduction, phi, 0.3, 0.1, step_size=0.5, steps=1, init=init)
    network = TwoLayerNetwork(reduction, init, phi)
    x = torch.from_numpy(X).requires_grad_()
    (slope,) = torch.autograd.grad(((network(x)[0] - torch.from_numpy(y)) ** 2).sum(), x)
    attacked = x.detach() + 0.3 * slope / torch.sqrt((slope**2).sum(-1, keepdim=True) + 0.1**2)
    ((network(attacked)[0] - torch.from_numpy(y)) ** 2).mean().backward()
    expected = (network.vectors - 0.5 * network.vectors.grad).detach().numpy()
    np.testing.assert_allclose(trained.vectors, expected, atol=64 * EPS * np.abs(expected).max())


@pytest.mark.parametrize("phi", [*SMOOTH.values(), relu(0.0)], ids=lambda phi: phi.name)
@pytest.mark.parametrize("smoothing", [0.0, 0.5])
def test_a_full_step_follows_the_gradient_of_the_surrogate_loss(phi: Activation, smoothing: float) -> None:
    X, y = data()
    for reduction in (whole_network(UNEQUAL), collapse_weights(UNEQUAL)[0]):
        weights, speeds = reduction.output_weights, reduction.speeds
        init = np.random.default_rng(2).normal(size=(weights.size, 3))
        trained = network_training(
            X, y, reduction, phi, 0.3, smoothing, step_size=1.0, steps=1, init=init, update="full"
        )  # fmt: skip
        h, expected = 1e-6, np.zeros_like(init)
        for place in np.ndindex(init.shape):
            moved = np.zeros_like(init)
            moved[place] = h
            ends = [surrogate_loss(X, y, reduction, phi, init + sign * moved, smoothing) for sign in (1, -1)]
            expected[place] = (ends[0] - ends[1]) / (2 * h)
        share = np.divide(speeds, weights, out=np.zeros_like(speeds), where=weights != 0)
        # Third derivatives of order 10 times h² and roundings of EPS/h, both far below 1e-7.
        np.testing.assert_allclose(init - trained.vectors[0], share[:, None] * expected, atol=1e-7)


def test_a_frozen_step_is_not_that_gradient_with_smoothing() -> None:
    X, y = data()
    init = np.random.default_rng(2).normal(size=(8, 3))
    frozen, full = (
        network_training(
            X, y, whole_network(UNEQUAL), SMOOTH["tanh"], 0.3, 0.5, step_size=1.0, steps=1, init=init, update=update
        ).vectors
        for update in ("frozen", "full")
    )
    assert np.abs(frozen - full).max() > 1e-3


@pytest.mark.parametrize("block", [16, 2**16])
@pytest.mark.parametrize("update", ["frozen", "full"])
def test_a_batch_is_its_networks_one_at_a_time(block: int, update: str, monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = batch(5)
    settings: dict[str, Any] = {
        "step_size": 0.2, "steps": 40, "update": update, "record": training.CURVES, "record_every": 7,
        "stop_residual": 0.95,
    }  # fmt: skip
    reduction, phi = collapse_weights(UNEQUAL)[0], SMOOTH["silu"]
    ones = [network_training(x, t, reduction, phi, 0.3, 0.1, **settings) for x, t in zip(X, y, strict=True)]
    assert len({int(one.steps_taken[0]) for one in ones}) > 2  # they do stop at different steps
    monkeypatch.setattr(training, "BLOCK", block)
    trained = network_training(X, y, reduction, phi, 0.3, 0.1, **settings)
    for i, one in enumerate(ones):
        np.testing.assert_allclose(trained.vectors[i], one.vectors[0], atol=ROUNDING)
        assert trained.steps_taken[i] == one.steps_taken[0]
        assert trained.stopped[i] == one.stopped[0]
        for name in training.CURVES:
            curve, count = trained.curves[name][i], len(one.recorded_steps)
            np.testing.assert_allclose(curve[: count - 1], one.curves[name][0, :-1], atol=ROUNDING)
            for row in curve[count - 1 :]:
                np.testing.assert_allclose(row, one.curves[name][0, -1], atol=ROUNDING)
    assert trained.recorded_steps[-1] == max(one.recorded_steps[-1] for one in ones)


def test_recorded_steps_are_those_of_the_network_that_stops_last(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = batch(2)
    monkeypatch.setattr(training, "BLOCK", 40)  # each network is a piece of its own
    phi, reduction = SMOOTH["tanh"], whole_network([1.0, -1.0])
    run = network_training(X, y, reduction, phi, 0.0, step_size=0.1, steps=200, stop_residual=0.99, record_every=1000)
    assert run.steps_taken[0] != run.steps_taken[1]
    assert run.recorded_steps.tolist() == [0, run.steps_taken.max()]


def test_shared_data_train_as_many_networks_as_there_are_starts() -> None:
    X, y = data()
    init = vanishing_init(8, 3, 0.5, np.random.default_rng(0), networks=4)
    shared = network_training(X, y, whole_network(UNEQUAL), SMOOTH["tanh"], 0.3, 0.1, step_size=0.2, steps=5, init=init)
    for i, start in enumerate(init):
        one = network_training(
            X, y, whole_network(UNEQUAL), SMOOTH["tanh"], 0.3, 0.1, step_size=0.2, steps=5, init=start
        )  # fmt: skip
        np.testing.assert_allclose(shared.vectors[i], one.vectors[0], atol=ROUNDING)


def test_training_stops_at_the_first_step_below_the_residual() -> None:
    X, y = data()
    reduction, phi = whole_network(UNEQUAL), SMOOTH["tanh"]
    settings: dict[str, Any] = {"step_size": 0.2, "steps": 60, "record": ["residual", "vectors"]}
    free = network_training(X, y, reduction, phi, 0.1, 0.1, **settings)
    curve = free.curves["residual"][0]
    assert curve[0] == pytest.approx(np.sqrt(np.mean(y**2)), rel=8 * EPS)
    level = (curve[20] + curve[21]) / 2
    stopped = network_training(X, y, reduction, phi, 0.1, 0.1, stop_residual=level, **settings)
    first = int(np.argmax(curve < level))
    assert stopped.steps_taken.tolist() == [first]
    assert stopped.stopped.tolist() == [True]
    np.testing.assert_array_equal(stopped.vectors[0], free.curves["vectors"][0, first])
    assert not free.stopped.any()


def test_training_takes_a_step_even_where_the_residual_is_low_at_the_start() -> None:
    trained = network_training(
        *data(), whole_network(UNEQUAL), SMOOTH["tanh"], 0.1, 0.1, step_size=0.1, steps=9, stop_residual=1e9
    )
    assert trained.steps_taken.tolist() == [1]


def test_curves_are_the_values_after_shorter_trainings() -> None:
    X, y = data()
    reduction, phi = whole_network(UNEQUAL), SMOOTH["silu"]
    trained = network_training(
        X, y, reduction, phi, 0.3, 0.1, step_size=0.2, steps=25, record=training.CURVES, record_every=10
    )
    assert trained.recorded_steps.tolist() == [0, 10, 20, 25]
    for i, steps in enumerate(trained.recorded_steps):
        short = network_training(X, y, reduction, phi, 0.3, 0.1, step_size=0.2, steps=int(steps))
        np.testing.assert_array_equal(trained.curves["vectors"][0, i], short.vectors[0])
        assert trained.curves["train"][0, i] == surrogate_loss(X, y, reduction, phi, short.vectors, 0.1)
        clean = short.network(torch.from_numpy(X)).detach().numpy()[0] - y
        assert trained.curves["residual"][0, i] == pytest.approx(np.sqrt(np.mean(clean**2)), rel=64 * EPS)


def test_no_step_leaves_the_start_and_the_arguments_as_they_were() -> None:
    X, y = data()
    init = np.ones((2, 3))
    copies = X.copy(), y.copy(), init.copy()
    trained = network_training(X, y, whole_network([1.0, -1.0]), IDENTITY, 0.1, step_size=0.1, steps=0, init=init)
    np.testing.assert_array_equal(trained.vectors[0], init)
    network_training(X, y, whole_network([1.0, -1.0]), IDENTITY, 0.1, step_size=0.1, steps=3, init=init)
    for array, copy in zip((X, y, init), copies, strict=True):
        np.testing.assert_array_equal(array, copy)


@pytest.mark.parametrize("exponent", [0.0, 0.5, 2.0])
def test_a_vanishing_start_has_the_variance_of_the_text(exponent: float) -> None:
    width, d, networks = 50, 4, 100
    draws = vanishing_init(width, d, exponent, np.random.default_rng(0), networks)
    assert draws.shape == (networks, width, d)
    standard = draws * np.sqrt(d * width ** (1 + exponent))
    count = standard.size
    # Five standard errors of the mean, the variance and the fourth moment of as many standard normal numbers.
    assert abs(standard.mean()) < 5 / np.sqrt(count)
    assert abs((standard**2).mean() - 1) < 5 * np.sqrt(2 / count)
    assert abs((standard**4).mean() - 3) < 5 * np.sqrt(96 / count)
    assert vanishing_init(width, d, exponent, np.random.default_rng(0)).shape == (width, d)


def test_a_step_that_is_too_large_is_divergence() -> None:
    X, y = data()
    with pytest.raises(Divergence, match="step_size must be smaller"):
        network_training(X, y, whole_network([1.0, -1.0]), IDENTITY, 0.1, step_size=1e3, steps=1000)


GOOD: dict[str, Any] = {
    "X": np.ones((4, 2)), "y": np.ones(4), "reduction": relu_reduction(1.0, 1.0, 2), "activation": relu(1.0),
    "radius": 0.1, "smoothing": 0.1, "step_size": 0.1, "steps": 2,
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X", np.ones(4)),
        ("X", np.ones((0, 2))),
        ("X", np.full((4, 2), np.nan)),
        ("X", np.full((4, 2), np.inf)),
        ("y", np.ones(3)),
        ("y", np.ones((4, 1))),
        ("y", [1.0, 2.0, 3.0, math.nan]),
        ("init", np.ones((3, 2))),
        ("init", np.ones((2, 3))),
        ("init", np.ones((0, 2, 2))),
        ("init", [[np.nan, 0.0], [0.0, 0.0]]),
        ("radius", -0.1),
        ("radius", math.nan),
        ("smoothing", -0.1),
        ("smoothing", math.inf),
        ("step_size", 0.0),
        ("step_size", -1.0),
        ("step_size", math.nan),
        ("steps", -1),
        ("steps", 1.5),
        ("record_every", 0),
        ("update", "exact"),
        ("record", ["loss"]),
        ("stop_residual", -1.0),
        ("stop_residual", math.nan),
    ],
)
def test_bad_input_is_refused(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=name):
        network_training(**GOOD | {name: value})


def test_starts_must_be_as_many_as_data_sets() -> None:
    with pytest.raises(ValueError, match="B = 3"):
        network_training(**GOOD | {"X": np.ones((3, 4, 2)), "y": np.ones((3, 4)), "init": np.ones((2, 2, 2))})


def test_bad_networks_and_starts_are_refused() -> None:
    reduction = whole_network([1.0, -1.0])
    for vectors in (np.zeros(2), np.zeros((3, 2)), np.zeros((0, 2, 2)), [[np.nan, 0], [0, 0]]):
        with pytest.raises(ValueError, match="vectors"):
            TwoLayerNetwork(reduction, vectors, IDENTITY)
    rng = np.random.default_rng(0)
    for width, d, exponent in ((0, 2, 0.5), (2, 0, 0.5), (2, 2, -0.5), (2, 2, math.nan)):
        with pytest.raises(ValueError, match=r"width and d|exponent"):
            vanishing_init(width, d, exponent, rng)
