"""What the claims on Theorem 2's first part share: does a loss decrease in each iteration?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
from flint import ctx
from scipy.stats import beta

from checks.claim import Budget, Check
from checks.enclosure import Ball, to_ball
from checks.evidence import certified
from checks.evidence.sampled import EPS
from checks.result import Chart, Evidence, Kind, Outcome, Series
from checks.xing2021.low_dimension import frozen_update as updates
from checks.xing2021.low_dimension.scheduled_training import Setting, batches, population_run, train
from checks.xing2021.low_dimension.smoothed_attack import SHARE, Line, risk_by_definition
from models.linear.training import Divergence, Training
from theory.surrogate import surrogate_risk
from theory.validation import FloatArray

SLOPES = {"frozen": updates.frozen_slope(), "full": updates.exact_slope()}
HALF = 0.5
ROUNDING = 64 * EPS  # of a mean of n squares, relative to it: a training that has converged moves no more


@dataclass(frozen=True)
class Descent:
    """What is trained and which loss is said to decrease in each iteration: "surrogate" (population) or "train"."""

    update: str
    loss: str
    radius: float
    smoothness: float
    start: float = 0.0

    def setting(self, n: int, d: int = 1) -> Setting:
        """The training at one size: Σ = I, ‖θ₀‖ = 1, σ = 1."""
        return Setting(
            n, d, radius=self.radius, smoothness=self.smoothness, update=self.update, start=self.start
        )  # fmt: skip


def first_step(descent: Descent, line: Line, start: float) -> tuple[Ball, Ball]:
    """θ after one expected step from `start`, and by how much the surrogate risk rises; all from the definitions.

    d = 1 and η = ξ/(v²L), so that every number is exact; beyond the null threshold, ε > ‖θ₀‖/(c₀v), the risk is least
    next to 0.
    """
    with ctx.workprec(certified.PRECISION):
        variance = to_ball(line.truth) ** 2 + to_ball(line.noise_variance)
        step = to_ball(line.smoothing) / (variance * to_ball(descent.smoothness))
        slope = updates.mean_slope(SLOPES[descent.update], updates.on_line(line, start))
        moved = to_ball(start) - step * slope
        return moved, risk_by_definition(SHARE, line, moved) - risk_by_definition(SHARE, line, start)


def certify_step(descent: Descent, start: float, smoothing: float) -> Evidence:
    """Whether the first expected step lowers the surrogate risk at d = 1, Σ = 1, θ₀ = 1, σ² = 1."""
    line = Line(1.0, 1.0, descent.radius, smoothing)
    moved, rise = first_step(descent, line, start)
    outcome = Outcome.FAILS if rise > 0 else Outcome.HOLDS if rise < 0 else Outcome.INCONCLUSIVE
    text = f"{line}, L = {descent.smoothness:g}, {descent.update} update: θ moves from {start} to {moved.str(7)}, "
    text += f"and the surrogate risk changes by {rise.str(6)}"
    return Evidence(
        Kind.CERTIFIED, outcome, "one step in d = 1", f"{text}.", {"start": start, "change of the risk": float(rise)},
        text if outcome is Outcome.FAILS else None,
    )  # fmt: skip


def runs_that_descend(name: str, sizes: Sequence[tuple[int, int]], quick: int, effort: float) -> Check[Descent]:
    """A check that the loss decreases in each iteration with a probability that tends to 1, at sizes (n, d).

    A probability that tends to 1 exceeds 1/2 from some size on. Holds when every frequency is certainly above 1/2
    (Clopper and Pearson, Bonferroni), fails when every one is certainly below, and is inconclusive otherwise.
    """

    @lru_cache(maxsize=32)
    def measure(descent: Descent, full: bool, replicates: int, seed: int) -> tuple[tuple[Setting, int, int], ...]:
        chosen = sizes if full else sizes[:quick]
        children = np.random.SeedSequence(seed).spawn(len(chosen))
        settings = [descent.setting(n, d) for n, d in chosen]
        return tuple(
            (setting, *_descending(descent, setting, replicates, np.random.default_rng(child)))
            for setting, child in zip(settings, children, strict=True)
        )

    def run(descent: Descent, budget: Budget) -> Evidence:
        found = measure(descent, budget.name == "full", round(effort * budget.replicates), budget.seed)
        return _judge(descent, found, budget)

    return Check(name, Kind.TREND, run)


def descending(run: Callable[[], Training], loss: str) -> int:
    """How many trainings of a batch lower the loss in each iteration; none where the trainer refuses to go on."""
    try:
        curves = run().curves[loss]
    except Divergence:
        return 0
    return int(np.all(np.diff(curves, axis=-1) <= ROUNDING * curves[:, 1:], axis=-1).sum())


def _descending(descent: Descent, setting: Setting, replicates: int, rng: np.random.Generator) -> tuple[int, int]:
    """In how many of how many trainings every iteration lowered the loss."""
    hits = [
        descending(partial(train, setting, X, y, (descent.loss,)), descent.loss)
        for X, y in batches(setting, replicates, rng)
    ]
    return sum(hits), replicates


def _judge(descent: Descent, found: Sequence[tuple[Setting, int, int]], budget: Budget) -> Evidence:
    bounds = [_interval(hits, count, budget.error_rate / len(found)) for _, hits, count in found]
    below, above = all(high < HALF for _, high in bounds), all(low > HALF for low, _ in bounds)
    outcome = Outcome.FAILS if below else Outcome.HOLDS if above else Outcome.INCONCLUSIVE
    shares = ", ".join(f"{hits} of {count} at n = {s.n}, d = {s.d}" for s, hits, count in found)
    what = f"{descent.update} update, ε = {descent.radius:g}, L = {descent.smoothness:g}, "
    what += f"{'empirical' if descent.loss == 'train' else 'population'} surrogate loss"
    return Evidence(
        Kind.TREND,
        outcome,
        f"Σ = I, ‖θ₀‖ = 1, σ = 1, θ(0) = {descent.start:g} θ₀, the literal ξ, η and T at {len(found)} sizes",
        f"{what}: it decreases in each iteration in {shares}; certainly more (fewer) than half would hold (fail).",
        {
            "sizes": float(len(found)),
            "runs at each size": float(found[0][2]),
            "highest upper bound": max(high for _, high in bounds),
            "lowest lower bound": min(low for low, _ in bounds),
            "error rate": budget.error_rate,
        },
        f"{found[-1][0]}: {found[-1][1]} of {found[-1][2]} trainings descend throughout" if below else None,
        charts=_charts(descent, found, bounds),
    )


def _interval(hits: int, count: int, error_rate: float) -> tuple[float, float]:
    """Clopper and Pearson's interval for a frequency."""
    low = float(beta.ppf(error_rate / 2, hits, count - hits + 1)) if hits else 0.0
    high = float(beta.isf(error_rate / 2, hits + 1, count - hits)) if hits < count else 1.0
    return low, high


def _charts(
    descent: Descent, found: Sequence[tuple[Setting, int, int]], bounds: Sequence[tuple[float, float]]
) -> tuple[Chart, ...]:
    sizes = tuple(float(setting.n) for setting, _, _ in found)
    shares = tuple(hits / count for _, hits, count in found)
    low, high = (tuple(side) for side in zip(*bounds, strict=True))
    frequency = Series("trainings", sizes, shares, low, high, points=True)
    setting = found[-1][0]
    risks = surrogate_risk(population_run(setting), setting.population, setting.radius, setting.schedule.smoothing)
    steps = tuple(float(step) for step in range(len(risks)))
    return (
        Chart("Trainings that descend throughout", "n", "frequency", (frequency,), x_log=True),
        Chart(
            f"Algorithm 1 on the population: {setting}", "iteration", "surrogate risk",
            (Series("R_{L,ξ}", steps, _floats(risks), points=True),),
        ),
    )  # fmt: skip


def _floats(values: FloatArray) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
