r"""The abstract prints no formula. Let
$\Phi(\mu, s, t) = \mathbb{E} \min_u \frac{\mu}{2} (s Z - u)^2 + (|u| + t)^2$ for a standard normal $Z$: the saddle
point that training tends to by other claims here is one of $\Phi(\mu, s, t) - \mu c b^2 / 2$. With
$z = 2 t / (\mu s)$, $p = \mu / (\mu + 2)$, the density $\phi$ and the tail $Q$ of $Z$ at $z$, $J = \phi - z Q$ and
$K = (1 + z^2) Q - z \phi$ it is $\frac{\mu s^2}{2} (1 - 4 p Q + 2 p^2 K) + t^2 + 4 s t p J + 2 s^2 p^2 K$.
"""

from dataclasses import dataclass

import numpy as np
import sympy as sp
from flint import acb, arb, ctx
from hypothesis import strategies as st

from checks import domains, oracles
from checks.claim import Budget, Claim, Mutant, Reference
from checks.enclosure import Ball
from checks.evidence import certified, sampled, symbolic
from checks.formula import Formula
from checks.javanmard2020 import PAPER
from checks.javanmard2020.settings import abbreviated
from theory import notation as sym
from theory.derivations import proportional as derivations
from theory.proportional import EXCESS, KEPT, POTENTIAL, potential
from theory.validation import FloatArray

mu, s, t = sym.multiplier, sym.residual_std, sym.attack_size
AT_CUTOFF = {sym.cutoff: 2 * t / (mu * s)}
NARROWED = 60  # steps of golden section: (√5 - 1)/2 to this power is 3e-13, and the cost is a parabola there
TOLERANCE = 1e-12  # 120 nodes on either side of the cutoff leave some 1e-14, the search in u the square of 3e-13


@dataclass(frozen=True)
class Case:
    """μ, s and t."""

    multiplier: float
    residual_std: float
    attack_size: float

    @property
    def scalars(self) -> dict[sp.Symbol, float]:
        """The values of the three symbols."""
        return {mu: self.multiplier, s: self.residual_std, t: self.attack_size}


@dataclass(frozen=True)
class Potential(Formula):
    """Φ as a formula; shown with the letters of the statement."""

    @property
    def latex(self) -> str:
        """The formula as LaTeX, at the cutoff z."""
        return f"{self.symbol} = {abbreviated(POTENTIAL)}"


FORMULA = Potential(
    POTENTIAL.subs(AT_CUTOFF), r"\Phi(\mu, s, t)",
    lambda case: potential(case.residual_std, case.attack_size, case.multiplier),
)  # fmt: skip


def least_cost(point: certified.Point) -> Ball:
    """The definition, at the vertex of the parabola in u beyond the cutoff, up to it at u = 0.

    The first is integrated over the whole half-line, and up to the cutoff what the second exceeds it by.
    """
    multiplier, std, attack = (arb(point[symbol]) for symbol in (mu, s, t))

    def cost(z: Ball, u: Ball) -> Ball:
        return multiplier / 2 * (std * z - u) ** 2 + (u + attack) ** 2

    def at_vertex(z: Ball, analytic: bool = False) -> Ball:
        return cost(z, (multiplier * std * z - 2 * attack) / (multiplier + 2))

    with ctx.workprec(certified.PRECISION):
        scale = (2 / arb.pi()).sqrt()
        cutoff = 2 * attack / (multiplier * std)
        surplus = acb.integral(lambda z, _: (cost(z, acb(0)) - at_vertex(z)) * (-z * z / 2).exp(), acb(0), acb(cutoff))
        growth = (attack, (multiplier / 2).sqrt() * std)  # as cost(z, 0) is at least the cost at the vertex
        return certified.half_gaussian_mean(at_vertex, growth) + scale * surplus.real


def points(budget: Budget) -> list[certified.Point]:
    """Random rationals: the cutoff runs from 2e-3 to 2e3."""
    return certified.random_points({mu: (0.1, 10.0), s: (0.1, 10.0), t: (0.1, 10.0)}, 12, budget.rng())


def searched_gap(formula: Formula, case: Case) -> float:
    """Relative distance to the mean, by Gauss-Legendre on both sides of the cutoff, of costs minimised by search."""
    cutoff = 2 * case.attack_size / (case.multiplier * case.residual_std)
    near = min(cutoff, oracles.HALF_LINE)
    spans = [(low, high) for low, high in ((0.0, near), (near, near + oracles.HALF_LINE)) if high > low]
    total = 0.0
    for low, high in spans:
        nodes = low + oracles.HALF_NORMAL_NODES * (high - low) / oracles.HALF_LINE
        weights = np.polynomial.legendre.leggauss(oracles.NODES)[1] * (high - low) * np.exp(-(nodes**2) / 2)
        total += float(_searched(case, nodes) @ weights) / np.sqrt(2 * np.pi)
    return abs(formula(case) / float(total) - 1)


def _searched(case: Case, size: FloatArray) -> FloatArray:
    """The least cost over u between 0 and s|Z|, by golden section: a convex function of u."""

    def cost(u: FloatArray) -> FloatArray:
        total: FloatArray = case.multiplier / 2 * (case.residual_std * size - u) ** 2 + (u + case.attack_size) ** 2
        return total

    ratio = (np.sqrt(5) - 1) / 2
    low, high = np.zeros_like(size), case.residual_std * size
    for _ in range(NARROWED):
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        better = cost(left) < cost(right)
        low, high = np.where(better, low, left), np.where(better, right, high)
    return np.minimum(cost(low), cost((low + high) / 2))


@st.composite
def cases(draw: domains.Draw) -> Case:
    """s = 1, μ from 1/100 to 100, and t from 0, of the order of the cutoff's range or not."""
    powers = domains.numbers(-2.0, 2.0)
    attack = draw(st.one_of(st.just(0.0), powers.map(lambda power: 10.0**power)))
    return Case(10.0 ** draw(powers), 1.0, attack)


CROSS = (4 * s * t * KEPT * EXCESS).subs(AT_CUTOFF)

CLAIM = Claim(
    id="javanmard2020.training_potential_has_closed_form",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Abstract, growth in proportion"),
    ours=True,
    formula=FORMULA,
    checks=(
        symbolic.derivation(
            "derivation", derivations.potential, lambda f: f.expression, "Minimising in u and integrating over Z"
        ),
        certified.agreement(
            "enclosure", points, least_cost, "The mean of the least cost by quadrature", "μ, s and t in [0.1, 10]"
        ),
        sampled.search(
            "search", cases(), searched_gap, TOLERANCE, "Quadrature of costs minimised by golden section",
            scope="s = 1, μ from 1/100 to 100, t from 1/100 to 100 and t = 0",
        ),
    ),
    mutants=(
        Mutant("cross_term_once", FORMULA.mutate(FORMULA.expression - CROSS / 2)),
        Mutant("cross_term_five_percent_off", FORMULA.mutate(FORMULA.expression + CROSS / 20)),
        Mutant("cutoff_halved", FORMULA.mutate(POTENTIAL.subs({sym.cutoff: t / (mu * s)}))),
        Mutant("no_residual_set_to_zero", FORMULA.mutate(POTENTIAL.subs({sym.cutoff: sp.S.Zero}))),
    ),
)  # fmt: skip
