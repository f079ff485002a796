r"""One can show, $R_{L, \xi}(\theta, \epsilon)$ is smooth and convex everywhere. (This claim is the smoothness, for
$\xi > 0$: derivatives of every order, also at $\theta = 0$ and where the residual vanishes; convexity is a claim
of its own.)
"""

from functools import lru_cache

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from checks import domains
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import Ball, to_ball
from checks.evidence import sampled
from checks.evidence.sampled import EPS
from checks.problem import Problem
from checks.result import WHOLE_DOMAIN, Evidence, Kind, Outcome, Step
from checks.xing2021 import PAPER
from checks.xing2021.low_dimension.smoothed_attack import (
    PUBLISHED,
    Line,
    SmoothedRisk,
    e,
    eps,
    n,
    risk_by_definition,
    s,
    xi,
)
from theory import notation as sym
from theory.derivations.derivation import Step as Equality
from theory.derivations.derivation import decide
from theory.population import LinearGaussian
from theory.risk import RISK
from theory.surrogate import CROSS_MOMENT, SQUARE_MOMENT

PLACES = ((Line(1.0, 1.0, 1.0, 1.0), 0.0), (Line(1.0, 0.0, 1.0, 1.0), 1.0), (Line(2.0, 0.25, 3.0, 0.5), 0.0))
"""θ = 0 with noise, θ = θ₀ without, and θ = 0 under a strong attack."""

STEP = 2.0**-8
SMOOTH_ORDER = 3.5  # between the order 4 of a smooth function's fourth difference and the 3 of a jump in the third
ROOM = (
    4.0  # a second difference at a step of 1e-4 of the natural length is within a factor of 4 of h² times the Hessian
)

z2, S, N = sp.symbols("z_2 S N", positive=True)
a, b, c, j = sp.symbols("a b c j", nonnegative=True)


def prove(formula: SmoothedRisk, budget: Budget) -> Evidence:
    """Write the loss at a standardised residual z by (z², s², n²) alone, in a class closed under derivatives."""
    loss = ((e + eps * n * formula.share) ** 2).subs({e: sp.sqrt(z2 * S), n: sp.sqrt(N)})
    base = Equality("the loss has no odd power of s or n", loss, _published_loss())
    if decide(base) != "decided":
        return _look_for_a_kink(loss)
    steps = tuple(_record(step) for step in (base, *_closure()))
    outcome = Outcome.HOLDS if all(step.basis == "SymPy" for step in steps) else Outcome.INCONCLUSIVE
    summary = (
        "With Q = 4 z² s² n² + ξ² >= ξ² the loss is a sum of terms z^a (s²)^b (n²)^c Q^(-j/2), whose derivatives "
        "in s² and n² "
        "are again such terms and at most polynomial in z, so that they pass under the Gaussian expectation; s² "
        "and n² are polynomials in θ."
    )
    return Evidence(Kind.SYMBOLIC, outcome, WHOLE_DOMAIN, summary, {"steps": float(len(steps))}, None, steps)


def _published_loss() -> sp.Expr:
    quotient = 4 * z2 * S * N + xi**2
    return z2 * S + 4 * eps * z2 * S * N / sp.sqrt(quotient) + 4 * eps**2 * z2 * S * N**2 / quotient


@lru_cache(maxsize=1)
def _closure() -> tuple[Equality, ...]:
    quotient = 4 * z2 * S * N + xi**2
    term = z2 ** (a / 2) * S**b * N**c * quotient ** (-j / 2)
    lower = 2 * j * z2 ** (a / 2 + 1) * quotient ** (-j / 2 - 1)
    in_s = b * term / S - lower * S**b * N ** (c + 1)
    in_n = c * term / N - lower * S ** (b + 1) * N**c
    return (
        Equality("the derivative in s² of a term is two such terms", sp.diff(term, S), in_s),
        Equality("the derivative in n² of a term is two such terms", sp.diff(term, N), in_n),
    )


def _record(step: Equality) -> Step:
    basis = "SymPy" if decide(step) == "decided" else "open"
    return Step(step.name, f"{sp.latex(step.left)} = {sp.latex(step.right)}", basis)


def _look_for_a_kink(loss: sp.Expr) -> Evidence:
    on_line = loss.subs({eps: 1, xi: 1, z2: 1, S: 1})
    for order in (1, 2, 3):
        if sp.limit(sp.diff(on_line, N, order), N, 0, "+").is_infinite:
            text = f"the derivative of order {order} in n² of the loss at z = s = ε = ξ = 1 is infinite at θ = 0"
            return Evidence(Kind.SYMBOLIC, Outcome.FAILS, "one line", f"The loss is not smooth: {text}.", {}, text)
    return Evidence(Kind.SYMBOLIC, Outcome.INCONCLUSIVE, "one line", "Neither a proof nor a kink was found.", {})


def certify_order(formula: SmoothedRisk, budget: Budget) -> Evidence:
    """The order in h of R's fourth difference where a kink would be: 4 if smooth, 3, 2 or 1 if a derivative jumps."""
    ratios = [_ratio(formula.share, *place) for place in PLACES]
    broken = [i for i, ratio in enumerate(ratios) if ratio < 2**SMOOTH_ORDER]
    outcome = (
        Outcome.FAILS if broken else Outcome.HOLDS if all(r > 2**SMOOTH_ORDER for r in ratios) else Outcome.INCONCLUSIVE
    )
    order = float(np.log2(min(float(ratio) for ratio in ratios)))
    return Evidence(
        Kind.CERTIFIED,
        outcome,
        "three places with d = 1",
        f"R(2h) - 4 R(h) + 6 R(0) - 4 R(-h) + R(-2h), from the definition, falls like h to the power {order:.3f} "
        f"or more when h = {STEP} is halved.",
        {"smallest order": order, "smooth above": SMOOTH_ORDER},
        "; ".join(f"{PLACES[i][0]}, θ = {PLACES[i][1]}" for i in broken) or None,
    )


@lru_cache(maxsize=64)
def _ratio(share: sp.Expr, line: Line, centre: float) -> Ball:
    def fourth(step: float) -> Ball:
        weights = {-2: 1, -1: -4, 0: 6, 1: -4, 2: 1}
        values = (w * risk_by_definition(share, line, to_ball(centre) + i * to_ball(step)) for i, w in weights.items())
        return sum(values, to_ball(0))

    return abs(fourth(STEP)) / abs(fourth(STEP / 2))


@st.composite
def places(draw: domains.Draw) -> tuple[Problem, np.ndarray]:
    """θ = 0, or σ = 0 and θ = θ₀, with a direction as long as 1e-4 of the length on which the smoothing acts."""
    population, at_truth = draw(domains.regular_populations()), draw(st.booleans())
    truth = population.true_coefficients
    if at_truth:
        population = LinearGaussian(truth, population.covariance, 0.0)
    direction = draw(domains.nonzero_vectors(population.d))
    radius, smoothing = draw(domains.radii(0.1)), draw(domains.smoothings(0.1, 10.0))
    problem = Problem(population, truth if at_truth else 0 * truth, radius, smoothing)
    largest = np.sqrt(np.linalg.eigvalsh(population.covariance)[-1])
    length = smoothing / (np.linalg.norm(truth) * largest if at_truth else population.total_std)
    return problem, direction * min(length, 1.0) * 1e-4 / np.linalg.norm(direction)


def difference_gap(formula: SmoothedRisk, case: tuple[Problem, np.ndarray]) -> float:
    """|R(θ + h) + R(θ - h) - 2 R(θ)| beyond what the production Hessian allows, relative to the risks."""
    problem, h = case
    values = [formula(_moved(problem, sign * h)) for sign in (-1, 0, 1)]
    allowed = ROOM * abs(float(h @ PUBLISHED.hessian(problem) @ h))
    return (abs(values[0] + values[2] - 2 * values[1]) - allowed) / max(values)


SEARCH = sampled.search(
    "second_differences",
    places(),
    difference_gap,
    256 * EPS,
    "Second differences across θ = 0 and θ₀ are within those of the Hessian",
    scope="invertible covariances, θ = 0 and, without noise, θ = θ₀",
)


def compare_second_differences(formula: SmoothedRisk, budget: Budget) -> Evidence:
    """Search for a second difference that the Hessian does not allow; nothing to search without a closed form."""
    if formula.expression is sp.nan:
        return Evidence(Kind.SAMPLED, Outcome.INCONCLUSIVE, "no case", "The risk has no closed form here.", {})
    return SEARCH.run(formula, budget)


def _moved(problem: Problem, h: np.ndarray) -> Problem:
    return Problem(problem.population, problem.coefficients + h, problem.radius, problem.smoothing)


_WITHOUT_NORM = {sym.shape: xi / (2 * s)}

CLAIM = Claim(
    id="xing2021.surrogate_risk_is_smooth",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Section 2.1, surrogate loss"),
    formula=PUBLISHED,
    checks=(
        Check("closed_class", Kind.SYMBOLIC, prove),
        Check("fourth_difference", Kind.CERTIFIED, certify_order),
        Check("second_differences", Kind.SAMPLED, compare_second_differences),
    ),
    mutants=(
        Mutant("no_smoothing", PUBLISHED.change(RISK, sp.S.One)),
        Mutant("smoothing_added_outside_the_root", PUBLISHED.change(sp.nan, 2 * e * n / (2 * e * n + xi))),
        Mutant(
            "gradient_without_the_norm_of_the_coefficients",
            PUBLISHED.change(
                s**2
                + 2 * eps * n * s * CROSS_MOMENT.subs(_WITHOUT_NORM)
                + eps**2 * n**2 * SQUARE_MOMENT.subs(_WITHOUT_NORM),
                2 * e / sp.sqrt(4 * e**2 + xi**2),
            ),
        ),
    ),
)
