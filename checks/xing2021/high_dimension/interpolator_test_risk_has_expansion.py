r"""The paper has only the limit $1$. For $\Sigma = I$, with $\rho = \|\theta_0\|$ and $v^2 = \rho^2 + \sigma^2$,
$E R_L(\theta(\mathbf{y}), \epsilon) / v^2 = 1 + 2 \epsilon c_0 (1 - \frac{1}{4n}) \sqrt{n/d}
+ (\epsilon^2 + \frac{\sigma^2 - \rho^2}{v^2}) \frac{n}{d}$ up to terms of order $(n/d)^{3/2}$ and
$\sqrt{n/d} / n^2$: the limit is approached at the rate $\sqrt{n/d}$.
"""

import math
from dataclasses import dataclass
from functools import cache

import sympy as sp
from hypothesis import strategies as st

from checks import domains
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import enclose
from checks.evidence import sampled
from checks.formula import Formula
from checks.result import Chart, Evidence, Kind, Outcome, Series, Step
from checks.xing2021 import PAPER
from checks.xing2021.high_dimension.interpolators import Setting
from theory.interpolation import SQUARED_ERROR_MEAN, SQUARED_NORM_MEAN, SQUARED_NORM_VARIANCE
from theory.notation import c0
from theory.notation import dimension as d
from theory.notation import noise_std as sigma
from theory.notation import radius as eps
from theory.notation import sample_size as n
from theory.notation import true_size as rho

root = sp.Symbol("q", positive=True)  # √(n/d)
SLOPE = 2 * eps * c0 * (1 - 1 / (4 * n))
BEND = eps**2 + (sigma**2 - rho**2) / (rho**2 + sigma**2)
FORMULA = Formula(1 + SLOPE * sp.sqrt(n / d) + BEND * n / d, r"E R_L(\theta(\mathbf{y}), \epsilon) / v^2")

RESERVE = 4.0  # twice the largest coefficient, over (1 + ε)², of the terms of the next order: 2εc₀, ε² and 1


POINT = {n: 3, root: 2, rho: 5, sigma: 7, eps: 11}


@cache
def scaled_moments() -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    """Limits as d/n grows: μ/(v²n/d), Var N/μ², and E(s² + ε²N)/v² - 1 over n/d."""
    at, total = {d: n / root**2}, rho**2 + sigma**2
    square = SQUARED_ERROR_MEAN + sigma**2 + eps**2 * SQUARED_NORM_MEAN
    terms = (
        SQUARED_NORM_MEAN / total / root**2,
        SQUARED_NORM_VARIANCE / SQUARED_NORM_MEAN**2,
        (square / total - 1) / root**2,
    )
    length, spread, bend = (sp.limit(sp.simplify(term.subs(at)), root, 0) for term in terms)
    return length, spread, bend


def coefficients(formula: Formula, budget: Budget) -> Evidence:
    """Both coefficients from the exact moments, with E√N = √μ (1 - Var N/(8μ²)) for N = ‖θ(y)‖² of mean μ."""
    length, spread, bend = scaled_moments()
    expected = 1 + 2 * eps * c0 * sp.sqrt(length) * (1 - spread / 8) * root + bend * root**2
    gap = expected - formula.expression.subs(d, n / root**2)
    apart = not enclose(gap, POINT).contains(0)
    outcome = Outcome.FAILS if apart else Outcome.HOLDS if sp.simplify(gap) == 0 else Outcome.INCONCLUSIVE
    steps = (
        Step("mean of ‖θ(y)‖² over v²n/d", rf"\to {sp.latex(length)}", "SymPy"),
        Step("variance over squared mean", rf"\to {sp.latex(spread)}", "SymPy"),
        Step("mean of s² + ε²‖θ(y)‖², less v², over v²n/d", rf"\to {sp.latex(bend)}", "SymPy"),
    )
    return Evidence(
        Kind.SYMBOLIC, outcome, "both coefficients; the size of the remainder is the quadrature's to check",
        "The coefficients of √(n/d) and n/d from the exact mean and variance of ‖θ(y)‖² and mean of ‖θ(y) - θ₀‖².",
        {"steps": 3.0}, f"a difference of {enclose(gap, POINT).str(6)} at {POINT}" if apart else None, steps,
        (chart(),),
    )  # fmt: skip


@cache
def chart() -> Chart:
    """Exact mean risk, its expansion and its limit along d = 2n²."""
    laws = [Setting(size, 2 * size * size, 1.0, 0.5) for size in (5, 8, 12, 20, 30, 45, 70, 100, 150, 220)]
    x = tuple(law.d / law.n for law in laws)
    exact = tuple(law.risk_mean(0.5) / law.scale for law in laws)
    stated = tuple(float(FORMULA.enclose({**law.scalars, eps: 0.5}).mid()) for law in laws)
    series = (
        Series("exact", x, exact, points=True),
        Series("expansion", x, stated),
        Series("limit", x, (1.0,) * len(x)),
    )
    return Chart("Mean test risk of θ(y) over v² (ε = 0.5, σ = ‖θ₀‖/2)", "d/n", "risk / v²", series, x_log=True)


@dataclass(frozen=True)
class Attack:
    """A setting and a radius."""

    setting: Setting
    radius: float


@st.composite
def attacks(draw: domains.Draw) -> Attack:
    """n from 10 to 300 and d/n from 20 to 2^20, with and without signal and noise; radii from 0."""
    size = draw(st.integers(10, 300))
    factor = draw(st.one_of(st.integers(20, 1000), st.integers(10, 20).map(lambda power: 2**power)))
    true_size, noise_std = draw(st.sampled_from([(1.0, 0.0), (0.0, 1.0), (1.0, 0.5), (1.0, 1.0), (0.5, 1.0)]))
    return Attack(Setting(size, factor * size, true_size, noise_std), draw(domains.radii()))


def remainder_gap(formula: Formula, case: Attack) -> float:
    """Distance of the expansion to the exact mean, by quadrature, in units of the allowed remainder."""
    setting = case.setting
    exact = setting.risk_mean(case.radius) / setting.scale
    stated = float(formula.enclose({**setting.scalars, eps: case.radius}).mid())
    ratio = math.sqrt(setting.n / setting.d)
    allowed = RESERVE * (1 + case.radius) ** 2 * (ratio**3 + ratio / setting.n**2)
    return abs(exact - stated) / allowed


CLAIM = Claim(
    id="xing2021.interpolator_test_risk_has_expansion",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Lemma 1"),
    ours=True,
    formula=FORMULA,
    checks=(
        Check("coefficients", Kind.SYMBOLIC, coefficients),
        sampled.search(
            "quadrature", attacks(), remainder_gap, 1.0,
            "Exact mean risk against the expansion, in units of 4(1 + ε)²((n/d)^(3/2) + √(n/d)/n²)",
            scope="n from 10 to 300, d/n from 20 to 2^20, ε up to 4",
        ),
    ),
    mutants=(
        Mutant("c0_five_percent_off", FORMULA.mutate(FORMULA.expression + SLOPE * sp.sqrt(n / d) / 20)),
        Mutant("without_the_quarter", FORMULA.mutate(FORMULA.expression + eps * c0 * sp.sqrt(n / d) / (2 * n))),
        Mutant("signal_and_noise_exchanged", FORMULA.mutate(1 + SLOPE * sp.sqrt(n / d) + (2 * eps**2 - BEND) * n / d)),
        Mutant("exponent_six_tenths", FORMULA.mutate(1 + SLOPE * (n / d) ** sp.Rational(3, 5) + BEND * n / d)),
        Mutant("rate_of_the_squared_norm", FORMULA.mutate(1 + (SLOPE + BEND) * n / d)),
    ),
    uses=("xing2021.interpolator_lengths_have_exact_law", "xing2021.risk_has_closed_form"),
)  # fmt: skip
