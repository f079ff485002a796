r"""The paper attacks networks by gradients. A network of Theorem 4 is $f(x) = (p^\top x)_+ - (-q^\top x)_+$ (zero
initialisation, derivative $c > 0$ at 0), and its worst loss is known exactly: over the ball of radius $\epsilon$
around $x$, $\max f$ is the larger of $\min_{0 \leq t \leq 1} [(p + tq)^\top x + \epsilon \|p + tq\|_2]$ and
$\min(0, q^\top x + \epsilon \|q\|_2)$, and $\min f$ is $-\max f$ for $(-q, -p)$. Projected gradient ascent never
exceeds it, and falls short. For $d = 2$, $n = 100$, $\Sigma = I$, $\|\theta_0\| = 1$, $\epsilon = \sigma = 1/2$,
$\xi = 0.05$ and trained networks, ten steps of the usual length $\epsilon/4$ from a random start end more than
$10^{-3}$ of the worst loss below it at three quarters of the points (to within 0.03); from the best of five starts at
a quarter to a third of them, and of twenty at 1 to 4 in a hundred. From one start, $k$ steps of length
$2.5 \epsilon/k$ miss two thirds or more of the points for $k = 5$ and for $k = 50$ as well.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from hypothesis import strategies as st

from checks import domains
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.evidence import sampled, trend
from checks.evidence.sampled import EPS
from checks.evidence.trend import Sweep
from checks.result import Chart, Evidence, Kind, Series
from checks.xing2021 import PAPER
from models.two_layer import Range, TwoLayerNetwork, network_training, relu, two_slope_range
from models.two_layer.pgd import ascended_loss
from theory.norms import lp_norm
from theory.population import LinearGaussian
from theory.two_layer import relu_reduction
from theory.validation import FloatArray

Worst = Callable[[FloatArray, FloatArray, FloatArray, float], Range]
Shares = dict[int, tuple[float, float]]

EQUAL_SIGNS = relu_reduction(0.5, 0.5, 1)
POPULATION = LinearGaussian(np.ones(2) / np.sqrt(2), np.eye(2), 0.5)
RADIUS, SMOOTHING, N, POINTS = 0.5, 0.05, 100, 500
STEP_SIZE, STEPS = 0.3, 300
SHORTFALL, LEAST_SHOWN = 1e-3, 1e-12
LARGEST_D, STARTS, MOST = 3, 2, 400
ROUNDING = 32 * EPS  # of (‖p‖ + ‖q‖)(‖x‖ + ε): sums of two products of d terms, a projection, and the same once more
GOLDEN, SECTIONS = (np.sqrt(5) - 1) / 2, 90  # 0.618^90 is below EPS


@dataclass(frozen=True)
class Shortfall:
    """The range of a two-sloped network over balls, and the shares of points, (least, most), that PGD misses.

    `by_restarts` is for ten steps of ε/4 and `by_steps` for one start and steps of 2.5 ε over their number.
    """

    worst: Worst
    by_restarts: Shares
    by_steps: Shares


@dataclass(frozen=True, eq=False)
class Case:
    """A two-sloped function, a sample, and the radius of the ball around it."""

    p: FloatArray
    q: FloatArray
    x: FloatArray
    y: float
    radius: float

    def __str__(self) -> str:
        """The case with every digit."""
        vectors = ", ".join(f"{name}={getattr(self, name).tolist()}" for name in "pqx")
        return f"{vectors}, y={self.y!r}, radius={self.radius!r}"

    @property
    def scale(self) -> float:
        """(‖p‖ + ‖q‖)(‖x‖ + ε), which no value of f in the ball exceeds."""
        p, q, x = (float(lp_norm(v, 2.0)) for v in (self.p, self.q, self.x))
        return (p + q) * (x + self.radius)

    def worst(self, formula: Shortfall) -> Range:
        """What the formula says the range is; arrays of shape (1,)."""
        return formula.worst(self.x[None], self.p, self.q, self.radius)


@st.composite
def cases(draw: domains.Draw) -> Case:
    """Any p, q and x in up to 3 dimensions; parallel, opposite and obtuse p and q, balls across a kink, radius 0."""
    d, radius = draw(st.integers(1, LARGEST_D)), draw(domains.radii())
    p, x = draw(domains.vectors(d)), draw(domains.vectors(d))
    q = draw(st.one_of(domains.vectors(d), domains.numbers(-2.0, 2.0).map(lambda share: share * p)))
    q = -q if p @ q > 0 and draw(st.booleans()) else q
    size = float(lp_norm(q, 2.0))
    if size and draw(st.booleans()):
        unit = q / size
        x = x + (draw(domains.numbers(-1.0, 1.0)) * radius - float(unit @ x)) * unit
    return Case(p, q, x, draw(domains.numbers(-4.0, 4.0)), radius)


def minimax(p: FloatArray, q: FloatArray, x: FloatArray, radius: float) -> float:
    """max f over the ball by weak duality made equal: a convex function of t, minimised by golden sections."""

    def bound(t: float) -> float:
        slope = p + t * q
        return float(slope @ x + radius * lp_norm(slope, 2.0))

    low, high, least = 0.0, 1.0, min(bound(0.0), bound(1.0))
    for _ in range(SECTIONS):
        left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        at_left, at_right = bound(left), bound(right)
        least = min(least, at_left, at_right)
        low, high = (low, right) if at_left < at_right else (left, high)
    return max(least, min(0.0, float(q @ x + radius * lp_norm(q, 2.0))))


def minimax_gap(formula: Shortfall, case: Case) -> float:
    """The larger distance of an end of the range to that of the minimax theorem."""
    found = case.worst(formula)
    high, low = minimax(case.p, case.q, case.x, case.radius), -minimax(-case.q, -case.p, case.x, case.radius)
    gap = max(abs(high - float(found.high[0])), abs(low - float(found.low[0])))
    return gap / case.scale if case.scale else gap


def ascent_gap(formula: Shortfall, case: Case) -> float:
    """By how much √loss after ascent exceeds that of the worst loss; below 0 where ascent falls short."""
    network = TwoLayerNetwork(EQUAL_SIGNS, np.stack([case.p, -case.q]), relu(0.5))
    found = ascended_loss(network, case.x[None], [case.y], case.radius, restarts=STARTS)[0, 0]
    worst, _ = case.worst(formula).worst_loss([case.y])
    scale = case.scale + abs(case.y)
    return float(np.sqrt(found) - np.sqrt(worst[0])) / scale if scale else 0.0


@dataclass(frozen=True)
class Effort:
    """A setting of the ascent."""

    steps: int = 10
    restarts: int = 1


BY_RESTARTS = Sweep(
    tuple(Effort(restarts=count) for count in (1, 5, 20)), 3, lambda effort: effort.restarts, "starts", lambda _: 4.0
)
BY_STEPS = Sweep(tuple(Effort(steps=count) for count in (5, 50)), 2, lambda effort: effort.steps, "steps")


def shortfalls(effort: Effort, networks: int, rng: np.random.Generator) -> FloatArray:
    """1 - (loss after ascent)/(worst loss) at 500 new points of each trained network, shape (networks, 500)."""
    X, y = _data(networks, N, rng)
    trained = network_training(
        X, y, EQUAL_SIGNS, relu(1.0), RADIUS, SMOOTHING, step_size=STEP_SIZE, steps=STEPS
    )  # fmt: skip
    X, y = _data(networks, POINTS, rng)
    worst, _ = two_slope_range(X, trained.vectors[:, 0], -trained.vectors[:, 1], RADIUS).worst_loss(y)
    seed = int(rng.integers(2**31))
    found = ascended_loss(trained.network, X, y, RADIUS, steps=effort.steps, restarts=effort.restarts, seed=seed)
    return 1 - found / worst


def _data(networks: int, n: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    draws = [POPULATION.sample(n, rng) for _ in range(networks)]
    X, y = (np.stack(arrays) for arrays in zip(*draws, strict=True))
    return X, y


def missed(effort: Effort, replicates: int, rng: np.random.Generator) -> FloatArray:
    """The share of points, for each network, that end short by more than 10⁻³ of the worst loss."""
    share: FloatArray = (shortfalls(effort, replicates, rng) > SHORTFALL).mean(axis=-1)
    return share


@lru_cache(maxsize=2)
def quantiles(seed: int) -> Chart:
    """The quantiles of the shortfall at the points of 20 networks."""
    shares = np.linspace(0.02, 0.98, 49)
    series = []
    for effort in BY_RESTARTS.points:
        found = np.quantile(shortfalls(effort, 20, np.random.default_rng(seed)), shares)
        series.append(
            Series(f"{effort.restarts} starts", tuple(shares.tolist()), tuple(np.maximum(found, LEAST_SHOWN).tolist()))
        )
    level = Series("missed above", (0.02, 0.98), (SHORTFALL, SHORTFALL))
    return Chart("Shortfall of ten steps", "share of points", "1 - loss/worst loss", (*series, level), y_log=True)


def with_quantiles(check: Check[Shortfall]) -> Check[Shortfall]:
    """The check, with a picture of the shortfall of all points in its evidence."""

    def run(formula: Shortfall, budget: Budget) -> Evidence:
        evidence = check.run(formula, budget)
        return replace(evidence, charts=(*evidence.charts, quantiles(budget.seed)))

    return Check(check.name, check.kind, run)


def kinks_forgotten(X: FloatArray, p: FloatArray, q: FloatArray, radius: float) -> Range:
    """The ends of the four linear functions alone, where the sample's own slope decides."""
    slope = np.where(X @ p > 0, 1.0, 0.0)[:, None] * p + np.where(X @ q < 0, 1.0, 0.0)[:, None] * q
    value, size = (X * slope).sum(axis=-1), radius * lp_norm(slope, 2.0)
    return Range(value - size, value + size, value - size, value + size)


def linear_part_only(X: FloatArray, p: FloatArray, q: FloatArray, radius: float) -> Range:
    """The range of f's linear part (p + q)ᵀx/2."""
    slope = p / 2 + q / 2
    value, size = X @ slope, radius * lp_norm(slope, 2.0)
    return Range(value - size, value + size, value - size, value + size)


def five_percent_short(X: FloatArray, p: FloatArray, q: FloatArray, radius: float) -> Range:
    """The range over balls of 0.95 of the radius."""
    return two_slope_range(X, p, q, 0.95 * radius)


FORMULA = Shortfall(
    two_slope_range,
    by_restarts={1: (0.72, 0.78), 5: (0.25, 1 / 3), 20: (0.01, 0.04)},
    by_steps={5: (2 / 3, 1.0), 50: (2 / 3, 1.0)},
)

CLAIM = Claim(
    id="xing2021.pgd_misses_worst_case",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 4"),
    formula=FORMULA,
    checks=(
        sampled.search(
            "minimax", cases(), minimax_gap, ROUNDING, "The range against the minimax theorem",
            scope=f"the worst loss, d = 1 to {LARGEST_D}", most=MOST,
        ),
        sampled.search(
            "ascent", cases(), ascent_gap, ROUNDING, "The loss after ascent from two starts against the worst loss",
            scope=f"no excess, d = 1 to {LARGEST_D}", most=MOST,
        ),
        with_quantiles(
            trend.bounds(
                "restarts", BY_RESTARTS, missed, lambda formula, at: formula.by_restarts[at.restarts],
                "Shares of points that ten steps miss", "the setting of the statement", Kind.MONTE_CARLO,
            )
        ),
        trend.bounds(
            "steps", BY_STEPS, missed, lambda formula, at: formula.by_steps[at.steps],
            "Shares of points that are missed from one start", "the setting of the statement", Kind.MONTE_CARLO,
        ),
    ),
    mutants=(
        Mutant("kinks_forgotten", replace(FORMULA, worst=kinks_forgotten)),
        Mutant("linear_part_only", replace(FORMULA, worst=linear_part_only)),
        Mutant("five_percent_of_radius_short", replace(FORMULA, worst=five_percent_short)),
        Mutant("one_point_in_five", replace(FORMULA, by_restarts={1: (0.17, 0.23), 5: (0.0, 0.1), 20: (0.0, 0.01)})),
        Mutant("four_points_in_five", replace(FORMULA, by_restarts=FORMULA.by_restarts | {1: (0.78, 0.84)})),
        Mutant("five_times_the_steps_suffice", replace(FORMULA, by_steps=FORMULA.by_steps | {50: (0.0, 0.5)})),
    ),
    ours=True,
)  # fmt: skip
