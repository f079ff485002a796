"""What the claims on the speed of ξ share: Theorem 3's over Theorem 2's, along a growth of d, as n and h diverge."""

import math
from dataclasses import dataclass, replace
from itertools import pairwise

import sympy as sp
from flint import arb, ctx

from checks.claim import Budget
from checks.enclosure import Ball, encloser
from checks.evidence import certified, certified_line
from checks.result import Chart, Evidence, Kind, Outcome, Step
from theory.schedules import low_dimensional_schedule, network_schedule

q = sp.Symbol("q", positive=True)
"""log log n; n itself is far too large for a float64 where the limits are near."""
LOG_N = sp.exp(q)
LOG_SIZES = tuple(10.0 ** (i / 2) for i in range(4, 25))
"""log n = 100 to 10^12."""
PLACES = tuple(10.0 ** (i / 4) for i in range(8, 49))
DIGITS = (40, 80, 120, 160, 200, 240, 280)
"""n = 10^40 to 10^280: n and √n are float64 numbers."""


@dataclass(frozen=True)
class Speeds:
    """How d grows, as log d in q = log log n, and the logarithm in Theorem 3's ξ: "theorem 3" or "theorem 4"."""

    log_dimension: sp.Expr
    reading: str = "theorem 3"

    @property
    def log_linear(self) -> sp.Expr:
        """log(ξ/v²) of Theorem 2, ξ/v² = (d/√n) log n, which its growth condition lets tend to 0."""
        return self.log_dimension - LOG_N / 2 + q

    @property
    def log_ratio(self) -> sp.Expr:
        """log of Theorem 3's ξ over Theorem 2's, as h → ∞."""
        power = 1 if self.reading == "theorem 3" else sp.Rational(1, 2)
        return sp.log(q / (power * LOG_N - self.log_dimension - q / 2)) - self.log_linear

    @property
    def latex(self) -> str:
        """How d grows, as LaTeX."""
        return f"d = {sp.latex(self._dimension)}"

    def __str__(self) -> str:
        """The growth and the logarithm in words."""
        return f"d = {sp.sstr(self._dimension)}, logarithm of {self.reading}"

    @property
    def _dimension(self) -> sp.Expr:
        n = sp.Symbol("n", positive=True)
        return sp.simplify(sp.exp(self.log_dimension).subs(q, sp.log(sp.log(n))))

    def dimension(self, n: int) -> int:
        """d at some n, rounded up, at least 1; n below 10^300."""
        value = sp.lambdify(q, self.log_dimension, "math")(math.log(math.log(n)))
        return max(1, math.ceil(math.exp(value)))


Ratios = list[tuple[float, Ball]]


def limits(speeds: Speeds, budget: Budget) -> Evidence:
    """Whether the ratio tends to ∞, along a growth of d under which Theorem 2's ξ/v² tends to 0."""
    vanishes = sp.limit(speeds.log_linear, q, sp.oo) == -sp.oo
    limit = sp.limit(speeds.log_ratio, q, sp.oo)
    decided = vanishes and limit.is_extended_real
    outcome = Outcome.INCONCLUSIVE if not decided else Outcome.HOLDS if limit == sp.oo else Outcome.FAILS
    steps = (
        Step("Theorem 2's ξ/v²", rf"\lim_{{n \to \infty}} {sp.latex(sp.exp(speeds.log_linear))} = 0", "SymPy"),
        Step(
            "Theorem 3's over it, q = log log n",
            rf"\lim_{{q \to \infty}} {sp.latex(speeds.log_ratio)} = {sp.latex(limit)}", "SymPy",
        ),
    )  # fmt: skip
    text = f"{speeds}: log(ξ₃/ξ₂) → {limit}"
    return Evidence(
        Kind.SYMBOLIC, outcome, "one growth of d, n → ∞, and h → ∞ so fast that its term in ξ is negligible",
        f"{text}.", {"Theorem 2's smoothing vanishes": float(vanishes)},
        text if outcome is Outcome.FAILS else None, steps,
    )  # fmt: skip


def enclosures(speeds: Speeds, budget: Budget) -> Evidence:
    """Whether the ratio rises or falls up to log n = 10^12, enclosed."""
    evaluate = encloser(speeds.log_ratio)
    with ctx.workprec(certified.PRECISION):
        found = [(size, evaluate({q: arb(size).log()}).exp()) for size in LOG_SIZES]
    evidence = _judge(found, Kind.CERTIFIED, "log n = 100 to 10^12", f"{speeds}: ξ₃/ξ₂ enclosed")
    return replace(evidence, charts=(_chart(speeds, evidence.outcome is Outcome.FAILS),))


def schedules(speeds: Speeds, budget: Budget) -> Evidence:
    """The same for the schedules in float64 at sizes that it can hold, with d rounded to an integer."""
    found = []
    for digits in DIGITS:
        n = 10**digits
        d = speeds.dimension(n)
        network = network_schedule(1.0, n, d, 1.0, reading=speeds.reading).smoothing
        found.append((float(digits), arb(network / low_dimensional_schedule(1.0, n, d, 1.0).smoothing)))
    return _judge(found, Kind.TREND, "n = 10^40 to 10^280", f"{speeds}: ξ₃/ξ₂ of the code")


def _judge(found: Ratios, kind: Kind, scope: str, text: str) -> Evidence:
    """Holds where every ratio is larger than the one before, fails where every one is smaller."""
    rises = all(later > first for (_, first), (_, later) in pairwise(found))
    falls = all(later < first for (_, first), (_, later) in pairwise(found))
    outcome = Outcome.HOLDS if rises else Outcome.FAILS if falls else Outcome.INCONCLUSIVE
    ends = f"{found[0][1].str(4, radius=False)} at the first size and {found[-1][1].str(4, radius=False)} at the last"
    return Evidence(
        kind, outcome, scope, f"{text} is {ends}; it {'rises' if rises else 'falls' if falls else 'does both'}.",
        {"sizes": float(len(found))}, f"{text} falls: {ends}" if outcome is Outcome.FAILS else None,
    )  # fmt: skip


def _chart(speeds: Speeds, falls: bool) -> Chart:
    """Both smoothings as n grows; where the ratio falls, the last size is the counterexample."""

    def linear(size: float) -> Ball:
        return encloser(speeds.log_linear)({q: arb(size).log()})

    def network(size: float) -> Ball:
        return encloser(speeds.log_ratio)({q: arb(size).log()}) + linear(size)

    labels = {"Theorem 2": linear, "Theorem 3, said to vanish slower": network}
    series = [certified_line.curve(label, value, PLACES) for label, value in labels.items()]
    if falls:
        series.append(certified_line.counterexample(network, PLACES[-1]))
    return Chart(
        f"How fast the smoothing vanishes, logarithm of {speeds.reading}", "log n", "log(ξ/v²)", tuple(series),
        x_log=True,
    )  # fmt: skip
