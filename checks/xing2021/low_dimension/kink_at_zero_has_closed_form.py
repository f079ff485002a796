r"""The paper has none: Proposition 1 only says that $R_L$ is not differentiable at $\theta = 0$. Where $v > 0$,
the one-sided derivative of $R_L$ at $\theta = 0$ in the direction $u$ is $-2 \theta_0^\top \Sigma u + 2 \epsilon
c_0 v \|u\|$, so that the slope jumps by exactly $4 \epsilon c_0 v \|u\|$ along every line through 0. Under the
$\mathcal{L}_\infty$ attack the same holds with $\|u\|_1$.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from checks import domains, oracles
from checks.claim import Assumption, Claim, Mutant, Reference
from checks.evidence import sampled, symbolic
from checks.formula import Formula
from checks.problem import Problem
from checks.xing2021 import PAPER
from theory import notation as sym
from theory.derivations import kink as derivations
from theory.norms import dual_norm
from theory.risk import adversarial_risk_gradient
from theory.validation import FloatArray

LARGEST_D = 4
NEAR = 2.0**-60  # so close to 0 that a gradient differs from its limit by less than its rounding
STEP = 1e-4
SECANT_ERROR = STEP**2 + 8 * oracles.QUADRATURE_ERROR / STEP
"""Two extrapolated secants: the third derivative times STEP², and four quadratures, each off by twice its error."""
GRADIENT_ERROR = 32 * (LARGEST_D + 4) * sampled.EPS  # products with a matrix factored and put together again


@dataclass(frozen=True, eq=False, kw_only=True)
class Departure(Problem):
    """A problem at θ = 0 and a direction u to leave it."""

    direction: FloatArray

    @cached_property
    def scalars(self) -> dict[sp.Symbol, float]:
        """The values of the symbols of the slope at 0."""
        return {
            sym.radius: self.radius,
            sym.total_std: self.population.total_std,
            sym.direction_size: float(dual_norm(self.direction, self.norm)),
            sym.direction_signal: float(
                self.direction @ self.population.covariance @ self.population.true_coefficients
            ),
        }

    @property
    def unit(self) -> float:
        """The step in t over which the risk at tu changes by its own size: v/(‖u‖_Σ + ε‖u‖), 1 if it never does."""
        std = np.sqrt(max(float(self.direction @ self.population.covariance @ self.direction), 0.0))
        rate = std + self.radius * self.scalars[sym.direction_size]
        return float(self.population.total_std / rate) if rate > 0 else 1.0

    def __str__(self) -> str:
        """The case with every digit."""
        return f"{super().__str__()}, direction={self.direction.tolist()}"


def slope_by_gradient(case: Problem) -> float:
    """uᵀ∇R at tu for a t that is 0 to rounding."""
    if not isinstance(case, Departure):
        raise TypeError(f"case must be a Departure, got {type(case).__name__}")
    near = NEAR * case.unit * case.direction
    return float(adversarial_risk_gradient(near, case.population, case.radius, case.norm) @ case.direction)


@st.composite
def departures(draw: domains.Draw) -> Departure:
    """Departures in any direction, zero coordinates included, under either attack, ε from 0; Σ may be singular."""
    population = draw(
        domains.populations(LARGEST_D, noise=domains.numbers(0.05, 2.0)) | domains.regular_populations(LARGEST_D)
    )
    direction = draw(domains.nonzero_vectors(population.d))
    norm = draw(st.sampled_from([2.0, np.inf]))
    return Departure(population, np.zeros(population.d), draw(domains.radii()), 0.0, norm, direction=direction)


def secant_gap(formula: Formula, case: Departure) -> float:
    """Distance to the extrapolated secant of E (|e| + ε‖tu‖)², by quadrature, over v²/t for the unit t."""
    near, far = (_secant(case, share * STEP * case.unit) for share in (0.5, 1.0))
    return float(abs(formula(case) - (2 * near - far)) * case.unit / case.population.total_std**2)


def gradient_gap(formula: Formula, case: Departure) -> float:
    """Distance of the formula to the computed gradient next to 0, over the size of the terms of both."""
    population, u = case.population, np.abs(case.direction)
    terms = u @ np.abs(population.covariance) @ np.abs(population.true_coefficients)
    scale = population.total_std**2 / case.unit + float(terms)
    return abs(float(formula.enclose(case.scalars).mid()) - slope_by_gradient(case)) / scale


def _secant(case: Departure, step: float) -> float:
    moved, v = case.radius * step * case.scalars[sym.direction_size], case.population.total_std
    std = np.sqrt(oracles.residual_variance(case.population, step * case.direction))
    return float(oracles.half_normal_mean(lambda z: (std * z + moved) ** 2 - (v * z) ** 2)) / step


eps, v, p, h = sym.radius, sym.total_std, sym.direction_size, sym.direction_signal
SLOPE = 2 * eps * sym.c0 * v * p - 2 * h
FORMULA = Formula(SLOPE, r"R_L'(0; u)", slope_by_gradient)


def both_ways(formula: Formula) -> sp.Expr:
    """The jump of the slope along a line: the slopes in the directions u and -u together."""
    return formula.expression + formula.expression.subs(h, -h)


CLAIM = Claim(
    id="xing2021.kink_at_zero_has_closed_form",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Proposition 1"),
    ours=True,
    formula=FORMULA,
    checks=(
        symbolic.derivation(
            "derivation", derivations.slope_at_zero, lambda f: f.expression, "One-sided slope of the expected loss"
        ),
        symbolic.derivation("jump", derivations.kink_at_zero, both_ways, "Slopes in both directions along a line"),
        sampled.search(
            "secants", departures(), secant_gap, SECANT_ERROR, "Extrapolated secants of the risk by quadrature"
        ),
        sampled.search("gradient", departures(), gradient_gap, GRADIENT_ERROR, "The computed gradient next to 0"),
    ),
    mutants=(
        Mutant("c0_five_percent_off", FORMULA.mutate(SLOPE + eps * sym.c0 * v * p / 10)),
        Mutant("c0_inverted", FORMULA.mutate(2 * eps / sym.c0 * v * p - 2 * h)),
        Mutant("jump_halved", FORMULA.mutate(eps * sym.c0 * v * p - 2 * h)),
        Mutant("variance_for_its_root", FORMULA.mutate(2 * eps * sym.c0 * v**2 * p - 2 * h)),
        Mutant("signal_without_the_two", FORMULA.mutate(SLOPE + h)),
    ),
    assumptions=(Assumption("the response is not constant", r"$v > 0$", lambda case: case.population.total_std > 0),),
    uses=("xing2021.risk_has_closed_form",),
)  # fmt: skip
