r"""By Theorem 2, $\theta_\xi^{(T)} \to \theta^* \neq \theta_0$, thus
$\frac{R_L(\theta^*, 0) - R_L(\theta_0, 0)}{v^2} = c(\epsilon) > 0$.
"""

from dataclasses import dataclass, replace

from flint import arb, ctx

from checks import domains, exact_risk
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import Ball
from checks.evidence import certified, certified_line, sampled
from checks.problem import Problem
from checks.result import Chart, Evidence, Kind, Outcome
from checks.xing2021 import PAPER
from theory.optimum import exact_recovery_threshold, standard_risk_cost
from theory.risk import C0

RADIUS = 0.5  # below c₀, the exact recovery threshold of d = 1
PLACES = tuple(i / 40 for i in range(61))


@dataclass(frozen=True)
class Hypotheses:
    """Under which c(ε) > 0 is stated: the least noise, and the least radius in exact recovery thresholds."""

    noise_std: float
    recovery: float

    def admit(self, case: Problem) -> Problem:
        """The nearest case, upwards, that satisfies them."""
        population = replace(case.population, noise_std=max(case.population.noise_std, self.noise_std))
        least = self.recovery * exact_recovery_threshold(population)
        return replace(case, population=population, radius=max(case.radius, least))


def slopes_at_truth(noise_std: Ball, radius: Ball) -> tuple[Ball, Ball]:
    """One-sided slopes at θ₀ of E(|e| + ε|θ|)² away from and towards 0, for d = 1, Σ = 1, θ₀ = 1.

    At distance t, e ~ N(0, t² + σ²): to first order E|e| grows by t E|Z| without noise and not at all with noise, and
    θ² changes by 2t either way.
    """
    mean = certified.half_gaussian_mean(lambda z, analytic: z, growth=(arb(0), arb(1)))
    kink = 2 * radius * mean if noise_std == 0 else arb(0)
    drift = 2 * radius * (radius + noise_std * mean)
    return kink + drift, kink - drift


def run_slopes(hypotheses: Hypotheses, budget: Budget) -> Evidence:
    """Whether θ₀ is the minimiser in one dimension: of the convex risk, exactly where neither slope is negative."""
    with ctx.workprec(certified.PRECISION):
        noise_std, radius = arb(hypotheses.noise_std), arb(max(RADIUS, hypotheses.recovery * C0))
        away, towards = slopes_at_truth(noise_std, radius)
        recovers, moves = away > 0 and towards > 0, away < 0 or towards < 0
    outcome = Outcome.FAILS if recovers else Outcome.HOLDS if moves else Outcome.INCONCLUSIVE
    point = f"d = 1, Σ = 1, θ₀ = 1, σ = {hypotheses.noise_std}, ε = {float(radius)}"
    found = f"{point}: slopes of the risk at θ₀ away from and towards 0 are {away.str(10)} and {towards.str(10)}"
    numbers = {"slope away from 0": float(away), "slope towards 0": float(towards)}
    verdict = {
        Outcome.FAILS: "both are positive, so θ* = θ₀ and c(ε) = 0.",
        Outcome.HOLDS: "one is negative, so θ* differs from θ₀ and c(ε) > 0.",
        Outcome.INCONCLUSIVE: "their signs are not decided.",
    }[outcome]
    counterexample = f"{found}; θ* = θ₀" if recovers else None
    return Evidence(Kind.CERTIFIED, outcome, "one point in d = 1", f"{found}; {verdict}", numbers, counterexample)


def risk_on_ray(place: float) -> Ball:
    """E(|e| + ε|θ|)² at θ = tθ₀ for d = 1, Σ = 1, θ₀ = 1 and σ = 0, where e ~ N(0, (1 - t)²)."""
    theta = arb(place)
    return exact_risk.mean_loss(abs(1 - theta), arb(RADIUS) * abs(theta))


def _chart() -> Chart:
    """The risk along θ₀; the statement says that its minimum is elsewhere than at θ₀."""
    return Chart(
        "The robust minimum is at θ₀, where robustness costs nothing: d = 1, Σ = 1, θ₀ = 1, σ = 0, ε = 0.5",
        "θ over θ₀",
        "adversarial risk",
        (
            certified_line.curve("adversarial risk", risk_on_ray, PLACES),
            certified_line.stated("R(θ₀), below which it is said to fall", RADIUS**2, PLACES),
            certified_line.counterexample(risk_on_ray, 1.0),
        ),
    )


def free_robustness(hypotheses: Hypotheses, case: Problem) -> float:
    """1 where the robust minimiser costs nothing, else 0."""
    admitted = hypotheses.admit(case)
    return 0.0 if standard_risk_cost(admitted.population, admitted.radius) > 0 else 1.0


FORMULA = Hypotheses(noise_std=0.0, recovery=0.0)

CLAIM = Claim(
    id="xing2021.robustness_always_costs_accuracy",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Section 2.1, after Theorem 2"),
    formula=FORMULA,
    checks=(
        certified_line.refuting(Check("slopes_at_truth", Kind.CERTIFIED, run_slopes), FORMULA, _chart),
        sampled.search(
            "search",
            domains.problems(domains.regular_populations(), domains.radii(smallest=1e-3)),
            free_robustness,
            0.0,
            "c(ε) > 0 where Σθ₀ is not 0 (the gap is 1 where the cost is 0)",
            scope="d <= 5, invertible Σ, ε from 1e-3 to 4",
        ),
    ),
    mutants=(
        Mutant("with_noise", Hypotheses(noise_std=1e-2, recovery=0.0)),
        Mutant("five_percent_beyond_exact_recovery", Hypotheses(noise_std=0.0, recovery=1.05)),
    ),
    uses=("xing2021.risk_is_convex",),
    erratum=(
        "Without noise θ₀ itself is robust up to the exact recovery threshold: for σ = 0 and ε <= c₀‖θ₀‖/‖Σ^(-1/2)θ₀‖, "
        "θ* = θ₀ and c(ε) = 0. The statement holds for σ > 0, and for σ = 0 beyond that threshold."
    ),
)
