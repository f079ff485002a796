r"""The minimiser of $R_{L, \xi}(\theta, \epsilon)$ need not be unique: for $d = 1$, $\Sigma = 1$, $\theta_0 = 1$,
$\sigma^2 = 0.05$, $\xi = 1$ and one $\epsilon$ between $2.186$ and $2.187$ there are two global minimisers, one below
$0.575$ and one above it. (The paper has none; uniqueness is what convexity is used for.)
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import sympy as sp
from flint import arb
from hypothesis import strategies as st
from scipy.stats import norm as normal

from checks import domains
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import Ball
from checks.evidence import montecarlo, sampled
from checks.result import WHOLE_DOMAIN, Chart, Evidence, Kind, Outcome, Series
from checks.xing2021 import PAPER
from checks.xing2021.low_dimension.smoothed_attack import (
    PUBLISHED,
    Line,
    SmoothedRisk,
    attacked_losses,
    enclose_on_line,
    eps,
    s,
    xi,
)
from theory.risk import RISK
from theory.surrogate import SURROGATE_RISK, surrogate_risk

RIDGE = 0.575
BOTTOMS = (0.1724, 0.8854)
REACH = (0.0625, 1.9375)  # s² = (1 - θ)² + 0.05 alone exceeds both minima outside


@dataclass(frozen=True)
class Tie:
    """A bracket of attack strengths in which two global minimisers of a risk, on both sides of the ridge, tie."""

    low: float = 2.186
    high: float = 2.187
    risk: SmoothedRisk = PUBLISHED

    @property
    def expression(self) -> sp.Expr:
        """The risk in closed form."""
        return self.risk.expression

    @property
    def latex(self) -> str:
        """The risk as LaTeX."""
        return self.risk.latex


DRAWN = ((2.0, (0.2148, 0.5625, 0.8906)), (2.5, (0.125, 0.6406, 0.875)))
"""ε, and a θ in each well with one on the ridge between."""

NARROWEST = 2.0**-14  # a part this narrow that is still undecided ends the search
RESOLUTION = 0.05  # of the risk: the smallest of the differences looked for is 0.04 of it


def line(radius: float) -> Line:
    """The problem at attack strength `radius`."""
    return Line(1.0, 0.05, radius, 1.0)


def certify(tie: Tie, budget: Budget) -> Evidence:
    """Bound the minima on both sides of the ridge at both ends of the bracket."""
    risk, ends = tie.expression, (tie.low, tie.high)
    heights = [[enclose_on_line(risk, line(end), at) for at in (RIDGE, *BOTTOMS)] for end in ends]
    if any(ridge < left or ridge < right for ridge, left, right in heights):
        lower = f"at θ = {RIDGE} the risk is lower than at one of {BOTTOMS}"
        return Evidence(Kind.CERTIFIED, Outcome.FAILS, "one line", f"There is no ridge: {lower}.", {}, lower)
    sides: list[str | None] = [_deeper(end) for end in ends] if tie.risk is PUBLISHED else [None, None]
    same = None not in sides and sides[0] == sides[1]
    text = f"the {sides[0]} side is the deeper one at both ends of {list(ends)}" if same else None
    outcome = Outcome.FAILS if same else Outcome.HOLDS if sides == ["right", "left"] else Outcome.INCONCLUSIVE
    summary = text or (
        "Between points at which R is enclosed it lies below its chord by at most h²/8 times a bound on R''. So "
        f"for certain the minimum over θ >= {RIDGE} is the smaller "
        f"one at ε = {tie.low} and that over θ <= {RIDGE} at ε = {tie.high}; both are continuous in ε, so they tie "
        "in between, below the ridge."
    )
    charts = (_chart(),) if outcome is Outcome.HOLDS else ()
    return Evidence(Kind.CERTIFIED, outcome, WHOLE_DOMAIN, summary, {}, text, charts=charts)


@lru_cache(maxsize=16)
def _deeper(radius: float) -> str | None:
    at_left, at_right = (enclose_on_line(SURROGATE_RISK, line(radius), at) for at in BOTTOMS)
    if _exceeds(radius, RIDGE, REACH[1], at_left):
        return "left"
    return "right" if _exceeds(radius, REACH[0], RIDGE, at_right) else None


def _exceeds(radius: float, low: float, high: float, level: Ball) -> bool:
    """Whether R > level on [low, high], and outside of REACH, where R >= s² > level."""
    if not all((1 - arb(end)) ** 2 + arb(0.05) > level for end in REACH):
        return False
    value = lru_cache(maxsize=4096)(lambda at: enclose_on_line(SURROGATE_RISK, line(radius), at))
    waiting = [(low, high)]
    while waiting:
        left, right = waiting.pop()
        sag = arb(right - left) ** 2 / 8 * _largest_curvature(arb(left).union(arb(right)), arb(radius))
        if value(left) - sag > level and value(right) - sag > level:
            continue
        if right - left < NARROWEST:
            return False
        middle = (left + right) / 2
        waiting += [(left, middle), (middle, right)]
    return True


def _largest_curvature(theta: Ball, gain: Ball) -> Ball:
    """An upper bound on R'' with g = ε/ξ, S = s², N = θ², m = θ(θ - θ₀) where positive: with ξ = 1 the gain is ε.

    2(1 + 2gN)² + 8gS + 48g²SN + 8m(4g + 8g²N): each moment of the second derivative at its largest, k M <= 1,
    k(M - kM') <= 2, k²H <= 1 and so on, the negative ones left out.
    """
    size, variance = theta**2, (1 - theta) ** 2 + arb(0.05)
    mixed = (theta * (theta - 1)).max(arb(0))
    square = 2 * (1 + 2 * gain * size) ** 2 + 8 * gain * variance + 48 * gain**2 * variance * size
    return (square + 8 * mixed * (4 * gain + 8 * gain**2 * size)).upper()


def ridge_gap(tie: Tie, radius: float) -> float:
    """The higher of the two wells' depths minus the ridge between them, relative to it: negative with two wells."""
    places = np.linspace(0.1, 0.95, 35)
    values = [tie.risk(line(radius).problem(float(at))) for at in places]
    left, right = min(values[:17]), min(values[17:])
    ridge = max(values[values.index(left) : len(values) - values[::-1].index(right)])
    return (max(left, right) - ridge) / ridge


def simulate(tie: Tie, budget: Budget) -> Evidence:
    """Draw pairs, attack them at three coefficients, and compare: a ridge between two wells whose order changes."""
    found = _measure(tie.risk.share, budget.samples, budget.seed)
    margin = float(normal.isf(budget.error_rate / len(found)))
    lows, highs = zip(
        *((m.mean - margin * m.standard_error, m.mean + margin * m.standard_error) for m in found), strict=True
    )
    detectable = (margin + float(normal.ppf(montecarlo.POWER))) * max(m.standard_error for m in found)
    decided = Outcome.FAILS if min(highs) < 0 else Outcome.HOLDS if min(lows) > 0 else Outcome.INCONCLUSIVE
    return Evidence(
        Kind.MONTE_CARLO,
        decided if detectable <= RESOLUTION else Outcome.INCONCLUSIVE,
        "two attack strengths, 2 and 2.5",
        f"Over {budget.samples} drawn pairs the ridge exceeds both wells at both strengths and their order "
        "changes: the smallest of the "
        f"six differences is {min(m.mean for m in found):.3g}, and {detectable:.2g} would have been seen.",
        {
            "samples": float(budget.samples),
            "smallest difference": min(m.mean for m in found),
            "margin in standard errors": margin,
            "detectable difference": detectable,
            "resolution": RESOLUTION,
            "error rate": budget.error_rate,
        },
        str([round(m.mean, 4) for m in found]) if decided is Outcome.FAILS else None,
    )


@lru_cache(maxsize=16)
def _measure(share: sp.Expr, samples: int, seed: int) -> tuple[montecarlo.Mean, ...]:
    # Ridge over left, ridge over right, and the shallower well over the deeper: left at ε = 2, right at ε = 2.5.
    pairs = [
        (radius, at[i], at[j])
        for (radius, at), last in zip(DRAWN, ((0, 2), (2, 0)), strict=True)
        for i, j in ((1, 0), (1, 2), last)
    ]
    return tuple(
        montecarlo.average(
            lambda count, rng, case=case: _difference(share, case, count, rng),  # type: ignore[misc]
            samples,
            np.random.default_rng(child),
        )
        for case, child in zip(pairs, np.random.SeedSequence(seed).spawn(len(pairs)), strict=True)
    )


def _difference(
    share: sp.Expr, case: tuple[float, float, float], count: int, rng: np.random.Generator
) -> montecarlo.Draws:
    radius, higher, lower = case
    return attacked_losses(share, line(radius), {higher: 1, lower: -1}, count, rng)


def _chart() -> Chart:
    x, radius = np.linspace(0.05, 1.05, 141), 2.186434
    problem = line(radius).problem(1.0)

    def risk(at: np.ndarray) -> tuple[float, ...]:
        values: list[float] = surrogate_risk(at[:, None], problem.population, radius, 1.0).tolist()
        return tuple(values)

    return Chart(
        title=f"Two global minimisers: {line(radius)}",
        x_label="θ",
        y_label="risk under the smoothed attack",
        series=(
            Series("surrogate risk", tuple(x.tolist()), risk(x)),
            Series("minimisers", BOTTOMS, risk(np.array(BOTTOMS)), points=True),
        ),
    )


CLAIM = Claim(
    id="xing2021.surrogate_minimizer_need_not_be_unique",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Section 2.1, surrogate loss"),
    ours=True,
    formula=Tie(),
    checks=(
        Check("tie", Kind.CERTIFIED, certify),
        sampled.search(
            "two_wells",
            st.one_of(domains.numbers(2.0, 2.5), st.sampled_from([2.0, 2.186434, 2.5])),
            ridge_gap,
            -0.005,
            "A ridge half a percent higher separates two wells",
            scope="ε from 2 to 2.5",
        ),
        Check("simulation", Kind.MONTE_CARLO, simulate),
    ),
    mutants=(
        Mutant("no_smoothing", Tie(risk=PUBLISHED.change(RISK, sp.S.One))),
        Mutant(
            "shrinkage_without_the_residual", Tie(risk=PUBLISHED.change(RISK.subs(eps, eps / (1 + xi)), 1 / (1 + xi)))
        ),
        Mutant("bracket_five_percent_higher", Tie(2.2953, 2.29635)),
        Mutant("no_attack", Tie(risk=PUBLISHED.change(s**2, sp.S.Zero))),
    ),
    uses=("xing2021.surrogate_risk_has_closed_form",),
)
