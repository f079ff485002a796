"""Exact attacks on linear classifiers: by bisection, by brute force over ball and box, and at the edges."""

import math

import pytest
import torch
from torch import Tensor

from models.attacks.exact import exact_linear_attack, exact_linear_margin, linear_maximum
from models.attacks.losses import margin
from models.attacks.threat import Threat

NORMS = [2, math.inf]
BOXES = [(0.0, 1.0), (None, None), (None, 1.0), (0.0, None)]
EPS = torch.finfo(torch.float64).eps


def problem(n: int = 30, d: int = 5, classes: int = 3) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    draw = torch.Generator().manual_seed(0)
    weights = torch.randn(classes, d, generator=draw, dtype=torch.float64)
    weights[:, 0] = 1.0
    bias = torch.randn(classes, generator=draw, dtype=torch.float64)
    x = torch.rand(n, d, generator=draw, dtype=torch.float64)
    x[: n // 2] = x[: n // 2].round()
    return weights, bias, x, torch.randint(classes, (n,), generator=draw)


def by_bisection(slope: Tensor, x: Tensor, radius: float, low: float, high: float) -> Tensor:
    """argmax of slope·δ in the l2 ball and the box: clip(t·slope) on the sphere, or the corner."""
    shortest, longest = 0.0, 1e6
    for _ in range(200):
        t = (shortest + longest) / 2
        inside = float((t * slope).clamp(low - x, high - x).norm()) <= radius
        shortest, longest = (t, longest) if inside else (shortest, t)
    return (shortest * slope).clamp(low - x, high - x)


@pytest.mark.parametrize("radius", [0.1, 0.6, 1.2, 5.0])
def test_the_l2_maximum_in_the_box_is_the_one_that_bisection_finds(radius: float) -> None:
    weights, _, x, _ = problem()
    slopes = (weights[1] - weights[0]).expand_as(x)
    found = linear_maximum(slopes, x, Threat(2, radius))
    for i in range(len(x)):
        expected = by_bisection(slopes[i], x[i], radius, 0.0, 1.0)
        assert float(slopes[i] @ found[i]) == pytest.approx(float(slopes[i] @ expected), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize(("low", "high"), BOXES)
def test_the_attack_is_feasible_and_no_point_of_the_ball_and_the_box_does_better(
    norm: float, low: float | None, high: float | None
) -> None:
    weights, bias, x, labels = problem(d=2)
    threat = Threat(norm, 0.5, low, high)
    attack = exact_linear_attack(weights, bias, x, labels, threat)
    reached = exact_linear_margin(weights, bias, x, labels, threat)
    assert bool((torch.linalg.vector_norm(attack, ord=norm, dim=1) <= 0.5 * (1 + 8 * EPS)).all())
    assert low is None or float((x + attack).min()) >= low - EPS
    assert high is None or float((x + attack).max()) <= high + EPS
    torch.testing.assert_close(margin((x + attack) @ weights.T + bias, labels), reached, rtol=0, atol=16 * EPS)
    angle = torch.linspace(0, 2 * math.pi, 721, dtype=torch.float64)
    circle = torch.stack([angle.cos(), angle.sin()], dim=1)
    for share in (0.3, 0.7, 1.0):
        around = 0.5 * share * (circle / torch.linalg.vector_norm(circle, ord=norm, dim=1, keepdim=True))
        for delta in around:
            clipped = threat.project(x, delta.expand_as(x))
            assert bool((margin((x + clipped) @ weights.T + bias, labels) <= reached + 16 * EPS).all())


def test_the_box_makes_the_rest_of_the_perturbation_longer() -> None:
    x, slopes = torch.tensor([[1.0, 0.0, 0.0]]), torch.tensor([[3.0, 1.0, 1.0]])
    found = linear_maximum(slopes, x, Threat(2, 0.5))
    torch.testing.assert_close(found, torch.tensor([[0.0, 1.0, 1.0]]).double() * 0.5 / math.sqrt(2))
    corner = linear_maximum(slopes, x, Threat(2, 9.0))
    assert corner.tolist() == [[0.0, 1.0, 1.0]]


@pytest.mark.parametrize("norm", NORMS)
def test_samples_have_their_own_radius_and_shape(norm: float) -> None:
    weights, bias, x, labels = problem(d=4)
    radius = torch.linspace(0, 1, len(x), dtype=torch.float64)
    found = exact_linear_attack(weights, bias, x.reshape(-1, 1, 2, 2), labels, Threat(norm, radius))
    assert found.shape == (30, 1, 2, 2)
    for i in range(len(x)):
        one = Threat(norm, float(radius[i]))
        expected = exact_linear_attack(weights, bias, x[i : i + 1], labels[i : i + 1], one)
        torch.testing.assert_close(found[i].flatten(), expected[0])
    assert not found[0].any()


@pytest.mark.parametrize("scale", [1e-150, 1e150])
def test_slopes_of_every_scale_have_the_same_maximum(scale: float) -> None:
    weights, _, x, _ = problem()
    slopes = (weights[1] - weights[0]).expand_as(x)
    torch.testing.assert_close(
        linear_maximum(scale * slopes, x, Threat(2, 0.6)), linear_maximum(slopes, x, Threat(2, 0.6)), rtol=1e-13, atol=0
    )


def test_a_slope_of_zero_moves_nothing() -> None:
    for norm in NORMS:
        found = linear_maximum(torch.zeros(2, 3), torch.full((2, 3), 0.5), Threat(norm, 1.0))
        assert not found.any()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights": torch.zeros(2, 3)}, r"weights must have shape \(classes >= 2, 5\) to match x, got shape \(2, 3\)"),
        ({"weights": torch.zeros(1, 5)}, "weights must have shape"),
        ({"bias": torch.zeros(2)}, r"bias must have shape \(3,\) to match weights, got shape \(2,\)"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(change: dict[str, Tensor], message: str) -> None:
    weights, bias, x, labels = problem()
    arguments = {"weights": weights, "bias": bias, "x": x, "labels": labels} | change
    with pytest.raises(ValueError, match=message):
        exact_linear_attack(**arguments, threat=Threat(2, 0.5))
