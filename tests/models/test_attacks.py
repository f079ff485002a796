"""Attacks on linear models: brute force over the ball, the paper's definition of the smoothing, torch, bad input."""

import math

import numpy as np
import pytest
import torch

from models.attacks import linear_attack
from theory.population import EPS
from theory.validation import FloatArray

NORMS = [2, math.inf]


def data(n: int = 7, d: int = 3, seed: int = 0) -> tuple[FloatArray, FloatArray, FloatArray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)), rng.normal(size=n), rng.normal(size=d)


def ball(d: int, norm: float, count: int = 20_000) -> FloatArray:
    points = np.random.default_rng(1).normal(size=(count, d))
    if norm == 2:
        return points / np.linalg.norm(points, axis=-1, keepdims=True)
    return np.concatenate([np.sign(points), points / np.abs(points).max(axis=-1, keepdims=True)])


@pytest.mark.parametrize("norm", NORMS)
def test_no_point_of_the_ball_does_better(norm: float) -> None:
    X, y, theta = data()
    attack = linear_attack(X, y, theta, 0.4, norm)
    reached = ((X + attack) @ theta - y) ** 2
    found = ((X[:, None] + 0.4 * ball(3, norm)) @ theta - y[:, None]) ** 2
    assert np.all(np.linalg.norm(attack, ord=norm, axis=-1) <= 0.4 * (1 + 4 * EPS))
    assert np.all(found.max(axis=-1) <= reached * (1 + 16 * EPS))


@pytest.mark.parametrize("smoothing", [1e-3, 0.3, 20.0])
def test_the_smoothed_l2_attack_is_the_exact_one_scaled_by_the_norm_of_the_loss_gradient(smoothing: float) -> None:
    X, y, theta = data()
    gradient = 2 * (X @ theta - y)[:, None] * theta
    size = np.linalg.norm(gradient, axis=-1, keepdims=True)
    expected = size / np.sqrt(size**2 + smoothing**2) * linear_attack(X, y, theta, 0.4)
    np.testing.assert_allclose(linear_attack(X, y, theta, 0.4, 2, smoothing), expected, rtol=64 * EPS)


@pytest.mark.parametrize("smoothing", [1e-3, 0.3, 20.0])
def test_the_smoothed_linf_attack_is_the_exact_one_scaled_entry_by_entry(smoothing: float) -> None:
    X, y, theta = data()
    size = np.abs(2 * (X @ theta - y)[:, None] * theta)
    expected = size / (size + smoothing) * linear_attack(X, y, theta, 0.4, math.inf)
    np.testing.assert_allclose(linear_attack(X, y, theta, 0.4, math.inf, smoothing), expected, rtol=64 * EPS)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("smoothing", [0.0, 0.5])
def test_nothing_moves_at_zero_coefficients_or_a_zero_residual(norm: float, smoothing: float) -> None:
    X, y, theta = data()
    assert not linear_attack(X, y, 0 * theta, 1.0, norm, smoothing).any()
    assert not linear_attack(np.eye(3), theta, theta, 1.0, norm, smoothing).any()


@pytest.mark.parametrize("scale", [1e-200, 1e-150, 1e150, 1e200])
def test_the_exact_l2_attack_has_the_radius_as_norm_at_any_scale(scale: float) -> None:
    X, y, theta = data()
    attack = linear_attack(X, y, scale * theta, 0.4)
    np.testing.assert_allclose(np.linalg.norm(attack, axis=-1), 0.4, rtol=8 * EPS)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("smoothing", [0.0, 0.5])
def test_a_batch_is_its_members(norm: float, smoothing: float) -> None:
    members = [data(seed=seed) for seed in range(4)]
    batch = (np.stack(arrays) for arrays in zip(*members, strict=True))
    expected = [linear_attack(*member, 0.4, norm, smoothing) for member in members]
    np.testing.assert_allclose(linear_attack(*batch, 0.4, norm, smoothing), expected, rtol=16 * EPS)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("smoothing", [0.0, 0.5])
def test_torch_agrees_with_numpy_and_differentiates(norm: float, smoothing: float) -> None:
    arrays = data()
    tensors = [torch.from_numpy(array).requires_grad_() for array in arrays]
    attack = linear_attack(*tensors, 0.4, norm, smoothing)
    np.testing.assert_allclose(attack.detach().numpy(), linear_attack(*arrays, 0.4, norm, smoothing), rtol=16 * EPS)
    assert torch.autograd.gradcheck(lambda *args: linear_attack(*args, 0.4, norm, smoothing), tensors)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("smoothing", [0.0, 0.5])
def test_derivatives_are_finite_at_zero_coefficients(norm: float, smoothing: float) -> None:
    X, y, _ = (torch.from_numpy(array) for array in data())
    theta = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    linear_attack(X, y, theta, 0.4, norm, smoothing).sum().backward()
    expected = -4 * 0.4 * y.sum() / (2 * smoothing) if smoothing else 0.0
    assert theta.grad is not None
    assert np.allclose(theta.grad, expected, rtol=16 * EPS)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"X": np.ones(3)}, "X must have shape"),
        ({"X": np.ones((0, 3))}, "X must have shape"),
        ({"X": [[1, 2, math.nan]]}, "X must be finite, got nan at index"),
        ({"y": np.ones(6)}, r"y must have shape \(..., 7\) to match X, got shape \(6,\)"),
        ({"y": 1.0}, "y must have shape"),
        ({"coefficients": np.ones(2)}, "coefficients must have shape"),
        ({"coefficients": ["a", "b", "c"]}, "coefficients must be an array of real numbers"),
        ({"radius": -1.0}, "radius must be non-negative, got -1.0"),
        ({"smoothing": math.inf}, "smoothing must be finite, got inf"),
        ({"norm": 1}, "norm must be 2 or inf, got 1"),
    ],
)
def test_wrong_arguments_are_refused(change: dict[str, object], message: str) -> None:
    X, y, theta = data()
    arguments: dict[str, object] = {"X": X, "y": y, "coefficients": theta, "radius": 1.0} | change
    with pytest.raises(ValueError, match=message):
        linear_attack(**arguments)  # type: ignore[arg-type]


def test_batches_that_do_not_match_are_refused() -> None:
    with pytest.raises(ValueError, match="y must be broadcast with X"):
        linear_attack(np.ones((2, 4, 3)), np.ones((3, 4)), np.ones(3), 1.0)
