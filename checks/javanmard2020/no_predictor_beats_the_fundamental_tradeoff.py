r"""[...] we characterize the fundamental tradeoff between the accuracies achievable by any algorithm regardless of
computational power or size of the training data.
"""

import math
from dataclasses import dataclass

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from checks import domains, oracles
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.evidence import sampled
from checks.formula import Formula, Undefined
from checks.javanmard2020 import PAPER
from checks.javanmard2020.settings import Setting, settings
from checks.result import Chart, Evidence, Kind, Outcome, Series, Step
from theory import notation as sym
from theory.population import LinearGaussian
from theory.proportional import proportional_limit, proportional_null_threshold
from theory.risk import RISK, adversarial_risk, risk_of
from theory.validation import FloatArray

rho, sigma, eps, s, c0 = sym.true_size, sym.noise_std, sym.radius, sym.residual_std, sym.c0
SIZE = rho - sp.sqrt(s**2 - sigma**2)
LEAST = s**2 + 2 * c0 * eps * SIZE * s + eps**2 * SIZE**2
FORMULA = Formula(LEAST, r"\min \{R_L(\theta, \epsilon) : R_L(\theta, 0) = s^2\}")
ROUNDING = 256 * sampled.EPS  # of two risks, sums of some twenty rounded terms


@dataclass(frozen=True, eq=False)
class Predictor:
    """Coefficients for θ₀ of length ρ along the first axis, noise and an attack; Σ = I."""

    coefficients: FloatArray
    signal_norm: float
    noise_std: float
    radius: float

    @property
    def population(self) -> LinearGaussian:
        """Model (4)."""
        d = len(self.coefficients)
        return LinearGaussian(np.eye(d)[0] * self.signal_norm, np.eye(d), self.noise_std)

    def __str__(self) -> str:
        """The case with every digit."""
        return (
            f"coefficients={self.coefficients.tolist()}, signal_norm={self.signal_norm!r}, "
            f"noise_std={self.noise_std!r}, radius={self.radius!r}"
        )


def proof(formula: Formula, budget: Budget) -> Evidence:
    """The risk increases in ‖θ‖, which is at least ρ - ‖θ - θ₀‖, with equality for a θ between 0 and θ₀."""
    error, product = sp.Symbol("delta", positive=True), sp.Symbol("h", real=True)
    size = sym.coefficient_norm
    growth = sp.diff(RISK, size)
    room = sp.factor(error**2 + 2 * product + rho**2 - (rho - error) ** 2)
    attained = sp.simplify(error**2 + 2 * (-error * rho) + rho**2 - (rho - error) ** 2)
    value = RISK.subs(size, rho - error).subs(error, sp.sqrt(s**2 - sigma**2))
    gap = sp.simplify(value - formula.expression)
    decided = bool(growth.is_nonnegative) and sp.simplify(room - 2 * (product + error * rho)) == attained == 0
    outcome = Outcome.FAILS if gap != 0 else Outcome.HOLDS if decided else Outcome.INCONCLUSIVE
    steps = (
        Step("the risk at a given s increases in n = ‖θ‖", rf"{sp.latex(growth)} \ge 0", "SymPy"),
        Step("‖θ‖² - (ρ - δ)² with δ = ‖θ - θ₀‖ and h = (θ - θ₀)ᵀθ₀ ≥ -δρ (Cauchy-Schwarz)", sp.latex(room), "SymPy"),
        Step("the same at θ = (1 - δ/ρ)θ₀, where h = -δρ", sp.latex(attained), "SymPy"),
        Step("the risk at n = ρ - δ, δ² = s² - σ²", sp.latex(value), "SymPy"),
    )
    return Evidence(
        Kind.SYMBOLIC, outcome, "Σ = I, every dimension, s² up to v²; Cauchy-Schwarz is named, not derived",
        "The least risk under attack among coefficients of a given standard risk.", {"steps": float(len(steps))},
        f"a difference of {gap}" if gap != 0 else None, steps, (chart(),),
    )  # fmt: skip


def stated(formula: Formula, case: Predictor | Setting, std: float) -> float:
    """The stated least risk at a standard risk std²."""
    values = {rho: case.signal_norm, sigma: case.noise_std, eps: case.radius, s: std}
    return float(formula.enclose(values).mid())


@st.composite
def predictors(draw: domains.Draw, aligned: bool = False) -> Predictor:
    """d up to 5, standard risk up to v², noise from 0.1; where `aligned` on the segment from 0 to θ₀."""
    d, signal = draw(st.integers(1, 5)), draw(domains.numbers(0.2, 4.0))
    noise, radius = draw(domains.numbers(0.1, 2.0)), draw(domains.radii())
    kept = draw(domains.numbers(0.0, 0.99)) * signal
    theta = np.eye(d)[0] * kept
    if not aligned and d > 1:
        direction = np.array([0.0, *draw(st.lists(domains.numbers(-1.0, 1.0), min_size=d - 1, max_size=d - 1))])
        theta = theta + direction * math.sqrt((signal**2 - (signal - kept) ** 2) / d)
    return Predictor(theta, signal, noise, radius)


def excess_gap(formula: Formula, case: Predictor) -> float:
    """By how much the risk is below the least one at its standard risk, relative to it."""
    population = case.population
    std = math.sqrt(oracles.residual_variance(population, case.coefficients))
    return 1 - float(adversarial_risk(case.coefficients, population, case.radius)) / stated(formula, case, std)


def attained_gap(formula: Formula, case: Predictor) -> float:
    """Relative distance of the risk on the segment from 0 to θ₀ from the least one at its standard risk."""
    return abs(excess_gap(formula, case))


def limit_gap(formula: Formula, setting: Setting) -> float:
    """By how much the limit of adversarial training is below the least risk at its standard risk."""
    found = setting.limit
    if found.clean_risk > setting.scale or setting.signal_norm == 0:
        raise Undefined
    return 1 - found.risk / stated(formula, setting, math.sqrt(found.clean_risk))


def chart() -> Chart:
    """The least robust risk by standard risk, and training with every radius at several d/n; σ = ε = 1/2."""
    square = np.linspace(0.2501, 1.25, 60)
    least = [stated(FORMULA, Setting(1.0, 0.5, 0.5, 1.0), math.sqrt(x)) for x in square]
    ratios = (0.001, 0.1, 0.25, 0.5, 0.75)
    series = [Series("least", tuple(square.tolist()), tuple(least))]
    for ratio in ratios[1:]:
        radii = np.linspace(0.001, 1.0, 40) * proportional_null_threshold(1.0, 0.5, ratio)
        found = [proportional_limit(1.0, 0.5, radius, ratio) for radius in radii]
        sizes = np.array([math.hypot(x.alignment, x.orthogonal) for x in found])
        clean = np.array([x.clean_risk for x in found])
        robust = risk_of(np.sqrt(clean), 0.5 * sizes)
        series.append(Series(f"training, d/n = {ratio}", tuple(clean.tolist()), tuple(robust.tolist())))
    return Chart("What training reaches of the fundamental tradeoff", "standard risk", "risk at ε = 1/2", tuple(series))


CLAIM = Claim(
    id="javanmard2020.no_predictor_beats_the_fundamental_tradeoff",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Abstract, any algorithm"),
    formula=FORMULA,
    checks=(
        Check("proof", Kind.SYMBOLIC, proof),
        sampled.search(
            "predictors", predictors(), excess_gap, ROUNDING, "Robust risk of coefficients against the least at their "
            "standard risk", scope="d <= 5, standard risk up to v², σ from 1/10",
        ),
        sampled.search(
            "attained", predictors(aligned=True), attained_gap, ROUNDING, "Robust risk on the segment from 0 to θ₀ "
            "against the least at its standard risk", scope="d <= 5, standard risk up to v², σ from 1/10",
        ),
        sampled.search(
            "training", settings(0.1), limit_gap, ROUNDING, "Robust risk of adversarial training as d/n → c against "
            "the least at its standard risk", scope="c from 1/100 to 100, where the standard risk is at most v²",
        ),
    ),
    mutants=(
        Mutant("five_percent_higher", FORMULA.mutate(LEAST * 105 / 100)),
        Mutant("five_percent_lower", FORMULA.mutate(LEAST * 95 / 100)),
        Mutant("error_added_to_the_signal", FORMULA.mutate(LEAST.subs(SIZE, rho + sp.sqrt(s**2 - sigma**2)))),
        Mutant("shrunk_by_the_residual", FORMULA.mutate(LEAST.subs(SIZE, rho - s))),
    ),
    uses=("xing2021.risk_has_closed_form",),
    reading=(
        "Gaussian features with Σ = I, the l2 attack, and algorithms that return a linear predictor; the abstract "
        "prints no formula. That others can have less robust risk is xing2021.linear_optimum_is_not_least."
    ),
)  # fmt: skip
