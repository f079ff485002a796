"""From what a check found under many seeds: false alarms, p-values, and how often a planted difference is caught."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta
from scipy.stats import t as student

from checks.calibration.block import PROBLEM
from checks.result import Outcome

Floats = NDArray[np.float64]
ESTIMATE, ERROR, DEGREES, LOW, HIGH, MARGIN, REACH = range(7)  # the order of the fields of Tested
FIELDS = 7
ROUNDING = 1e-12  # an error below this, relative to its estimate, is rounding: figures have 12 digits


@dataclass(frozen=True)
class Sample:
    """What one check found: an outcome a seed, and the figures that were tested, shape (judged seeds, numbers, 7).

    `judged` are the outcomes of the seeds that have figures; `refuted` says that the claim is false.
    """

    outcomes: tuple[str, ...]
    judged: tuple[str, ...]
    figures: Floats
    refuted: bool

    @property
    def alarms(self) -> int:
        """Under how many seeds the check fails: false alarms where the claim is true."""
        return self.outcomes.count(Outcome.FAILS.value)

    @property
    def problems(self) -> int:
        """Under how many seeds the check has no outcome."""
        return self.outcomes.count(PROBLEM)

    @property
    def contradictions(self) -> int:
        """Under how many seeds the check holds, although a number is beyond the margin that it states."""
        low, estimate, high = (self.figures[..., field] for field in (LOW, ESTIMATE, HIGH))
        beyond = np.maximum(low - estimate, estimate - high) > self.figures[..., MARGIN] * self.figures[..., ERROR]
        return int((beyond.any(axis=1) & (np.array(self.judged) == Outcome.HOLDS.value)).sum())

    @property
    def truth(self) -> Floats:
        """What each number is: as claimed, where the claim is true and says so, else its mean over the seeds."""
        low, high = self.figures[..., LOW], self.figures[..., HIGH]
        stated = np.all(low == high, axis=0) & (not self.refuted)
        found: Floats = np.where(stated, low[0], self.figures[..., ESTIMATE].mean(axis=0))
        return found

    @property
    def typical_errors(self) -> Floats:
        """The root mean square of each number's standard error."""
        rms: Floats = np.sqrt((self.figures[..., ERROR] ** 2).mean(axis=0))
        return rms

    @property
    def p_values(self) -> Floats:
        """The p-value of the truth under each seed: uniform, where Student's law and independent numbers are right.

        That of several numbers is the chance that the least of as many independent p-values is as small (Šidák).
        """
        deviations = _ratio(self.figures[..., ESTIMATE] - self.truth, self.figures[..., ERROR])
        least = 2 * student.sf(np.abs(deviations), self.figures[..., DEGREES]).min(axis=1)
        with np.errstate(divide="ignore"):
            found: Floats = -np.expm1(self.figures.shape[1] * np.log1p(-np.minimum(least, 1)))
        return found

    @property
    def bias(self) -> float | None:
        """The largest distance of a number's mean over the seeds from what is claimed of it, in standard errors."""
        if self.refuted or not self.figures.size or not np.isfinite(self.truth).all():
            return None
        far = _ratio(self.figures[..., ESTIMATE].mean(axis=0) - self.truth, self.typical_errors)
        return float(far[np.argmax(np.abs(far))])

    @property
    def spread(self) -> float | None:
        """The largest ratio of what a number varies by over the seeds to its standard error."""
        if len(self.figures) < 2 or not self.figures.size:
            return None
        return float(_ratio(self.figures[..., ESTIMATE].std(axis=0, ddof=1), self.typical_errors).max())

    @property
    def caught(self) -> int | None:
        """Under how many seeds a planted difference is caught: the least over the numbers, and over both sides.

        The difference has the size that the check says it catches 99 times in 100, at the typical standard error; one
        number at a time is moved, about its mean over the seeds, and must itself be beyond the margin.
        """
        if not self.figures.size:
            return None
        error = self.figures[..., ERROR]
        noise = self.figures[..., ESTIMATE] - self.figures[..., ESTIMATE].mean(axis=0)
        planted = self.figures[..., REACH] * self.typical_errors
        allowed = self.figures[..., MARGIN] * error
        below, above = (planted - noise > allowed).sum(axis=0), (planted + noise > allowed).sum(axis=0)
        finite = [np.isfinite(self.figures[0, :, side]) for side in (LOW, HIGH)]
        return int(min(np.min(below[finite[0]], initial=len(error)), np.min(above[finite[1]], initial=len(error))))

    @property
    def plants(self) -> int:
        """How many differences are planted: one for each number and side that something is claimed of."""
        return int(np.isfinite(self.figures[:1, :, [LOW, HIGH]]).sum())


def sample(blocks: Sequence[Mapping[str, Any]], refuted: bool) -> Sample:
    """What all `blocks` of one check found, in the order of their seeds.

    A number without an error under any seed, as where every replicate is the same to rounding, has no law to compare.
    """
    pairs = [pair for block in blocks for pair in zip(block["outcomes"], block["tested"], strict=True)]
    judged = [(outcome, [list(map(float, item)) for item in row]) for outcome, row in pairs if row]
    numbers = len(judged[0][1]) if judged else 0
    figures = np.array([row for _, row in judged]).reshape(len(judged), numbers, FIELDS)
    varies = (figures[..., ERROR] > ROUNDING * np.abs(figures[..., ESTIMATE])).any(axis=0)
    outcomes, those_judged = (tuple(outcome for outcome, _ in listed) for listed in (pairs, judged))
    return Sample(outcomes, those_judged, figures[:, varies], refuted)


def interval(successes: int, trials: int, error_rate: float) -> tuple[float, float]:
    """The exact interval of a probability (Clopper and Pearson), each end wrong with half of `error_rate`."""
    half = error_rate / 2
    low = float(beta.ppf(half, successes, trials - successes + 1)) if successes else 0.0
    return low, float(beta.isf(half, successes + 1, trials - successes)) if successes < trials else 1.0


def _ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Numbers in units of others; nothing of nothing is nothing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = np.where(numerator == 0, 0.0, numerator / denominator)
    return found
