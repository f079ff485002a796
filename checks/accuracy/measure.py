"""Bits of error of a closed form: the distance of each float64 value from its enclosure, in units of EPS."""

import math
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from flint import arb, ctx

from checks.accuracy.form import Form, Point
from checks.enclosure import ROUNDING_BITS, Ball

EPS = float(np.finfo(np.float64).eps)
SMALLEST = float(np.finfo(np.float64).tiny)
LARGEST = float(np.finfo(np.float64).max)
ALL_BITS = 53.0  # no digit is right
SEED = 20210412
NEGLIGIBLE = 1.0  # losses up to one bit are not held against the condition number, which is costly

EDGES = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0, ALL_BITS)
"""Bits between which losses are counted."""

MAX_PRECISION = 8192
STEP_BITS = 100  # inputs are moved by 2^-100 of themselves to measure a condition number
CONDITION_BITS = STEP_BITS + 20


@dataclass(frozen=True)
class Loss:
    """What the code loses at a point: bits, and those that the condition number of the problem does not explain.

    With `error` relative to the largest entry of the exact value (to the smallest normal number where that is larger),
    bits = log2(1 + error/EPS) and excess = log2(1 + error/(EPS max(1, condition))).
    """

    point: Point
    value: tuple[float, ...]
    exact: tuple[Ball, ...]
    bits: float
    condition: float
    excess: float

    @property
    def wrongly_infinite(self) -> bool:
        """Whether the value is infinite where the exact one has a float64."""
        return any(math.isinf(v) and abs(x) < LARGEST for v, x in zip(self.value, self.exact, strict=True))


@dataclass(frozen=True)
class Measurement:
    """All losses of a form, and the points whose enclosure stayed wide, which say nothing."""

    form: Form
    losses: tuple[Loss, ...]
    undecided: int

    @property
    def worst(self) -> Loss:
        """The largest loss."""
        return max(self.losses, key=lambda loss: loss.bits)

    @property
    def unexplained(self) -> Loss:
        """The largest loss beyond what the condition number explains."""
        return max(self.losses, key=lambda loss: loss.excess)

    def share(self, bits: float) -> float:
        """The share of points with a loss of at most `bits`."""
        return sum(loss.bits <= bits for loss in self.losses) / len(self.losses)

    @property
    def counts(self) -> list[int]:
        """How many points lose between each two of `EDGES`."""
        found, _ = np.histogram([loss.bits for loss in self.losses], bins=np.array(EDGES))
        return [int(count) for count in found]

    @property
    def infinite(self) -> int:
        """At how many points the value is infinite and should not be."""
        return sum(loss.wrongly_infinite for loss in self.losses)

    @property
    def undefined(self) -> int:
        """At how many points the value is not a number."""
        return sum(any(map(math.isnan, loss.value)) for loss in self.losses)


def measure(form: Form, count: int) -> Measurement:
    """The losses at `count` points, which depend on the form's name and a constant only."""
    rng = np.random.default_rng([SEED, zlib.crc32(form.name.encode())])
    found = [lost(form, point) for point in form.draw(rng, count)]
    decided = tuple(loss for loss in found if loss is not None)
    return Measurement(form, decided, len(found) - len(decided))


def lost(form: Form, point: Point) -> Loss | None:
    """The loss at a point; None where no precision makes the enclosure narrow."""
    exact = enclosed(form.exact, [arb(x) for x in point], ROUNDING_BITS)
    if exact is None:
        return None
    with np.errstate(all="ignore"):
        value = tuple(np.ravel(np.asarray(form.value(point), np.float64)).tolist())
    error = _error(value, exact)
    bits = _bits(error / EPS)
    condition = condition_number(form, point) if bits > NEGLIGIBLE else 1.0
    return Loss(point, value, tuple(exact), bits, condition, min(bits, _bits(error / EPS / max(1.0, condition))))


def enclosed(
    exact: Callable[[Sequence[Ball]], Sequence[Ball]], inputs: Sequence[Ball], bits: int
) -> Sequence[Ball] | None:
    """Balls that are narrow to `bits`, relative to the largest of them; None where 8192 bits of precision do not do.

    What is far below the smallest float64 need not be narrow.
    """
    precision = 2 * bits
    while precision <= MAX_PRECISION:
        with ctx.workprec(precision):
            balls = exact(inputs)
            size = _largest(balls).max(arb(2) ** -1200)
            if all(ball.is_finite() and ball.rad() < size * arb(2) ** -bits for ball in balls):
                return balls
        precision *= 2
    return None


def condition_number(form: Form, point: Point) -> float:
    """How much the value moves, relative to its largest entry, for each unit that all inputs move relative to theirs.

    Σᵢ maxⱼ |xᵢ ∂fⱼ/∂xᵢ| / max |f|, by differences in ball arithmetic. 1 where no precision resolves them.
    """
    inputs = [arb(x) for x in point]
    centre = enclosed(form.exact, inputs, CONDITION_BITS)
    total = arb(0)
    for i in range(form.integers, len(inputs)):
        if centre is None or not point[i]:
            continue
        with ctx.workprec(4 * CONDITION_BITS):
            moved = inputs[i] * (1 + arb(2) ** -STEP_BITS)
        beside = enclosed(form.exact, [*inputs[:i], moved, *inputs[i + 1 :]], CONDITION_BITS)
        if beside is None:
            return 1.0
        with ctx.workprec(4 * CONDITION_BITS):
            change = _largest([a - b for a, b in zip(beside, centre, strict=True)])
            total += change / _scale(centre) * arb(2) ** STEP_BITS
    return max(1.0, float(total.mid()))


def _error(value: Sequence[float], exact: Sequence[Ball]) -> float:
    with ctx.workprec(256):
        apart = [_distance(v, x) for v, x in zip(value, exact, strict=True)]
        return max(float((distance / _scale(exact)).upper()) for distance in apart)


def _distance(value: float, exact: Ball) -> Ball:
    if math.isinf(value) and abs(exact) > LARGEST:
        return arb(0) if (value > 0) is bool(exact > 0) else arb.pos_inf()
    return arb.pos_inf() if not math.isfinite(value) else abs(arb(value) - exact)


def _scale(balls: Sequence[Ball]) -> Ball:
    return _largest(balls).max(arb(SMALLEST))


def _largest(balls: Sequence[Ball]) -> Ball:
    largest = arb(0)
    for ball in balls:
        largest = largest.max(abs(ball))
    return largest.mid()


def _bits(units: float) -> float:
    return min(ALL_BITS, math.log2(1 + units)) if math.isfinite(units) else ALL_BITS
