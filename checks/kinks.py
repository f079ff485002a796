"""Jumps of the derivative of the adversarial risk: measured from its gradient, and derived from its definition."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from checks import domains, oracles
from checks.problem import Problem
from checks.result import WHOLE_DOMAIN, Evidence, Kind, Outcome, Step
from theory import notation as sym
from theory.derivations.derivation import Derivation, decide
from theory.derivations.derivatives import risk_gradient
from theory.derivations.kink import kink_at_truth, kink_at_zero
from theory.population import LinearGaussian
from theory.risk import adversarial_risk_gradient
from theory.validation import FloatArray

STEP = 1e-7
RESOLUTION = 1e4 * STEP
"""Between θ - tu and θ + tu a smooth gradient turns by t times the curvature. With t = STEP times the distance to the
nearest kink that is STEP of what a kink would add, times at most the ratio of the attack's slope to the data's along
u, 4/0.05 in these domains, and of the directions' standard deviations, 2/0.05."""


@dataclass(frozen=True, eq=False)
class Line:
    """A problem and a direction u of length 1 through its coefficients."""

    problem: Problem
    direction: FloatArray

    def __str__(self) -> str:
        """The case with every digit."""
        return f"{self.problem}, direction={self.direction.tolist()}"


@st.composite
def lines(draw: domains.Draw, problem: st.SearchStrategy[Problem]) -> Line:
    """Lines through the coefficients of a problem, no coordinate of the direction below a fifth of the largest."""
    case = draw(problem)
    d = case.population.d
    entry = st.one_of(domains.numbers(0.2, 1.0), domains.numbers(-1.0, -0.2))
    direction = np.array(draw(st.lists(entry, min_size=d, max_size=d)))
    return Line(case, direction / oracles.l2(direction))


def jump_ratio(line: Line) -> float:
    """The attack's part of the jump of uᵀ∇R between θ - tu and θ + tu, over 4 ε c₀ (s + ‖θ‖ ‖u‖_Σ).

    The risk has a kink where just one of s and ‖θ‖ vanishes; the ratio is then 1, and of order STEP elsewhere.
    """
    problem, u = line.problem, line.direction
    population, theta = problem.population, problem.coefficients
    s = np.sqrt(oracles.residual_variance(population, theta))
    q, n = np.sqrt(max(float(u @ population.covariance @ u), 0.0)), oracles.l2(theta)
    scale = 4 * problem.radius * np.sqrt(2 / np.pi) * (s + n * q)
    if scale == 0:
        scale, distance = problem.radius, 1.0  # both vanish, so the risk is homogeneous of degree 2 around θ
    else:
        distance = min(size for size in (n, s / q if q > 0 else np.inf) if size > 0)
    step = STEP * min(distance, 1.0)
    attacked, clean = (_jump(line, step, radius) for radius in (problem.radius, 0.0))
    return float((attacked - clean) / scale)


def _jump(line: Line, step: float, radius: float) -> float:
    theta, u = line.problem.coefficients, line.direction
    ends = np.stack([theta + step * u, theta - step * u])
    there, here = adversarial_risk_gradient(ends, line.problem.population, radius) @ u
    return float(there - here)


@dataclass(frozen=True)
class Regime:
    """A class of points, in words and as the arguments of a predicate, and the derivation of its kink if any."""

    name: str
    arguments: tuple[bool, ...]
    kink: Callable[[], Derivation] | None


def judge(predicate: Callable[..., bool], regimes: Sequence[Regime]) -> Evidence:
    """Whether a predicate of differentiability says in every regime what the derived slopes say.

    Slopes along u and -u that do not cancel exclude a derivative. Off the kinks the slope is linear in u with
    coefficients that are continuous in θ, so that the risk is continuously differentiable.
    """
    derivations = [regime.kink() for regime in regimes if regime.kink is not None] + [risk_gradient()]
    undecided = [step.name for chain in derivations for step in chain.steps if decide(step) == "undecided"]
    slopes = {regime.name: _sum_of_slopes(regime) for regime in regimes}
    open_ = [name for name, slope in slopes.items() if not (slope == 0 or slope.is_positive)]
    wrong = [r.name for r in regimes if predicate(*r.arguments) is not (slopes[r.name] == 0)]
    outcome = Outcome.INCONCLUSIVE if undecided or open_ else Outcome.FAILS if wrong else Outcome.HOLDS
    return Evidence(
        kind=Kind.SYMBOLIC,
        outcome=outcome,
        scope=WHOLE_DOMAIN,
        summary=(
            f"The two one-sided slopes along a line, derived from the definition in {len(regimes)} regimes, add up to "
            f"0 where the risk is said to be differentiable and to a positive number elsewhere; wrong in {len(wrong)}."
        ),
        numbers={"regimes": float(len(regimes)), "wrong": float(len(wrong)), "undecided steps": float(len(undecided))},
        counterexample=f"{wrong[0]}: the slopes along u and -u add up to {slopes[wrong[0]]}" if wrong else None,
        steps=tuple(Step(r.name, rf"{sp.latex(slopes[r.name])}", "SymPy") for r in regimes),
    )


def _sum_of_slopes(regime: Regime) -> sp.Expr:
    """The slopes along u and -u together, at a positive radius; off the kinks from the gradient, linear in u."""
    if regime.kink is not None:
        total = regime.kink().result
    else:
        slope = risk_gradient().result
        total = sp.expand(slope + slope.xreplace({x: -x for x in (sym.direction_error, sym.direction_product)}))
    return total.subs(sym.radius, sp.Symbol("epsilon", positive=True))


def printed_regimes() -> tuple[Regime, ...]:
    """Noise or none, at θ = 0, at θ = θ₀ or elsewhere, as (noisy, at_zero, at_truth); both at once only with noise."""
    return (
        Regime("noise, θ = 0", (True, True, False), kink_at_zero),
        Regime("noise, θ = 0 = θ₀", (True, True, True), kink_at_zero),
        Regime("noise, θ = θ₀ ≠ 0", (True, False, True), None),
        Regime("noise, θ elsewhere", (True, False, False), None),
        Regime("no noise, θ = 0", (False, True, False), kink_at_zero),
        Regime("no noise, θ = θ₀ ≠ 0", (False, False, True), kink_at_truth),
        Regime("no noise, θ elsewhere", (False, False, False), None),
    )


def singular_populations() -> st.SearchStrategy[LinearGaussian]:
    """Diagonal populations, some or all variances 0, with and without noise: s = 0 is then met exactly."""
    variances = st.lists(st.one_of(st.just(0.0), st.just(1.0), domains.numbers(0.05, 4.0)), min_size=1, max_size=4)
    covariances = variances.map(lambda values: np.diag(np.array(values)))
    noise = st.one_of(st.just(0.0), domains.numbers(0.05, 2.0))

    def build(covariance: FloatArray) -> st.SearchStrategy[LinearGaussian]:
        truth = domains.vectors(len(covariance))
        return st.builds(LinearGaussian, truth, st.just(covariance), noise)

    return covariances.flatmap(build)
