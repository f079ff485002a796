r"""$R^*$ is the least risk of linear functions, not of all functions. Let $d = 1$, $\Sigma = 1$, $\theta_0 = 1$,
$\sigma = 0$ and $\epsilon = 1.3 > \sqrt{\pi/2}$, so that $\theta^* = 0$ and $R^* = 1$. Soft thresholding
$f_t(x) = \mathrm{sign}(x)(|x| - t)_+$ with $0 < t \leq \epsilon$ has the worst-case loss
$\max(\epsilon - t, \min(|x|, \epsilon + t))^2$, and with $a = \epsilon - t$, $c = \epsilon + t$ and
$c_0 = \sqrt{2/\pi}$ the adversarial risk $c^2 - (c^2 - 1) \, \mathrm{erf}(c/\sqrt{2}) - c_0 c e^{-c^2/2}
+ (a^2 - 1) \, \mathrm{erf}(a/\sqrt{2}) + c_0 a e^{-a^2/2}$: 0.98307 at $t = \epsilon$, and least at $t = 1.0688$,
with 0.97454. (The paper has none.)
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import sympy as sp
from flint import arb, ctx
from hypothesis import strategies as st

from checks import domains
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import Ball, enclose, encloser
from checks.evidence import certified, sampled, symbolic
from checks.evidence.sampled import EPS
from checks.result import Chart, Evidence, Kind, Outcome, Series
from checks.xing2021 import PAPER
from checks.xing2021.two_layer.attacked_functions import POPULATION, brute_force, risk_by_cells
from theory import notation as sym
from theory.derivations.thresholding import thresholding_risk
from theory.optimum import robust_minimizer
from theory.risk import adversarial_risk
from theory.validation import FloatArray

t, eps, c0 = sym.threshold, sym.radius, sym.c0
a, c = eps - t, eps + t
x = sym.direction_value

RADIUS = 1.3
THRESHOLDS = (0.5, 0.9375, 1.0625, 1.1875, 1.3)
BEST = 1.0688
PLACES, ROUND = 5e-5, 5e-6
"""Half a unit of the last place of the stated threshold, and of the stated risks."""
ROUNDING = 16 * EPS
"""Four sums of numbers up to |x| + ε + t and a square, relative to (ε + t) (|x| + ε + t)."""
PERTURBATIONS = 41
SMALLEST, NARROWEST = 1 / 64, 2.0**-24
"""Where thresholds begin, and the width of an interval on which a slope without a sign stays undecided."""


@dataclass(frozen=True)
class Thresholding:
    """Worst-case loss and risk of soft thresholding in t and ε, the best threshold at ε = 1.3, and two risks."""

    loss: Callable[[FloatArray, float, float], FloatArray]
    risk: sp.Expr
    best: float = BEST
    least: float = 0.97454
    at_radius: float = 0.98307

    @property
    def latex(self) -> str:
        """The risk as LaTeX."""
        return rf"R(f_t, \epsilon) = {sp.latex(self.risk)}"

    def enclose(self, threshold: Ball) -> Ball:
        """The risk at ε = 1.3."""
        return enclose(self.risk, {t: threshold, eps: RADIUS})


@dataclass(frozen=True)
class Case:
    """An input x under an attack of strength `radius`, thresholded at `threshold`."""

    x: float
    threshold: float
    radius: float


def soft(value: FloatArray, threshold: float) -> FloatArray:
    """sign(x) (|x| - t)₊."""
    thresholded: FloatArray = np.sign(value) * np.maximum(np.abs(value) - threshold, 0.0)
    return thresholded


def loss(value: FloatArray, threshold: float, radius: float) -> FloatArray:
    """max(ε - t, min(|x|, ε + t))²."""
    worst: FloatArray = np.maximum(radius - threshold, np.minimum(np.abs(value), radius + threshold)) ** 2
    return worst


@st.composite
def cases(draw: domains.Draw) -> Case:
    """Inputs from 0 to 8 of either sign, also next to the two kinks, radii from 0.1 to 4, thresholds up to them."""
    radius = draw(domains.numbers(0.1, 4.0))
    threshold = radius * draw(st.one_of(st.just(1.0), domains.numbers(1e-3, 1.0)))
    kinks = [0.0, radius - threshold, radius + threshold, threshold]
    value = draw(st.one_of(st.sampled_from(kinks), domains.numbers(-8.0, 8.0)))
    return Case(value, threshold, radius)


def loss_gap(formula: Thresholding, case: Case) -> float:
    """Distance of the loss to the largest one over 41 perturbations, the two ends among them."""
    place = np.array([case.x])
    found = brute_force(lambda value: soft(value, case.threshold), place, case.radius, PERTURBATIONS)
    claimed = formula.loss(place, case.threshold, case.radius)
    reach = case.radius + case.threshold
    return float(np.abs(found - claimed)[0]) / (reach * (abs(case.x) + reach))


@lru_cache(maxsize=1)
def measured() -> tuple[Ball, ...]:
    """The risk at every threshold, from the loss on small cells."""
    return tuple(risk_by_cells(lambda x, s=s: _soft_ball(x, arb(s)), RADIUS, 0.0) for s in THRESHOLDS)  # type: ignore[misc]


def _soft_ball(value: Ball, threshold: Ball) -> Ball:
    return (value - threshold).max(arb(0)) - (-value - threshold).max(arb(0))


def compare(formula: Thresholding, budget: Budget) -> Evidence:
    """The risk by cells against the formula, and both against R*."""
    optimum = robust_minimizer(POPULATION, RADIUS)
    claimed = [formula.enclose(arb(s)) for s in THRESHOLDS]
    pairs = list(zip(THRESHOLDS, measured(), claimed, strict=True))
    apart = [f"t = {s}: {cells.str(5)} by cells, {ball.str(8)} stated" for s, cells, ball in pairs
             if not cells.overlaps(ball)]  # fmt: skip
    least = min(measured(), key=lambda ball: float(ball.mid()))
    below = bool(least < optimum.risk * (1 - max(optimum.gap, 4 * EPS)))
    stated = abs(measured()[-1] - formula.at_radius) < measured()[-1].rad() + ROUND
    outcome = Outcome.FAILS if apart or not below or not stated else Outcome.HOLDS
    width = max(float(ball.rad()) for ball in measured())
    return Evidence(
        Kind.CERTIFIED, outcome, "ε = 1.3, five thresholds",
        f"Summing the worst loss over cells of width 2^-11 encloses {len(THRESHOLDS)} risks to {width:.1g}; "
        f"{len(apart)} stated ones lie outside. The least is {least.str(4)}, below R* = {optimum.risk:.6g}.",
        {"thresholds": float(len(THRESHOLDS)), "outside": float(len(apart)), "half-width": width,
         "linear optimum": optimum.risk},
        apart[0] if apart else None, charts=(_chart(formula),),
    )  # fmt: skip


def locate(formula: Thresholding, budget: Budget) -> Evidence:
    """The sign of the risk's slope on either side of the stated threshold, and the stated risks to their last place."""
    falling = _sign(formula, SMALLEST, formula.best - PLACES)
    rising = _sign(formula, formula.best + PLACES, RADIUS) if formula.best + PLACES < RADIUS else 1
    with ctx.workprec(certified.PRECISION):
        distances = [
            abs(formula.enclose(arb(place)) - arb(value))
            for place, value in ((formula.best, formula.least), (RADIUS, formula.at_radius))
        ]
    right = (falling, rising) == (-1, 1) and all(distance < ROUND for distance in distances)
    wrong = falling > 0 or rising in (-1, 2) or any(distance > ROUND for distance in distances)
    outcome = Outcome.HOLDS if right else Outcome.FAILS if wrong else Outcome.INCONCLUSIVE
    words = {-1: "falls", 0: "is not shown to be monotone", 1: "rises", 2: "turns"}
    text = f"the risk {words[falling]} up to t = {formula.best} - 0.00005 and {words[rising]} from + 0.00005 on"
    return Evidence(
        Kind.CERTIFIED, outcome, "ε = 1.3, all t from 1/64 to ε",
        f"Enclosed slopes say that {text}; the risks there and at t = ε differ from the stated ones by at most "
        f"{max(float(distance.mid()) for distance in distances):.2g}, where half a last place is {ROUND:.1g}.",
        {"largest distance of a stated risk": max(float(distance.mid()) for distance in distances)},
        text if wrong else None,
    )  # fmt: skip


def _sign(formula: Thresholding, low: float, high: float) -> int:
    """-1 or 1 where the risk's slope has that sign on all of an interval, 2 where it has both, 0 where undecided."""
    slope = encloser(sp.diff(formula.risk, t))
    waiting, signs, decided = [(low, high)], set(), True
    with ctx.workprec(certified.PRECISION):
        while waiting:
            left, right = waiting.pop()
            ball = slope({t: arb(left).union(arb(right)), eps: arb(RADIUS)})
            if ball > 0 or ball < 0:
                signs.add(1 if ball > 0 else -1)
            elif right - left < NARROWEST:
                decided = False
            else:
                middle = (left + right) / 2
                waiting += [(left, middle), (middle, right)]
    if len(signs) == 2:
        return 2
    return signs.pop() if signs and decided else 0


def _chart(formula: Thresholding) -> Chart:
    grid = np.linspace(0.05, RADIUS, 51)
    thresholded = tuple(float(formula.enclose(arb(float(s))).mid()) for s in grid)
    slopes = np.linspace(0.0, 1.0, 51)
    linear = tuple(adversarial_risk(slopes[:, None], POPULATION, RADIUS).tolist())
    return Chart(
        "Risks at ε = 1.3, y = x: linear functions and soft thresholding", "threshold t, or 1.3 times 1 - θ",
        "adversarial risk",
        (Series("soft thresholding", tuple(grid.tolist()), thresholded),
         Series("linear, θx", tuple((RADIUS * (1 - slopes)).tolist()), linear)),
    )  # fmt: skip


def risk(first: sp.Expr, last: sp.Expr) -> sp.Expr:
    """E max(first, min(|Z|, last))²."""
    inner, outer = sp.erf(first / sp.sqrt(2)), sp.erf(last / sp.sqrt(2))
    tails = c0 * (first * sp.exp(-(first**2) / 2) - last * sp.exp(-(last**2) / 2))
    return last**2 - (last**2 - 1) * outer + (first**2 - 1) * inner + tails


def shifted(first: float, last: float) -> Thresholding:
    """The claim with the two kinks of the loss multiplied."""
    share = [sp.Rational(round(100 * factor), 100) for factor in (first, last)]
    return replace(
        FORMULA,
        loss=lambda value, s, r: np.maximum(first * (r - s), np.minimum(np.abs(value), last * (r + s))) ** 2,
        risk=risk(share[0] * a, share[1] * c),
    )


FORMULA = Thresholding(loss, risk(a, c))

CLAIM = Claim(
    id="xing2021.linear_optimum_is_not_least",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 3"),
    ours=True,
    formula=FORMULA,
    checks=(
        symbolic.derivation(
            "derivation", thresholding_risk, lambda f: f.risk.subs(eps, t + sym.threshold_gap),
            "The mean of the larger loss at the two ends of the interval", "every ε and 0 < t < ε",
        ),
        Check("cells", Kind.CERTIFIED, compare),
        Check("best_threshold", Kind.CERTIFIED, locate),
        sampled.search(
            "perturbations", cases(), loss_gap, ROUNDING, "The worst-case loss against the largest of 41 losses",
            "ε from 0.1 to 4, thresholds up to ε, inputs up to 8",
        ),
    ),
    mutants=(
        Mutant("first_kink_forgotten", shifted(0.0, 1.0)),
        Mutant("last_kink_five_percent_far", shifted(1.0, 1.05)),
        Mutant("first_kink_five_percent_far", shifted(1.05, 1.0)),
        Mutant("c0_five_percent_more", replace(FORMULA, risk=FORMULA.risk.subs(c0, c0 * sp.Rational(105, 100)))),
        Mutant("best_threshold_at_the_radius", replace(FORMULA, best=RADIUS, least=0.98307)),
        Mutant("best_threshold_a_place_off", replace(FORMULA, best=1.0689)),
        Mutant("least_risk_a_place_off", replace(FORMULA, least=0.97455)),
        Mutant("linear_risk_stated", replace(FORMULA, at_radius=1.0)),
    ),
)  # fmt: skip
