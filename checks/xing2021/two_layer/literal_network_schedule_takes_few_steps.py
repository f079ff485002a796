r"""The paper gives no number. In the limit of infinite width the schedule of Theorem 3 takes
$T = v^2 (\log\log n)/\xi = \log n - \log d - \frac12 \log\log n$ steps, and with the logarithm that Theorem 4 prints
$T = \frac12 \log n - \log d - \frac12 \log\log n$; finite widths take fewer. In both
$\eta T \|a\|^2/h = (\log\log n)/L$, as in Theorem 2, and where $T \leq 0$ the first term of $\xi$ is negative or
infinite. At $d = 5$ and $n = 10^2, 10^3, 10^4, 10^5, 10^6$ that is 2.2, 4.3, 6.5, 8.7 and 10.9 steps; with Theorem 4's
logarithm none, 0.88, 1.9, 2.9 and 4.0, while $\xi/v^2$ still exceeds 0.24. A network that was trained for
$\lceil T \rceil$ steps is where as many steps from zero lead the linear model.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from checks import domains
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import Ball, enclose
from checks.evidence import sampled, symbolic, trend
from checks.evidence.sampled import EPS
from checks.evidence.trend import Sweep
from checks.result import Chart, Evidence, Kind, Outcome, Series, Table
from checks.xing2021 import PAPER
from checks.xing2021.two_layer.literal_schedule import Setting, expected_linear_part, trained_linear_parts
from theory import notation as sym
from theory.derivations import schedules as derivations
from theory.optimum import robust_minimizer
from theory.risk import adversarial_risk
from theory.schedules import network_schedule
from theory.validation import FloatArray

n, d = sym.sample_size, sym.dimension
TWICE = sp.log(sp.log(n))
READINGS = ("theorem 3", "theorem 4")
ROUNDING = 32 * EPS
"""About ten operations on logarithms up to log n + log d + 1."""
SIZES, DIMENSION = tuple(10**power for power in range(2, 7)), 5
STATED = {"theorem 3": (2.2, 4.3, 6.5, 8.7, 10.9), "theorem 4": (None, 0.88, 1.9, 2.9, 4.0)}
PLACE = {True: 0.005, False: 0.05}
"""Half a unit of the last stated place, below 1 and above."""
LEAST_SHARE = 0.24


@dataclass(frozen=True)
class Steps:
    """T under either theorem's logarithm as h → ∞, L η T ‖a‖²/h, and the least ξ/v² at the stated sizes."""

    theorem_3: sp.Expr
    theorem_4: sp.Expr
    flow: sp.Expr = TWICE
    least_share: float = LEAST_SHARE

    def time(self, reading: str) -> sp.Expr:
        """T under a reading."""
        return self.theorem_3 if reading == "theorem 3" else self.theorem_4

    @property
    def latex(self) -> str:
        """Both times as LaTeX."""
        return rf"T_3 = {sp.latex(self.theorem_3)},\qquad T_4 = {sp.latex(self.theorem_4)}"


@dataclass(frozen=True)
class Case:
    """A size, a reading, and what a schedule is made for."""

    n: int
    d: int
    reading: str
    total_std: float
    smoothness: float
    mean_square: float


def cases() -> st.SearchStrategy[Case]:
    """n from 3 to 10^15, small and large d, both readings: also where ξ is negative."""
    sizes = st.one_of(st.sampled_from([3, 4, 100, 10**15]), st.integers(3, 10**6))
    dimensions = st.one_of(st.integers(1, 12), st.integers(1, 10**5))
    scale = domains.numbers(0.125, 8.0)
    return st.builds(Case, sizes, dimensions, st.sampled_from(READINGS), scale, scale, scale)


def code_gap(formula: Steps, case: Case) -> float:
    """Distance of T, over log n + log d + 1, and of L η T ‖a‖²/h to the code's; inf where only one of them exists."""
    values = {n: case.n, d: case.d}
    claimed = float(enclose(formula.time(case.reading), values).mid())
    scale = np.log(case.n) + np.log(case.d) + 1
    try:
        found = network_schedule(
            case.total_std, case.n, case.d, case.smoothness, mean_square=case.mean_square, reading=case.reading
        )
    except ValueError:
        return 0.0 if claimed <= scale * ROUNDING else np.inf
    if claimed <= 0:
        return float(found.time / scale)
    flow = case.smoothness * found.step_size * found.time * case.mean_square
    wanted = float(enclose(formula.flow, values).mid())
    smoothing = found.smoothing * found.time / case.total_std**2
    apart = max(abs(found.time - claimed) / scale, abs(flow - wanted), abs(smoothing - wanted))
    return float(apart)


def tabulate(formula: Steps, budget: Budget) -> Evidence:
    """The stated numbers of steps, to their last place, and ξ/v² = log log n / T."""
    found = {reading: [_time(formula, size, reading) for size in SIZES] for reading in READINGS}
    wrong = [
        f"{reading}, n = {size}: {ball.str(5)} steps, stated {stated}"
        for reading in READINGS for size, ball, stated in zip(SIZES, found[reading], STATED[reading], strict=True)
        if not (ball < 0 if stated is None else abs(ball - stated) < PLACE[stated < 1])
    ]  # fmt: skip
    shares = [enclose(TWICE, {n: size}) / ball for reading in READINGS
              for size, ball in zip(SIZES, found[reading], strict=True) if ball > 0]  # fmt: skip
    if not all(share > formula.least_share for share in shares):
        wrong.append(f"ξ/v² is {min(shares, key=lambda share: float(share.mid())).str(4)}")
    text = f"{len(wrong)} of {2 * len(SIZES)} stated numbers are wrong in their last place"
    return Evidence(
        Kind.CERTIFIED, Outcome.FAILS if wrong else Outcome.HOLDS, "d = 5, n = 10² to 10⁶, h → ∞",
        f"T at d = 5, enclosed: {text}; the least ξ/v² is {min(float(share.mid()) for share in shares):.4g}.",
        {"numbers": float(2 * len(SIZES)), "wrong": float(len(wrong))}, wrong[0] if wrong else None,
        charts=(chart(formula),), tables=(_table(),) if formula is FORMULA else (),
    )  # fmt: skip


def _time(formula: Steps, size: int, reading: str) -> Ball:
    return enclose(formula.time(reading), {n: size, d: DIMENSION})


@lru_cache(maxsize=1)
def _table() -> Table:
    """T, ξ/v², and where the linear model is after as many steps."""
    rows = tuple((f"{size:,}, {reading}", *_entries(size, reading)) for size in SIZES for reading in READINGS)
    columns = ("n, logarithm of", "T", "ξ/v²", "(R - R*)/v² at T")
    return Table("The schedule at d = 5: ‖θ₀‖ = 1, σ = ε = 1/2, L = 4", columns, rows)


def _entries(size: int, reading: str) -> tuple[str, str, str]:
    setting = Setting(size, DIMENSION, reading)
    variance = setting.population.total_std**2
    try:
        schedule = setting.schedule
    except ValueError:
        return "-", "-", "-"
    share = schedule.smoothing / variance
    coefficients = expected_linear_part(setting, schedule.smoothing, share / setting.smoothness, schedule.steps)
    best = robust_minimizer(setting.population, setting.radius).risk
    left = float(adversarial_risk(coefficients, setting.population, setting.radius)) - best
    return f"{schedule.time:.3g}", f"{share:.3g}", f"{left / variance:.2g}"


def chart(formula: Steps) -> Chart:
    """T against n."""
    sizes = np.round(10.0 ** np.arange(2, 12.5, 0.5)).astype(int).tolist()
    series = []
    for reading in READINGS:
        times = [(float(size), float(_time(formula, size, reading).mid())) for size in sizes]
        kept = [(x, y) for x, y in times if y > 0]
        series.append(Series(f"logarithm of {reading}", tuple(x for x, _ in kept), tuple(y for _, y in kept)))
    return Chart("Steps of the literal schedule, d = 5", "n", "T", tuple(series), x_log=True)


SWEEP = Sweep(
    (
        Setting(4000, 5), Setting(4000, 2, "theorem 4", "softplus", (1.0,)), Setting(16_000, 5, name="silu"),
        Setting(16_000, 5, "theorem 4", "tanh", (1.0, 2.0, -1.0)), Setting(64_000, 3, "theorem 4"),
    ),
    3, lambda setting: setting.n, "n", lambda setting: 2.0,
)  # fmt: skip


def along_truth(setting: Setting, replicates: int, rng: np.random.Generator) -> FloatArray:
    """βᵀθ₀ of networks trained for ⌈T⌉ steps, ‖θ₀‖ = 1."""
    shares: FloatArray = trained_linear_parts(setting, replicates, setting.schedule.steps, rng)
    along: FloatArray = shares @ setting.population.true_coefficients
    return along


def expected_along_truth(formula: Steps, setting: Setting) -> float:
    """The same for the expected update of the linear model, with ξ, η and ⌈T⌉ that the formula gives.

    The mean over data sets differs from it by a part of order d/n, next to a standard error of order 1/√(20 n).
    """
    values = {n: setting.n, d: setting.d}
    time, flow = (float(enclose(term, values).mid()) for term in (formula.time(setting.reading), formula.flow))
    step, smoothing = flow / time / setting.smoothness, setting.population.total_std**2 * flow / time
    found = expected_linear_part(setting, smoothing, step, int(np.ceil(time)))
    return float(found @ setting.population.true_coefficients)


def change(alter: Callable[[sp.Expr], sp.Expr]) -> Steps:
    """The claim with both times altered."""
    return replace(FORMULA, theorem_3=alter(FORMULA.theorem_3), theorem_4=alter(FORMULA.theorem_4))


FORMULA = Steps(sp.log(n) - sp.log(d) - TWICE / 2, sp.log(n) / 2 - sp.log(d) - TWICE / 2)

CLAIM = Claim(
    id="xing2021.literal_network_schedule_takes_few_steps",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 3"),
    ours=True,
    formula=FORMULA,
    checks=(
        symbolic.derivation(
            "derivation", derivations.steps_of_theorem_3, lambda f: f.theorem_3, "T from ξ as Theorem 3 prints it",
            "the first of the two times",
        ),
        symbolic.derivation(
            "derivation_theorem_4", derivations.steps_of_theorem_4, lambda f: f.theorem_4,
            "T from ξ as Theorem 4 prints it", "the second of the two times",
        ),
        Check("stated_numbers", Kind.CERTIFIED, tabulate),
        sampled.search(
            "code", cases(), code_gap, ROUNDING, "The schedule in float64 against the formulas",
            "n from 3 to 10^15, d up to 10^5, any v, L and weights",
        ),
        trend.finite_size(
            "trained", SWEEP, along_truth, expected_along_truth, 0.05, "The linear part at T along θ₀",
            "h = 3e9, d = 2 to 5, tanh, softplus and SiLU, the literal ξ, η and T from zero",
        ),
    ),
    mutants=(
        Mutant("five_percent_longer", change(lambda time: time * sp.Rational(105, 100))),
        Mutant("dimension_squared", change(lambda time: time - sp.log(d))),
        Mutant("logarithm_not_rooted", change(lambda time: time - TWICE / 2)),
        Mutant("readings_exchanged", Steps(FORMULA.theorem_4, FORMULA.theorem_3)),
        Mutant("flow_of_one_logarithm", replace(FORMULA, flow=sp.log(n))),
        Mutant("share_five_percent_more", replace(FORMULA, least_share=0.252)),
    ),
)  # fmt: skip
