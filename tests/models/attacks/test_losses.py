"""Losses that attacks climb: definitions, invariances, the limits of float32, gradients that stay with their sample."""

import math

import pytest
import torch
from torch import Tensor, nn

from models.attacks.losses import (
    cross_entropy,
    dlr,
    margin,
    parameters_frozen,
    squared_error,
    value,
    value_and_gradient,
)


def scores(n: int = 50, classes: int = 4) -> tuple[Tensor, Tensor]:
    draw = torch.Generator().manual_seed(0)
    logits = torch.randn(n, classes, generator=draw, dtype=torch.float64)
    return logits, torch.randint(classes, (n,), generator=draw)


def test_the_margin_is_the_best_other_logit_less_the_own_one() -> None:
    logits, labels = scores()
    expected = [
        max(z for j, z in enumerate(row) if j != y) - row[y] for row, y in zip(logits.tolist(), labels, strict=True)
    ]
    assert margin(logits, labels).tolist() == expected
    assert torch.equal(margin(logits, labels) > 0, logits.argmax(1) != labels)


def test_the_difference_of_logits_ratio_divides_by_the_first_less_the_third() -> None:
    logits, labels = scores()
    first, _, third = logits.sort(1, descending=True).values[:, :3].T
    assert torch.equal(dlr(logits, labels), margin(logits, labels) / (first - third))


@pytest.mark.parametrize("scale", [2.0**-80, 2.0**80])
def test_the_difference_of_logits_ratio_knows_no_scale(scale: float) -> None:
    logits, labels = scores()
    assert torch.equal(dlr(scale * logits, labels), dlr(logits, labels))
    assert torch.equal(margin(scale * logits, labels), scale * margin(logits, labels))


def test_three_equal_logits_leave_the_ratio_finite() -> None:
    logits = torch.tensor([[1.0, 1.0, 1.0, 0.0]])
    assert dlr(logits, torch.tensor([3])).tolist() == [1.0]
    assert dlr(logits, torch.tensor([0])).tolist() == [0.0]


@pytest.mark.parametrize(("size", "lost"), [(16.0, False), (17.0, True)])
def test_the_cross_entropy_is_lost_in_float32_from_a_margin_of_seventeen_on(size: float, lost: bool) -> None:
    logits = torch.tensor([[size, 0.0]])
    assert bool(cross_entropy(logits, torch.tensor([0])) == 0) == lost
    assert margin(logits, torch.tensor([0])) == -size


@pytest.mark.parametrize(("size", "lost"), [(85.0, False), (104.0, True)])
def test_its_gradient_is_lost_from_one_hundred_and_four_on(size: float, lost: bool) -> None:
    _, gradient = value_and_gradient(lambda x: x, torch.tensor([[size, 0.0]]), torch.tensor([0]), cross_entropy)
    assert bool((gradient == 0).all()) == lost


@pytest.mark.parametrize("outputs_shape", [(5,), (5, 1)])
@pytest.mark.parametrize("targets_shape", [(5,), (5, 1)])
def test_the_squared_error_takes_columns_as_vectors(
    outputs_shape: tuple[int, ...], targets_shape: tuple[int, ...]
) -> None:
    outputs, targets = torch.arange(5.0), torch.tensor([1.0, 3.0, 2.0, 0.0, 4.0])
    found = squared_error(outputs.reshape(outputs_shape), targets.reshape(targets_shape))
    assert torch.equal(found, (outputs - targets) ** 2)


@pytest.mark.parametrize("loss", [cross_entropy, margin, dlr])
def test_logits_in_half_precision_are_not_judged_in_half_precision(loss: type) -> None:
    logits, labels = scores()
    half = logits.bfloat16()
    assert torch.equal(loss(half, labels), loss(half.float(), labels))


def test_a_gradient_belongs_to_its_own_sample() -> None:
    model = nn.Sequential(nn.Linear(6, 8, dtype=torch.float64), nn.Tanh(), nn.Linear(8, 3, dtype=torch.float64))
    draw = torch.Generator().manual_seed(1)
    x, labels = torch.randn(7, 6, generator=draw, dtype=torch.float64), torch.arange(7) % 3
    values, gradients = value_and_gradient(model, x, labels, cross_entropy)
    for i in range(7):
        one, gradient = value_and_gradient(model, x[i : i + 1], labels[i : i + 1], cross_entropy)
        torch.testing.assert_close(values[i : i + 1], one)
        torch.testing.assert_close(gradients[i : i + 1], gradient)
    assert not values.requires_grad
    assert torch.equal(value(model, x, labels, cross_entropy), values)


def test_gradients_are_found_where_gradients_are_off() -> None:
    with torch.no_grad():
        _, gradient = value_and_gradient(lambda x: x, torch.zeros(1, 2), torch.tensor([0]), margin)
    assert gradient.tolist() == [[-1.0, 1.0]]


def test_freezing_restores_what_it_found() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    model[0].requires_grad_(False)
    with parameters_frozen(model):
        assert not any(parameter.requires_grad for parameter in model.parameters())
    assert [parameter.requires_grad for parameter in model.parameters()] == [False, False, True, True]
    with pytest.raises(ZeroDivisionError), parameters_frozen(model):
        1 / 0  # noqa: B018
    assert [parameter.requires_grad for parameter in model.parameters()] == [False, False, True, True]
    with parameters_frozen(lambda x: x):
        pass


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: margin(torch.zeros(3), torch.zeros(3).long()), "logits must have shape"),
        (lambda: margin(torch.zeros(3, 1), torch.zeros(3).long()), r"classes >= 2\), got shape \(3, 1\)"),
        (
            lambda: cross_entropy(torch.zeros(3, 2), torch.zeros(3, 1).long()),
            r"labels must have shape \(3,\), got shape",
        ),
        (lambda: dlr(torch.zeros(3, 2), torch.zeros(3).long()), r"classes >= 3\), got shape \(3, 2\)"),
        (lambda: squared_error(torch.zeros(3, 1), torch.zeros(3, 3)), r"targets must have shape \(3,\)"),
        (lambda: squared_error(torch.zeros(3, 2), torch.zeros(3)), "outputs must have shape"),
        (
            lambda: value(lambda x: x, torch.zeros(3, 2), torch.zeros(3), lambda z, y: z.sum()),
            r"loss must return shape \(3,\), one value a sample, got \(\)",
        ),
    ],
)
def test_shapes_that_do_not_fit_are_refused(call: type, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_the_largest_other_logit_may_be_minus_infinity() -> None:
    assert margin(torch.tensor([[0.0, -math.inf]]), torch.tensor([0])).tolist() == [-math.inf]
