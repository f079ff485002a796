"""Means over seeds with Student's intervals, held against what is claimed of them, and in words."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from checks.evidence.comparisons import ATTACK_DIFFERENCE, Contrast
from checks.evidence.noncentral import noncentrality
from checks.result import Tested


@dataclass(frozen=True)
class Estimate:
    """A mean over seeds, its standard error and degrees of freedom, and the number of seeds it rests on."""

    mean: float
    standard_error: float
    degrees: float
    count: int

    def interval(self, error_rate: float) -> tuple[float, float]:
        """The ends, each of which is wrong with probability `error_rate`."""
        half = self.margin(error_rate) * self.standard_error
        return self.mean - half, self.mean + half

    def detectable(self, error_rate: float) -> float:
        """How far beyond a bound the true mean must be for the interval to clear it with probability POWER."""
        return noncentrality(self.margin(error_rate), self.degrees) * self.standard_error

    def margin(self, error_rate: float) -> float:
        """Half of the interval in standard errors."""
        return float(student.isf(error_rate, self.degrees))


def paired(weights: Sequence[float], columns: Sequence[NDArray[np.float64]], count: int) -> Estimate:
    """The mean over seeds of the weighted sum that each seed has."""
    values = sum((w * column for w, column in zip(weights, columns, strict=True)), start=np.zeros(count))
    return Estimate(float(values.mean()), float(values.std(ddof=1) / math.sqrt(count)), count - 1, count)


def independent(weights: Sequence[float], columns: Sequence[NDArray[np.float64]], count: int) -> Estimate:
    """The weighted sum of means over seeds, as of independent samples (Welch and Satterthwaite)."""
    mean = math.fsum(w * float(column.mean()) for w, column in zip(weights, columns, strict=True))
    parts = [w**2 * float(column.var(ddof=1)) / count for w, column in zip(weights, columns, strict=True)]
    square, fourth = math.fsum(parts), math.fsum(part**2 for part in parts)
    degrees = (count - 1) * square**2 / fourth if fourth else count - 1
    return Estimate(mean, math.sqrt(square), degrees, count)


@dataclass(frozen=True)
class Finding:
    """What was found of a contrast after the last epoch, and after the best one where that was measured.

    Each end of an interval is wrong with probability `error_rate`.
    """

    contrast: Contrast
    estimate: Estimate
    best: Estimate | None
    error_rate: float

    @property
    def interval(self) -> tuple[float, float]:
        """The interval of the mean."""
        return self.estimate.interval(self.error_rate)

    @property
    def tested(self) -> Tested:
        """The mean, what is claimed of it, and what decides."""
        found, margin = self.estimate, self.estimate.margin(self.error_rate)
        caught = noncentrality(margin, found.degrees)
        bounds = (self.contrast.low, self.contrast.high)
        return Tested(found.mean, found.standard_error, found.degrees, *bounds, margin, caught)

    @property
    def room(self) -> float:
        """How far inside its bounds the interval lies: positive when the claim holds."""
        low, high = self.interval
        return min(low - self.contrast.low, self.contrast.high - high)

    @property
    def excess(self) -> float:
        """How far outside its bounds the whole interval lies: not negative when the claim fails."""
        low, high = self.interval
        return max(self.contrast.low - high, low - self.contrast.high)

    @property
    def detectable(self) -> float:
        """How far beyond its bound the mean must be to be told from it 99 times in 100."""
        return self.estimate.detectable(self.error_rate)

    def words(self, value: float, signed: bool = True) -> str:
        """A number: accuracies in percent, differences of them in points, anything else as it is."""
        difference = len(self.contrast.terms) > 1
        accuracy = all(term.quantity != ATTACK_DIFFERENCE for term in self.contrast.terms)
        scale, unit = (100.0, " points" if difference else " %") if accuracy else (1.0, "")
        form = "+.3g" if signed and difference else ".3g" if difference or scale == 1 else ".4g"
        return f"{scale * value + 0.0:{form}}{unit}".replace("-", "−")

    @property
    def seen(self) -> str:
        """The mean and its interval."""
        return self._shown(self.estimate)

    @property
    def seen_at_best(self) -> str:
        """The same of the best epoch."""
        return self._shown(self.best) if self.best else "not measured"

    @property
    def bounds(self) -> str:
        """What is claimed of the mean."""
        ends = (("above", self.contrast.low), ("below", self.contrast.high))
        return " and ".join(f"{word} {self.words(end, False)}" for word, end in ends if math.isfinite(end))

    def _shown(self, estimate: Estimate) -> str:
        low, high = (self.words(end) for end in estimate.interval(self.error_rate))
        return f"{self.words(estimate.mean)} ({low.partition(' ')[0]} to {high})"
