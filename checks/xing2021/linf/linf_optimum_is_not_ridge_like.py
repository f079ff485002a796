r"""The paper has none; ours: the form of Proposition 8 does not carry over to the $\mathcal{L}_\infty$ attack. For
$\Sigma = I$, $\theta_0 = (2, 1)$, $\sigma = 1$ and $\epsilon = 1/2$ no $\kappa \in [0, \infty]$ makes
$(\Sigma + \kappa I)^{-1} \Sigma \theta_0$ a minimiser of $R_L^\infty(\theta, \epsilon)$.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from flint import arb, ctx
from hypothesis import strategies as st

from checks import domains, exact_risk
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import Ball
from checks.evidence import sampled
from checks.evidence.sampled import EPS
from checks.problem import Problem
from checks.result import WHOLE_DOMAIN, Chart, Evidence, Kind, Outcome, Series
from checks.xing2021 import PAPER
from theory.optimum import robust_minimizer
from theory.population import LinearGaussian
from theory.risk import adversarial_risk
from theory.validation import FloatArray

PIECES = 2**12  # largest number of parts of the interval of shrinkages; the example needs a few dozen
AS_GOOD = 1e-12  # a shrinkage this close to the lower bound, relative to the risk, counts as a minimiser
ANGLE = 0.01  # sine of the angle to θ₀ below which the minimiser would be a multiple of it; about 0.2 in the example


@dataclass(frozen=True)
class Example:
    """A problem with Σ = I, where (Σ + κI)⁻¹Σθ₀ is λθ₀ with λ = 1/(1 + κ) in [0, 1]."""

    true_coefficients: tuple[float, ...]
    noise_std: float
    radius: float
    norm: float = np.inf

    def problem(self, factor: float = 1.0) -> Problem:
        """The problem, with the radius multiplied by `factor`."""
        truth = np.array(self.true_coefficients)
        population = LinearGaussian(truth, np.eye(len(truth)), self.noise_std)
        return Problem(population, truth, self.radius * factor, norm=self.norm)


EXAMPLE = Example((2.0, 1.0), 1.0, 0.5)


def minimizer(case: Problem) -> FloatArray:
    """The computed minimiser."""
    return robust_minimizer(case.population, case.radius, case.norm).coefficients


def shrunk_risk(case: Problem, shrinkage: Ball) -> Ball:
    """The risk of λθ₀ for all λ in a ball."""
    return exact_risk.risk(case, [shrinkage * x for x in exact_risk.balls(case.population.true_coefficients)])


@lru_cache(maxsize=32)
def subdivide(example: Example) -> tuple[bool, int, float]:
    """Whether every λ in [0, 1] has a larger risk than the computed minimiser, the parts it took, the least excess."""
    case = example.problem()
    risk = exact_risk.risk(case, exact_risk.balls(minimizer(case)))
    waiting, done, least = [(0.0, 1.0)], 0, np.inf
    while waiting and done < PIECES:
        low, high = waiting.pop()
        excess = shrunk_risk(case, arb(low).union(arb(high))) - risk
        done += 1
        if excess > 0:
            least = min(least, float(excess.lower()))
        else:
            middle = (low + high) / 2
            waiting += [(low, middle), (middle, high)]
    return not waiting, done, least


@lru_cache(maxsize=32)
def closest(example: Example) -> tuple[float, float]:
    """The best λ by ternary search, and the certified excess of its risk over a lower bound for every θ, relative."""
    case = example.problem()
    low, high = 0.0, 1.0
    for _ in range(200):
        third = (high - low) / 3
        left, right = (
            adversarial_risk(x * case.coefficients, case.population, case.radius, case.norm)
            for x in (low + third, high - third)
        )
        low, high = (low, high - third) if left <= right else (low + third, high)
    shrinkage = min((0.0, low, 1.0), key=lambda x: float(shrunk_risk(case, arb(x)).mid()))
    error = exact_risk.balls(minimizer(case) - case.population.true_coefficients)
    risk = shrunk_risk(case, arb(shrinkage))
    return shrinkage, float((1 - exact_risk.lower_bound(case, error) / risk).upper())


def exclude(formula: Example, budget: Budget) -> Evidence:
    """Certify for every λ in [0, 1] that some other θ does better, or find a λ that nothing beats."""
    with ctx.workprec(exact_risk.PRECISION):
        excluded, parts, least = subdivide(formula)
        shrinkage, excess = closest(formula)
    optimal = excess <= AS_GOOD
    outcome = Outcome.HOLDS if excluded else Outcome.FAILS if optimal else Outcome.INCONCLUSIVE
    text = (
        f"on {parts} parts covering every κ it exceeds that of {minimizer(formula.problem()).tolist()} by {least:.3g}."
        if excluded
        else f"λ = {shrinkage!r} has a risk within {excess:.1g} of a lower bound for every θ."
    )
    numbers = {"parts": float(parts), "least excess": least, "excess of the best shrinkage, relative": excess}
    return Evidence(
        Kind.CERTIFIED, outcome, WHOLE_DOMAIN, f"The risk of (Σ + κI)⁻¹Σθ₀ by subdivision: {text}", numbers,
        None if excluded else f"{formula.problem()}: λ = {shrinkage!r}", charts=(_chart(formula),),
    )  # fmt: skip


def _chart(example: Example) -> Chart:
    case, shrinkages = example.problem(), np.linspace(0, 1, 81)
    risks = adversarial_risk(np.outer(shrinkages, case.coefficients), case.population, case.radius, case.norm)
    best = robust_minimizer(case.population, case.radius, case.norm).risk
    return Chart(
        title="Risk of the ridge-like coefficients and of the minimiser", x_label="1/(1 + κ)", y_label="risk",
        series=(
            Series("ridge-like", tuple(shrinkages.tolist()), tuple(risks.tolist())),
            Series("minimiser", (0.0, 1.0), (best, best)),
        ),
    )  # fmt: skip


def angle_gap(formula: Example, factor: float) -> float:
    """ANGLE minus the sine of the angle between the computed minimiser and θ₀; 0 lies on every line."""
    case = formula.problem(factor)
    theta, truth = minimizer(case), case.population.true_coefficients
    sizes = np.sqrt((theta @ theta) * (truth @ truth))
    cosine = theta @ truth / sizes if sizes else 1.0
    return float(ANGLE - np.sqrt(max(1 - cosine**2, 0.0)))


CLAIM = Claim(
    id="xing2021.linf_optimum_is_not_ridge_like",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Equation (9)"),
    ours=True,
    formula=EXAMPLE,
    checks=(
        Check("subdivision", Kind.CERTIFIED, exclude),
        sampled.search(
            "angles", st.one_of(st.just(1.0), domains.numbers(0.95, 1.05)), angle_gap, 4 * EPS,
            "Angle between the computed minimiser and θ₀, which Proposition 8 would make 0 (0.01 less its sine)",
            scope="the example with a radius up to 5 % off",
        ),
    ),
    mutants=(
        Mutant("l2_attack", Example((2.0, 1.0), 1.0, 0.5, norm=2)),
        Mutant("equal_coefficients", Example((1.0, 1.0), 1.0, 0.5)),
        Mutant("one_coefficient", Example((2.0, 0.0), 1.0, 0.5)),
        Mutant("beyond_the_null_threshold", Example((2.0, 1.0), 1.0, 1.03125)),
    ),
    uses=("xing2021.linf_risk_has_closed_form",),
)  # fmt: skip
