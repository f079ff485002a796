r"""The paper has no such statement. Near $\theta = 0$, where the smoothing acts, holding the smoothed attack fixed
halves its force: for $\xi > 0$ and $v^2 = \|\theta_0\|_\Sigma^2 + \sigma^2 > 0$ the attack part of the gradient of the
surrogate risk is
$\nabla R_{L, \xi} - 2 \Sigma (\theta - \theta_0) = \frac{8 \epsilon v^2}{\xi} \theta + O(\|\theta\|^2)$, and
that of the expected update with the attack held fixed is
$F - 2 \Sigma (\theta - \theta_0) = \frac{4 \epsilon v^2}{\xi} \theta + O(\|\theta\|^2)$.
"""

from dataclasses import dataclass
from functools import lru_cache

import sympy as sp
from flint import ctx
from hypothesis import strategies as st

from checks import domains, oracles
from checks.claim import Assumption, Budget, Check, Claim, Mutant, Reference
from checks.enclosure import Ball, enclose, to_ball
from checks.evidence import certified, sampled
from checks.evidence.sampled import EPS
from checks.problem import Problem
from checks.result import Evidence, Kind, Outcome
from checks.xing2021 import PAPER
from checks.xing2021.low_dimension import frozen_update as update
from checks.xing2021.low_dimension.frozen_update import FROZEN, GRADIENT, eps, pull, xi
from checks.xing2021.low_dimension.smoothed_attack import Line
from theory.notation import total_std

LINES = (Line(1.0, 0.0, 1.0, 1.0), Line(1.0, 1.0, 0.5, 0.125), Line(2.0, 0.25, 2.0, 8.0))
NEAR = 2.0**-30  # the coefficient at which slopes are enclosed; the relative remainder is of this order
ROUNDING = 64 * EPS  # of a field, relative to its terms: a sum of about ten products of up to six factors


@dataclass(frozen=True)
class Slopes:
    """What multiplies θ in the attack part of the gradient, and of the update with the attack held fixed."""

    gradient: sp.Expr
    frozen: sp.Expr

    @property
    def latex(self) -> str:
        """Both slopes."""
        gradient, frozen = sp.latex(self.gradient), sp.latex(self.frozen)
        return rf"{gradient} \text{{ (gradient)}}, \quad {frozen} \text{{ (attack held fixed)}}"


def remainder(case: Problem) -> float:
    """A bound on both remainders, relative to their first-order terms.

    With p = Σ(θ - θ₀): the part along p is at most (8εn²/ξ)(1 + εn²/ξ)‖p‖; of the part along θ, M and M - kM' are less
    than 1/k and 2/k by at most 3/k² of themselves, k = ξ/(2sn), ε²H adds at most 4ε²/k², and s² differs from v² by
    at most 2|θᵀΣθ₀| + ‖θ‖²_Σ. All are taken over the smaller slope, 4εv²/ξ; twice that covers the gradient's.
    """
    theta, covariance = case.coefficients, case.population.covariance
    size, std, v2 = (
        oracles.l2(theta),
        oracles.residual_variance(case.population, theta) ** 0.5,
        case.population.total_std**2,
    )
    share = case.radius * size**2 / case.smoothing
    moved = (2 * abs(theta @ covariance @ case.population.true_coefficients) + theta @ covariance @ theta) / v2
    along_theta = 12 * (size * std / case.smoothing) ** 2 + 4 * share
    along_error = 2 * size * (1 + share) * oracles.l2(pull(case)) / v2
    return float(moved + (1 + moved) * along_theta + along_error)


def slope_gap(formula: Slopes, case: Problem) -> float:
    """By how much either attack part less its first-order term exceeds the bound on the remainder, relative to it."""
    excess = []
    for field, slope in ((GRADIENT, formula.gradient), (FROZEN, formula.frozen)):
        first = float(enclose(slope, case.scalars).mid()) * case.coefficients
        part = field(case) - 2 * pull(case)
        size = 4 * case.radius * case.population.total_std**2 / case.smoothing * oracles.l2(case.coefficients)
        rounded = ROUNDING * update.rounding_scale(case)
        excess.append((oracles.l2(part - first) - rounded) / size - 2 * remainder(case))
    return max(excess)


@st.composite
def problems(draw: domains.Draw) -> Problem:
    """θ of length about 1e-7 to 1e-4 in any direction, v > 0, and εv²/ξ from 1/100 to 100."""
    population = draw(domains.regular_populations(4))
    theta = 10.0 ** draw(domains.numbers(-7.0, -4.0)) * draw(domains.nonzero_vectors(population.d))
    radius, ratio = draw(domains.radii(0.125)), draw(domains.smoothings(1e-2, 1e2))
    return Problem(population, theta, radius, radius * population.total_std**2 * ratio)


def certify(formula: Slopes, budget: Budget) -> Evidence:
    """Enclose both attack parts over θ from the definition at θ = 2^-30, d = 1, within the bound on the remainder."""
    sides = []
    for line in LINES:
        gradient, frozen = _quotients(line)
        values = {**update.on_line(line, NEAR), total_std: _total_std(line)}
        allowed = 2 * remainder(line.problem(NEAR)) * 4 * values[eps] * values[total_std] ** 2 / values[xi]
        for measured, slope in ((gradient, formula.gradient), (frozen, formula.frozen)):
            sides.append((line, measured, enclose(slope, values), allowed))
    outside = [side for side in sides if abs(side[1] - side[2]) > side[3]]
    within = all(abs(measured - stated) <= allowed for _, measured, stated, allowed in sides)
    outcome = Outcome.FAILS if outside else Outcome.HOLDS if within else Outcome.INCONCLUSIVE
    return Evidence(
        Kind.CERTIFIED,
        outcome,
        "three problems with d = 1",
        f"The attack parts over θ at θ = 2^-30, enclosed by quadrature from the definition, are within the bound on "
        f"the remainder of the stated slopes in {len(sides) - len(outside)} of {len(sides)} cases.",
        {"cases": float(len(sides)), "beyond the bound": float(len(outside))},
        f"{outside[0][0]}: measured {outside[0][1].str(8)}, stated {outside[0][2].str(8)}" if outside else None,
    )


@lru_cache(maxsize=8)
def _quotients(line: Line) -> tuple[Ball, Ball]:
    values = update.on_line(line, NEAR)
    with ctx.workprec(certified.PRECISION):
        means = (update.mean_slope(slope(), values) for slope in (update.exact_slope, update.frozen_slope))
        gradient, frozen = ((mean - 2 * values[update.b]) / to_ball(NEAR) for mean in means)
        return gradient, frozen


def _total_std(line: Line) -> Ball:
    return (to_ball(line.truth) ** 2 + to_ball(line.noise_variance)).sqrt()


SLOPE = 8 * eps * total_std**2 / xi

CLAIM = Claim(
    id="xing2021.frozen_attack_halves_the_slope_at_zero",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Section 2.1, surrogate loss"),
    ours=True,
    formula=Slopes(SLOPE, SLOPE / 2),
    checks=(
        Check("enclosures", Kind.CERTIFIED, certify),
        sampled.search(
            "near_zero", problems(), slope_gap, 0.0, "The two attack parts near θ = 0 against their first-order terms",
            scope="d = 1 to 4, Σ invertible, θ₀ ≠ 0",
        ),
    ),
    mutants=(
        Mutant("the_same_slope", Slopes(SLOPE, SLOPE)),
        Mutant("half_of_both", Slopes(SLOPE / 2, SLOPE / 4)),
        Mutant("five_percent_off", Slopes(SLOPE * 105 / 100, SLOPE * 105 / 200)),
        Mutant("std_for_variance", Slopes(SLOPE / total_std, SLOPE / (2 * total_std))),
    ),
    assumptions=(
        Assumption("a smoothed attack", r"$\xi > 0$", lambda case: case.smoothing > 0),
        Assumption("y is not constant", r"$v > 0$", lambda case: case.population.total_std > 0),
    ),
    uses=("xing2021.frozen_attack_field_has_closed_form", "xing2021.surrogate_risk_has_closed_form"),
)  # fmt: skip
