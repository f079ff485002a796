r"""The paper has none: it assumes an invertible $\Sigma$ and $v > 0$. For $\epsilon > 0$ and every covariance
$\Sigma$, with $s(\theta)$ the standard deviation of the residual, $R_L$ is differentiable at $\theta$ if and only
if (1) $\theta \neq 0$ and $s(\theta) > 0$, or (2) $\theta = 0$ and $v = 0$, or (3) $s$ is 0 everywhere ($\Sigma =
0$ and $\sigma = 0$). So without noise and with a singular $\Sigma$ every point of $\theta_0 + \ker \Sigma$ other
than 0 is a kink, and not $\theta_0$ alone; and where the response is constant the kink at 0 disappears, $R_L$
being homogeneous of degree two.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from checks import domains, oracles
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.evidence import sampled
from checks.kinks import RESOLUTION, Line, Regime, judge, jump_ratio, lines, singular_populations
from checks.problem import Problem
from checks.result import Evidence, Kind
from checks.xing2021 import PAPER
from theory import notation as sym
from theory.derivations.derivation import Derivation, Link, derive
from theory.derivations.kink import kink_at_truth, kink_at_zero, slope
from theory.derivations.risk import evaluating, integrating_risk, worst_risk

Predicate = Callable[[bool, bool, bool], bool]


def differentiable(at_zero: bool, residual_vanishes: bool, never_a_residual: bool) -> bool:
    """Both ‖θ‖ and s, or neither, vanish; or s does everywhere."""
    return at_zero is residual_vanishes or never_a_residual


def zero_always_a_kink(at_zero: bool, residual_vanishes: bool, never_a_residual: bool) -> bool:
    """The printed condition, read with s = 0 in the place of θ = θ₀."""
    return not at_zero and not residual_vanishes


def residual_forgotten(at_zero: bool, residual_vanishes: bool, never_a_residual: bool) -> bool:
    """A vanishing residual does no harm."""
    return not at_zero or residual_vanishes


def constant_zero_forgotten(at_zero: bool, residual_vanishes: bool, never_a_residual: bool) -> bool:
    """s = 0 everywhere taken for a kink."""
    return at_zero is residual_vanishes


@cache
def no_kink_without_response() -> Derivation:
    """Sum of the slopes at θ = 0 in the directions u and -u where v = 0: R is homogeneous of degree two."""
    t, norm, std = sym.line_parameter, sym.line_parameter * sym.direction_size, sym.line_parameter * sym.direction_std
    return _sum_of_slopes(t, norm, std, "v = 0")


@cache
def no_kink_without_residual() -> Derivation:
    """Sum of the slopes at θ ≠ 0 where s is 0 on the whole line: R is ε²‖θ‖²."""
    t, n = sym.line_parameter, sym.coefficient_norm
    square = n**2 + 2 * t * sym.direction_product + (t * sym.direction_size) ** 2
    definition = slope(sym.radius**2 * square, sym.radius**2 * n**2)
    both = definition + definition.xreplace({sym.direction_product: -sym.direction_product})
    return derive(both, (Link("one-sided limits", sp.S.Zero, evaluating),), "s = 0 on the line")


def _sum_of_slopes(t: sp.Symbol, norm: sp.Expr, std: sp.Expr, scope: str) -> Derivation:
    value = 2 * slope(std**2 + sym.radius**2 * norm**2 + 2 * sym.radius * sym.c0 * norm * std, sp.S.Zero)
    links = (
        Link("integrate over the residual", value, integrating_risk((norm, std))),
        Link("one-sided limits", sp.S.Zero, evaluating),
    )
    return derive(2 * slope(worst_risk(norm, std), sp.S.Zero), links, scope)


def regimes() -> tuple[Regime, ...]:
    """Every way for ‖θ‖ and s to vanish, as (at_zero, residual_vanishes, never_a_residual)."""
    return (
        Regime("θ ≠ 0, s > 0", (False, False, False), None),
        Regime("θ = 0, v > 0", (True, False, False), kink_at_zero),
        Regime("θ ≠ 0, s = 0", (False, True, False), kink_at_truth),
        Regime("θ = 0, v = 0", (True, True, False), no_kink_without_response),
        Regime("θ ≠ 0, s = 0 everywhere", (False, True, True), no_kink_without_residual),
        Regime("θ = 0, s = 0 everywhere", (True, True, True), no_kink_without_response),
    )


def slopes(predicate: Predicate, budget: Budget) -> Evidence:
    """What the derived slopes in every regime say about the predicate."""
    return judge(predicate, regimes())


def gradient_gap(predicate: Predicate, line: Line) -> float:
    """The measured jump where there should be none, and what is missing of it where there should be one."""
    problem = line.problem
    population, theta = problem.population, problem.coefficients
    vanishes = oracles.residual_variance(population, theta) == 0
    never = population.noise_std == 0 and not population.covariance.any()
    ratio = jump_ratio(line)
    return ratio if predicate(not theta.any(), vanishes, never) else 1 - ratio


@st.composite
def points(draw: domains.Draw) -> Problem:
    """Problems on a diagonal Σ with zeros; θ is 0, θ₀, θ₀ moved within the null space of Σ, or anywhere."""
    population = draw(singular_populations())
    hidden = np.where(np.diag(population.covariance) == 0, draw(domains.vectors(population.d)), 0.0)
    anywhere = draw(domains.vectors(population.d))
    truth = population.true_coefficients
    theta = draw(st.sampled_from([np.zeros(population.d), truth, truth + hidden, hidden, anywhere]))
    return Problem(population, theta, draw(domains.radii(smallest=1e-3)))


CLAIM: Claim[Predicate] = Claim(
    id="xing2021.risk_is_differentiable_iff_for_any_covariance",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Proposition 1"),
    ours=True,
    formula=differentiable,
    checks=(
        Check("slopes", Kind.SYMBOLIC, slopes),
        sampled.search(
            "gradient_jump", lines(points()), gradient_gap, RESOLUTION,
            "The jump of the gradient's computed value across a point, 1 at a kink and 0 elsewhere",
            scope="diagonal Σ, some or all variances 0, d = 1 to 4",
        ),
    ),
    mutants=(
        Mutant("zero_always_a_kink", zero_always_a_kink),
        Mutant("residual_forgotten", residual_forgotten),
        Mutant("constant_zero_forgotten", constant_zero_forgotten),
    ),
    uses=("xing2021.risk_has_closed_form",),
)  # fmt: skip
