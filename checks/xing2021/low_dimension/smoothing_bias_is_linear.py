r"""For $\theta \neq 0$ and $s > 0$, as $\xi \to 0$,
$R_L - R_{L, \xi} = \sqrt{\pi/8} \, \epsilon^2 \xi n/s + O(\xi^2 \log(1/\xi))$, and for $\epsilon > 0$ the remainder
is of exactly that order: divided by $\xi^2 \log(1/\xi)$ it tends to $\epsilon c_0/(4 n s)$. For every $\xi > 0$
it lies between $-\epsilon^2 \xi^2/(4 s^2)$ and $\frac{\epsilon c_0 \xi^2}{8 n s} (1 + \log(1 + 16 s^2 n^2/\xi^2))$.
Here $s^2 = \|\theta - \theta_0\|_\Sigma^2 + \sigma^2$ and $n = \|\theta\|$. (The paper has none.)
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import sympy as sp
from flint import arb, ctx

from checks import domains, oracles
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import Ball, enclose, to_ball
from checks.evidence import certified, sampled, symbolic
from checks.formula import Formula, Undefined
from checks.problem import Problem
from checks.result import Chart, Evidence, Kind, Outcome, Series
from checks.xing2021 import PAPER
from checks.xing2021.low_dimension.smoothed_attack import PUBLISHED
from theory import notation as sym
from theory.derivations import expansion as derivations
from theory.risk import RISK, adversarial_risk
from theory.surrogate import SMOOTHING_BIAS, SURROGATE_RISK

n, s, eps, xi, k, c0 = sym.coefficient_norm, sym.residual_std, sym.radius, sym.smoothing, sym.shape, sym.c0

LOWEST = -(eps**2) * xi**2 / (4 * s**2)
HIGHEST = eps * c0 * xi**2 / (8 * n * s) * (1 + sp.log(1 + 16 * s**2 * n**2 / xi**2))
"""1 - H - √(π/2)k >= -k², as 1 - H = k ∫₀^∞ exp(-kt - t²/2) dt; and c₀ - M <= (c₀k²/4)(1 + E₁(k²/4)), as
1 - z/√(z² + k²) <= min(1, k²/(2z²)), with E₁(x) <= log(1 + 1/x)."""

TOLERANCE = 64 * sampled.EPS
"""Some dozen rounded operations, relative to the terms of the two risks before they cancel and to the linear term."""


@dataclass(frozen=True)
class Expansion:
    """The two risks, the linear term of their difference, and the limit of the rest over ξ² log(1/ξ)."""

    smoothed: Formula
    bias: sp.Expr
    coefficient: sp.Expr
    unsmoothed: Formula

    @property
    def remainder(self) -> sp.Expr:
        """What the linear term leaves of the difference."""
        return self.unsmoothed.expression - self.smoothed.expression - self.bias

    @property
    def latex(self) -> str:
        """The linear term and the leading one of the remainder."""
        leading = self.coefficient * xi**2 * sp.log(1 / xi)
        return rf"R_L - R_{{L, \xi}} = {sp.latex(self.bias)} + {sp.latex(leading)} + O(\xi^2)"


UNSMOOTHED = Formula(
    RISK, r"R_L(\theta, \epsilon)", lambda case: adversarial_risk(case.coefficients, case.population, case.radius)
)
FORMULA = Expansion(PUBLISHED, SMOOTHING_BIAS, eps * c0 / (4 * n * s), UNSMOOTHED)


SETTINGS = tuple(
    {s: std, n: norm, eps: radius} for std, norm, radius in ((1.0, 1.0, 1.0), (0.5, 4.0, 2.0), (8.0, 0.5, 0.25))
)
EXPONENTS = (12, 24, 48, 96)


def certify(formula: Expansion, budget: Budget) -> Evidence:
    """Slope in log(1/ξ) of remainder/ξ² between ξ = 2^-j and ξ² = 2^-2j: the constant next to the logarithm cancels."""
    found = [(setting, j, *_slope(formula, j, setting)) for setting in SETTINGS for j in EXPONENTS]
    wrong = [(setting, j, slope) for setting, j, slope, distance, allowed in found if distance > allowed]
    close = sum(bool(distance < allowed) for *_, distance, allowed in found)
    outcome = Outcome.FAILS if wrong else Outcome.HOLDS if close == len(found) else Outcome.INCONCLUSIVE
    worst = max(float((distance / allowed).upper()) for *_, distance, allowed in found)
    counterexample = None
    if wrong:
        setting, j, slope = wrong[0]
        counterexample = f"slope {slope.str(8)} between ξ = 2^-{j} and 2^-{2 * j} at {certified.describe(setting)}"
    summary = (
        f"Enclosed slopes of remainder/ξ² in log(1/ξ), down to ξ = 2^-{2 * EXPONENTS[-1]}: {close} of {len(found)} are "
        "as near to the limit as twice the next terms of the expansion."
    )
    numbers = {"slopes": float(len(found)), "within": float(close), "largest distance over the one allowed": worst}
    scope = "three values of (s, n, ε), ξ = 2^-12 to 2^-192"
    charts = (chart(),) if formula is FORMULA else ()
    return Evidence(Kind.CERTIFIED, outcome, scope, summary, numbers, counterexample, charts=charts)


@lru_cache(maxsize=256)
def _remainder(formula: Expansion, exponent: int, std: float, norm: float, radius: float) -> Ball:
    """remainder/ξ² at ξ = 2^-exponent, enclosed."""
    values = {s: std, n: norm, eps: radius, xi: arb(2) ** -exponent}
    return enclose(formula.remainder / xi**2, values)


def _slope(formula: Expansion, exponent: int, setting: certified.Point) -> tuple[Ball, Ball, Ball]:
    """The slope, its distance from the stated limit, and twice what the next terms of the expansion add to it.

    With q = k²/4 and l = log(2/q) - γ they are ε²n²√(π/8)k³ and 2εns c₀ q²(6l - 1)/4.
    """
    std, norm, radius = (to_ball(setting[symbol]) for symbol in (s, n, eps))
    near, far = (_remainder(formula, j, *(setting[symbol] for symbol in (s, n, eps))) for j in (exponent, 2 * exponent))
    with ctx.workprec(certified.PRECISION):
        step = exponent * arb.const_log2()
        smoothing = arb(2) ** -exponent
        shape = smoothing / (2 * std * norm)
        logarithm = (8 / shape**2).log() - arb.const_euler()
        square = (radius * norm) ** 2 * (arb.pi() / 8).sqrt() * shape**3
        cross = 2 * radius * norm * std * (2 / arb.pi()).sqrt() * shape**4 / 16 * (6 * logarithm - 1) / 4
        slope = (far - near) / step
        return slope, abs(slope - enclose(formula.coefficient, setting)), 2 * (square + cross) / smoothing**2 / step


def excess(formula: Expansion, case: Problem) -> float:
    """By how much the remainder, from the float64 risks, leaves its two bounds, relative to what it is left from."""
    values = case.scalars
    if not (values[s] > 0 and values[n] > 0):
        raise Undefined
    bias, lowest, highest = (float(enclose(term, values).mid()) for term in (formula.bias, LOWEST, HIGHEST))
    remainder = formula.unsmoothed(case) - formula.smoothed(case) - bias
    return max(remainder - highest, lowest - remainder) / (oracles.rounding_scale(case) + bias)


def chart() -> Chart:
    """The remainder over ξ² log(1/ξ), with two terms of its expansion, and the limit."""
    exponents = range(4, 201, 4)
    places = tuple(float(j) for j in exponents)
    ratios = tuple(float(_remainder(FORMULA, j, 1.0, 1.0, 1.0).mid()) / (j * float(sp.log(2))) for j in exponents)
    limit = float(enclose(FORMULA.coefficient, SETTINGS[0]).mid())
    return Chart(
        "The remainder is of the order ξ² log(1/ξ): s = n = ε = 1",
        "log₂(1/ξ)",
        "remainder / (ξ² log(1/ξ))",
        (Series("remainder", places, ratios, points=True), Series("limit", places, (limit,) * len(places))),
    )


CLAIM = Claim(
    id="xing2021.smoothing_bias_is_linear",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Section 2.1, surrogate loss"),
    ours=True,
    formula=FORMULA,
    checks=(
        symbolic.derivation(
            "linear_term",
            derivations.square_loss,
            lambda formula: (formula.bias / (eps**2 * n**2 * k)).subs(xi, 2 * s * n * k),
            "The square of the attack loses ε²n²(1 - H(k)), k = ξ/(2sn)",
            "the linear term that comes from the square",
        ),
        symbolic.derivation(
            "remainder",
            derivations.cross_loss,
            lambda formula: formula.coefficient * (2 * s * n) ** 2 / (2 * eps * n * s),
            "The cross term loses 2εns(c₀ - M(k))",
            "the remainder that comes from the cross term",
        ),
        Check("logarithmic_slope", Kind.CERTIFIED, certify),
        sampled.search(
            "bounds",
            domains.problems(smoothing=domains.smoothings()),
            excess,
            TOLERANCE,
            "The remainder of the difference of the two risks in float64 against its two bounds",
        ),
    ),
    mutants=(
        Mutant("bias_five_percent_more", replace(FORMULA, bias=SMOOTHING_BIAS * sp.Rational(105, 100))),
        Mutant("norm_and_std_swapped", replace(FORMULA, bias=SMOOTHING_BIAS * s**2 / n**2)),
        Mutant("bias_linear_in_the_radius", replace(FORMULA, bias=SMOOTHING_BIAS / eps)),
        Mutant("bias_square_root_of_smoothing", replace(FORMULA, bias=SMOOTHING_BIAS / sp.sqrt(xi))),
        Mutant(
            "remainder_five_percent_more", replace(FORMULA, coefficient=FORMULA.coefficient * sp.Rational(105, 100))
        ),
        Mutant("remainder_without_c0", replace(FORMULA, coefficient=FORMULA.coefficient / c0)),
        Mutant(
            "slope_of_the_loss_without_the_two",
            replace(FORMULA, smoothed=PUBLISHED.mutate(SURROGATE_RISK.subs(xi, 2 * xi))),
        ),
    ),
    uses=("xing2021.surrogate_risk_has_closed_form", "xing2021.risk_has_closed_form"),
)
