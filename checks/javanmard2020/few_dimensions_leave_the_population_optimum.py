r"""The abstract does not say it. For $c \to 0$ the limits of the training loss and of the robust risk of $\hat{\theta}$
both tend to $R^* = \min_\theta R_L(\theta, \epsilon)$, the one from below and the other from above; $\hat{\theta}$
tends to $\theta_0 / (1 + \kappa)$ with the $\kappa$ of Proposition 8 of Xing, Song and Cheng (2021).
"""

import math
from dataclasses import dataclass

import numpy as np
import sympy as sp
from flint import arb, ctx
from hypothesis import strategies as st
from scipy.optimize import brentq

from checks import domains
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import encloser
from checks.evidence import sampled, symbolic
from checks.javanmard2020 import PAPER, saddle
from checks.javanmard2020.settings import Setting
from checks.result import Chart, Evidence, Kind, Outcome, Series
from theory import notation as sym
from theory.derivations import proportional as derivations
from theory.optimum import robust_minimizer
from theory.population import LinearGaussian
from theory.proportional import proportional_limit, proportional_null_threshold

s, n, eps = sym.residual_std, sym.coefficient_norm, sym.radius
RIDGE = (eps**2 + eps * sym.c0 * s / n) / (1 + eps * sym.c0 * n / s)
CLOSEST = 1e-6  # relative width that the two limits must have shrunk to
ROUNDING = saddle.ROUNDING


@dataclass(frozen=True)
class Optimum:
    """κ as an expression, and R* of the population; a mutant's R* is the risk at its own κ."""

    ridge: sp.Expr
    printed: bool = False

    @property
    def latex(self) -> str:
        """κ as LaTeX."""
        return rf"\kappa = {sp.latex(self.ridge)}"

    def __call__(self, setting: Setting) -> float:
        """R*."""
        rho, sigma = setting.signal_norm, setting.noise_std
        if self.printed:
            return float(robust_minimizer(LinearGaussian(np.array([rho]), np.eye(1), sigma), setting.radius).risk)

        def surplus(a: float) -> float:
            std = math.hypot(rho - a, sigma)
            return a * (1 + float(encloser(self.ridge)({s: arb(std), n: arb(a), eps: arb(setting.radius)}).mid())) - rho

        null, whole = 1e-12 * rho, (1 - 1e-12) * rho
        a = 0.0 if surplus(null) >= 0 else rho if surplus(whole) <= 0 else brentq(surplus, null, whole)
        std, attack = math.hypot(rho - a, sigma), setting.radius * a
        return std**2 + attack**2 + 2 * math.sqrt(2 / math.pi) * std * attack


def between(formula: Optimum, budget: Budget) -> Evidence:
    """R* against the enclosed limits of the training loss and the risk at c = 2^-10, 2^-20 and 2^-30."""
    wrong, widths = [], []
    for sigma, radius in ((0.5, 0.5), (1.0, 0.25), (0.125, 0.75)):
        for power in (-10, -20, -30):
            setting = Setting(1.0, sigma, radius, 2.0**power)
            point = saddle.saddle_point(setting)
            if point is None:
                return _evidence(Outcome.INCONCLUSIVE, f"no box contracts at {setting}", {})
            with ctx.workprec(saddle.PRECISION):
                low, high = encloser(saddle.TRAINING_LOSS)(point), encloser(saddle.RISK)(point)
                stated = arb(formula(setting))
                if low > stated * (1 + ROUNDING) or high < stated * (1 - ROUNDING):
                    wrong.append(f"{setting}: {low.str(10)} and {high.str(10)}, R* {stated.str(10)}")
                widths.append(float((high / low - 1).upper()))
    closest = max(widths[2::3])
    outcome = Outcome.FAILS if wrong else Outcome.HOLDS if closest <= CLOSEST else Outcome.INCONCLUSIVE
    text = f"{len(wrong)} of {len(widths)} do not hold R*; at c = 2^-30 they are within a relative {closest:.2g}."
    numbers = {"intervals": float(len(widths)), "widest at 2^-30": closest, "asked for": CLOSEST}
    return _evidence(outcome, text, numbers, wrong[0] if wrong else None)


def _evidence(outcome: Outcome, text: str, numbers: dict[str, float], counterexample: str | None = None) -> Evidence:
    scope = "three settings, σ from 1/8 to 1, c = 2^-10 to 2^-30"
    claim = f"Intervals from the limit of the training loss to that of the risk: {text}"
    return Evidence(Kind.CERTIFIED, outcome, scope, claim, numbers, counterexample, charts=(chart(),))


def chart() -> Chart:
    """Both limits and R* as c grows."""
    ratios = tuple(float(10**power) for power in (x / 8 for x in range(-32, 9)))
    limits = [proportional_limit(1.0, 0.5, 0.5, ratio) for ratio in ratios]
    best = Optimum(RIDGE, printed=True)(Setting(1.0, 0.5, 0.5, 1.0))
    series = (
        Series("risk", ratios, tuple(limit.risk for limit in limits)),
        Series("training loss", ratios, tuple(limit.training_loss for limit in limits)),
        Series("population optimum R*", ratios, (best,) * len(ratios)),
        Series("risk of predicting 0", ratios, (1.25,) * len(ratios)),
    )
    return Chart("Limits of training loss and risk, ε = σ = 1/2, ‖θ₀‖ = 1", "d/n", "loss", series, x_log=True)


def sandwich_gap(formula: Optimum, setting: Setting) -> float:
    """By how much R* leaves the computed interval, relative to it."""
    stated = formula(setting)
    return max(setting.limit.training_loss / stated - 1, 1 - setting.limit.risk / stated)


@st.composite
def cases(draw: domains.Draw) -> Setting:
    """c from 1e-12 to 1/10; σ from 0; radii up to 0.95 of the population's null threshold and beyond it."""
    noise = draw(st.one_of(st.just(0.0), domains.numbers(0.01, 2.0)))
    ratio = 10.0 ** draw(domains.numbers(-12.0, -1.0))
    threshold = proportional_null_threshold(1.0, noise, 1e-100)
    return Setting(1.0, noise, draw(domains.numbers(0.01, 1.2)) * threshold, ratio)


FORMULA = Optimum(RIDGE, printed=True)

CLAIM = Claim(
    id="javanmard2020.few_dimensions_leave_the_population_optimum",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Abstract, size of the data"),
    ours=True,
    formula=FORMULA,
    checks=(
        symbolic.derivation(
            "derivation", derivations.pull_in_few_dimensions,
            lambda f: f.ridge.subs(n, sym.attack_size / eps), "The ridge parameter as μ grows",
            "how far θ is shrunk; that its part orthogonal to θ₀ vanishes is left to the other checks",
        ),
        Check("between", Kind.CERTIFIED, between),
        sampled.search(
            "sandwich", cases(), sandwich_gap, ROUNDING, "R* between the computed limits of training loss and risk",
            scope="c from 1e-12 to 1/10, σ from 0 to 2",
        ),
    ),
    mutants=(
        Mutant("without_residuals_in_the_pull", Optimum(eps**2 / (1 + eps * sym.c0 * n / s))),
        Mutant("without_the_denominator", Optimum(eps**2 + eps * sym.c0 * s / n)),
        Mutant("five_percent_more_shrinkage", Optimum(RIDGE * 105 / 100)),
        Mutant("five_percent_less_shrinkage", Optimum(RIDGE * 95 / 100)),
    ),
    uses=("javanmard2020.saddle_point_solves_three_equations", "xing2021.optimum_is_ridge_like"),
)  # fmt: skip
