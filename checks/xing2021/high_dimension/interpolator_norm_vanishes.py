r"""Assume data generation follows (4). When $\theta(\mathbf{y}) \ne 0$ and $d/n \rightarrow \infty$, we have
$\|\theta(\mathbf{y})\|^2 / v^2 = O_p(n/d)$.
"""

import numpy as np
import sympy as sp

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.evidence import trend
from checks.formula import Formula
from checks.result import Evidence, Kind, Outcome, Step
from checks.xing2021 import PAPER
from checks.xing2021.high_dimension.interpolators import (
    LAWS,
    SWEEP,
    Draw,
    Setting,
    correlated,
    draw_lengths,
    gaussian,
    total_variance,
)
from theory.interpolation import SQUARED_NORM_MEAN, SQUARED_NORM_VARIANCE
from theory.notation import dimension as d
from theory.notation import sample_size as n
from theory.validation import FloatArray

PROOF_SCOPE = "every n, d and Σ; the inequalities of Markov and Chebyshev are named, not derived"
FORMULA = Formula(n / d, r"\|\theta(\mathbf{y})\|^2 / v^2 = O_p(r),\ r")

eigenvalue = sp.Symbol("m", positive=True)  # the smallest of Σ, bounded away from 0
extra = sp.Symbol("k", nonnegative=True)


def moments(formula: Formula, budget: Budget) -> Evidence:
    """Markov's inequality where the mean is bounded by the rate; Chebyshev's where it is not.

    For every Σ the squared length is at most 1/m times that of white data with signal ‖θ₀‖_Σ, and ρ², σ² <= v².
    """
    largest = n / (d - n - 1) / eigenvalue
    room = sp.factor((2 * n / d / eigenvalue - largest).subs(d, 2 * n + 2 + extra))
    over_rate = sp.simplify(n / d / formula.expression)
    held = bool(room.is_nonnegative) and over_rate.is_number
    unbounded = sp.limit(sp.simplify((SQUARED_NORM_MEAN / formula.expression).subs(d, n**2)), n, sp.oo) == sp.oo
    spread = sp.limit(sp.simplify((SQUARED_NORM_VARIANCE / SQUARED_NORM_MEAN**2).subs(d, n**2)), n, sp.oo)
    refuted = unbounded and spread == 0
    outcome = Outcome.FAILS if refuted else Outcome.HOLDS if held else Outcome.INCONCLUSIVE
    text = "E‖θ(y)‖²/v² is at most 2n/(md) for d ≥ 2n + 2 and every Σ with eigenvalues of at least m"
    if refuted:
        text = "With Σ = I and d = n² the mean over the rate tends to infinity, and the variance over its square to 0"
    steps = (
        Step("the mean over every Σ, at most, against 2n/(md), d = 2n + 2 + k", rf"{sp.latex(room)} \ge 0", "SymPy"),
        Step("n/d over the rate", sp.latex(over_rate), "SymPy"),
        Step("variance over squared mean for Σ = I, d = n²", rf"\to {sp.latex(spread)}", "SymPy"),
    )
    return Evidence(
        Kind.SYMBOLIC, outcome, PROOF_SCOPE, f"{text}.", {"steps": float(len(steps))},
        "Σ = I, d = n²" if refuted else None, steps,
    )  # fmt: skip


def relative_length(rows: Draw) -> trend.Measure[Setting]:
    """‖θ(y)‖² d/(v² n) of drawn samples."""

    def measure(law: Setting, count: int, rng: np.random.Generator) -> FloatArray:
        scaled: FloatArray = draw_lengths(law, count, rng, rows).norm * law.d / law.n / total_variance(law, rows)
        return scaled

    return measure


def limit(formula: Formula) -> trend.Limit:
    """The stated rate over n/d along d = 2n²; the mean is a series in n/d."""
    value = sp.limit(sp.simplify((formula.expression * d / n).subs(d, 2 * n**2)), n, sp.oo)
    return trend.Limit(float(value), (1.0,))


SIZES = f"d = 2n², n = {LAWS[0].n} to {LAWS[-1].n}, σ = ‖θ₀‖/2"

CLAIM = Claim(
    id="xing2021.interpolator_norm_vanishes",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Lemma 1"),
    formula=FORMULA,
    checks=(
        Check("moments", Kind.SYMBOLIC, moments),
        trend.limit(
            "white", SWEEP, relative_length(gaussian), limit, 1.0, 0.1, "‖θ(y)‖²d/(v²n), Σ = I", SIZES
        ),
        trend.limit(
            "correlated", SWEEP, relative_length(correlated), limit, 1.0, 0.1,
            "‖θ(y)‖²d/(v²n), Σ_ij = 2^-|i-j|, whose trace is d", SIZES,
        ),
    ),
    mutants=(
        Mutant("exponent_six_fifths", FORMULA.mutate((n / d) ** sp.Rational(6, 5))),
        Mutant("without_the_sample_size", FORMULA.mutate(1 / d)),
        Mutant("squared_dimension", FORMULA.mutate(n / d**2)),
    ),
    uses=(
        "xing2021.interpolator_norm_has_exact_mean",
        "xing2021.interpolator_norm_has_exact_variance",
        "xing2021.interpolator_norm_is_bracketed",
    ),
)  # fmt: skip
