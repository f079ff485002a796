r"""The abstract does not say it. Without noise and with $d / n \to c < 1$, adversarial training returns
$\hat{\theta} = \theta_0$ exactly, with probability tending to 1, for $\epsilon < \sqrt{2 c J / z}$, where
$J = \mathbb{E} (Z - z)_+$ for a standard normal $Z$ and $\mathbb{P}(|Z| < z) = c$, and with probability tending to 0
beyond. For $c \to 0$ it is the $c_0$ of the population, and for $c \ge 1$ there is no such radius.
"""

import math
from dataclasses import replace

import numpy as np
import sympy as sp
from flint import arb, ctx
from hypothesis import strategies as st

from checks import domains
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import Ball
from checks.evidence import sampled, trained
from checks.formula import Formula
from checks.javanmard2020 import PAPER
from checks.javanmard2020.settings import Setting
from checks.result import Chart, Evidence, Kind, Outcome, Series, Step
from models.linear import adversarial_minimizer
from theory import notation as sym
from theory.proportional import (
    EXCESS,
    RECOVERY_THRESHOLD,
    TAIL,
    proportional_limit,
    proportional_recovery_threshold,
)

z, c = sym.cutoff, sym.aspect_ratio
FORMULA = Formula(RECOVERY_THRESHOLD, r"\epsilon_0", lambda case: proportional_recovery_threshold(case.aspect_ratio))
DENSITY = sp.exp(-(z**2) / 2) / sp.sqrt(2 * sp.pi)
PRECISION = 128
RATIOS = (2.0**-20, 0.125, 0.5, 0.75, 0.9375)
SAMPLES = 200
FACTORS = (0.5, 1.6)  # a sample's own threshold has a standard deviation of 7 to 9 %
GAP = 1e-11
RECOVERED = 1e-4  # ‖θ̂ - θ₀‖ over ‖θ₀‖: the gap leaves at most its root, and beyond the threshold it is of order one


def stated(formula: Formula, ratio: float) -> float:
    """The stated threshold at an aspect ratio."""
    if formula.implementation is not None:
        return formula(Setting(1.0, 0.0, 0.0, ratio))
    with ctx.workprec(PRECISION):
        return float(formula.enclose({c: arb(ratio), z: arb(2).sqrt() * arb(ratio).erfinv()}).mid())


def steepest(formula: Formula, budget: Budget) -> Evidence:
    """The least E|u|/δ over directions at θ₀, from which ε on the training loss falls along one of them.

    At θ₀ + (-δ, b), δ² + b² = 1, all residuals are Z, which training moves to u at a mean square of cb²; the best clips
    what is taken away at a level z. The slope of E(|u| + t)² at t = ε is 2ε(E|u| - εδ).
    """
    square = sp.erf(z / sp.sqrt(2)) - 2 * z * DENSITY + 2 * z**2 * TAIL  # E min(Z², z²)
    ratio = 2 * EXCESS / sp.sqrt(1 - square / c)
    falling = sp.simplify(sp.diff(sp.log(ratio), z) * EXCESS * (c - square))
    level = sp.simplify(falling - TAIL * (square + 2 * z * EXCESS - c))
    mass = sp.simplify((square + 2 * z * EXCESS - sp.erf(z / sp.sqrt(2))).rewrite(sp.erfc))
    value = sp.simplify(ratio.subs(c, square + 2 * z * EXCESS) ** 2 - 2 * (square + 2 * z * EXCESS) * EXCESS / z)
    gap = sp.simplify(formula.expression**2 - 2 * c * EXCESS / z)
    decided = level == mass == value == 0
    outcome = Outcome.FAILS if gap != 0 else Outcome.HOLDS if decided else Outcome.INCONCLUSIVE
    steps = (
        Step("E|u|/δ where the displacement is clipped at z", sp.latex(ratio), "the best clips"),
        Step("its logarithm's slope in z is a positive factor times E min(Z², z²) + 2zJ - c", sp.latex(level), "SymPy"),
        Step("E min(Z², z²) + 2zJ is P(|Z| < z)", sp.latex(mass), "SymPy"),
        Step("the square of the least value, less 2cJ/z", sp.latex(value), "SymPy"),
    )
    return Evidence(
        Kind.SYMBOLIC, outcome, "slopes of the saddle function at θ₀; that training follows it is another claim",
        "The least radius at which the training loss falls along a direction at θ₀.", {"steps": float(len(steps))},
        f"the squares differ by {gap}" if gap != 0 else None, steps, (chart(),),
    )  # fmt: skip


def chart() -> Chart:
    """The threshold by d/n, and the radii up to which nothing but the population is recovered."""
    ratios = tuple(np.linspace(0.001, 0.999, 60).tolist())
    values = tuple(proportional_recovery_threshold(ratio) for ratio in ratios)
    return Chart(
        "Largest radius of exact recovery without noise", "d/n", "radius", (Series("threshold", ratios, values),)
    )


def slope(ratio: float, level: Ball) -> Ball:
    """E|u|/δ at a level of clipping, by numbers in ball arithmetic: u = (|Z| - z)₊, δ² = 1 - E min(Z², z²)/c."""
    tail, density = (level / arb(2).sqrt()).erfc() / 2, (-level * level / 2).exp() / (2 * arb.pi()).sqrt()
    square = 1 - 2 * tail - 2 * level * density + 2 * level * level * tail
    return 2 * (density - level * tail) / (1 - square / arb(ratio)).sqrt()


def enclosed(formula: Formula, budget: Budget) -> Evidence:
    """The stated threshold against E|u|/δ at levels around the least: never above it, and met to second order."""
    wrong, closest = [], 0.0
    with ctx.workprec(PRECISION):
        for ratio in RATIOS:
            value, best = arb(stated(formula, ratio)), arb(2).sqrt() * arb(ratio).erfinv()
            found = [slope(ratio, best * (1 + arb(k) / 64)) for k in range(-48, 17, 4)]
            found = [ball for ball in found if ball.is_finite()]
            least = slope(ratio, best)
            closest = max(closest, float(abs(least / value - 1).upper()))
            if any(ball < value * (1 - sampled.EPS * 64) for ball in found) or least > value * (1 + sampled.EPS * 64):
                wrong.append(f"c = {ratio}: {least.str(10)}, stated {value.str(10)}")
    text = f"E|u|/δ over levels of clipping against the stated radius: {len(wrong)} of {len(RATIOS)} differ."
    return Evidence(
        Kind.CERTIFIED, Outcome.FAILS if wrong else Outcome.HOLDS, "c from 2^-20 to 15/16", text,
        {"aspect ratios": float(len(RATIOS)), "largest relative difference": closest}, wrong[0] if wrong else None,
    )  # fmt: skip


def side_gap(formula: Formula, ratio: float) -> float:
    """1 where the computed limit 1e-6 below the threshold is not exactly θ₀, or is 1e-6 beyond it."""
    value = stated(formula, ratio)
    below, beyond = (proportional_limit(1.0, 0.0, value * (1 + side * 1e-6), ratio) for side in (-1, 1))
    return float(below.clean_risk > 0 or below.zero_residual_fraction < 1 or beyond.clean_risk == 0)


def minimised(formula: Formula, case: tuple[float, int, float]) -> trained.Trained:
    """1 where the exact minimiser on a drawn sample is on the wrong side."""
    ratio, seed, factor = case
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((SAMPLES, round(ratio * SAMPLES)))
    found = adversarial_minimizer(X, X[:, 0], factor * stated(formula, ratio), tol=GAP)
    error = found.coefficients - np.eye(X.shape[1])[0]
    recovered = math.sqrt(error @ error) < RECOVERED
    return trained.Trained(float(recovered is (factor > 1)), float(found.gap) if found.gap is not None else math.inf)


SIDES = st.tuples(st.sampled_from([0.1, 0.5, 0.625]), st.integers(0, 2**32 - 1), st.sampled_from(FACTORS))


def on_both_sides(formula: Formula, budget: Budget) -> Evidence:
    """Exact minimisers on drawn samples, a third of the budget's examples."""
    check = trained.search(
        "minimisers", SIDES, minimised, 0.0, GAP, "Whether exact minimisers on 200 samples are θ₀, at 0.5 and 1.6 "
        "times the threshold", "d/n = 0.1, 0.5 and 0.625, no noise",
    )  # fmt: skip
    return check.run(formula, replace(budget, examples=budget.examples // 3))


CLAIM = Claim(
    id="javanmard2020.noiseless_training_recovers_exactly_iff",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Abstract, growth in proportion"),
    ours=True,
    formula=FORMULA,
    checks=(
        Check("slopes", Kind.SYMBOLIC, steepest),
        Check("enclosure", Kind.CERTIFIED, enclosed),
        sampled.search(
            "both_sides", domains.numbers(0.01, 0.95), side_gap, 0.0, "The computed limit a relative 1e-6 from the "
            "threshold on both sides", scope="c from 1/100 to 19/20",
        ),
        Check("minimisers", Kind.TRAINED, on_both_sides),
    ),
    mutants=(
        Mutant("population_threshold", FORMULA.mutate(sym.c0 + 0 * c)),
        Mutant("five_percent_lower", FORMULA.mutate(RECOVERY_THRESHOLD * 95 / 100)),
        Mutant("five_percent_higher", FORMULA.mutate(RECOVERY_THRESHOLD * 105 / 100)),
        Mutant("excess_once", FORMULA.mutate(RECOVERY_THRESHOLD / sp.sqrt(2))),
    ),
    uses=("javanmard2020.training_loss_has_proportional_limit",),
)  # fmt: skip
