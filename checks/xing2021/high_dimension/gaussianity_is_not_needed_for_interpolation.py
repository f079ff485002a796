r"""All the results in this paper, except for Section 3.2, are still valid as long as the density of $(x, y)$ is finite
and $\exp(-t \|x\|^2) < \infty$ for some $t > 0$. (Here: $\|\theta(\mathbf{y})\|^2 / v^2 = O_p(n/d)$ of Lemma 1.)
"""

from functools import lru_cache

import numpy as np
import sympy as sp
from flint import arb

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import Ball, enclose
from checks.evidence import certified_line, trend
from checks.formula import Formula
from checks.result import Chart, Evidence, Kind, Outcome, Step
from checks.xing2021 import PAPER
from checks.xing2021.high_dimension.interpolators import LAWS, Setting, draw_lengths, sweep_of
from theory.notation import dimension as d
from theory.notation import sample_size as n
from theory.validation import FloatArray

ERRATUM = (
    "Even with the sign and the expectation that Remark 1 omits, E exp(t‖x‖²) < ∞, the condition lets samples be "
    "short: x = w g with g standard Gaussian and w = 1 or n/d, each with probability 1/2, has a finite density, "
    "lighter tails than g and E xxᵀ between I/2 and I. For σ > 0 a short sample is only interpolated by "
    "coefficients of length σ√d/n or so: ‖θ(y)‖² grows like σ²d/(2n). What rescues Lemma 1 is a small-ball "
    "condition, such as independent standardised coordinates."
)

# The noise's share of ‖θ(y)‖²(d - n - 1)/d follows n/d without corrections where no sample is short; the signal's, with
# corrections of order n/d, is small here.
SWEEP = sweep_of(tuple(Setting(law.n, law.d, 0.25, 1.0) for law in LAWS), 5, 2e5)
FORMULA = Formula(n / d, r"w \in \{1, s\},\ s")
SURE = 0.9
BEYOND = 1000.0  # times n/d; under Gaussian x the multiple tends to 1


def moments(formula: Formula, budget: Budget) -> Evidence:
    """The noise's part of ‖θ(y)‖² over σ² is Σ zᵢ²/wᵢ² over an independent χ²_{d-n+1}: its mean and variance.

    d = n². It exceeds every multiple of n/d when its mean over n/d tends to infinity and its variance over the squared
    mean to 0 (Chebyshev); ‖θ(y)‖ is at least σ times its root less ‖θ₀‖. It is O_p(n/d) when the mean over n/d is
    bounded.
    """
    mean, square = noise_moments(formula.expression)
    over_rate, length, spread = (
        sp.limit(sp.simplify(term.subs(d, n**2)), n, sp.oo) for term in (mean * d / n, mean, square / mean**2 - 1)
    )
    refuted = over_rate == sp.oo and length == sp.oo and spread == 0
    held = bool(over_rate.is_finite)
    outcome = Outcome.FAILS if refuted else Outcome.HOLDS if held else Outcome.INCONCLUSIVE
    steps = (
        Step("its mean", sp.latex(mean), "SymPy"),
        Step("mean over n/d, d = n²", rf"\to {sp.latex(over_rate)}", "SymPy"),
        Step("mean, d = n²", rf"\to {sp.latex(length)}", "SymPy"),
        Step("variance over squared mean, d = n²", rf"\to {sp.latex(spread)}", "SymPy"),
    )
    return Evidence(
        Kind.SYMBOLIC, outcome, "d = n², every ρ and σ > 0",
        f"The mean of the noise's part of ‖θ(y)‖²/σ² tends to {_named(length)}, and over n/d to {_named(over_rate)}; "
        f"its relative variance tends to {spread}.",
        {"steps": 4.0}, f"x = wg, w = 1 or {formula.expression}, d = n², σ > 0" if refuted else None, steps,
    )  # fmt: skip


def noise_moments(short: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """Mean and mean square of Σ zᵢ²/wᵢ² over an independent χ²_{d-n+1}, w = 1 or `short`."""
    second, fourth = ((1 + short**-power) / 2 for power in (2, 4))
    freedom = d - n + 1
    square = (n * (3 * fourth - second**2) + n**2 * second**2) / ((freedom - 2) * (freedom - 4))
    return n * second / (freedom - 2), square


def over_rate(short: sp.Expr, sureness: float, size: float) -> Ball:
    """What the noise's part of ‖θ(y)‖² over σ²n/d lies between with a certain probability, d = n² (Chebyshev)."""
    at = {n: arb(size), d: arb(size) ** 2}
    mean, square = (enclose(moment, at) for moment in noise_moments(short))
    reach = ((square - mean**2) / (1 - arb(sureness))).sqrt()
    return arb(0, 1) * reach * arb(size) + mean * arb(size)


def _chart() -> Chart:
    """The part over σ²n/d, of which the statement says that it is bounded in probability."""
    places = tuple(float(round(60 * 1.15**i)) for i in range(41))
    short = FORMULA.expression
    failing = next(size for size in places if over_rate(short, SURE, size) > BEYOND)
    return Chart(
        f"‖θ(y)‖² outgrows n/d: the noise's part of it over σ²n/d, d = n², in intervals of probability ≥ {SURE}",
        "n",
        "multiple of n/d",
        (
            certified_line.curve("x shortened to n/d half of the time", lambda m: over_rate(short, SURE, m), places),
            certified_line.curve("Gaussian x: bounded, as stated", lambda m: over_rate(sp.S.One, SURE, m), places),
            certified_line.counterexample(lambda m: over_rate(short, SURE, m), failing),
        ),
        x_log=True,
        y_log=True,
    )


def _named(limit: sp.Expr) -> str:
    return "infinity" if limit == sp.oo else str(limit)


def relative_length(short: sp.Expr) -> trend.Measure[Setting]:
    """‖θ(y)‖²/v² times (d - n - 1)/d, which tends to 1, for rows that are shortened by w."""
    value = sp.lambdify((n, d), short)

    def measure(law: Setting, count: int, rng: np.random.Generator) -> FloatArray:
        factor = float(value(law.n, law.d))

        def rows(shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
            w = np.where(rng.random((*shape[:2], 1)) < 0.5, 1.0, factor)
            return w * rng.normal(size=shape)

        total = law.true_size**2 * (1 + factor**2) / 2 + law.noise_std**2
        return draw_lengths(law, count, rng, rows).norm / total * (law.d - law.n - 1) / law.d

    return measure


@lru_cache(maxsize=8)
def growth(short: sp.Expr) -> Check[Formula]:
    """A check that the mean falls like (d/n)^-1, for rows shortened by `short`."""
    return trend.rate(
        "growth", SWEEP, relative_length(short), lambda f: -1.0, 0.15,
        f"Mean of ‖θ(y)‖²/v² as a power of d/n, w = 1 or {short}", "d = 2n², n = 5 to 60, σ = 4‖θ₀‖",
    )  # fmt: skip


CLAIM = Claim(
    id="xing2021.gaussianity_is_not_needed_for_interpolation",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Remark 1"),
    formula=FORMULA,
    checks=(
        certified_line.refuting(Check("moments", Kind.SYMBOLIC, moments), FORMULA, _chart),
        Check("growth", Kind.TREND, lambda formula, budget: growth(formula.expression).run(formula, budget)),
    ),
    mutants=(
        Mutant("no_short_samples", FORMULA.mutate(sp.S.One)),
        Mutant("half_as_long", FORMULA.mutate(sp.Rational(1, 2))),
        Mutant("a_quarter_as_long", FORMULA.mutate(sp.Rational(1, 4))),
    ),
    erratum=ERRATUM,
    reading="The condition is read as E exp(t‖x‖²) < ∞; it may not bound ‖x‖ from below.",
)  # fmt: skip
