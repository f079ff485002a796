"""The ball and the box: projections, steepest directions at every scale, random starts, bad input."""

import math

import pytest
import torch
from torch import Tensor

from models.attacks.threat import Threat, length, per_sample

NORMS = [2, math.inf]
EPS = torch.finfo(torch.float64).eps


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def uniform(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def size(delta: Tensor, norm: float) -> Tensor:
    return torch.linalg.vector_norm(delta.flatten(1), ord=norm, dim=1)


@pytest.mark.parametrize("norm", NORMS)
def test_what_is_projected_is_feasible_for_every_samples_own_radius(norm: float) -> None:
    x, delta = uniform(40, 3, 4), 2 * normal(40, 3, 4)
    radius = torch.linspace(0, 1, 40, dtype=torch.float64)
    found = Threat(norm, radius).project(x, delta)
    assert bool((size(found, norm) <= radius * (1 + 16 * EPS)).all())
    assert float((x + found).min()) >= -EPS
    assert float((x + found).max()) <= 1 + EPS


@pytest.mark.parametrize("norm", NORMS)
def test_what_is_feasible_is_left_alone_to_the_bit(norm: float) -> None:
    x = 0.4 + 0.2 * uniform(20, 5)
    delta = 0.01 * normal(20, 5)
    assert torch.equal(Threat(norm, 1.0).project(x, delta), delta)


@pytest.mark.parametrize(("norm", "low", "high"), [(2, None, None), (math.inf, 0.0, 1.0), (math.inf, None, 0.7)])
def test_no_feasible_point_is_nearer_than_the_projection(norm: float, low: float | None, high: float | None) -> None:
    threat = Threat(norm, 0.5, low, high)
    x, delta = 0.7 * uniform(10, 2), 2 * normal(10, 2)
    nearest = size(threat.project(x, delta) - delta, 2)
    for seed in range(200):
        other = threat.random_start(x, torch.Generator().manual_seed(seed))
        assert bool((size(other - delta, 2) >= nearest).all())


@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1.0, 1e160, 1e300])
def test_the_steepest_l2_direction_has_unit_length_at_every_scale(scale: float) -> None:
    gradient = scale * normal(30, 2, 3)
    found = Threat(2, 1.0).steepest(gradient)
    torch.testing.assert_close(size(found, 2), torch.ones(30, dtype=torch.float64), rtol=8 * EPS, atol=0)
    torch.testing.assert_close(found, Threat(2, 1.0).steepest(gradient / scale), rtol=8 * EPS, atol=0)


@pytest.mark.parametrize("norm", NORMS)
def test_no_unit_vector_climbs_faster(norm: float) -> None:
    gradient = normal(20, 3)
    rise = (gradient * Threat(norm, 1.0).steepest(gradient)).sum(1)
    others = normal(5000, 3, seed=1)
    others = others / torch.linalg.vector_norm(others, ord=norm, dim=1, keepdim=True)
    assert bool(((gradient @ others.T).amax(1) <= rise * (1 + 8 * EPS)).all())


@pytest.mark.parametrize("norm", NORMS)
def test_a_zero_gradient_moves_nothing(norm: float) -> None:
    gradient = normal(3, 4)
    gradient[1] = 0
    found = Threat(norm, 1.0).steepest(gradient)
    assert not found[1].any()
    assert found[0].any()
    assert found[2].any()


@pytest.mark.parametrize("norm", NORMS)
def test_random_starts_fill_the_ball_evenly(norm: float) -> None:
    x = torch.full((20_000, 3), 0.5, dtype=torch.float64)
    starts = Threat(norm, 0.25).random_start(x, torch.Generator().manual_seed(0))
    # The share of the ball's volume nearer to its centre than a uniform point is uniform in [0, 1].
    share = (size(starts, norm) / 0.25) ** 3
    assert float(share.max()) <= 1 + 16 * EPS
    for k in (0.25, 0.5, 0.75):
        assert abs(float((share < k).double().mean()) - k) < 5 * math.sqrt(k * (1 - k) / 20_000)
    assert float(starts.mean(0).abs().max()) < 5 * 0.25 / math.sqrt(20_000)


@pytest.mark.parametrize("norm", NORMS)
def test_random_starts_keep_to_the_box_and_repeat_under_a_seed(norm: float) -> None:
    x = uniform(50, 2, 3).round()
    first, again = (Threat(norm, 0.5).random_start(x, torch.Generator().manual_seed(7)) for _ in range(2))
    assert torch.equal(first, again)
    assert float((x + first).min()) >= 0
    assert float((x + first).max()) <= 1


def test_lengths_do_not_underflow() -> None:
    tiny = torch.full((1, 4), 1e-30)
    assert length(tiny).item() == pytest.approx(2e-30)
    assert length(torch.zeros(1, 4)).item() == 0


def test_memory_layout_is_kept() -> None:
    x = uniform(4, 3, 5, 5).contiguous(memory_format=torch.channels_last)
    for norm in NORMS:
        start = Threat(norm, 0.1).random_start(x, torch.Generator().manual_seed(0))
        assert start.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1, 0.5), "norm must be 2 or inf, got 1"),
        ((2, -0.5), "radius must be non-negative, got -0.5"),
        ((2, math.nan), "radius must be finite, got nan"),
        ((2, torch.tensor([0.1, -1.0])), "radius must be non-negative and finite, got -1.0"),
        ((2, torch.ones(2, 2)), r"radius must be a number or have shape \(N,\), got shape \(2, 2\)"),
        ((2, 0.5, 1.0, 0.0), "low must be below high, got 1.0 and 0.0"),
    ],
)
def test_wrong_threats_are_refused(arguments: tuple[float, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Threat(*arguments)


def test_a_setting_for_another_number_of_samples_is_refused() -> None:
    with pytest.raises(ValueError, match=r"must have shape \(2,\), got shape \(3,\)"):
        per_sample(torch.ones(3), torch.zeros(2, 4))
