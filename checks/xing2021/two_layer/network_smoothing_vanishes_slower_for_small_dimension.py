r"""Let $u = (d/\sqrt{n}) \log n < 1$, which is $\xi/v^2$ in Theorem 2 and tends to 0 under its growth condition, and
let $h \to \infty$. With the logarithm that Theorem 4 prints the $\xi$ of a network is at least
$1/(u (1/2 + \log(1/u)))$ times as large from $n = 16$ on, so it always vanishes more slowly. With Theorem 3's own
logarithm it is $(\log\log n)/(u \log n)$ to $2(\log\log n)/(u \log n)$ times as large, so it vanishes more slowly
exactly if $d \log^2 n/(\sqrt{n} \log\log n) \to 0$, as it does for a fixed $d$.
"""

from dataclasses import dataclass, replace

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.evidence import sampled
from checks.evidence.sampled import EPS
from checks.formula import Undefined
from checks.result import WHOLE_DOMAIN, Evidence, Kind, Outcome, Step
from checks.xing2021 import PAPER
from checks.xing2021.two_layer.smoothing_speeds import q
from theory.schedules import low_dimensional_schedule, network_schedule

w = sp.Symbol("w", positive=True)
log_n = sp.Symbol("l", positive=True)
_p, _m = sp.Symbol("p", nonnegative=True), sp.Symbol("m", nonnegative=True)
GRID = (sp.S.Zero, sp.Rational(1, 8), sp.S.One, sp.Integer(8))
LARGEST = 10**15
ROUNDING = 64 * EPS
"""Two schedules of about ten operations each, whose logarithm of at least 1/4 is a difference of numbers up to 35."""


@dataclass(frozen=True)
class Bounds:
    """Bounds of u ξ₃/ξ₂ in l = log n, q = log log n and w = log(1/u): Theorem 3's logarithm, and Theorem 4's."""

    lowest: sp.Expr
    highest: sp.Expr
    lowest_of_theorem_4: sp.Expr

    @property
    def latex(self) -> str:
        """All three."""
        low, high, other = map(sp.latex, (self.lowest, self.highest, self.lowest_of_theorem_4))
        return rf"{low} \leq u \xi_3/\xi_2 \leq {high},\qquad u \xi_4/\xi_2 \geq {other}"


@dataclass(frozen=True)
class Case:
    """A number of samples and of coordinates."""

    n: int
    d: int


def cases() -> st.SearchStrategy[Case]:
    """n from 16 to 10^15, and every d below √n/log n, the largest ones and 1 among them."""
    sizes = st.one_of(st.sampled_from([16, 17, LARGEST]), st.integers(16, 10**6), st.integers(16, LARGEST))
    return st.tuples(sizes, st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0.0, 1.0))).map(lambda pair: _case(*pair))


def _case(n: int, share: float) -> Case:
    largest = np.sqrt(n) / np.log(n)
    return Case(n, max(1, int(largest**share)))


def code_gap(formula: Bounds, case: Case) -> float:
    """By how much, relatively, the ratio of the two smoothings of the code leaves the bounds."""
    linear = low_dimensional_schedule(1.0, case.n, case.d, 1.0).smoothing
    if linear >= 1:
        raise Undefined
    three, four = (
        network_schedule(1.0, case.n, case.d, 1.0, reading=reading).smoothing for reading in ("theorem 3", "theorem 4")
    )
    size = float(np.log(case.n))
    values = {log_n: size, q: float(np.log(size)), w: -float(np.log(linear))}
    low, high, other = (
        float(bound.subs(values)) for bound in (formula.lowest, formula.highest, formula.lowest_of_theorem_4)
    )
    return max(low / three - 1, three / high - 1, other / four - 1)


def derive(formula: Bounds, budget: Budget) -> Evidence:
    """The bounds, with log d = m >= 0, so that l = 2(w + m + q), and with q = 1 + p >= 1; and the last one's limit."""
    size = 2 * (w + _m + q)
    three, four = q / (size - _m - q / 2), q / (size / 2 - _m - q / 2)
    claims = (
        ("Theorem 3's from below", three / formula.lowest.subs(log_n, size) - 1),
        ("Theorem 3's from above", formula.highest.subs(log_n, size) / three - 1),
        ("Theorem 4's from below", (four / formula.lowest_of_theorem_4).subs(q, 1 + _p) - 1),
    )
    signs = [_sign(margin) for _, margin in claims]
    limit = sp.limit(formula.lowest_of_theorem_4 * sp.exp(w), w, sp.oo)
    diverges = limit == sp.oo
    wrong = [name for (name, _), sign in zip(claims, signs, strict=True) if sign is False]
    wrong += [] if diverges else ["the last bound has a finite limit"]
    outcome = Outcome.FAILS if wrong else Outcome.HOLDS if all(signs) else Outcome.INCONCLUSIVE
    steps = (
        *(Step(name, rf"{sp.latex(sp.factor(margin))} \geq 0", "SymPy" if sign else "open")
          for (name, margin), sign in zip(claims, signs, strict=True)),
        Step("as u = exp(-w) tends to 0", rf"\lim_{{w \to \infty}} e^w ({sp.latex(formula.lowest_of_theorem_4)}) = "
             rf"{sp.latex(limit)}", "SymPy"),
    )  # fmt: skip
    return Evidence(
        Kind.SYMBOLIC, outcome, WHOLE_DOMAIN,
        f"u times the ratio of the printed smoothings against its bounds: SymPy decides {signs.count(True)} of 3; "
        f"{len(wrong)} parts are false.",
        {"inequalities": 3.0, "decided": float(sum(sign is not None for sign in signs))},
        wrong[0] if wrong else None, steps,
    )  # fmt: skip


def _sign(margin: sp.Expr) -> bool | None:
    """Whether a rational function is never negative, where SymPy or a rational point decides it."""
    factored = sp.factor(margin)
    if factored.is_nonnegative:
        return True
    symbols = sorted(factored.free_symbols, key=str)
    for i in range(len(GRID) ** len(symbols)):
        point = {symbol: GRID[i // len(GRID) ** j % len(GRID)] for j, symbol in enumerate(symbols)}
        inside = all(value > 0 or symbol.is_positive is not True for symbol, value in point.items())
        if inside and factored.subs(point).is_negative:
            return False
    return None


FORMULA = Bounds(q / log_n, 2 * q / log_n, 1 / (sp.Rational(1, 2) + w))

CLAIM = Claim(
    id="xing2021.network_smoothing_vanishes_slower_for_small_dimension",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Remark 2"),
    formula=FORMULA,
    checks=(
        Check("derivation", Kind.SYMBOLIC, derive),
        sampled.search(
            "code", cases(), code_gap, ROUNDING, "The ratio of the two smoothings in float64 against its bounds",
            "n from 16 to 10^15, d from 1 to √n/log n",
        ),
    ),
    mutants=(
        Mutant("lowest_a_tenth_more", replace(FORMULA, lowest=FORMULA.lowest * sp.Rational(11, 10))),
        Mutant("highest_five_percent_less", replace(FORMULA, highest=FORMULA.highest * sp.Rational(95, 100))),
        Mutant("theorem_3_always_slower", replace(FORMULA, lowest=FORMULA.lowest_of_theorem_4)),
        Mutant("half_forgotten", replace(FORMULA, lowest_of_theorem_4=1 / w)),
        Mutant(
            "logarithm_five_percent_less",
            replace(FORMULA, lowest_of_theorem_4=1 / (sp.Rational(1, 2) + w * sp.Rational(95, 100))),
        ),
    ),
    amends="xing2021.network_smoothing_vanishes_slower",
)  # fmt: skip
