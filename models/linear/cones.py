"""The two cones of the interior-point method, each with its slacks and multipliers: intervals, and the l2 ball."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np

from theory.validation import FloatArray

SIDES = np.array([-1.0, 1.0])[:, None]


@dataclass
class Bounds:
    """b >= |v|: the two slacks b - v and b + v, shape (B, 2, m), and their multipliers; or steps of both."""

    slack: FloatArray
    dual: FloatArray

    @classmethod
    def around(cls, values: FloatArray, bound: FloatArray, total: FloatArray) -> Bounds:
        """Slacks of `bound` about `values`, and multipliers that share `total` evenly."""
        slack = bound[:, None] + SIDES * values[:, None]
        return cls(slack, np.broadcast_to(total[:, None] / 2, slack.shape).copy())

    def degree(self) -> int:
        """Number of complementary pairs."""
        return 2 * int(self.slack.shape[-1])

    def complementarity(self) -> FloatArray:
        """Slacks times multipliers, summed; (B,)."""
        total: FloatArray = np.sum(self.slack * self.dual, axis=(1, 2))
        return total

    def weights(self) -> tuple[FloatArray, FloatArray]:
        """Sum, and lower minus upper, of multiplier/slack; each (B, m)."""
        weight = self.dual / self.slack
        return weight[:, 0] + weight[:, 1], weight[:, 0] - weight[:, 1]

    def product(self) -> FloatArray:
        """Sum squared less difference squared of the weights: four times their product, without cancellation."""
        weight = self.dual / self.slack
        return 4 * weight[:, 0] * weight[:, 1]

    def target(self, level: FloatArray, step: Bounds | None) -> FloatArray:
        """Step of the multipliers if the slacks stay, aiming at products of `level` less those of `step`."""
        product = 0.0 if step is None else step.slack * step.dual
        aimed: FloatArray = (level[:, None, None] - product) / self.slack - self.dual
        return aimed

    def step(self, target: FloatArray, values: FloatArray, bound: FloatArray) -> Bounds:
        """The step that belongs to steps of v and of b."""
        slack = bound[:, None] + SIDES * values[:, None]
        return Bounds(slack, target - self.dual / self.slack * slack)

    def moved(self, step: Bounds, length: FloatArray) -> Bounds:
        """The point `length` (B,) along `step`."""
        along = length[:, None, None]
        return Bounds(self.slack + along * step.slack, self.dual + along * step.dual)

    def longest(self, step: Bounds) -> FloatArray:
        """The largest share of `step` that stays inside; (B,)."""
        return np.minimum(_until_zero(self.slack, step.slack), _until_zero(self.dual, step.dual))


@dataclass
class Ball:
    """(t, θ) with t >= ‖θ‖₂, shape (B, 1 + d), and its multiplier in the same cone; or steps of both."""

    slack: FloatArray
    dual: FloatArray

    def degree(self) -> int:
        """The cone counts as one complementary pair."""
        return 1

    def complementarity(self) -> FloatArray:
        """Slack times multiplier; (B,)."""
        total: FloatArray = np.sum(self.slack * self.dual, axis=-1)
        return total

    def scaling(self) -> tuple[FloatArray, FloatArray]:
        """The Nesterov-Todd point w, w₀² - ‖w₁‖² = 1, and η > 0: W dual = W⁻¹ slack for W = η times the boost of w."""
        size, dual_size = np.sqrt(_minkowski(self.slack)), np.sqrt(_minkowski(self.dual))
        s, z = self.slack / size[:, None], self.dual / dual_size[:, None]
        half = np.sqrt(2 * (1 + np.sum(s * z, axis=-1)))
        return (s + _mirrored(z)) / half[:, None], np.sqrt(size / dual_size)

    def target(self, level: FloatArray, step: Ball | None) -> FloatArray:
        """Step of the multiplier if the slack stays, aiming at complementarity `level` less `step`'s product."""
        if step is None and not level.any():
            return -self.dual
        w, scale = self.scaling()
        eta, mirrored = scale[:, None], _mirrored(w)
        aim = (
            np.zeros_like(w)
            if step is None
            else -_product(_boost(mirrored, step.slack) / eta, _boost(w, step.dual) * eta)
        )
        aim[:, 0] += level
        return _boost(mirrored, _quotient(_boost(w, self.dual) * eta, aim)) / eta - self.dual

    def step(self, target: FloatArray, slack: FloatArray) -> Ball:
        """The step that belongs to a step of (t, θ): the multiplier's is target - W⁻² slack."""
        w, scale = self.scaling()
        mirrored = _mirrored(w)
        along = 2 * np.sum(mirrored * slack, axis=-1, keepdims=True)
        return Ball(slack, target - (along * mirrored - _mirrored(slack)) / scale[:, None] ** 2)

    def moved(self, step: Ball, length: FloatArray) -> Ball:
        """The point `length` (B,) along `step`."""
        return Ball(self.slack + length[:, None] * step.slack, self.dual + length[:, None] * step.dual)

    def longest(self, step: Ball) -> FloatArray:
        """The largest share of `step` that stays inside; (B,)."""
        return np.minimum(_until_boundary(self.slack, step.slack), _until_boundary(self.dual, step.dual))


def take(record: Any, mask: Any) -> Any:
    """The replicates of a record, its arrays and its parts that `mask` selects."""
    if isinstance(record, np.ndarray):
        return record[mask]
    if is_dataclass(record) and not isinstance(record, type):
        return type(record)(*(take(getattr(record, field.name), mask) for field in fields(record)))
    return record


def _until_zero(value: FloatArray, step: FloatArray) -> FloatArray:
    share = np.divide(value, -step, out=np.full_like(value, np.inf), where=step < 0)
    smallest: FloatArray = share.min(axis=(1, 2))
    return np.where(np.isnan(step).any(axis=(1, 2)), np.nan, smallest)


def _until_boundary(point: FloatArray, step: FloatArray) -> FloatArray:
    """The least positive root of point₀ + a step₀ = ‖point₁ + a step₁‖, without cancellation."""
    c, a = _minkowski(point), _minkowski(step)
    b = point[:, 0] * step[:, 0] - np.sum(point[:, 1:] * step[:, 1:], axis=-1)
    below = np.sqrt(np.maximum(b * b - a * c, 0.0)) - b
    meets = (b * b >= a * c) & (below > 0)
    root: FloatArray = np.divide(c, below, out=np.full_like(c, np.inf), where=meets | np.isnan(below))
    return root


def _minkowski(point: FloatArray) -> FloatArray:
    size = np.sqrt(np.sum(point[:, 1:] ** 2, axis=-1))
    form: FloatArray = (point[:, 0] - size) * (point[:, 0] + size)
    return form


def _mirrored(point: FloatArray) -> FloatArray:
    return np.concatenate([point[:, :1], -point[:, 1:]], axis=-1)


def _boost(w: FloatArray, point: FloatArray) -> FloatArray:
    """(w₀, w₁ᵀ; w₁, I + w₁w₁ᵀ/(1 + w₀)) applied to the point; mirrored w gives the inverse."""
    inner = np.sum(w[:, 1:] * point[:, 1:], axis=-1, keepdims=True)
    first = w[:, :1] * point[:, :1] + inner
    return np.concatenate([first, point[:, 1:] + w[:, 1:] * (point[:, :1] + inner / (1 + w[:, :1]))], axis=-1)


def _product(first: FloatArray, second: FloatArray) -> FloatArray:
    inner = np.sum(first * second, axis=-1, keepdims=True)
    return np.concatenate([inner, first[:, :1] * second[:, 1:] + second[:, :1] * first[:, 1:]], axis=-1)


def _quotient(divisor: FloatArray, dividend: FloatArray) -> FloatArray:
    """The x whose `_product` with the divisor is the dividend."""
    inner = np.sum(divisor * _mirrored(dividend), axis=-1, keepdims=True)
    first = inner / _minkowski(divisor)[:, None]
    return np.concatenate([first, (dividend[:, 1:] - first * divisor[:, 1:]) / divisor[:, :1]], axis=-1)
