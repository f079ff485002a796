"""APGD: against a plain transcription of the published algorithm for one sample, its losses, and what is guaranteed."""

import math
from collections.abc import Callable
from itertools import pairwise

import pytest
import torch
from torch import Tensor, nn

from models.attacks.apgd import apgd, checkpoints, scale_free
from models.attacks.exact import exact_linear_margin
from models.attacks.losses import cross_entropy, dlr, margin
from models.attacks.threat import Threat

NORMS = [2, math.inf]
EPS = torch.finfo(torch.float64).eps


def network(d: int = 5, classes: int = 3, seed: int = 0) -> nn.Sequential:
    draw = torch.Generator().manual_seed(seed)
    model = nn.Sequential(nn.Linear(d, 12), nn.Tanh(), nn.Linear(12, classes)).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(2 * torch.randn(parameter.shape, generator=draw) / math.sqrt(parameter.shape[-1]))
    return model.requires_grad_(False)


def samples(n: int = 12, d: int = 5, classes: int = 3) -> tuple[Tensor, Tensor]:
    draw = torch.Generator().manual_seed(1)
    return torch.rand(n, d, generator=draw, dtype=torch.float64), torch.randint(classes, (n,), generator=draw)


def published(
    loss: Callable[[Tensor], Tensor], x: Tensor, norm: float, radius: float, steps: int
) -> tuple[Tensor, int]:
    """Algorithm 1 of Croce and Hein (2020) for one sample, line by line; the perturbation and how often it halved."""

    def ascent(delta: Tensor) -> Tensor:
        at = delta.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(loss(at), at)
        return gradient.sign() if norm == math.inf else gradient / gradient.norm()

    def project(delta: Tensor) -> Tensor:
        shrink = 1.0 if norm == math.inf else min(1.0, radius / max(float(delta.norm()), 1e-9))
        return torch.minimum(torch.maximum((shrink * delta).clamp(-radius, radius), -x), 1 - x)

    p = [0.0, 0.22]
    while p[-1] < 1:
        p.append(p[-1] + max(p[-1] - p[-2] - 0.03, 0.06))
    checks = sorted({math.ceil(round(share * steps, 9)) for share in p if share < 1})
    points, values = [torch.zeros_like(x)], [float(loss(torch.zeros_like(x)))]
    best, step, halvings = 0, 2 * radius, 0
    checked, checked_best, halved = 0, values[0], False
    for k in range(steps):
        delta = points[-1]
        ahead = project(delta + step * ascent(delta))
        new = ahead if k == 0 else project(delta + 0.75 * (ahead - delta) + 0.25 * (delta - points[-2]))
        points.append(new)
        values.append(float(loss(new)))
        best = k + 1 if values[k + 1] > values[best] else best
        if k + 1 in checks and k + 1 < steps:
            rises = sum(values[i + 1] > values[i] for i in range(checked, k + 1))
            halved = rises < 0.75 * (k + 1 - checked) or (not halved and values[best] == checked_best)
            if halved:
                step, halvings = step / 2, halvings + 1
                points[-1], values[-1] = points[best], values[best]
            checked, checked_best = k + 1, values[best]
    return points[best], halvings


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("steps", [1, 2, 7, 30, 100])
def test_every_sample_follows_the_published_algorithm(norm: float, steps: int) -> None:
    model = network()
    x, labels = samples()
    found = apgd(model, x, labels, Threat(norm, 0.4), loss=cross_entropy, steps=steps, random_start=False)
    halvings = 0
    for i in range(len(x)):
        one, label = x[i : i + 1], labels[i : i + 1]

        def loss(delta: Tensor, one: Tensor = one, label: Tensor = label) -> Tensor:
            return cross_entropy(model(one + delta), label).sum()

        expected, halved = published(loss, one, norm, 0.4, steps)
        halvings += halved
        torch.testing.assert_close(loss(found[i : i + 1]), loss(expected), rtol=256 * EPS, atol=0)
        # Where the loss is flat to rounding, at its maximum, a point is known to the square root of that.
        torch.testing.assert_close(found[i : i + 1], expected, rtol=0, atol=4 * math.sqrt(EPS))
    assert steps < 7 or halvings > 0


def test_checkpoints_are_the_published_ones() -> None:
    assert checkpoints(100) == [22, 41, 57, 70, 80, 87, 93, 99]
    assert checkpoints(1) == []
    assert all(0 < k < 10 for k in checkpoints(10))


def test_two_classes_climb_the_margin_and_more_the_difference_of_logits_ratio() -> None:
    for classes, loss in ((2, margin), (3, dlr), (5, dlr)):
        model = network(classes=classes)
        x, labels = samples(classes=classes)
        found, expected = (
            apgd(model, x, labels, Threat(2, 0.3), loss=chosen, steps=10, random_start=False) for chosen in (None, loss)
        )
        assert torch.equal(found, expected)
        assert torch.equal(scale_free(model(x), labels), loss(model(x), labels))


@pytest.mark.parametrize("norm", NORMS)
def test_it_never_ends_below_its_start(norm: float) -> None:
    model = network()
    x, labels = samples(200)
    delta = apgd(model, x, labels, Threat(norm, 0.3), steps=20, random_start=False)
    assert bool((dlr(model(x + delta), labels) >= dlr(model(x), labels)).all())


@pytest.mark.parametrize("norm", NORMS)
def test_more_restarts_never_do_worse(norm: float) -> None:
    model = network()
    x, labels = samples(50)
    results = [
        dlr(
            model(
                x
                + apgd(
                    model, x, labels, Threat(norm, 0.3), steps=5, restarts=k, generator=torch.Generator().manual_seed(0)
                )
            ),
            labels,
        )
        for k in (1, 2, 4)
    ]
    for fewer, more in pairwise(results):
        assert bool((more >= fewer).all())


@pytest.mark.parametrize("norm", NORMS)
def test_on_two_linear_classes_it_is_exact_in_the_ball(norm: float) -> None:
    draw = torch.Generator().manual_seed(2)
    weights = torch.randn(2, 8, generator=draw, dtype=torch.float64)
    bias = torch.randn(2, generator=draw, dtype=torch.float64)
    x, labels = torch.rand(50, 8, generator=draw, dtype=torch.float64), torch.arange(50) % 2
    radius = torch.linspace(0.1, 1, 50, dtype=torch.float64)
    threat = Threat(norm, radius, None, None)
    delta = apgd(lambda z: z @ weights.T + bias, x, labels, threat, generator=torch.Generator().manual_seed(0))
    exact = exact_linear_margin(weights, bias, x, labels, threat)
    torch.testing.assert_close(margin((x + delta) @ weights.T + bias, labels), exact, rtol=0, atol=256 * EPS)


def test_the_schedule_of_a_sample_does_not_depend_on_its_neighbours() -> None:
    model = network()
    x, labels = samples(30)
    whole = apgd(model, x, labels, Threat(2, 0.3), steps=40, random_start=False)
    half = apgd(model, x[15:], labels[15:], Threat(2, 0.3), steps=40, random_start=False)
    torch.testing.assert_close(whole[15:], half)


@pytest.mark.parametrize(
    ("change", "message"), [({"steps": 0}, "steps must be"), ({"restarts": 0}, "restarts must be")]
)
def test_wrong_arguments_are_refused(change: dict[str, int], message: str) -> None:
    x, labels = samples()
    with pytest.raises(ValueError, match=message):
        apgd(network(), x, labels, Threat(2, 0.3), **change)
