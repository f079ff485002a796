r"""Theorem 2, third part. Let $\epsilon$ be a fixed constant. If there exists some constant $B_0$ such that
$\|\theta_\xi^{(0)}\| \leq B_0 v$, and the dimension growth rate satisfies $\log n \sqrt{d^2/n} \to 0$, then with
probability tending to 1, $\|\theta_\xi^{(T)} - \theta^*\|/v \to 0$, given $\eta = \xi/(v^2 L)$ for some large constant
$L$, $T = (v^2 \log\log n)/\xi$ and $\xi = v^2 d/\sqrt{n} \log n$.
"""

from flint import arb

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import Ball, to_ball
from checks.evidence import certified_line
from checks.result import Chart, Evidence, Kind
from checks.xing2021 import PAPER
from checks.xing2021.low_dimension import limits_of_training as limits
from checks.xing2021.low_dimension.frozen_update import FROZEN
from checks.xing2021.low_dimension.limits_of_training import Hypotheses
from checks.xing2021.low_dimension.scheduled_training import Setting
from checks.xing2021.low_dimension.smoothed_attack import Line
from theory.norms import lp_norm
from theory.optimum import robust_minimizer
from theory.validation import FloatArray

RADIUS = 1.0
"""Beyond c₀ = 0.798, up to which θ* = θ₀ without noise, and below √(π/2), from which θ* = 0."""
NOISELESS = Hypotheses(noise_std=0.0, start=1.0)
LINE = Line(1.0, 0.0, RADIUS, 1 / 64)
NEAR = tuple(2.0 ** (-i / 2) for i in range(9, 22))
PLACES = (*(i / 32 for i in range(8, 31)), *(1 - x for x in NEAR), 1.0, *(1 + x for x in NEAR[:-6:-1]))
"""Of θ, closer and closer to θ₀ = 1."""


def certify(hypotheses: Hypotheses, budget: Budget) -> Evidence:
    """The distance to θ* where the expected update rests."""
    return limits.certify(hypotheses, RADIUS, limits.coefficients_left, "θ - θ*")


def coefficients_left(setting: Setting, coefficients: FloatArray) -> FloatArray:
    """‖θ - θ*‖/v."""
    optimum = robust_minimizer(setting.population, setting.radius).coefficients
    return lp_norm(coefficients - optimum, 2.0) / setting.population.total_std


def expected_update(coefficient: float) -> Ball:
    """The expected printed update by its closed form; at θ₀, where every residual is 0, so is the update."""
    theta = to_ball(coefficient)
    return arb(0) if theta == to_ball(LINE.truth) else limits.radial(FROZEN, LINE, theta)


def _chart() -> Chart:
    """The update along θ: training goes to the left where it is positive, and rests where it is 0."""
    optimum = float(limits.optimum(LINE).mid())
    return Chart(
        f"Training rests at θ₀ too, not only near θ* = {optimum:g}: {LINE}",
        "θ",
        "expected update",
        (
            certified_line.curve("expected update, against which training moves", expected_update, PLACES),
            certified_line.stated("0: at rest, as is said of θ* alone", 0.0, PLACES),
            certified_line.counterexample(expected_update, LINE.truth),
        ),
    )


CLAIM = Claim(
    id="xing2021.trained_coefficients_reach_optimum",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 2"),
    formula=NOISELESS,
    checks=(
        certified_line.refuting(Check("at_rest", Kind.CERTIFIED, certify), NOISELESS, _chart),
        limits.sweep("literal_schedule", RADIUS, coefficients_left, "‖θ - θ*‖/v"),
    ),
    mutants=(
        Mutant("with_noise", Hypotheses(noise_std=1.0, start=1.0)),
        Mutant("with_noise_from_zero", Hypotheses(noise_std=1.0, start=0.0)),
        Mutant("noiseless_from_zero", Hypotheses(noise_std=0.0, start=0.0)),
    ),
    uses=("xing2021.noiseless_surrogate_has_crater",),
    erratum=(
        "σ = 0 is not excluded. Training from θ(0) = θ₀, which ‖θ(0)‖ <= B₀v allows, then never moves, as every "
        "residual is 0, while θ* differs from θ₀ beyond the exact recovery threshold (c₀ for Σ = I). From θ(0) = 0 the "
        "printed update rests near θ* even then. The statement holds if σ²/v² is bounded away from 0."
    ),
)
