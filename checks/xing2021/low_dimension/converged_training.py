"""What the amended claims on Theorem 2's limits share: training that has converged, over sweeps of n and d."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from checks import domains
from checks.claim import Check
from checks.evidence import trend
from checks.evidence.trend import Limit, Sweep
from checks.problem import Problem
from checks.xing2021.low_dimension import frozen_fixed_point_is_not_the_minimizer as resting
from checks.xing2021.low_dimension.scheduled_training import FIELDS, Setting
from theory.validation import FloatArray

SMOOTHING = 2.0**-20
"""In units of εv². What the smoothing moves falls in proportion to it, but at the null threshold only like its power
2/3: there the two risks' slopes at 0 balance, and the next term of M is of order k² log(1/k), k = ξ/(2sn)."""

RESOLUTION = 0.05  # in units of v², or of θ₀
TOLERANCE = SMOOTHING**0.5  # a thousandth; slower than any rate there is

FROZEN_SWEEP = Sweep(
    tuple(Setting(n, smoothness=1.2, patience=5.0) for n in (250, 1000, 4000, 16_000)),
    3, lambda setting: setting.n, "n", lambda setting: 16_000 / setting.n + 2,
)  # fmt: skip
FULL_SWEEP = Sweep(
    tuple(
        Setting(n, 2, noise_std=0.5, radius=0.25, smoothness=2.4, update="full", patience=8.0)
        for n in (250, 1000, 4000, 16_000)
    ),
    3, lambda setting: setting.n, "n", lambda setting: 16_000 / setting.n + 2,
)  # fmt: skip
GROWING_SWEEP = Sweep(
    tuple(Setting(16 * k**4, 2 * k, smoothness=4.0, patience=20.0) for k in (2, 3, 4, 5, 6)),
    4, lambda setting: setting.n, "n = d⁴", lambda setting: 8000 / setting.n + 1,
)  # fmt: skip
"""d = n^(1/4), well inside the growth condition, so that d/n = n^(-3/4) exactly."""

SWEEPS = (
    ("frozen_update", FROZEN_SWEEP, 1.0),
    ("full_update", FULL_SWEEP, 1.0),
    ("growing_dimension", GROWING_SWEEP, 0.75),
)


class Rested(NamedTuple):
    """A problem and the update, "frozen" or "full", that came to rest at its coefficients."""

    problem: Problem
    update: str

    def __str__(self) -> str:
        """The problem, and the update by name."""
        return f"{self.update} update, {self.problem}"


@st.composite
def resting_points(draw: domains.Draw) -> Rested:
    """Where either expected update rests: Σ invertible, σ >= 0.05, θ₀ ≠ 0, ε from 1/8 to 4, ξ = εv² / 2^20."""
    population, radius = draw(domains.noisy_populations(4)), draw(domains.radii(0.125))
    update, smoothing = draw(st.sampled_from(sorted(FIELDS))), SMOOTHING * radius * population.total_std**2
    problem = Problem(population, population.true_coefficients, radius, smoothing)
    return Rested(resting.rest(FIELDS[update], problem), update)


def _limit(claimed: Callable[[Any, Setting], float], setting: Setting, power: float, formula: Any) -> Limit:
    return Limit(claimed(formula, setting), (power,))


def limits(
    measure: Callable[[Setting, int, np.random.Generator], FloatArray],
    claimed: Callable[[Any, Setting], float],
    what: str,
) -> Iterator[Check[Any]]:
    """Checks that the mean of what is measured tends to what is claimed, at a rate of d/n, in each sweep."""
    for name, sweep, power in SWEEPS:
        first = sweep.points[0]
        yield trend.limit(
            name, sweep, measure, partial(_limit, claimed, first, power), 1.0, RESOLUTION, what,
            f"Σ = I, ε = {first.radius}, the literal ξ, {first.patience:g} T steps of the {first.update} update",
        )  # fmt: skip
