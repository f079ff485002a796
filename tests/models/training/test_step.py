"""One epoch of training against a loop written out for one network: attack, smoothing, penalty, momentum."""

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from models.perceptron import TwoLayerClassifiers
from models.training.batches import TrainingData, as_pixels
from models.training.experiments import Arm, Attack, Experiment, experiment
from models.training.run import data_of
from models.training.state import State, start
from models.training.step import Step
from models.training.task import How, Task

CPU = torch.device("cpu")


def setting(arms: tuple[Arm, ...], attack: Attack | None = None, **schedule: Any) -> Experiment:
    found, _ = experiment("fig4", "digits")
    found = replace(found, arms=arms, schedule=replace(found.schedule, **schedule))
    return replace(found, attack=attack or found.attack)


def prepared(chosen: Experiment, n: float = 10.0) -> tuple[Step, State, TrainingData]:
    task = Task(chosen, {"n": n}, tuple((arm.name, 2) for arm in chosen.arms))
    data = data_of(task, None, CPU)
    state = start(task, data, How(CPU))
    return Step(task, data, How(CPU), state), state, data


def weights(state: State, network: int = 0) -> list[Tensor]:
    return [parameter.detach()[network].clone() for parameter in state.model.parameters()]


def test_one_epoch_of_a_group_is_the_attack_and_the_step_written_out() -> None:
    arms = (Arm("lasso", smoothing=0.05, l1=2e-3), Arm("proximal", l1=5e-3, penalty="proximal"))
    chosen = setting(arms, Attack(2, 1.2, steps=3, step=0.5), rate=0.3, weight_decay=0.01, momentum=0.9)
    step, state, data = prepared(chosen)
    draws = torch.Generator().manual_seed(2007)
    starts = step.threat.random_start(data.training.pixels, draws).reshape(2, 10, -1)
    before = [weights(state, network) for network in range(2)]
    step.epoch()
    for network, arm in enumerate(arms):
        expected = written_out(before[network], data, network, arm, starts[network], chosen)
        for found, wanted in zip(weights(state, network), expected, strict=True):
            torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-6)


def written_out(
    before: list[Tensor], data: TrainingData, network: int, arm: Arm, start: Tensor, chosen: Experiment
) -> list[Tensor]:
    x, y = as_pixels(data.training.images[network]), data.training.labels[network]
    inner, bias, outer, outer_bias = parameters = [w.requires_grad_() for w in before]

    def loss(points: Tensor) -> Tensor:
        return cross_entropy((points @ inner + bias).relu() @ outer + outer_bias, y, reduction="none")

    def gradient(points: Tensor) -> Tensor:
        points = points.detach().requires_grad_()
        return torch.autograd.grad(loss(points).sum(), points)[0]

    radius, delta = chosen.attack.radius, start
    for _ in range(chosen.attack.steps):
        g = gradient(x + delta)
        delta = delta + chosen.attack.step * radius * g / g.norm(dim=1, keepdim=True)
        delta = delta * (radius / delta.norm(dim=1, keepdim=True)).clamp(max=1)
        delta = (x + delta).clamp(0, 1) - x
    if arm.smoothing:
        size = gradient(x).norm(dim=1, keepdim=True)
        delta = delta * size / (size**2 + arm.smoothing**2).sqrt()
    total = loss(x + delta).mean()
    if arm.penalty == "loss":
        total = total + arm.l1 * sum(w.abs().sum() for w in parameters)
    gradients = torch.autograd.grad(total, parameters)
    rate = chosen.schedule.rate
    stepped = [
        w.detach() - rate * (g + chosen.schedule.weight_decay * w.detach())
        for w, g in zip(parameters, gradients, strict=True)
    ]
    if arm.penalty == "proximal":
        return [w.sign() * (w.abs() - rate * arm.l1).clamp_min(0) for w in stepped]
    return stepped


def test_the_proximal_penalty_gives_exact_zeros_and_the_added_one_does_not() -> None:
    arms = (Arm("added", l1=5e-3), Arm("proximal", l1=5e-3, penalty="proximal"))
    step, state, _ = prepared(setting(arms))
    for _ in range(60):
        step.epoch()
        state.epoch += 1
    added, proximal = step.judge.zeros().tolist()
    assert added == 0
    assert proximal > 0.5


def test_a_large_smoothing_is_training_without_attack() -> None:
    smoothed, smoothed_state, _ = prepared(setting((Arm("a", smoothing=1e12),)))
    plain, plain_state, _ = prepared(setting((Arm("a"),), Attack(2, 0.0)))
    for _ in range(3):
        smoothed.epoch(), plain.epoch()
    for one, other in zip(weights(smoothed_state), weights(plain_state), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-7)


def test_standard_epochs_train_without_attack_and_come_first() -> None:
    chosen = setting((Arm("a", standard_epochs=2),), epochs=4)
    step, state, _ = prepared(chosen)
    plain, plain_state, _ = prepared(setting((Arm("a"),), Attack(2, 0.0)))
    assert step.task.epochs == 6
    for _ in range(2):
        step.epoch(), plain.epoch()
        state.epoch += 1
    assert all(torch.equal(a, b) for a, b in zip(weights(state), weights(plain_state), strict=True))
    found = step.epoch()
    attacked = float(found["train_loss"])
    assert attacked > float(plain.epoch()["train_loss"])


def test_the_judge_counts_what_a_loop_counts() -> None:
    step, state, data = prepared(setting((Arm("a"), Arm("b", smoothing=0.1))))
    for _ in range(5):
        step.epoch()
    figures = step.judge.figures(data.test, data.training)
    assert isinstance(state.model, TwoLayerClassifiers)
    for network in range(2):
        inner, bias, outer, outer_bias = weights(state, network)
        logits = (as_pixels(data.test.images[network]) @ inner + bias).relu() @ outer + outer_bias
        right = (logits.argmax(1) == data.test.labels[network]).double().mean()
        assert float(figures["clean"][network]) == pytest.approx(float(right), abs=1e-12)
        for attack in ("pgd_ce", "pgd_margin", "apgd"):
            assert 0 <= float(figures[attack][network]) <= float(figures["clean"][network])


def test_without_radius_every_attack_finds_the_clean_accuracy() -> None:
    step, _, data = prepared(setting((Arm("a"),), Attack(math.inf, 0.0)))
    figures = step.judge.figures(data.test, data.training)
    assert figures["pgd_ce"] == figures["pgd_margin"] == figures["apgd"] == figures["clean"]


def test_rate_and_smoothing_of_every_batch_follow_the_schedule(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = setting((Arm("a", smoothing=0.5),), rate=0.4, batch=5, epochs=4, milestones=(0.5,))
    step, state, _ = prepared(chosen)
    rates: list[float] = []
    smoothings: list[float] = []
    monkeypatch.setattr(Step, "_descend", lambda self, rate: rates.append(rate))
    monkeypatch.setattr(Step, "_attack", lambda self, x, y, xi: smoothings.append(float(xi)) or torch.zeros_like(x))
    for _ in range(4):
        step.epoch()
        state.epoch += 1
    assert rates == pytest.approx([0.4] * 4 + [0.04] * 4)
    assert smoothings == pytest.approx([0.5] * 4 + [0.05] * 4)


def test_a_cyclic_rate_moves_within_an_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    step, state, _ = prepared(setting((Arm("a"),), rate=0.6, batch=5, epochs=2, kind="cyclic"))
    rates: list[float] = []
    monkeypatch.setattr(Step, "_descend", lambda self, rate: rates.append(rate))
    for _ in range(2):
        step.epoch()
        state.epoch += 1
    assert rates == pytest.approx([0.0, 0.375, 0.5, 0.25])
