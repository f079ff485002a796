"""What the properties measure, in float64, and the tolerances they judge it by."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from models.attacks.exact import exact_linear_margin
from models.attacks.pgd import WAY
from models.attacks.threat import Threat
from models.conformance import testbed
from models.conformance.attack import Attack, Task
from models.conformance.testbed import D, Problem

PASS, FAIL, NOT_APPLICABLE = "pass", "fail", "not applicable"

# Steps of an attack where its limit is judged, and where only a comparison of the attack with itself is.
STEPS, FEW_STEPS = 100, 10


@dataclass(frozen=True)
class Finding:
    """What a property found: its outcome, the number that decided, and a sentence."""

    outcome: str
    number: float | None
    sentence: str


@dataclass(frozen=True)
class Tolerance:
    """The largest number that passes, and why."""

    value: float
    reason: str


SINGLE = Tolerance(
    D * torch.finfo(torch.float32).eps,
    "d units of float32 precision, the bound on a sum of d terms: of a norm, of a gain, of a step",
)
DOUBLE = Tolerance(D * torch.finfo(torch.float64).eps, "the same in float64")
ONE_STEP = Tolerance(
    WAY / STEPS + SINGLE.value,
    "one step in radii: until it is first projected an iterate of steepest ascent is the exact optimum of a ball that "
    "is smaller, at last by a step or less, and the gain is concave in the radius",
)
NOTHING = Tolerance(0.0, "the same computation twice")
SAME_ACCURACY = Tolerance(0.01, "policy: a point of accuracy, less than the standard error of 1024 samples, 1.6 points")
SAME_GAIN = Tolerance(0.01, "policy: a hundredth of the gain")

TOLERANCES = {
    "rounding, float32": SINGLE,
    "rounding, float64": DOUBLE,
    "ball and box, l2": ONE_STEP,
    "identity": NOTHING,
    "accuracy": SAME_ACCURACY,
    "gain": SAME_GAIN,
}


def task_of(attack: Attack, problem: Problem, steps: int, share: float = 1.0) -> Task:
    """The task to attack a problem within `share` of its radius, by steps that go 2.5 radii in all."""
    radius = share * problem.radii[attack.norm]
    return Task(problem.model, problem.x, problem.labels, Threat(attack.norm, radius), steps, WAY * radius / steps)


def judged(number: float, tolerance: Tolerance, sentence: str) -> Finding:
    """Pass where the number is within its tolerance; a number that is none fails."""
    return Finding(PASS if number <= tolerance.value else FAIL, number, sentence)


def shortfall(problem: Problem, task: Task, points: Tensor) -> float:
    """The share of the exact gain of a linear classifier's margin that the worst of the attacked points lacks.

    Negative where it is exceeded, which no feasible point can do. The worst is the one of largest magnitude.
    """
    layer = problem.model[1]  # type: ignore[index]
    exact = exact_linear_margin(layer.weight, layer.bias, problem.x, problem.labels, task.threat)
    clean = problem.margin(problem.x)
    short = (exact - problem.margin(points)) / (exact - clean)
    return float(short[short.abs().argmax()])


def exactness(short: float, tolerance: Tolerance) -> Finding:
    """Whether a shortfall is within its tolerance, on either side."""
    found = judged(abs(short), tolerance, f"within {abs(short):.1e} of the exact gain at every sample")
    if found.outcome == PASS:
        return found
    sentence = f"{'lacks' if short > 0 else 'exceeds the exact gain by'} {abs(short):.1e}"
    return replace(found, sentence=f"{sentence} of {'the exact gain' if short > 0 else 'it'} at the worst sample")


def mean_gain(attack: Attack, problem: Problem, task: Task) -> float:
    """How much the margin gains on average."""
    return float((problem.margin(attack.attacked(task)) - problem.margin(problem.x)).mean())


def monotone(gains: Sequence[float], settings: str) -> Finding:
    """Whether gains that should rise do so, by the largest fall from one to the next relative to the largest gain."""
    fall = max(before - after for before, after in itertools.pairwise(gains)) / max(map(abs, gains))
    listed = ", ".join(f"{gain:.4g}" for gain in gains)
    return judged(max(fall, 0.0), SAME_GAIN, f"mean gain of the margin {listed} at {settings}")


def robust_percentages(broken: Sequence[Tensor]) -> str:
    """The robust accuracies, as a list in words."""
    return ", ".join(f"{1 - float(one.double().mean()):.1%}" for one in broken)


def share_of_step(attack: Attack, gradient_norm: float, n: int) -> float:
    """The length of one step from samples whose loss gradient has this norm, in steps, in a batch of n."""
    problem = testbed.faint(gradient_norm, n)
    task = task_of(attack, problem, 1)
    points = attack.attacked(replace(task, step_size=task.radius))
    return float(points[0].double().norm()) / task.radius


def sizes(attack: Attack, deltas: Tensor) -> Tensor:
    """The norms, in the attack's norm, of perturbations (N, ...)."""
    norms: Tensor = torch.linalg.vector_norm(deltas.flatten(1), ord=attack.norm, dim=1)
    return norms


def largest(difference: Tensor) -> float:
    """The largest magnitude; inf where an entry is no number."""
    size = float(difference.abs().max())
    return math.inf if math.isnan(size) else size


def said(error: Exception) -> str:
    """An error as one line of at most 90 characters."""
    lines = str(error).strip().splitlines() or [""]
    text = f"{type(error).__name__}: {lines[0]}"
    return text if len(text) <= 90 else text[:87] + "..."
