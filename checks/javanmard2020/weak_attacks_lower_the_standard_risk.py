r"""The abstract has it that robustness is "often [...] accompanied by a decrease in accuracy on benign inputs (standard
accuracy)". Not at first where $0 < c < 1$ and $\sigma > 0$: the standard risk of adversarial training,
$\sigma^2 / (1 - c)$ without attack, falls at the rate
$-2 c_0 c \sigma^3 / \big((1 - c)^2 \sqrt{(1 - c) \|\theta_0\|^2 + c \sigma^2}\big)$ as $\epsilon$ grows from 0.
"""

import math
from dataclasses import replace

import numpy as np
import sympy as sp
from flint import arb, ctx
from hypothesis import strategies as st

from checks import domains
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.evidence import sampled, trend
from checks.formula import Formula
from checks.javanmard2020 import PAPER, saddle
from checks.javanmard2020.replicates import minimise
from checks.javanmard2020.settings import Setting
from checks.result import WHOLE_DOMAIN, Evidence, Kind, Outcome, Step
from theory import notation as sym
from theory.proportional import ATTACK_PULL, MEAN_DISPLACEMENT, SQUARE_DISPLACEMENT
from theory.validation import FloatArray

rho, sigma, c = sym.true_size, sym.noise_std, sym.aspect_ratio
SLOPE = -2 * sym.c0 * c * sigma**3 / ((1 - c) ** 2 * sp.sqrt((1 - c) * rho**2 + c * sigma**2))
FORMULA = Formula(SLOPE, r"\frac{d}{d \epsilon} R_L(\hat{\theta}, 0)\Big|_{\epsilon = 0}")
STEP = 2.0**-30
CLOSENESS = 2.0**-20  # the second derivative over the first is far below 2^10 at the rational settings
SETTINGS = tuple(Setting(1.0, noise, STEP, ratio) for noise in (0.25, 1.0, 2.0) for ratio in (0.125, 0.5, 0.75))
PAIRED = Setting(1.0, 1.0, 0.125, 0.5)
SWEEP = trend.Sweep((40, 80, 160), 2, float, "n", effort=lambda n: 200 / n)


def expanded(formula: Formula, budget: Budget) -> Evidence:
    """α + ε²γ = c to first order in ε gives how μ changes; then e, and with it s² = (ρ²ε⁴γ²/c² + σ²)/(1 - e/c).

    t/s is εx with x = ‖θ‖/s, to first order that of least squares; ε⁴γ² is of second order. c is 1/(1 + r) with r > 0.
    """
    eps, change = sym.radius, sp.Symbol("mu_1", real=True)
    x, r = sp.symbols("x r", positive=True)
    ratio, multiplier = 1 / (1 + r), 2 * r + change * eps
    weighted = sp.cancel(eps**2 * ATTACK_PULL.subs(sym.attack_size, eps * x * sym.residual_std))
    at = {sym.cutoff: 2 * eps * x / multiplier, sym.multiplier: multiplier}
    mean, square, pull = (part.subs(at) for part in (MEAN_DISPLACEMENT, SQUARE_DISPLACEMENT, weighted))
    surplus = mean + pull - ratio
    (first,) = sp.solve(sp.diff(surplus, eps).subs(eps, 0), change)
    bend = sp.simplify(sp.diff(square, eps).subs(eps, 0).subs(change, first))
    risk = sigma**2 / (1 - ratio)
    length = sp.sqrt(rho**2 + ratio * risk) / sp.sqrt(risk)
    found = (risk / (1 - ratio) * bend / ratio).subs(x, length)
    gap = sp.simplify(found - formula.expression.subs(c, ratio))
    start = sp.simplify(surplus.subs(eps, 0))
    small = sp.simplify(pull.subs(eps, 0))
    outcome = Outcome.FAILS if gap != 0 else Outcome.HOLDS if start == small == 0 else Outcome.INCONCLUSIVE
    steps = (
        Step("α + ε²γ - c at ε = 0 and μ = 2(1 - c)/c", sp.latex(start), "SymPy"),
        Step("change of μ at which its first order vanishes", sp.latex(first), "SymPy"),
        Step("first order of e", sp.latex(bend), "SymPy"),
        Step(
            "ε²γ at ε = 0: the error along θ₀ is of first order, its square of second",
            sp.latex(small),
            "SymPy",
        ),
        Step("s² changes by σ²/(1 - c)² times the change of e over c", sp.latex(sp.simplify(found)), "SymPy"),
    )
    return Evidence(
        Kind.SYMBOLIC, outcome, WHOLE_DOMAIN, "The three equations of the saddle point to first order in ε.",
        {"steps": float(len(steps))}, f"a difference of {gap}" if gap != 0 else None, steps,
    )  # fmt: skip


def quotients(formula: Formula, budget: Budget) -> Evidence:
    """Enclosed difference quotients over a radius of 2^-30 against the slope."""
    wrong, largest = [], 0.0
    for setting in SETTINGS:
        point = saddle.saddle_point(setting)
        if point is None:
            return _evidence(Outcome.INCONCLUSIVE, f"no box contracts at {setting}", {})
        with ctx.workprec(saddle.PRECISION):
            start = arb(setting.noise_std) ** 2 / (1 - arb(setting.aspect_ratio))
            quotient = (point[saddle.s] ** 2 - start) / arb(STEP)
            gap = abs(quotient / formula.enclose(setting.scalars) - 1)
            largest = max(largest, float(gap.upper()))
            if not gap < CLOSENESS:
                wrong.append(f"{setting}: a difference quotient of {quotient.str(8)}")
    numbers = {"settings": float(len(SETTINGS)), "largest relative difference": largest, "allowed": CLOSENESS}
    text = f"of {len(SETTINGS)} settings {len(wrong)} differ by a relative 2^-20 or more."
    return _evidence(Outcome.FAILS if wrong else Outcome.HOLDS, text, numbers, wrong[0] if wrong else None)


def _evidence(outcome: Outcome, text: str, numbers: dict[str, float], counterexample: str | None = None) -> Evidence:
    claim = f"Difference quotients of the standard risk at ε = 2^-30 against its slope at 0: {text}"
    return Evidence(Kind.CERTIFIED, outcome, "σ from 1/4 to 2, c from 1/8 to 3/4", claim, numbers, counterexample)


@st.composite
def cases(draw: domains.Draw) -> Setting:
    """c from 1/50 to 19/20, σ from 1/5 to 2 beside ρ = 1; a radius small enough for the slope to be seen."""
    return Setting(1.0, draw(domains.numbers(0.2, 2.0)), 1e-6, draw(domains.numbers(0.02, 0.95)))


def computed_gap(formula: Formula, setting: Setting) -> float:
    """Relative distance of the computed difference quotient from the slope."""
    fall = setting.limit.clean_risk - setting.noise_std**2 / (1 - setting.aspect_ratio)
    return abs(fall / setting.radius / float(formula.enclose(setting.scalars).mid()) - 1)


def differences(n: int, replicates: int, rng: np.random.Generator) -> FloatArray:
    """Standard risk of the exact minimiser at ε = 1/8 less that of least squares on the same samples."""
    seed = int(rng.integers(2**32))
    attacked, plain = (
        minimise(replace(PAIRED, radius=radius), n, replicates, np.random.default_rng(seed)).clean_risk
        for radius in (PAIRED.radius, 0.0)
    )
    return attacked - plain


def allowed(formula: Formula, n: int) -> tuple[float, float]:
    """The side of 0 that the slope's sign says."""
    falls = float(formula.enclose(PAIRED.scalars).mid()) < 0
    return (-math.inf, 0.0) if falls else (0.0, math.inf)


CLAIM = Claim(
    id="javanmard2020.weak_attacks_lower_the_standard_risk",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Abstract, standard and robust accuracy"),
    ours=True,
    formula=FORMULA,
    checks=(
        Check("expansion", Kind.SYMBOLIC, expanded),
        Check("quotients", Kind.CERTIFIED, quotients),
        sampled.search(
            "computed", cases(), computed_gap, 0.01, "Computed difference quotients at ε = 1e-6 against the slope",
            scope="c from 1/50 to 19/20, σ from 1/5 to 2",
        ),
        trend.bounds(
            "minimisers", SWEEP, differences, allowed, "Standard risk of exact minimisers at ε = 1/8 less that of "
            "least squares on the same samples", "d = n/2, σ = ‖θ₀‖",
        ),
    ),
    mutants=(
        Mutant("rising", FORMULA.mutate(-SLOPE)),
        Mutant("five_percent_off", FORMULA.mutate(SLOPE * 105 / 100)),
        Mutant("one_factor_of_the_gap", FORMULA.mutate(SLOPE * (1 - c))),
        Mutant("signal_alone", FORMULA.mutate(-2 * sym.c0 * c * sigma**3 / ((1 - c) ** 2 * sp.sqrt(1 - c) * rho))),
    ),
    uses=(
        "javanmard2020.saddle_point_solves_three_equations",
        "javanmard2020.standard_risk_has_proportional_limit",
    ),
)  # fmt: skip
