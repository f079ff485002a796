r"""Theorem 4 needs weights of both signs. Without negative ones a ReLU network that starts at zero is
$f(x) = (p^\top x)_+$, and no $p$ comes near $R^*$: for $\Sigma = I$, $\|\theta_0\| = 1$ and $\sigma = \epsilon = 1/2$
the least $(R_N(f, \epsilon) - R^*)/v^2$ is $0.187065$, in every dimension, at a $p$ along $\theta_0$. Training comes to
$0.187875$ only, as its attack is of first order: where $f$ is 0 it sees no slope and does nothing. (The paper asks for
$\|a^+\|/\|a^-\| = 1$.)
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from flint import arb, ctx
from hypothesis import strategies as st
from scipy.optimize import brentq

from checks import domains
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.evidence import sampled, trend
from checks.evidence.trend import Limit, Sweep
from checks.result import Evidence, Kind, Outcome
from checks.xing2021 import PAPER
from checks.xing2021.two_layer import enclosed_slopes, relu_training, two_slopes
from checks.xing2021.two_layer.population_slopes import STEPS
from checks.xing2021.two_layer.relu_training import GAUSSIAN_LINE, RADIUS, Setting
from checks.xing2021.two_layer.two_slopes import GAUSSIAN, Line
from theory.optimum import null_threshold
from theory.population import LinearGaussian
from theory.validation import FloatArray


@dataclass(frozen=True)
class Gap:
    """The least (R - R*)/v² of (p x)₊ on a line, and that at which training ends."""

    least: Callable[[Line], float]
    trained: Callable[[Line], float]

    def times(self, factor: float) -> "Gap":
        """Another size, for a mutant."""
        return Gap(lambda line: factor * self.least(line), lambda line: factor * self.trained(line))


@dataclass(frozen=True)
class OneSided:
    """A direction p of a length, given as a share of the best one, at an angle of cosine ρ to θ₀, and a population."""

    line: Line
    share: float
    cosine: float


LINES = tuple(
    Line(GAUSSIAN, 1.0, noise_std, share * null_threshold(LinearGaussian(np.ones(1), np.eye(1), noise_std)))
    for noise_std in (0.25, 0.5, 1.0, 1.5)
    for share in (0.05, 0.2, 0.4, 0.6, 0.8)
)
"""Attacks of up to 0.8 of the null threshold."""
NEAR, ROUNDING = 1e-9, 1e-9
"""Of (R - R*)/v²: a slope found to 1e-9 by golden sections leaves 1e-18 of it, the quadrature some 1e-15."""
SWEEP: Sweep[Setting] = Sweep(
    tuple(Setting(n, float("inf"), 5) for n in (100, 200, 400, 1600, 6400)),
    4, lambda setting: setting.n, "n", lambda setting: max(1.0, 3200 / setting.n),
)  # fmt: skip


def excess(line: Line, slope: float) -> float:
    """(R - R*)/v² of (slope x)₊."""
    return (line.risk(np.array([slope, 0.0])) - line.linear_minimum()[1]) / line.variance


@lru_cache(maxsize=256)
def best_slope(line: Line) -> float:
    """The slope of least risk, which is convex in it."""
    return two_slopes.least(lambda slope: line.risk(np.array([slope, 0.0])), 0.0, 2 * line.truth)[0]


@lru_cache(maxsize=256)
def least_gap(line: Line) -> float:
    """The least excess."""
    return excess(line, best_slope(line))


@lru_cache(maxsize=256)
def trained_gap(line: Line) -> float:
    """The excess where the expected update of p is 0."""
    return excess(line, float(brentq(lambda p: line.update(np.array([p, 0.0]))[0], 0.01, 2 * line.truth, xtol=1e-13)))


def half_of_null(line: Line) -> float:
    """Mistake: half of what the null function loses, as if R* were reached on one side."""
    return (1 - line.linear_minimum()[1] / line.variance) / 2


def enclosure(formula: Gap, budget: Budget) -> Evidence:
    """The least excess on the line, enclosed."""
    with ctx.workprec(enclosed_slopes.PRECISION):
        ball = _enclosed()
        distance = abs(ball - arb(formula.least(GAUSSIAN_LINE)))
    outcome = Outcome.HOLDS if distance < NEAR else Outcome.FAILS if distance > NEAR else Outcome.INCONCLUSIVE
    text = f"the least (R - R*)/v² of (p x)₊ is {ball.str(10)}, claimed {formula.least(GAUSSIAN_LINE):.10g}"
    return Evidence(
        Kind.CERTIFIED, outcome, f"p along θ₀, {GAUSSIAN_LINE}", f"For {GAUSSIAN_LINE} {text}.",
        {"gap": float(ball.mid()), "claimed": formula.least(GAUSSIAN_LINE), "tolerance": NEAR},
        text if outcome is Outcome.FAILS else None,
    )  # fmt: skip


@lru_cache(maxsize=1)
def _enclosed() -> arb:
    line = GAUSSIAN_LINE
    best = enclosed_slopes.least_linear(False, line.linear_minimum()[0], line.noise_std, line.radius)
    one = enclosed_slopes.least(
        best_slope(line), lambda slope: enclosed_slopes.risk(None, (slope, arb(0)), line.noise_std, line.radius)
    )
    return (one - best) / (1 + arb(line.noise_std) ** 2)


@st.composite
def one_sided(draw: domains.Draw) -> OneSided:
    """Any direction and length, those of the best p or not, in populations between little noise and much attack."""
    line = draw(st.sampled_from(LINES))
    share, cosine = draw(domains.numbers(0.0, 2.0)), draw(domains.numbers(-1.0, 1.0))
    return OneSided(line, draw(st.sampled_from([1.0, share])), draw(st.sampled_from([1.0, cosine])))


def turned_risk(line: Line, slope: float, cosine: float) -> float:
    """The risk of (pᵀx)₊ when p/‖p‖ has that cosine with θ₀: y is ρ uᵀx and noise of variance σ² + 1 - ρ²."""
    noise_std = float(np.sqrt(line.noise_std**2 + 1 - min(cosine**2, 1.0)))
    turned = Line(line.design, cosine, noise_std, line.radius)
    return turned.risk(np.array([slope, 0.0]))


def direction_gap(formula: Gap, case: OneSided) -> float:
    """By how much an excess is below the claimed least one."""
    line = case.line
    found = turned_risk(line, case.share * best_slope(line), case.cosine) - line.linear_minimum()[1]
    return formula.least(line) - found / line.variance


def training_gap(formula: Gap, case: OneSided) -> float:
    """Distance of the excess of p trained on the population from the claimed one."""
    slope = case.line.train(np.array([1.0, 0.0]), 1.0, 0.5, STEPS)[0]
    return abs(excess(case.line, float(slope)) - formula.trained(case.line))


def trained_excess(setting: Setting, replicates: int, rng: np.random.Generator) -> FloatArray:
    """(R_N - R*)/v² of trained networks, their risk by quadrature along p; shape (replicates,)."""
    draws = [setting.population.sample(setting.n, rng) for _ in range(replicates)]
    X, y = (np.stack(arrays) for arrays in zip(*draws, strict=True))
    slopes = relu_training.train(X, y, setting.ratio, RADIUS, setting.smoothing).vectors[:, 0]
    sizes = np.sqrt((slopes**2).sum(-1))
    cosines = slopes @ setting.population.true_coefficients / sizes
    risks = [turned_risk(GAUSSIAN_LINE, *pair) for pair in zip(sizes.tolist(), cosines.tolist(), strict=True)]
    return (np.array(risks) - GAUSSIAN_LINE.linear_minimum()[1]) / GAUSSIAN_LINE.variance


FORMULA = Gap(least_gap, trained_gap)

CLAIM: Claim[Gap] = Claim(
    id="xing2021.one_sided_relu_network_fails",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 4"),
    ours=True,
    formula=FORMULA,
    checks=(
        Check("enclosure", Kind.CERTIFIED, enclosure),
        sampled.search(
            "directions", one_sided(), direction_gap, ROUNDING,
            "What (R - R*)/v² of (pᵀx)₊ falls below the claimed least one",
            scope="every direction and length of p, Σ = I, below 0.8 of the null threshold", most=300,
        ),
        sampled.search(
            "population", one_sided(), training_gap, ROUNDING,
            "The excess where p ends, trained on the population, against the claimed one",
            scope="p along θ₀, below 0.8 of the null threshold, no smoothing", most=300,
        ),
        trend.limit(
            "growing_samples", SWEEP, trained_excess, lambda f: Limit(f.trained(GAUSSIAN_LINE), (1.0, 2.0)), 1.0, 0.02,
            "(R_N - R*)/v² of networks without negative weights",
            scope="d = 5, Σ = I, ‖θ₀‖ = 1, σ = ε = 0.5, n = 100 to 1600, at the full budget to 6400",
        ),
    ),
    mutants=(
        Mutant("no_gap", FORMULA.times(0.0)),
        Mutant("five_percent_less", FORMULA.times(0.95)),
        Mutant("five_percent_more", FORMULA.times(1.05)),
        Mutant("half_of_the_null_loss", Gap(half_of_null, half_of_null)),
        Mutant("trained_to_the_least", Gap(least_gap, least_gap)),
    ),
)  # fmt: skip
