"""The smoothed attack on networks: against the one on linear models, its limits, and the floors it is compared with."""

import math

import pytest
import torch
from torch import Tensor

from models.attacks import linear_attack
from models.attacks.losses import cross_entropy, squared_error
from models.attacks.smoothing import effective_smoothing, shrinkage, smoothed_attack

NORMS = [2, math.inf]
EPS = torch.finfo(torch.float64).eps


def regression() -> tuple[Tensor, Tensor, Tensor]:
    draw = torch.Generator().manual_seed(0)
    X, y, theta = (torch.randn(shape, generator=draw, dtype=torch.float64) for shape in ((9, 4), (9,), (4,)))
    return X, y, theta


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("smoothing", [0.0, 1e-3, 0.5, 30.0])
def test_on_a_linear_model_it_is_the_smoothed_attack_of_linear_models(norm: float, smoothing: float) -> None:
    X, y, theta = regression()
    exact = linear_attack(X, y, theta, 0.3, norm)
    found = smoothed_attack(lambda x: x @ theta, X, y, exact, squared_error, smoothing, norm)
    torch.testing.assert_close(found, linear_attack(X, y, theta, 0.3, norm, smoothing), rtol=32 * EPS, atol=0)


@pytest.mark.parametrize("norm", NORMS)
def test_samples_have_their_own_smoothing_and_zero_leaves_the_attack_alone(norm: float) -> None:
    X, y, theta = regression()
    delta, each = torch.ones_like(X), torch.linspace(0, 2, 9, dtype=torch.float64)
    found = smoothed_attack(lambda x: x @ theta, X, y, delta, squared_error, each, norm)
    for i, xi in enumerate(each.tolist()):
        one = smoothed_attack(lambda x: x @ theta, X[i : i + 1], y[i : i + 1], delta[:1], squared_error, xi, norm)
        torch.testing.assert_close(found[i : i + 1], one, rtol=8 * EPS, atol=0)
    assert torch.equal(found[0], delta[0])


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("xi", [0.0, 1e-200, 1.0])
def test_a_zero_gradient_is_shrunk_to_nothing_unless_there_is_no_smoothing(norm: float, xi: float) -> None:
    factor = shrinkage(torch.zeros(1, 3, dtype=torch.float64), xi, norm)
    assert bool((factor == (1.0 if xi == 0 else 0.0)).all())


@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_the_factor_depends_on_the_ratio_of_gradient_and_smoothing_alone(scale: float) -> None:
    gradient = regression()[0]
    for norm in NORMS:
        torch.testing.assert_close(
            shrinkage(scale * gradient, scale * 0.7, norm), shrinkage(gradient, 0.7, norm), rtol=16 * EPS, atol=0
        )


def test_the_gradient_is_the_one_at_the_sample_and_not_at_the_attacked_one() -> None:
    def model(x: Tensor) -> Tensor:
        return torch.cat([x**2, -(x**2)], dim=1)

    x, labels = torch.tensor([[0.0], [1.0]]), torch.tensor([0, 0])
    found = smoothed_attack(model, x, labels, torch.ones(2, 1), cross_entropy, 1e-6, 2)
    assert found[0].item() == 0
    assert found[1].item() == pytest.approx(1.0)


def test_the_effective_smoothing_of_the_papers_factor_is_its_own() -> None:
    size = torch.logspace(-6, 3, 20, dtype=torch.float64)
    for xi in (1e-4, 1.0):
        torch.testing.assert_close(
            effective_smoothing(size, size / torch.hypot(size, torch.tensor(xi))),
            torch.full_like(size, xi),
            # 1 - s loses as many digits as it is smaller than 1: s = 1 - (xi / size)² / 2.
            rtol=8 * EPS * (1 + (1e3 / xi) ** 2),
            atol=0,
        )


@pytest.mark.parametrize("c", [1e-6, 1e-3])
def test_the_effective_smoothing_of_a_floor_is_the_floor_where_gradients_are_small(c: float) -> None:
    size = torch.tensor(1e-3 * c, dtype=torch.float64)
    for shrunk in (size / (size + c), size / torch.clamp(size, min=c)):
        assert float(effective_smoothing(size, shrunk)) == pytest.approx(c, rel=2e-3)
    whole, none = torch.ones((), dtype=torch.float64), torch.zeros((), dtype=torch.float64)
    assert float(effective_smoothing(size, whole)) == 0
    assert float(effective_smoothing(size, none)) == math.inf


@pytest.mark.parametrize(
    ("smoothing", "norm", "message"),
    [(-1.0, 2, "smoothing must be non-negative"), (0.1, 1, "norm must be 2 or inf"), (0.0, 3, "norm must be 2 or inf")],
)
def test_wrong_settings_are_refused(smoothing: float, norm: float, message: str) -> None:
    X, y, theta = regression()
    with pytest.raises(ValueError, match=message):
        smoothed_attack(lambda x: x @ theta, X, y, X, squared_error, smoothing, norm)
