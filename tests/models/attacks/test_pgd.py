"""Projected gradient ascent: brute force on the circle, what is guaranteed of the best iterate, batches, settings."""

import math
from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from torch import Tensor, nn

from models.attacks.apgd import apgd
from models.attacks.losses import cross_entropy, margin, parameters_frozen, squared_error
from models.attacks.pgd import pgd
from models.attacks.smoothing import smoothed_attack
from models.attacks.threat import Threat

NORMS = [2, math.inf]
EPS = torch.finfo(torch.float64).eps


def network(d: int, classes: int = 3, hidden: int = 16, seed: int = 0) -> nn.Sequential:
    draw = torch.Generator().manual_seed(seed)
    model = nn.Sequential(nn.Linear(d, hidden), nn.ReLU(), nn.Linear(hidden, classes)).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=draw) / math.sqrt(parameter.shape[-1]))
    return model.requires_grad_(False)


def samples(n: int, d: int, classes: int = 3) -> tuple[Tensor, Tensor]:
    draw = torch.Generator().manual_seed(1)
    return torch.rand(n, d, generator=draw, dtype=torch.float64), torch.randint(classes, (n,), generator=draw)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("norm", NORMS)
def test_restarts_find_what_brute_force_finds_in_two_dimensions(norm: float) -> None:
    model, threat = network(2), Threat(norm, 0.3, None, None)
    x, labels = samples(20, 2)
    steps = 100
    delta = pgd(model, x, labels, threat, loss=margin, steps=steps, restarts=10, generator=generator())
    found = margin(model(x + delta), labels)
    side = torch.linspace(-0.3, 0.3, 121, dtype=torch.float64)
    grid = torch.cartesian_prod(side, side)
    grid = grid[torch.linalg.vector_norm(grid, ord=norm, dim=1) <= 0.3]
    best = torch.stack([margin(model(x + point), labels) for point in grid]).amax(0)
    # A step of ascent, or half a cell of the grid, times the network's Lipschitz constant in l2.
    steepness = math.sqrt(2) * math.prod(float(torch.linalg.matrix_norm(model[i].weight, 2)) for i in (0, 2))
    stretch = 1 if norm == 2 else math.sqrt(2)
    assert bool((found >= best - steepness * stretch * 2.5 * 0.3 / steps).all())
    # Cells on the rim of the disc reach past the grid by at most their diagonal.
    assert bool((found <= best + steepness * math.sqrt(2) * 0.6 / 120).all())


@pytest.mark.parametrize("norm", NORMS)
def test_more_steps_of_the_same_size_or_more_restarts_never_do_worse(norm: float) -> None:
    model, threat = network(6), Threat(norm, 0.3)
    x, labels = samples(40, 6)
    by_steps = [
        margin(
            model(x + pgd(model, x, labels, threat, loss=margin, steps=k, step_size=0.25, random_start=False)), labels
        )
        for k in (1, 2, 3, 5, 8)
    ]
    by_restarts = [
        margin(
            model(x + pgd(model, x, labels, threat, loss=margin, steps=3, restarts=k, generator=generator())), labels
        )
        for k in (1, 2, 4)
    ]
    for results in (by_steps, by_restarts):
        for fewer, more in pairwise(results):
            assert bool((more >= fewer).all())
    assert bool((by_steps[0] >= margin(model(x), labels)).all())


def test_the_last_iterate_can_be_worse_than_the_best_and_costs_an_evaluation_less() -> None:
    model, calls = network(6), []
    x, labels = samples(40, 6)

    def counted(points: Tensor) -> Tensor:
        calls.append(points.requires_grad)
        return model(points)

    settings = {"loss": margin, "steps": 5, "step_size": 0.5, "random_start": False}
    threat = Threat(2, 0.5)
    last = pgd(counted, x, labels, threat, keep="last", **settings)
    assert calls == [True] * 5
    best = pgd(counted, x, labels, threat, **settings)
    assert calls[5:] == [True] * 5 + [False]
    difference = margin(model(x + best), labels) - margin(model(x + last), labels)
    assert float(difference.min()) >= 0
    assert float(difference.max()) > 0


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("direction", ["steepest", "sign"])
def test_every_sample_has_its_own_radius_step_and_smoothing(norm: float, direction: str) -> None:
    model = network(6)
    x, labels = samples(7, 6)
    radius = torch.linspace(0, 0.4, 7, dtype=torch.float64)
    step, xi = radius / 3, torch.linspace(0, 1, 7, dtype=torch.float64)
    settings = {"loss": cross_entropy, "steps": 4, "random_start": False, "direction": direction}
    found = pgd(model, x, labels, Threat(norm, radius), step_size=step, smoothing=xi, **settings)
    for i in range(7):
        one = pgd(
            model,
            x[i : i + 1],
            labels[i : i + 1],
            Threat(norm, float(radius[i])),
            step_size=float(step[i]),
            smoothing=float(xi[i]),
            **settings,
        )
        torch.testing.assert_close(found[i : i + 1], one)


def test_sign_steps_in_l2_are_those_of_the_repository_that_the_paper_modified() -> None:
    model = network(6)
    x, labels = samples(5, 6)
    threat = Threat(2, 0.3)
    points = x.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(cross_entropy(model(points), labels).sum(), points)
    settings = {"loss": cross_entropy, "steps": 1, "random_start": False, "direction": "sign", "keep": "last"}
    for size in (0.05, 1.0):
        found = pgd(model, x, labels, threat, step_size=size, **settings)
        torch.testing.assert_close(found, threat.project(x, size * gradient.sign()))
    free = Threat(2, 1e6, None, None)
    moved = pgd(model, x, labels, free, **settings).norm(dim=1)
    torch.testing.assert_close(moved, torch.full((5,), 2.5e6, dtype=torch.float64).clamp(max=1e6))


@pytest.mark.parametrize("norm", NORMS)
def test_with_smoothing_the_result_is_the_smoothed_attack(norm: float) -> None:
    model = network(6)
    x, labels = samples(5, 6)
    settings = {"loss": cross_entropy, "steps": 4}
    plain = pgd(model, x, labels, Threat(norm, 0.3), generator=generator(), **settings)
    smoothed = pgd(model, x, labels, Threat(norm, 0.3), generator=generator(), smoothing=0.2, **settings)
    assert torch.equal(smoothed, smoothed_attack(model, x, labels, plain, cross_entropy, 0.2, norm))


@pytest.mark.parametrize("norm", NORMS)
def test_starts_follow_the_generator(norm: float) -> None:
    model = network(6)
    x, labels = samples(5, 6)
    first, again, other = (
        pgd(model, x, labels, Threat(norm, 0.3), loss=margin, steps=2, generator=generator(seed)) for seed in (0, 0, 1)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_the_caller_is_left_as_found() -> None:
    model = network(6).float().requires_grad_(True)
    x, labels = samples(5, 6)
    x = x.float().requires_grad_()
    with torch.no_grad(), parameters_frozen(model):
        found = pgd(model, x, labels, Threat(2, 0.3), loss=margin, steps=2, generator=generator())
    assert found.dtype == torch.float32
    assert not found.requires_grad
    assert x.grad is None
    assert all(parameter.grad is None and parameter.requires_grad for parameter in model.parameters())


def test_images_in_either_layout_are_attacked_alike() -> None:
    draw = generator()
    weights = torch.randn(3, 2 * 4 * 4, generator=draw, dtype=torch.float64)
    x, labels = torch.rand(6, 2, 4, 4, generator=draw, dtype=torch.float64), torch.arange(6) % 3

    def model(points: Tensor) -> Tensor:
        return torch.tanh(points.flatten(1)) @ weights.T

    last = x.contiguous(memory_format=torch.channels_last)
    settings = {"loss": margin, "steps": 5, "random_start": False}
    flat, strided = (pgd(model, points, labels, Threat(2, 0.5), **settings) for points in (x, last))
    torch.testing.assert_close(flat, strided)
    assert strided.is_contiguous(memory_format=torch.channels_last)


def test_a_loss_that_is_no_number_leaves_the_sample_where_it_was() -> None:
    def model(points: Tensor) -> Tensor:
        return torch.log(0.5 - points)

    x, labels = torch.tensor([[0.1, 0.2], [0.9, 0.9]]), torch.tensor([0, 0])
    found = pgd(model, x, labels, Threat(2, 0.1), loss=margin, steps=3, random_start=False)
    assert bool(torch.isfinite(found).all())
    assert found[0].any()
    assert not found[1].any()


def test_regression_is_attacked_through_columns_as_through_vectors() -> None:
    theta = torch.tensor([1.0, -2.0], dtype=torch.float64)
    x, y = samples(8, 2)[0], torch.linspace(-1, 1, 8, dtype=torch.float64)
    threat = replace(Threat(2, 0.1), low=None, high=None)
    settings = {"loss": squared_error, "steps": 50, "random_start": False}
    flat = pgd(lambda z: z @ theta, x, y, threat, **settings)
    column = pgd(lambda z: (z @ theta)[:, None], x, y[:, None], threat, **settings)
    torch.testing.assert_close(flat, column)
    exact = ((x @ theta - y).abs() + 0.1 * theta.norm()) ** 2
    torch.testing.assert_close(((x + flat) @ theta - y) ** 2, exact, rtol=64 * EPS, atol=0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": 0}, "steps must be a positive integer, got 0"),
        ({"steps": 2.0}, "steps must be a positive integer, got 2.0"),
        ({"restarts": True}, "restarts must be a positive integer, got True"),
        ({"keep": "first"}, "keep must be one of"),
        ({"direction": "down"}, "and direction of"),
        ({"step_size": -1.0}, "step_size must be non-negative, got -1.0"),
        ({"smoothing": math.inf}, "smoothing must be finite, got inf"),
        ({"x": torch.zeros(3)}, "x must be floating point of shape"),
        ({"x": torch.zeros(3, 6, dtype=torch.long)}, "x must be floating point of shape"),
        ({"labels": torch.zeros(4).long()}, r"labels must be 3, one a sample, got shape \(4,\)"),
        ({"labels": torch.zeros(3, 1).long()}, r"labels must have shape \(3,\), got shape \(3, 1\)"),
        ({"threat": Threat(2, torch.ones(5))}, r"must have shape \(3,\), got shape \(5,\)"),
    ],
)
def test_wrong_arguments_are_refused(change: dict[str, object], message: str) -> None:
    x, labels = samples(3, 6)
    arguments: dict[str, object] = {"x": x, "labels": labels, "threat": Threat(2, 0.1), "loss": margin, "steps": 2}
    with pytest.raises(ValueError, match=message):
        pgd(network(6), **(arguments | change))  # type: ignore[arg-type]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("norm", NORMS)
def test_the_host_never_waits_for_the_device(norm: float) -> None:
    model = network(6).cuda()
    x, labels = (tensor.cuda() for tensor in samples(5, 6))
    radius = torch.full((5,), 0.3, dtype=torch.float64, device="cuda")
    threat, draw = Threat(norm, radius), torch.Generator("cuda").manual_seed(0)
    smoothing = torch.full_like(radius, 0.1)
    # The first round loads kernels, for which it may wait.
    for mode in ("default", "error"):
        torch.cuda.set_sync_debug_mode(mode)
        try:
            for xi in (0.1, smoothing):
                pgd(model, x, labels, threat, loss=cross_entropy, steps=3, restarts=2, generator=draw, smoothing=xi)
            apgd(model, x, labels, threat, steps=5, generator=draw)
            apgd(model, x, labels, threat, loss=margin, steps=5, random_start=False)
        finally:
            torch.cuda.set_sync_debug_mode("default")
