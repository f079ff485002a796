r"""Assume data generation follows (4). When $\theta(\mathbf{y}) \ne 0$ and $d/n \rightarrow \infty$, with probability
tending to 1, for any $\xi \ge 0$, it holds that $R_{L,\xi}(\theta(\mathbf{y}), \epsilon) / v^2 \rightarrow 1$.
"""

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from checks import domains
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.evidence import sampled, trend
from checks.formula import Formula
from checks.problem import Problem
from checks.result import Evidence, Kind, Outcome, Step
from checks.xing2021 import PAPER
from checks.xing2021.high_dimension.interpolators import (
    LAWS,
    Setting,
    correlated,
    draw_lengths,
    sweep_of,
    total_variance,
)
from theory.norms import lp_norm
from theory.notation import c0
from theory.notation import coefficient_norm as size
from theory.notation import radius as eps
from theory.notation import residual_std as s
from theory.notation import total_std as v
from theory.risk import RISK, risk_of
from theory.surrogate import surrogate_risk, surrogate_risk_from_moments
from theory.validation import FloatArray

PROOF_SCOPE = "every Σ, θ and ξ; the inequality of Cauchy and Schwarz is named, not derived"
FORMULA = Formula(sp.S.One, r"\lim R_{L,\xi}(\theta(\mathbf{y}), \epsilon) / v^2")
RADIUS, SMOOTHING = 0.5, 0.1  # the sweeps'
SWEEP = sweep_of(LAWS, 4, 5e5)
LONG_SWEEP = sweep_of(LAWS, 5, 5e5)  # as many sizes as the fit has terms, and one


def squeeze(formula: Formula, budget: Budget) -> Evidence:
    """|√R - v| <= (√M + ε)‖θ‖ for every θ and ξ, M the largest eigenvalue of Σ; and ‖θ(y)‖/v tends to 0."""
    largest, error = sp.symbols("M delta", positive=True)
    sides = {
        "R_{L,ξ} ≤ R_L ≤ (s + ε‖θ‖)²": sp.factor((s + eps * size) ** 2 - RISK),
        "s ≤ v + √M‖θ‖, as s² = ‖θ - θ₀‖²_Σ + σ² ≤ v² + 2v√M‖θ‖ + M‖θ‖² (Cauchy-Schwarz)": sp.expand(
            (v + sp.sqrt(largest) * size) ** 2 - (v**2 + 2 * v * sp.sqrt(largest) * size + largest * size**2)
        ),
        "R_{L,ξ} ≥ s², as the attack never shrinks a residual, and s ≥ v - √M‖θ‖": sp.expand((s + error) ** 2 - s**2),
    }
    decided = all(side.is_nonnegative or (side / (1 - c0)).is_nonnegative for side in sides.values())  # as c₀ < 1
    value = sp.limit((v + (sp.sqrt(largest) + eps) * size) ** 2 / v**2, size, 0)
    same = value == formula.expression
    outcome = Outcome.FAILS if not same else Outcome.HOLDS if decided else Outcome.INCONCLUSIVE
    return Evidence(
        Kind.SYMBOLIC, outcome, PROOF_SCOPE,
        f"|√R_{{L,ξ}} - v| ≤ (√M + ε)‖θ(y)‖ for every ξ at once, and ‖θ(y)‖/v → 0: R_{{L,ξ}}/v² tends to {value}.",
        {"inequalities": float(len(sides))}, None if same else f"the limit is {value}, stated {formula.expression}",
        tuple(Step(name, rf"{sp.latex(side)} \ge 0", "SymPy") for name, side in sides.items()),
    )  # fmt: skip


def squeeze_gap(formula: Formula, case: Problem) -> float:
    """By how much |√R - √(limit) v| exceeds (√M + ε)‖θ‖, relative to the three."""
    limit = np.sqrt(float(formula.enclose({}).mid()))
    root = np.sqrt(float(surrogate_risk(case.coefficients, case.population, case.radius, case.smoothing)))
    spread = (case.population.spectrum[0][0] + case.radius) * float(lp_norm(case.coefficients, 2.0))
    total = case.population.total_std
    scale = root + total + spread
    return float((abs(root - limit * total) - spread) / scale) if scale > 0 else 0.0


def relative_risk(smoothing: float) -> trend.Measure[Setting]:
    """The test risk over v² of interpolators of white data."""

    def measure(law: Setting, count: int, rng: np.random.Generator) -> FloatArray:
        drawn = draw_lengths(law, count, rng)
        std, norm = np.sqrt(drawn.error + law.noise_std**2), np.sqrt(drawn.norm)
        relative: FloatArray = surrogate_risk_from_moments(std, norm, RADIUS, smoothing) / law.scale
        return relative

    return measure


def finite_size(smoothing: float) -> Check[Formula]:
    """A check of the mean risk at every size; what the stated limit is off by is added to the exact value."""
    return trend.finite_size(
        "unsmoothed" if smoothing == 0 else "smoothed", SWEEP, relative_risk(smoothing),
        lambda f, law: law.risk_mean(RADIUS, smoothing) / law.scale - 1 + float(f.enclose({}).mid()), 0.02,
        f"Mean test risk over v² against its exact value, which tends to the limit; ξ = {smoothing}",
        "Σ = I, ε = 0.5, d = 2n², n = 5 to 60",
    )  # fmt: skip


def correlated_risk(law: Setting, count: int, rng: np.random.Generator) -> FloatArray:
    """The unsmoothed test risk over v² for Σ_ij = 2^-|i-j|."""
    drawn = draw_lengths(law, count, rng, correlated)
    error = np.sqrt(drawn.error + law.noise_std**2)
    relative: FloatArray = risk_of(error, RADIUS * np.sqrt(drawn.norm)) / total_variance(law, correlated)
    return relative


CLAIM = Claim(
    id="xing2021.interpolator_test_risk_tends_to_null_risk",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Lemma 1"),
    formula=FORMULA,
    checks=(
        Check("squeeze", Kind.SYMBOLIC, squeeze),
        sampled.search(
            "every_model", domains.problems(smoothing=st.one_of(st.just(0.0), domains.smoothings())), squeeze_gap,
            256 * sampled.EPS, "Distance of √R from v against (√M + ε)‖θ‖",
            scope="every population, θ and ξ, d up to 5",
        ),
        finite_size(0.0),
        finite_size(SMOOTHING),
        trend.limit(
            "correlated", LONG_SWEEP, correlated_risk,
            lambda f: trend.Limit(float(f.enclose({}).mid()), (0.5, 1.0, 1.5)),
            1.0, 0.1,
            "Test risk over v², Σ_ij = 2^-|i-j|, corrections in √(n/d) up to its cube", "ε = 0.5, d = 2n², n = 5 to 60",
        ),
    ),
    mutants=(
        Mutant("five_percent_higher", FORMULA.mutate(sp.Rational(21, 20))),
        Mutant("risk_vanishes", FORMULA.mutate(sp.S.Zero)),
        Mutant("with_the_attack", FORMULA.mutate(sp.Rational(3, 2))),
    ),
    uses=("xing2021.interpolator_norm_vanishes", "xing2021.risk_has_closed_form"),
    reading="ε is fixed as d/n tends to infinity.",
)  # fmt: skip
