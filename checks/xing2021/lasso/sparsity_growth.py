"""Sequences in which the number of active coefficients grows with n, and what becomes of the LASSO along them.

θ₀ has s equal entries and length 1, σ = ε = 1/2, Σ = I; the pull of the penalty along θ₀ is λ‖θ₀‖₁ = λ√s.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import sympy as sp
from flint import arb, ctx

from checks.claim import Budget, Check
from checks.enclosure import Ball, enclose
from checks.evidence import certified, certified_line, trend
from checks.result import Chart, Evidence, Kind, Outcome, Step
from checks.xing2021.lasso.sparse_designs import (
    NOISE_STD,
    RADIUS,
    Setting,
    active_population,
    draw,
    unpenalised_optimum,
)
from checks.xing2021.low_dimension.frozen_fixed_point_is_not_the_minimizer import LIMIT
from checks.xing2021.low_dimension.limits_of_training import radial
from checks.xing2021.low_dimension.smoothed_attack import Line, enclose_on_line
from theory.lasso import penalised_optimum
from theory.notation import c0
from theory.risk import RISK
from theory.validation import FloatArray

LOG_N = sp.Symbol("ell", positive=True)
CONSTANT = sp.Symbol("c", positive=True)
HALF, THREE_HALVES = sp.Rational(1, 2), sp.Rational(3, 2)
TOTAL_STD = sp.sqrt(sp.Rational(5, 4))
SLOPE = 2 - 2 * HALF * c0 * TOTAL_STD  # minus the slope of R_L at 0 along θ₀: 2‖θ₀‖ - 2 ε c₀ v
LEVEL = 1e-6  # a probability below it, or above 1 less it, is decided
EXPONENTS = range(3, 13)  # n = 10³ to 10¹²
RAY = Line(1.0, NOISE_STD**2, RADIUS, 0.0)  # along θ₀, whose length is 1
NEARNESS = arb(2) ** -40


@dataclass(frozen=True)
class Growth:
    """s = a n^p active coefficients among d = n^q; λ = c v sqrt(s log d/n), without the s where `plain`.

    c is a symbol in the limits, and `constant` in samples; n^p and n^q are rounded there.
    """

    sparsity: sp.Rational
    dimension: sp.Rational = THREE_HALVES
    first: int = 1
    plain: bool = False
    constant: float = 1.0

    def setting(self, n: int) -> Setting:
        """The setting at n samples, with s and d rounded."""
        s = max(1, round(self.first * n ** float(self.sparsity)))
        d = max(s, round(n ** float(self.dimension)))
        return Setting(n, d, (1.0,) * s, self.constant, 1 if self.plain else None)

    @property
    def active(self) -> sp.Expr:
        """s in terms of log n."""
        return self.first * sp.exp(self.sparsity * LOG_N)

    @property
    def penalty(self) -> sp.Expr:
        """λ in terms of log n, at a constant c > 0."""
        weight = 1 if self.plain else self.active
        return CONSTANT * TOTAL_STD * sp.sqrt(weight * self.dimension * LOG_N) * sp.exp(-LOG_N / 2)

    @property
    def nonnull(self) -> sp.Expr:
        """x for which P(θ̂ ≠ 0) <= exp(-(1 - log 2) n/2) + d exp(-x²/2), where x >= 0.

        θ̂ = 0 where no |2(Xᵀy)_j/n| exceeds λ, for every smoothing. Given y, (Xᵀy)_j is normal with mean ‖y‖²θ₀_j/v² and
        variance at most ‖y‖², and ‖y‖² <= 2nv² but for the first term (Chernoff). So it is enough that no |Z_j|
        exceeds x = (λ - 4/√s) √n / (2√2 v).
        """
        return (self.penalty - 4 / sp.sqrt(self.active)) * sp.exp(LOG_N / 2) / (2 * sp.sqrt(2) * TOTAL_STD)

    @property
    def null(self) -> sp.Expr:
        """Bound on P(θ̂ = 0) where λ√s < 2 - 2 ε c₀ v.

        θ̂ = 0 asks that the slope along θ₀, the mean of -2yxᵀθ₀ + 2ε|y| and λ√s, is at least 0. Its mean is λ√s less
        2 - 2 ε c₀ v, and its variance at most 8(v² + 1 + ε²v²)/n (Chebyshev).
        """
        room = SLOPE - self.penalty * sp.sqrt(self.active)
        return 8 * (TOTAL_STD**2 + 1 + HALF**2 * TOTAL_STD**2) * sp.exp(-LOG_N) / room**2


def gap() -> float:
    """(v² - R*)/v², the excess risk of θ̂ = 0."""
    return float(1 - unpenalised_optimum((1.0,)).risk / float(TOTAL_STD) ** 2)


def ray_minimizer(pull: Ball) -> Ball:
    """m of least R_L(mθ₀) + pull m, below `SLOPE`, between the signs of its slope around the one that users compute."""
    near = arb(float(penalised_optimum(active_population((1.0,)), RADIUS, float(pull))[0]))
    below, above = (radial(LIMIT, RAY, near + side * NEARNESS) + pull for side in (-1, 1))
    if not below < 0 < above:
        raise ValueError(f"the slope must change its sign within 2^-40 of {near.str(17)}, got {below} and {above}")
    return near + arb(0, 1) * NEARNESS


@lru_cache(maxsize=1)
def certified_gap() -> Ball:
    """(v² - R*)/v², enclosed."""
    with ctx.workprec(certified.PRECISION):
        null, least = (enclose_on_line(RISK, RAY, m) for m in (arb(0), ray_minimizer(arb(0))))
        return (null - least) / null


def null_chart(growth: Growth) -> Chart:
    """The excess risk of the minimiser over n: in the mean at least P(θ̂ = 0) times that of the null model."""
    sizes = tuple(float(round(10 ** (1 + i / 10))) for i in range(51))

    def at_least(n: float) -> Ball:
        return certified_gap() * (1 - _nonnull_bound(growth, arb(n))).max(arb(0))

    return Chart(
        f"The penalty keeps the minimiser at 0: s = n^{growth.sparsity}, d = n^{growth.dimension}, c = 1",
        "n",
        "mean of (R(θ̂) - R*)/v²",
        (
            certified_line.curve("excess in the mean, at least", at_least, sizes),
            certified_line.stated("0, to which it is said to tend", 0.0, sizes),
            certified_line.counterexample(at_least, 1000.0),
        ),
        x_log=True,
    )


def limits(name: str, claim: str) -> Check[Growth]:
    """A check of the limit of λ√s, the pull of the penalty: 0, and the penalised population optimum tends to θ*; or
    infinite, and it is 0 from some n on, as is the LASSO with probability tending to 1."""

    def run(growth: Growth, budget: Budget) -> Evidence:
        values = {
            "the penalty vanishes": (r"\lambda", growth.penalty, sp.S.Zero),
            "its pull along the signal": (r"\lambda \|\theta_0\|_1", growth.penalty * sp.sqrt(growth.active), None),
        }
        found = {key: sp.limit(value, LOG_N, sp.oo) for key, (_, value, _) in values.items()}
        pull = found["its pull along the signal"]
        if pull == sp.oo:
            exponent = growth.dimension * LOG_N - growth.nonnull**2 / 2
            values["the bound on P(θ̂ ≠ 0), its logarithm"] = (r"\log d - x^2/2", exponent, -sp.oo)
            found["the bound on P(θ̂ ≠ 0), its logarithm"] = sp.limit(exponent, LOG_N, sp.oo)
        sure = all(goal is None or found[key] == goal for key, (_, _, goal) in values.items())
        outcome = Outcome.INCONCLUSIVE
        if sure and pull in (0, sp.oo):
            outcome = Outcome.HOLDS if pull == 0 else Outcome.FAILS
        steps = tuple(
            Step(key, rf"\lim {symbol} = \lim_{{\ell \to \infty}} {sp.latex(value)} = {sp.latex(found[key])}", "SymPy")
            for key, (symbol, value, _) in values.items()
        )
        text = (
            f"{claim}: λ√s tends to {pull} along s = {growth.active}, log n = ell; the penalised population risk has "
            f"its minimum at 0 where λ√s >= {float(SLOPE):.4f}, which leaves an excess of {gap():.4f} v²."
        )
        counterexample = f"s = n^{growth.sparsity}, d = n^{growth.dimension}" if outcome is Outcome.FAILS else None
        numbers = {"excess risk of the null model": gap(), "slope of the risk at 0": -float(SLOPE)}
        return Evidence(Kind.SYMBOLIC, outcome, "equal entries, σ = ε = 1/2", text, numbers, counterexample, steps)

    return Check(name, Kind.SYMBOLIC, run)


def null_probability(name: str, claim: str) -> Check[Growth]:
    """A check in ball arithmetic of P(θ̂ = 0), at c = 1 and n = 10³ to 10¹²: fails where it is 1 to within 1e-6 at
    every n, and holds where it is below 1e-6 at the last."""

    def run(growth: Growth, budget: Budget) -> Evidence:
        with ctx.workprec(certified.PRECISION):
            above = [_nonnull_bound(growth, arb(10) ** k) for k in EXPONENTS]
            below = _null_bound(growth, arb(10) ** EXPONENTS[-1])
            always = all(bound < arb(LEVEL) for bound in above)
            outcome = Outcome.FAILS if always else Outcome.HOLDS if below < arb(LEVEL) else Outcome.INCONCLUSIVE
        first, last = float(above[0].upper().log()), float(below.upper())
        found = (
            f"P(θ̂ ≠ 0) is at most exp({first:.3g}) from n = 1000 on" if always else f"P(θ̂ = 0) is at most {last:.2g}"
        )
        text = f"{claim}: {found}, by bounds that hold for every sample size; the null model loses {gap():.4f} v²."
        numbers = {"log of the bound on P(not null) at n = 1000": first, "bound on P(null) at n = 1e12": last}
        example = (
            f"n = 1000, s = {growth.setting(1000).s}, d = {growth.setting(1000).d}, λ = {growth.setting(1000).l1:.6g}"
        )
        return Evidence(
            Kind.CERTIFIED, outcome, "n = 10³ to 10¹², equal entries, σ = ε = 1/2, c = 1", text, numbers,
            f"{example}: {found}" if always else None,
        )  # fmt: skip

    return Check(name, Kind.CERTIFIED, run)


def _nonnull_bound(growth: Growth, n: Ball) -> Ball:
    at = {LOG_N: n.log(), CONSTANT: arb(1)}
    x = enclose(growth.nonnull, at)
    if not x > 0:
        return arb(1)
    return (-n * (1 - arb(2).log()) / 2).exp() + (enclose(growth.dimension * LOG_N, at) - x * x / 2).exp()


def _null_bound(growth: Growth, n: Ball) -> Ball:
    at = {LOG_N: n.log(), CONSTANT: arb(1)}
    room = enclose(SLOPE - growth.penalty * sp.sqrt(growth.active), at)
    return enclose(growth.null, at) if room > 0 else arb(1)


def excess_sweep(name: str, sizes: tuple[int, ...], quick: int, claim: str) -> Check[Growth]:
    """A check on samples: the mean excess risk stays below half of the null model's at every size."""

    @lru_cache(maxsize=8)
    def bounded(growth: Growth) -> Check[Growth]:
        along = trend.Sweep(tuple(growth.setting(n) for n in sizes), quick, lambda point: point.n, "n")
        scope = f"s = {growth.first} n^{growth.sparsity}, d = n^{growth.dimension}, n from {sizes[0]} to {sizes[-1]}"
        return trend.bounds(name, along, _excess, lambda _, __: (-np.inf, gap() / 2), claim, scope)

    return Check(name, Kind.TREND, lambda growth, budget: bounded(growth).run(growth, budget))


def _excess(setting: Setting, replicates: int, rng: np.random.Generator) -> FloatArray:
    return draw(setting, replicates, rng).excess


def excess_ratio(setting: Setting, replicates: int, rng: np.random.Generator) -> FloatArray:
    """(R_L(θ̂) - R*)/v² over what is predicted."""
    return draw(setting, replicates, rng).excess / setting.predicted_excess


def shift_ratio(setting: Setting, replicates: int, rng: np.random.Generator) -> FloatArray:
    """‖θ̂ - θ*‖₁/λ."""
    return draw(setting, replicates, rng).shift


SIZES, QUICK = (1600, 3200, 6400, 12800, 25600), 4
CORRECTIONS = (0.5, 1.0)  # the minimiser's bias from sampling, of order 1/n, over that from the penalty, of order λ


def sweep(growth: Growth) -> trend.Sweep[Setting]:
    """The sizes along `growth` at which samples are drawn; half of the replicates at the last."""
    points = tuple(growth.setting(n) for n in SIZES)
    return trend.Sweep(points, QUICK, lambda point: point.n, "n", lambda point: 0.5 if point.n == SIZES[-1] else 1.0)


def last_setting(growth: Growth) -> Setting:
    """The setting at the largest size."""
    return growth.setting(SIZES[-1])
