"""The properties: ours have them all, other libraries fail where they are known to, and broken attacks are rejected."""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
import torch
from torch import Tensor

from models.attacks.apgd import apgd
from models.attacks.losses import cross_entropy, dlr, margin, value_and_gradient
from models.attacks.pgd import WAY, pgd
from models.attacks.threat import Threat
from models.conformance import testbed
from models.conformance.adapters import LIBRARIES
from models.conformance.adapters.ours import climb
from models.conformance.attack import Attack, Task
from models.conformance.measures import FAIL, NOT_APPLICABLE, PASS, STEPS, shortfall, sizes, task_of
from models.conformance.properties import FAINT, PROPERTIES, judge

SCALE, BEST = "invariant to the scale of the logits", "keeps the best iterate"
FLOOR, FLOAT64, CLASSES = "no floor under the gradient norm", "keeps float64", "attacks two classes"
BALL, BOX = "exact on a linear margin in the ball", "exact on a linear margin in ball and box"
BATCH, FEASIBLE = "invariant to the batch size", "stays in ball and box"
FLAT, COLUMN = "exact on linear regression, targets (n,)", "exact on linear regression, targets (n, 1)"

OURS = {attack.name: attack for attack in LIBRARIES["advtheory"].attacks()}
STRONG = [name for name in OURS if "margin" in name and "sign" not in name]


@pytest.mark.parametrize("name", PROPERTIES)
@pytest.mark.parametrize("attack", STRONG)
def test_our_attacks_have_every_property(attack: str, name: str) -> None:
    finding = judge(OURS[attack], name)
    assert finding.outcome == PASS or (finding.outcome == NOT_APPLICABLE and name == FLOOR), finding.sentence


@pytest.mark.parametrize(
    ("attack", "expected"),
    [
        ("PGD, cross-entropy, l2", {SCALE}),
        ("PGD, cross-entropy, linf", {SCALE}),
        ("PGD, margin, l2, sign steps", {BALL, BOX}),
    ],
)
def test_our_weaker_attacks_fail_where_their_definition_says_so(attack: str, expected: set[str]) -> None:
    assert failures(OURS[attack]) == expected


@pytest.mark.parametrize(
    ("library", "expected"),
    [
        ("foolbox", {"L2PGD": {SCALE, BEST, FLOOR}, "LinfPGD": {SCALE, BEST}}),
        (
            "pyautoattack",
            {
                "APGD-CE, L2": {SCALE, FLOAT64},
                "APGD-CE, Linf": {SCALE, FLOAT64},
                "APGD-DLR, L2": {CLASSES},
                "standard, L2": {CLASSES},
            },
        ),
    ],
)
def test_other_libraries_fail_where_they_are_known_to_and_nowhere_else(
    library: str, expected: dict[str, set[str]]
) -> None:
    pytest.importorskip(library, reason=f"{library} is not installed: it comes with the extra [attacks]")
    assert {attack.name: failures(attack) for attack in LIBRARIES[library].attacks()} == expected


def failures(attack: Attack) -> set[str]:
    return {name for name in PROPERTIES if judge(attack, name).outcome == FAIL}


# Attacks with one mistake each, and the property that it breaks.


def climbs(task: Task, threat: Threat | None = None, **settings: object) -> Tensor:
    arguments: dict[str, object] = {"loss": margin, "steps": task.steps, "step_size": task.step_size}
    arguments |= {"random_start": False} | settings
    return task.x + pgd(task.model, task.x, task.labels, threat or task.threat, **arguments)  # type: ignore[arg-type]


class Clamps(Threat):
    """Takes the l2 ball for a box."""

    def project(self, x: Tensor, delta: Tensor) -> Tensor:
        return Threat(math.inf, self.radius, self.low, self.high).project(x, delta)


def averages_with_a_floor(task: Task) -> Tensor:
    delta = torch.zeros_like(task.x)
    for _ in range(task.steps):
        _, gradient = value_and_gradient(task.model, task.x + delta, task.labels, cross_entropy)
        mean = gradient / len(task.x)
        length = mean.flatten(1).norm(dim=1)[:, None, None, None]
        delta = task.threat.project(task.x, delta + task.step_size * mean / length.clamp(min=1e-6))
    return task.x + delta


def with_radius(task: Task, radius: float) -> Tensor:
    return climbs(replace(task, step_size=WAY * radius / task.steps), Threat(task.threat.norm, radius))


def broadcasts(outputs: Tensor, targets: Tensor) -> Tensor:
    return ((outputs.reshape(-1) - targets) ** 2).mean(-1 if targets.ndim == 1 else 0)


def regresses(task: Task, sign: float = 1.0) -> Tensor:
    def loss(outputs: Tensor, targets: Tensor) -> Tensor:
        return sign * (broadcasts(outputs, targets) if targets.ndim == 2 else (outputs[:, 0] - targets) ** 2)

    return climbs(task, loss=loss)


def in_single_precision(task: Task) -> Tensor:
    model = torch.nn.Sequential(*task.model.children()).float()
    return climbs(replace(task, model=model, x=task.x.float())).double()


def from_the_first_label(task: Task) -> Tensor:
    return climbs(replace(task, labels=task.labels if task.labels.ndim == 1 else 0 * task.labels[:, 0]))


def unseeded(task: Task) -> Tensor:
    draw = torch.Generator()
    draw.seed()
    return climbs(task, random_start=True, generator=draw)


def descends(task: Task) -> Tensor:
    return climbs(task, loss=lambda logits, labels: -margin(logits, labels))


def ratio(task: Task) -> Tensor:
    return task.x + apgd(task.model, task.x, task.labels, task.threat, loss=dlr, steps=task.steps)


MUTANTS: dict[str, tuple[Callable[[Task], Tensor], str]] = {
    "squares of the wrong sign": (partial(regresses, sign=-1.0), FLAT),
    "targets broadcast against outputs": (regresses, COLUMN),
    "descent for ascent": (descends, BALL),
    "sign steps in l2": (climb(direction="sign"), BOX),
    "a mean and a floor, seen in the batch": (averages_with_a_floor, BATCH),
    "cross-entropy": (climb(cross_entropy), SCALE),
    "columns of labels misread": (from_the_first_label, "invariant to labels of shape (n, 1)"),
    "float32 inside": (in_single_precision, FLOAT64),
    "entries clamped in l2": (lambda t: climbs(t, Clamps(2, t.radius)), FEASIBLE),
    "the box forgotten": (lambda t: climbs(t, Threat(2, t.radius, None, None)), FEASIBLE),
    "the ball forgotten": (lambda t: climbs(t, Threat(2, 10 * t.radius)), FEASIBLE),
    "a radius divided by the steps": (lambda t: with_radius(t, t.radius / t.steps), "monotone in the number of steps"),
    "a radius inverted": (lambda t: with_radius(t, 0.1 / t.radius), "monotone in the radius"),
    "the last iterate": (lambda t: climbs(t, keep="last"), BEST),
    "a generator of its own": (unseeded, "reproducible under a seed"),
    "a mean and a floor, seen in the step": (averages_with_a_floor, FLOOR),
    "a ratio of logits that two classes do not have": (ratio, CLASSES),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_broken_attacks_are_rejected(mutant: str) -> None:
    run, name = MUTANTS[mutant]
    finding = judge(Attack("mutant", mutant, 2, run, regression=True), name)
    assert finding.outcome == FAIL, finding.sentence


def test_every_property_rejects_a_broken_attack() -> None:
    assert {name for _, name in MUTANTS.values()} == set(PROPERTIES)


# The testbed is what the properties take it for.


@pytest.mark.parametrize("norm", [2, math.inf])
def test_the_exact_attack_has_no_shortfall_and_one_half_as_long_has_half(norm: float) -> None:
    problem = testbed.linear_classifier(torch.float64)
    attack = Attack("exact", "exact", norm, lambda task: task.x)
    task = task_of(attack, problem, 1)
    layer = problem.model[1]  # type: ignore[index]
    toward = layer.weight[1 - problem.labels] - layer.weight[problem.labels]
    delta = task.radius * task.threat.steepest(toward).reshape(problem.x.shape)
    assert abs(shortfall(problem, task, problem.x + delta)) < 1e-14
    assert shortfall(problem, task, problem.x + delta / 2) == pytest.approx(0.5)
    assert shortfall(problem, task, problem.x + 2 * delta) == pytest.approx(-1.0)
    assert float(sizes(attack, delta).max()) == pytest.approx(task.radius)


def test_the_steps_reach_the_sphere_where_the_box_binds() -> None:
    problem = testbed.boxed_classifier()
    attack = Attack("exact", "exact", 2, lambda task: task.x)
    task = task_of(attack, problem, STEPS)
    layer = problem.model[1]  # type: ignore[index]
    toward = layer.weight[1 - problem.labels] - layer.weight[problem.labels]
    # The way of all steps along the gradient, clipped, leaves the ball: the premise of the tolerance of one step.
    far = WAY * task.radius * task.threat.steepest(toward).reshape(problem.x.shape)
    clipped = (problem.x + far).clamp(0, 1) - problem.x
    assert bool((sizes(attack, clipped) > task.radius).all())
    assert bool((clipped != far).flatten(1).any(1).all())


@pytest.mark.parametrize("size", FAINT)
def test_faint_gradients_have_the_norm_that_they_are_said_to_have(size: float) -> None:
    problem = testbed.faint(size, 3)
    _, gradient = value_and_gradient(problem.model, problem.x, problem.labels, cross_entropy)
    assert gradient.flatten(1).double().norm(dim=1).tolist() == pytest.approx([size] * 3)


def test_an_attack_that_raises_fails_with_what_it_said() -> None:
    def run(task: Task) -> Tensor:
        raise KeyError("no such thing\nand a traceback")

    finding = judge(Attack("broken", "raises", 2, run), BALL)
    assert (finding.outcome, finding.number) == (FAIL, None)
    assert finding.sentence == "raises KeyError: 'no such thing\\nand a traceback'"


def test_an_attack_for_more_classes_is_only_asked_for_two() -> None:
    attack = Attack("broken", "three", 2, ratio, classes=3)
    asked = {name for name in PROPERTIES if judge(attack, name).outcome != NOT_APPLICABLE}
    assert asked == {CLASSES}


def test_the_strong_attack_breaks_what_the_simple_one_breaks_on_the_network() -> None:
    # Not a theorem: what this network and these settings give, to a point of accuracy.
    problem = testbed.network()
    for norm in (2, math.inf):
        task = task_of(Attack("", "", norm, lambda t: t.x), problem, STEPS)
        simple, strong = (
            problem.margin(OURS[f"{name}, margin, {'l2' if norm == 2 else 'linf'}"].attacked(task))
            for name in ("PGD", "APGD")
        )
        assert float((strong > 0).double().mean()) >= float((simple > 0).double().mean()) - 0.01
        assert float(strong.mean()) >= float(simple.mean()) - 0.01 * float((simple - problem.margin(problem.x)).mean())
