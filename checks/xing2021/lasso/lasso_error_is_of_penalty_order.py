r"""Assume data generation follows (4), $\theta_0$ is sparse and $\Sigma = I$. Take $\xi/v^2 \rightarrow 0$,
$\lambda/v = o(1)$ and $\lambda/v \geq (c\sqrt{(s \log d)/n}) \vee (\xi a_n/v^2)$ for some large constant $c$ and
$a_n \rightarrow \infty$. If $\epsilon < \sqrt{\pi}\|\theta_0\|_2/(\sqrt{2}v)$, then with probability tending to 1, we
have $\frac{\|\hat{\theta}_\xi - \theta^*\|_1}{\lambda} < \infty$.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import sympy as sp
from flint import arb, ctx

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import Ball, enclose
from checks.evidence import certified_line, trend
from checks.evidence.certified import PRECISION
from checks.result import Chart, Evidence, Kind, Outcome, Step
from checks.xing2021 import PAPER
from checks.xing2021.lasso.sparse_designs import Setting
from checks.xing2021.lasso.sparsity_growth import CONSTANT, LOG_N, Growth, ray_minimizer, shift_ratio
from theory.validation import FloatArray

BASE = 800  # the statistic must not exceed what it is predicted to be at this size
SIZES = tuple(100.0 * 2**i for i in range(34))  # of the chart, 100 to 10^12


@dataclass(frozen=True)
class Ratio:
    """The ratio said to be bounded, ‖θ̂ - θ*‖₁/(s^a λ), and how s grows."""

    growth: Growth
    power: int = 0


@lru_cache(maxsize=2)
def population_ratio() -> tuple[Step, ...]:
    """Steps to ‖θ_λ - θ*‖₁/λ = s/R'' for s equal entries, as λ√s -> 0; m and R'' are those along θ₀."""
    R = sp.Function("R")
    m, pull, s, lam = sp.symbols("m tau s lambda", positive=True)
    path = sp.Function("m")(pull)
    stationary = sp.Derivative(R(path), path) + pull
    slope = sp.solve(sp.diff(stationary, pull).doit(), sp.Derivative(path, pull))[0]
    size = sp.sqrt(s) * (pull / sp.Derivative(R(m), (m, 2))) / lam
    return (
        Step("along θ₀ the penalty is τm with τ = λ√s; differentiating R'(m) + τ = 0", sp.latex(slope), "SymPy"),
        Step(
            "s entries, each off by the shift of m over √s", sp.latex(sp.simplify(size.subs(pull, lam * sp.sqrt(s)))),
            "SymPy",
        ),
    )  # fmt: skip


def population(formula: Ratio, budget: Budget) -> Evidence:
    """Whether s^(1 - a)/R'' stays bounded; where λ√s tends to infinity θ_λ = 0 and the ratio is ‖θ*‖₁/(s^a λ)."""
    growth = formula.growth
    pull = sp.limit(growth.penalty * sp.sqrt(growth.active), LOG_N, sp.oo)
    ratio = growth.active / growth.active**formula.power
    if pull == sp.oo:
        ratio = sp.sqrt(growth.active) / growth.penalty / growth.active**formula.power
    end = sp.limit(ratio, LOG_N, sp.oo)
    outcome = Outcome.FAILS if end == sp.oo else Outcome.HOLDS if end.is_finite else Outcome.INCONCLUSIVE
    steps = (*population_ratio(), Step("growth of the ratio", rf"\lim {sp.latex(ratio)} = {sp.latex(end)}", "SymPy"))
    text = (
        f"Ratio of the penalised population optimum: up to a constant it is {ratio}, log n = ell, and tends to {end}."
    )
    counterexample = f"s = n^{growth.sparsity}" if outcome is Outcome.FAILS else None
    return Evidence(Kind.SYMBOLIC, outcome, "equal entries", text, {"steps": 3.0}, counterexample, steps)


def enclosed_ratio(growth: Growth, size: float) -> Ball:
    """‖θ_λ - θ*‖₁/λ = √s (m* - m_λ)/λ at c = 1, for s that need not be an integer."""
    at = {LOG_N: arb(size).log(), CONSTANT: arb(1)}
    penalty, root = enclose(growth.penalty, at), enclose(sp.sqrt(growth.active), at)
    with ctx.workprec(PRECISION):
        return root * (ray_minimizer(arb(0)) - ray_minimizer(penalty * root)) / penalty


def _chart() -> Chart:
    """The ratio over n, to where it first exceeds its value at BASE, which is the rule of `samples`, and on."""
    ratios = {size: enclosed_ratio(PRINTED.growth, size) for size in SIZES}
    failing = next(size for size, ratio in ratios.items() if ratio > ratios[BASE])
    return Chart(
        "The error over λ has no bound: penalised population optimum, s = n^1/4, d = n^3/2, c = 1",
        "n",
        "‖θ - θ*‖₁/λ",
        (
            certified_line.curve("penalised optimum", ratios.__getitem__, SIZES),
            certified_line.stated(
                f"a bound, as it is said to have: its value at n = {BASE}", float(ratios[BASE].mid()), SIZES
            ),
            certified_line.counterexample(ratios.__getitem__, failing),
        ),
        x_log=True,
        y_log=True,
    )


@lru_cache(maxsize=8)
def bounded(formula: Ratio) -> Check[Ratio]:
    """The check on samples of one ratio: no larger at n = 1600 and beyond than predicted at n = 800."""
    sweep = trend.Sweep(
        tuple(formula.growth.setting(n) for n in (1600, 3200, 12800)), 2, lambda point: point.n, "n",
        lambda point: 0.5 if point.n > 3200 else 1.0,
    )  # fmt: skip
    base = formula.growth.setting(BASE)
    limit = base.predicted_shift / base.s**formula.power

    def measure(setting: Setting, replicates: int, rng: np.random.Generator) -> FloatArray:
        ratio: FloatArray = shift_ratio(setting, replicates, rng) / float(setting.s**formula.power)
        return ratio

    return trend.bounds(
        "samples", sweep, measure, lambda _, __: (-np.inf, limit),
        f"Ratio of the LASSO, which may not exceed its predicted value at n = {BASE}",
        f"s = {formula.growth.first} n^{formula.growth.sparsity}, d = n^(3/2), n from 1600 to 12,800, ξ = 0",
    )  # fmt: skip


PRINTED = Ratio(Growth(sp.Rational(1, 4)))

CLAIM = Claim(
    id="xing2021.lasso_error_is_of_penalty_order",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 9"),
    formula=PRINTED,
    checks=(
        certified_line.refuting(Check("population", Kind.SYMBOLIC, population), PRINTED, _chart),
        Check("samples", Kind.TREND, lambda formula, budget: bounded(formula).run(formula, budget)),
    ),
    mutants=(
        Mutant("fixed_sparsity", Ratio(Growth(sp.S.Zero, first=5))),
        Mutant("divided_by_sparsity", Ratio(Growth(sp.Rational(1, 4)), 1)),
    ),
    erratum=(
        "λ/v = o(1) lets s grow with n. The penalty moves each of s equal coefficients by about λ over the curvature "
        "of the risk, so that the l1 error is of order sλ: over λ it grows like s, however slowly s does, also "
        "where the risk is consistent. For fixed s the ratio converges."
    ),
)
