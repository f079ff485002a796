r"""Theorem 2, second part. Let $\epsilon$ be a fixed constant. If there exists some constant $B_0$ such that
$\|\theta_\xi^{(0)}\| \leq B_0 v$, and the dimension growth rate satisfies $\log n \sqrt{d^2/n} \to 0$, then with
probability tending to 1, $(R_{L, \xi}(\theta_\xi^{(T)}, \epsilon) - R^*)/v^2 \to 0$, given $\eta = \xi/(v^2 L)$ for
some large constant $L$, $T = (v^2 \log\log n)/\xi$ and $\xi = v^2 d/\sqrt{n} \log n$.
"""

from functools import partial

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import Ball, to_ball
from checks.evidence import certified_line
from checks.result import Chart, Evidence, Kind
from checks.xing2021 import PAPER
from checks.xing2021.low_dimension import limits_of_training as limits
from checks.xing2021.low_dimension.limits_of_training import Hypotheses
from checks.xing2021.low_dimension.scheduled_training import Setting
from checks.xing2021.low_dimension.smoothed_attack import Line, enclose_on_line
from theory.optimum import robust_minimizer
from theory.risk import RISK
from theory.surrogate import SURROGATE_RISK, surrogate_risk
from theory.validation import FloatArray

RADIUS = 0.5
WHAT = "(R_{L,ξ} - R*)/v²"
NOISELESS = Hypotheses(noise_std=0.0, start=1.0)
OFFSETS = (*(i / 16 for i in range(8, 1, -1)), *(2.0 ** (-i / 2) for i in range(7, 22)))
PLACES = (*(1 - x for x in OFFSETS), 1.0, *(1 + x for x in reversed(OFFSETS)))
"""Of θ, closer and closer to θ₀ = 1."""


def certify(hypotheses: Hypotheses, budget: Budget) -> Evidence:
    """The surrogate risk over R* where the expected update rests."""
    return limits.certify(hypotheses, RADIUS, limits.risk_left, "R_{L,ξ} - R*")


def risk_left(setting: Setting, coefficients: FloatArray) -> FloatArray:
    """(R_{L,ξ}(θ) - R*)/v²."""
    population, radius = setting.population, setting.radius
    found = surrogate_risk(coefficients, population, radius, setting.schedule.smoothing)
    left: FloatArray = (found - robust_minimizer(population, radius).risk) / population.total_std**2
    return left


def crater(line: Line, coefficient: float) -> Ball:
    """R_{L,ξ}(θ) - R* by the closed forms, at θ₀ from the definition; v = 1."""
    theta = to_ball(coefficient)
    if theta == to_ball(line.truth):
        return limits.risk_left(theta, line)
    return enclose_on_line(SURROGATE_RISK, line, theta) - enclose_on_line(RISK, line, limits.optimum(line))


def _chart() -> Chart:
    """The surrogate risk along θ at two smoothings, and the counterexample at θ₀."""
    wide, narrow = (partial(crater, Line(1.0, 0.0, RADIUS, smoothing)) for smoothing in (1 / 8, 1 / 64))
    return Chart(
        "Training from θ(0) = θ₀ rests in a crater, as deep for every ξ: d = 1, Σ = 1, θ₀ = 1, σ = 0, ε = 0.5",
        "θ",
        WHAT,
        (
            certified_line.curve("ξ = 1/8", wide, PLACES),
            certified_line.curve("ξ = 1/64", narrow, PLACES),
            certified_line.stated("0, to which it is said to tend", 0.0, PLACES),
            certified_line.counterexample(narrow, 1.0),
        ),
    )


CLAIM = Claim(
    id="xing2021.surrogate_risk_reaches_optimum",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 2"),
    formula=NOISELESS,
    checks=(
        certified_line.refuting(Check("at_rest", Kind.CERTIFIED, certify), NOISELESS, _chart),
        limits.sweep("literal_schedule", RADIUS, risk_left, WHAT),
    ),
    mutants=(
        Mutant("with_noise", Hypotheses(noise_std=1.0, start=1.0)),
        Mutant("with_noise_from_zero", Hypotheses(noise_std=1.0, start=0.0)),
    ),
    uses=("xing2021.noiseless_surrogate_has_crater",),
    erratum=(
        "σ = 0 is not excluded. Training from θ(0) = θ₀, which ‖θ(0)‖ <= B₀v allows, then never moves, as every "
        "residual is 0, and R_{L,ξ}(θ₀) = 0 stays below R* > 0 at every n and T; from θ(0) = 0 it falls into the same "
        "crater for ε up to the exact recovery threshold. The statement holds if σ²/v² is bounded away from 0."
    ),
)
