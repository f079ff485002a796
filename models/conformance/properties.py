"""The properties: each a function of an attack that says pass, fail or not applicable, with a number and a sentence."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import torch

from models.attacks.smoothing import effective_smoothing
from models.conformance import testbed
from models.conformance.attack import Attack
from models.conformance.measures import (
    DOUBLE,
    FAIL,
    FEW_STEPS,
    NOT_APPLICABLE,
    NOTHING,
    ONE_STEP,
    PASS,
    SAME_ACCURACY,
    SINGLE,
    STEPS,
    Finding,
    exactness,
    judged,
    largest,
    mean_gain,
    monotone,
    robust_percentages,
    said,
    share_of_step,
    shortfall,
    sizes,
    task_of,
)

BATCH_SIZES = (16, 128, 1024)
SCALES = (1.0, 4.0, 10.0, 1000.0)
STEP_COUNTS = (1, 2, 5, 10, 20, 40)
RADII = (0.25, 0.5, 1.0, 2.0)

# Gradient norms whose square, which most attacks take, is a normal number of float32, after a mean over 1024 too.
FAINT = tuple(10.0**-exponent for exponent in range(16))

Property = Callable[[Attack], Finding]


def linear_regression(attack: Attack, column: bool) -> Finding:
    """Mean squared error against its maximum, (|e| + ε ‖θ‖_q)² a sample, with targets of shape (n,) or (n, 1)."""
    if not attack.regression:
        return Finding(NOT_APPLICABLE, None, "takes no squared loss")
    problem = testbed.linear_regression()
    targets = problem.labels[:, None] if column else problem.labels
    task = replace(task_of(attack, problem, STEPS), labels=targets, regression=True)
    theta = problem.model[1].weight.double()  # type: ignore[index]
    reach = task.radius * (theta.abs().sum() if attack.norm == math.inf else theta.norm())
    clean, found = (problem.outputs(points)[:, 0] - problem.labels for points in (problem.x, attack.attacked(task)))
    share = float((found**2).mean() / ((clean.abs() + reach) ** 2).mean())
    return judged(abs(1 - share), SINGLE, f"attains {share:.2%} of the largest mean squared error")


def linear_margin(attack: Attack) -> Finding:
    """What the margin of a linear classifier gains against the exact gain, where only the ball binds."""
    problem = testbed.linear_classifier()
    task = task_of(attack, problem, STEPS)
    return exactness(shortfall(problem, task, attack.attacked(task)), SINGLE)


def linear_margin_in_box(attack: Attack) -> Finding:
    """The same where the box binds too."""
    problem = testbed.boxed_classifier()
    task = task_of(attack, problem, STEPS)
    return exactness(shortfall(problem, task, attack.attacked(task)), ONE_STEP if attack.norm == 2 else SINGLE)


def batch_size(attack: Attack) -> Finding:
    """The share of samples that are decided otherwise in batches of another size."""
    problem = testbed.network()
    task = task_of(attack, problem, FEW_STEPS)
    broken = [problem.margin(attack.attacked(task, size)) > 0 for size in BATCH_SIZES]
    changed = max(float((one != broken[-1]).double().mean()) for one in broken)
    accuracies = f"robust accuracy {robust_percentages(broken)} in batches of {', '.join(map(str, BATCH_SIZES))}"
    return judged(changed, SAME_ACCURACY, f"{accuracies}; {changed:.1%} of the samples decided otherwise")


def logit_scale(attack: Attack) -> Finding:
    """The difference that multiplying the logits makes to the robust accuracy of one and the same classifier."""
    problem = testbed.network()
    models = [replace(problem, model=testbed.Scaled(problem.model, scale)) for scale in SCALES]
    broken = [problem.margin(attack.attacked(task_of(attack, model, FEW_STEPS))) > 0 for model in models]
    changed = max(abs(float(one.double().mean() - broken[0].double().mean())) for one in broken)
    scales = ", ".join(f"{scale:g}" for scale in SCALES)
    return judged(changed, SAME_ACCURACY, f"robust accuracy {robust_percentages(broken)} at logits times {scales}")


def label_shape(attack: Attack) -> Finding:
    """Labels of shape (n, 1) instead of (n,): the same attack, or a refusal."""
    task = task_of(attack, testbed.network().first(64), FEW_STEPS)
    flat = attack.attacked(task)
    try:
        column = attack.attacked(replace(task, labels=task.labels[:, None]))
    except Exception as error:  # whatever a library refuses with
        return Finding(PASS, None, f"labels of shape (n, 1) are refused: {said(error)}")
    difference = largest(column - flat) if column.shape == flat.shape else math.inf
    return judged(difference, NOTHING, f"labels of shape (n, 1) move the result by {difference:.2g}")


def keeps_float64(attack: Attack) -> Finding:
    """float64 in, float64 out, and the sphere, where attacks of a linear margin end, reached to its precision."""
    problem = testbed.linear_classifier(torch.float64)
    task = task_of(attack, problem, STEPS)
    points = attack.attacked(task)
    off = largest(sizes(attack, points - problem.x) / task.radius - 1)
    dtype = str(points.dtype).removeprefix("torch.")
    found = judged(off, DOUBLE, f"returns {dtype}, off the sphere by {off:.1e} radii")
    return found if points.dtype == torch.float64 else replace(found, outcome=FAIL)


def feasible(attack: Attack) -> Finding:
    """The worst excess over the ball, in radii, and over the box [0, 1]."""
    problem = testbed.network()
    task = task_of(attack, problem, FEW_STEPS)
    points = attack.attacked(task).double()
    ball = max(0.0, largest(sizes(attack, points - problem.x.double())) / task.radius - 1)
    box = max(0.0, largest(points - 0.5) - 0.5)
    return judged(max(ball, box), SINGLE, f"leaves the ball by {ball:.1e} radii and the box by {box:.1e}")


def monotone_in_steps(attack: Attack) -> Finding:
    """How far the mean gain falls when steps of the same size are added."""
    problem = testbed.network()
    step = problem.radii[attack.norm] / 8
    tasks = [replace(task_of(attack, problem, steps), step_size=step) for steps in STEP_COUNTS]
    return monotone([mean_gain(attack, problem, task) for task in tasks], f"{', '.join(map(str, STEP_COUNTS))} steps")


def monotone_in_radius(attack: Attack) -> Finding:
    """How far the mean gain falls when the ball grows."""
    problem = testbed.network()
    tasks = [task_of(attack, problem, FEW_STEPS, share) for share in RADII]
    return monotone([mean_gain(attack, problem, task) for task in tasks], f"{', '.join(map(str, RADII))} radii")


def best_kept(attack: Attack) -> Finding:
    """Steps that go to and fro over a peak end, after an odd number of them, below where they began."""
    problem, step = testbed.peak(attack.norm, overshoot=0.65)
    task = replace(task_of(attack, problem, STEPS + 1), step_size=step)
    clean, found = problem.margin(problem.x), problem.margin(attack.attacked(task))
    worse = max(0.0, float((found / clean - 1).max()))
    sentence = f"steps over a peak end {1 + worse:.2g} times as far below it as they began"
    return judged(worse, SINGLE, sentence if worse else "steps over a peak never end below where they began")


def reproducible(attack: Attack) -> Finding:
    """Random starts under one seed: twice the same result, to the bit."""
    task = replace(task_of(attack, testbed.network().first(64), FEW_STEPS), random_start=True)
    difference = largest(attack.attacked(task) - attack.attacked(task))
    return judged(difference, NOTHING, f"results under one seed differ by {difference:.2g}")


def no_gradient_floor(attack: Attack) -> Finding:
    """The length of one step by gradients of ever smaller norm; the effective ξ where it is shortened."""
    if attack.norm == math.inf or attack.own_steps:
        reason = "sign steps have no norm" if attack.norm == math.inf else "chooses its steps itself"
        return Finding(NOT_APPLICABLE, None, reason)
    effective = {}
    for n in (1, BATCH_SIZES[-1]):
        shares = torch.tensor([share_of_step(attack, size, n) for size in FAINT], dtype=torch.float64)
        last = int((shares > 0).nonzero().max())
        xi = effective_smoothing(torch.tensor(FAINT[last], dtype=torch.float64), shares[last])
        effective[n] = float(xi) if bool((shares < 1 - SINGLE.value).any()) else 0.0
    worst = max(effective.values())
    each = " and ".join(f"{xi:.1e} in a batch of {n}" for n, xi in effective.items())
    sentence = f"short steps where gradients are small, effective ξ = {each}"
    return judged(worst, NOTHING, sentence if worst else f"whole steps at gradient norms from 1 to {FAINT[-1]:.0e}")


def two_classes(attack: Attack) -> Finding:
    """A classifier of two classes can be attacked at all."""
    attack.attacked(task_of(attack, testbed.network().first(32), FEW_STEPS))
    return Finding(PASS, None, "attacks a classifier of two classes")


PROPERTIES: dict[str, Property] = {
    "exact on linear regression, targets (n,)": partial(linear_regression, column=False),
    "exact on linear regression, targets (n, 1)": partial(linear_regression, column=True),
    "exact on a linear margin in the ball": linear_margin,
    "exact on a linear margin in ball and box": linear_margin_in_box,
    "invariant to the batch size": batch_size,
    "invariant to the scale of the logits": logit_scale,
    "invariant to labels of shape (n, 1)": label_shape,
    "keeps float64": keeps_float64,
    "stays in ball and box": feasible,
    "monotone in the number of steps": monotone_in_steps,
    "monotone in the radius": monotone_in_radius,
    "keeps the best iterate": best_kept,
    "reproducible under a seed": reproducible,
    "no floor under the gradient norm": no_gradient_floor,
    "attacks two classes": two_classes,
}


def judge(attack: Attack, name: str) -> Finding:
    """What the property of this name finds about the attack; an attack that raises fails."""
    if attack.classes > 2 and PROPERTIES[name] is not two_classes:
        return Finding(NOT_APPLICABLE, None, f"needs {attack.classes} classes")
    try:
        return PROPERTIES[name](attack)
    except Exception as error:  # whatever a library fails with
        return Finding(FAIL, None, f"raises {said(error)}")
