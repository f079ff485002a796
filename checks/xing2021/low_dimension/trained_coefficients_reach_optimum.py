r"""Theorem 2, third part. Let $\epsilon$ be a fixed constant. If there exists some constant $B_0$ such that
$\|\theta_\xi^{(0)}\| \leq B_0 v$, and the dimension growth rate satisfies $\log n \sqrt{d^2/n} \to 0$, then with
probability tending to 1, $\|\theta_\xi^{(T)} - \theta^*\|/v \to 0$, given $\eta = \xi/(v^2 L)$ for some large constant
$L$, $T = (v^2 \log\log n)/\xi$ and $\xi = v^2 d/\sqrt{n} \log n$.
"""

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.result import Evidence, Kind
from checks.xing2021 import PAPER
from checks.xing2021.low_dimension import limits_of_training as limits
from checks.xing2021.low_dimension.limits_of_training import Hypotheses
from checks.xing2021.low_dimension.scheduled_training import Setting
from theory.norms import lp_norm
from theory.optimum import robust_minimizer
from theory.validation import FloatArray

RADIUS = 1.0
"""Beyond c₀ = 0.798, up to which θ* = θ₀ without noise, and below √(π/2), from which θ* = 0."""


def certify(hypotheses: Hypotheses, budget: Budget) -> Evidence:
    """The distance to θ* where the expected update rests."""
    return limits.certify(hypotheses, RADIUS, limits.coefficients_left, "θ - θ*")


def coefficients_left(setting: Setting, coefficients: FloatArray) -> FloatArray:
    """‖θ - θ*‖/v."""
    optimum = robust_minimizer(setting.population, setting.radius).coefficients
    return lp_norm(coefficients - optimum, 2.0) / setting.population.total_std


CLAIM = Claim(
    id="xing2021.trained_coefficients_reach_optimum",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Theorem 2"),
    formula=Hypotheses(noise_std=0.0, start=1.0),
    checks=(
        Check("at_rest", Kind.CERTIFIED, certify),
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
