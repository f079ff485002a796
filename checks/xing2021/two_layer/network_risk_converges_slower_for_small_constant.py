r"""Let $\sigma > 0$, let $\epsilon > 0$ lie below the null threshold, $d$ be fixed and $h \to \infty$, and let $\mu$ be
the smallest eigenvalue of $\nabla^2 R_L(\theta^*)$ (and the start have a part along its eigenvector). At the printed
$T$ $(R_{L, \xi} - R^*)/v^2$ is of the order $(\log n)^{-2\mu/L}$ on the schedule of Theorem 2. On that of Theorem 3 it
is lower by $\sqrt{\pi/8} \, \epsilon^2 \|\theta^*\|/s$ times $\xi/v^2 \approx (\log\log n)/\log n$, to leading order,
with $s^2 = \|\theta^* - \theta_0\|_\Sigma^2 + \sigma^2$. So Theorem 3's rate is slower if and only if $L \leq 2\mu$;
for a larger constant $L$ the ratio of the two tends to 1.
"""

from dataclasses import dataclass, replace

import numpy as np
import sympy as sp

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import enclose
from checks.problem import Problem
from checks.result import Chart, Evidence, Kind, Outcome, Series, Step
from checks.xing2021 import PAPER
from checks.xing2021.two_layer.literal_rates import CURVATURE, LOG_SIZES, OPTIMUM, POPULATION, RADIUS, excess
from theory import notation as sym
from theory.surrogate import SMOOTHING_BIAS
from theory.validation import FloatArray

CONSTANTS = (4.0, 6.0, 8.0)
DECADE = float(np.log(10.0))
BESIDE = sp.Rational(1, 100)
MORE = sp.Rational(21, 10)

size, bias, error = sp.symbols("l b C", positive=True)


@dataclass(frozen=True)
class Orders:
    """The exponent of log n over μ/L, what a unit of ξ lowers the risk by, and the largest L/μ with a slower rate."""

    exponent: sp.Rational
    slope: sp.Expr
    threshold: sp.Rational

    @property
    def latex(self) -> str:
        """Both errors."""
        power = sp.latex(self.exponent)
        return (
            rf"E_2 \sim C (\log n)^{{-{power} \mu/L}},\qquad E_3 \sim E_2 - {sp.latex(self.slope)} \, "
            r"\frac{\log\log n}{\log n}"
        )


def derive(orders: Orders, budget: Budget) -> Evidence:
    """The limit of E₃/E₂ = 1 - (b/C) (log l) l^(p-1), l = log n and p the exponent, at the threshold and beside it."""
    steps, wrong = [], []
    for share, expected in ((1 - BESIDE, -sp.oo), (sp.S.One, -sp.oo), (1 + BESIDE, sp.S.One)):
        power = orders.exponent / (orders.threshold * share)
        ratio = 1 - bias / error * sp.log(size) * size ** (power - 1)
        limit = sp.limit(ratio, size, sp.oo)
        where = rf"L = {sp.latex(orders.threshold * share)} \mu"
        steps.append(
            Step(
                "ratio of the errors",
                rf"{where}:\ \lim_{{l \to \infty}} {sp.latex(ratio)} = {sp.latex(limit)}",
                "SymPy",
            )
        )
        if limit != expected:
            wrong.append(f"L/μ = {orders.threshold * share}: the ratio of the errors tends to {limit}, not {expected}")
    return Evidence(
        Kind.SYMBOLIC, Outcome.FAILS if wrong else Outcome.HOLDS, "given the orders of both errors",
        f"The ratio of the two errors at the threshold and 1 % beside it: {len(wrong)} of 3 limits are not as stated.",
        {"limits": 3.0, "wrong": float(len(wrong))}, wrong[0] if wrong else None, tuple(steps),
    )  # fmt: skip


def astronomic_sizes(orders: Orders, budget: Budget) -> Evidence:
    """The exponent of Theorem 2's error, and what Theorem 3's is lower by over its ξ/v², at the largest sizes."""
    problem = Problem(POPULATION, OPTIMUM.coefficients, RADIUS)
    slope = float(enclose(orders.slope, problem.scalars).mid())
    wrong, worst = [], 0.0
    for smoothness in CONSTANTS:
        found = excess(smoothness)
        power = float(orders.exponent) * CURVATURE / smoothness
        pairs = (
            ("exponent", -np.diff(np.log(found.linear)) / DECADE, power),
            ("fall over ξ/v²", (found.linear - found.network) / found.share, slope),
        )
        for name, values, claimed in pairs:
            share = abs(float(values[-1]) - claimed) / _allowed(values, smoothness)
            worst = max(worst, share)
            if share > 1:
                wrong.append(f"L = {smoothness:g}: {name} {values[-1]:.6g}, claimed {claimed:.6g}")
    return Evidence(
        Kind.TREND, Outcome.FAILS if wrong else Outcome.HOLDS,
        "log n up to 10^8, Σ = I, ‖θ₀‖ = σ = 1, ε = 1/2, the literal ξ and η T, h → ∞",
        f"Two figures at {len(CONSTANTS)} constants L: the largest distance to a claimed one is {worst:.2g} of what is "
        "left of a geometric sequence whose last step was the last decade's, twice over.",
        {"figures": 2.0 * len(CONSTANTS), "largest distance over the one allowed": worst},
        wrong[0] if wrong else None, charts=(_chart(),),
    )  # fmt: skip


def _allowed(values: FloatArray, smoothness: float) -> float:
    """Twice what a sequence that approaches its limit like (log n)^(-μ/L) has left after its last decade."""
    ratio = 10 ** (-CURVATURE / smoothness)
    return float(2 * abs(values[-1] - values[-2]) * ratio / (1 - ratio))


def _chart() -> Chart:
    x = tuple(LOG_SIZES.tolist())
    ratios = ((smoothness, excess(smoothness)) for smoothness in CONSTANTS)
    series = [
        Series(f"L = {smoothness:g}", x, tuple((found.network / found.linear).tolist()), points=True)
        for smoothness, found in ratios
    ]
    one = Series("equal rates", x, (1.0,) * len(x))
    return Chart("Theorem 3's error over Theorem 2's, 2μ = 4.2", "log n", "ratio", (*series, one), x_log=True)


FORMULA = Orders(sp.Integer(2), SMOOTHING_BIAS / sym.smoothing, sp.Integer(2))

CLAIM = Claim(
    id="xing2021.network_risk_converges_slower_for_small_constant",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Remark 2"),
    formula=FORMULA,
    checks=(
        Check("derivation", Kind.SYMBOLIC, derive),
        Check("astronomic_sizes", Kind.TREND, astronomic_sizes),
    ),
    mutants=(
        Mutant("threshold_five_percent_more", replace(FORMULA, threshold=MORE)),
        Mutant("exponent_of_the_distance", replace(FORMULA, exponent=sp.S.One, threshold=sp.S.One)),
        Mutant("both_five_percent_more", replace(FORMULA, exponent=MORE, threshold=MORE)),
        Mutant("slope_five_percent_more", replace(FORMULA, slope=FORMULA.slope * sp.Rational(105, 100))),
        Mutant("smoothing_raises_the_risk", replace(FORMULA, slope=-FORMULA.slope)),
    ),
    amends="xing2021.network_risk_converges_slower",
    uses=("xing2021.smoothing_bias_is_linear", "xing2021.literal_schedule_converges_slowly"),
)  # fmt: skip
