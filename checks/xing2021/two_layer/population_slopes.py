"""Two slopes trained on the population, d = 1: where they end, at every balance of the output weights."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from hypothesis import strategies as st

from checks import domains
from checks.evidence.sampled import EPS
from checks.xing2021.two_layer.two_slopes import GAUSSIAN, Line
from theory.optimum import null_threshold
from theory.population import LinearGaussian
from theory.validation import FloatArray

STEPS = 80
"""Of size 1/2 over the larger speed, times the imbalance: slopes of the update of 0.55 to 2 leave at most 1e-11."""
MOST = 200
UNSETTLED = 1e-9 + 64 * EPS
"""A hundred times what training leaves of the way from zero."""


@dataclass(frozen=True)
class Balance:
    """A Gaussian population on the line, the ratio ‖a⁺‖/‖a⁻‖, and relu'(0)."""

    line: Line
    ratio: float
    slope: float

    @property
    def population(self) -> LinearGaussian:
        """Model (4)."""
        return LinearGaussian(np.array([self.line.truth]), np.eye(1), self.line.noise_std)


@lru_cache(maxsize=1024)
def trained(case: Balance) -> FloatArray:
    """(p, q) after training to rest."""
    share = 1 / (1 + case.ratio**-2)
    speeds = np.array([share, 1 - share])
    imbalance = float(speeds.max() / speeds.min())
    return case.line.train(speeds, case.slope, 0.5 / float(speeds.max()), round(STEPS * imbalance))


@st.composite
def balances(draw: domains.Draw) -> Balance:
    """Noise from 1/4 to 3/2 of ‖θ₀‖ = 1, radii of 0.05 to 0.8 of the null threshold, ratios from 1/3 to 3."""
    noise_std, share = draw(domains.numbers(0.25, 1.5)), draw(domains.numbers(0.05, 0.8))
    threshold = null_threshold(LinearGaussian(np.ones(1), np.eye(1), noise_std))
    ratio = draw(st.one_of(st.sampled_from([1 / 3, 1.0, 1.5, 3.0]), domains.numbers(1 / 3, 3.0)))
    line = Line(GAUSSIAN, 1.0, noise_std, share * threshold)
    return Balance(line, ratio, draw(st.sampled_from([0.5, 1.0])))
