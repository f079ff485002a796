"""What the claims on the example of section 4 share: θ = (1/d, ..., 1/d), ε = 1/√d, and the attack as defined there."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from checks import domains
from checks.claim import Budget, Check
from checks.enclosure import enclose
from checks.evidence import certified, sampled
from checks.evidence.sampled import EPS
from checks.result import Evidence, Kind
from theory import notation as sym
from theory.norms import dual_perturbation
from theory.validation import FloatArray

d = sp.Symbol("d", positive=True)
e, eps, xi = sym.residual, sym.radius, sym.smoothing

SQUARED = e**2
SCALED_ENTRY = eps / (1 + d * xi / (2 * abs(e)))


@dataclass(frozen=True)
class Entry:
    """The size of an entry of the smoothed attack in the example, for a loss of the residual e."""

    expression: sp.Expr
    loss: sp.Expr = SQUARED

    @property
    def latex(self) -> str:
        """The entry as LaTeX."""
        return rf"|[A_{{\epsilon, \xi}}^\infty]_i| = {sp.latex(self.expression)}"


class Point(NamedTuple):
    """One instance of the example."""

    dimension: int
    smoothing: float
    residual: float

    @property
    def values(self) -> dict[sp.Symbol, Any]:
        """The values of d, ε, ξ and e; ε is 1/√d rounded, which no entry depends on but as a factor."""
        return {d: float(self.dimension), eps: self.dimension**-0.5, xi: self.smoothing, e: self.residual}


@st.composite
def instances(draw: domains.Draw) -> Point:
    """Dimensions from 1 to 1000, smoothings from 1e-9 to 1e9, residuals of either sign, 1/2 and 1 among them."""
    size = draw(st.one_of(st.sampled_from([0.5, 1.0]), domains.numbers(1e-3, 1e3)))
    return Point(draw(st.integers(1, 1000)), draw(domains.smoothings()), draw(st.sampled_from([1.0, -1.0])) * size)


def literal_attack(loss: sp.Expr, point: Point) -> FloatArray:
    """A^∞_{ε,ξ} at x = 0, y = -e: every entry of A^∞_ε times |g_i|/(|g_i| + ξ), g = ∂l/∂x by central differences.

    With steps that change the residual by half, the differences are exact for the losses e², e²/2 and |e|.
    """
    theta = np.full(point.dimension, 1 / point.dimension)
    loss_at = sp.lambdify(e, loss, "numpy")
    steps = abs(point.residual) / 2 / theta
    gradient = (loss_at(point.residual + theta * steps) - loss_at(point.residual - theta * steps)) / (2 * steps)
    worst = dual_perturbation(gradient, np.inf, point.dimension**-0.5)
    size = np.abs(gradient)
    attack: FloatArray = size / (size + point.smoothing) * worst
    return attack


def entry_gap(formula: Entry, point: Point) -> float:
    """Distance of the farthest entry of the literal attack from the stated one, with the sign of e, relative to it."""
    stated = np.sign(point.residual) * float(enclose(formula.expression, point.values).mid())
    return float(np.max(np.abs(literal_attack(formula.loss, point) - stated)) / abs(stated))


def defined_entry(loss: sp.Expr) -> sp.Expr:
    """|g_i|/(|g_i| + ξ) ε with g_i = l'(e) θ_i and θ_i = 1/d."""
    size = abs(sp.diff(loss, e)) / d
    return size / (size + xi) * eps


def enclosures(formula: Entry, budget: Budget) -> Evidence:
    """The entry by its definition against the stated one, at (d, ξ, e) = (1, 1, 1) first and then at random."""
    symbols = {d: (1.0, 1e6), xi: (1e-6, 1e3), e: (1e-2, 1e2), eps: (1e-3, 1.0)}
    simplest = dict.fromkeys(symbols, 1.0)
    points = [simplest, *certified.random_points(symbols, 12, budget.rng())]
    definition = defined_entry(formula.loss)
    balls = [(point, enclose(definition, point), enclose(formula.expression, point)) for point in points]
    return certified.compare(
        balls, "The entry of the attack by its definition", "d up to 1e6, ξ and |e| over orders of magnitude"
    )


# Some ten roundings in the literal attack, and one of each of its factors; none of them amplified.
ENTRY_CHECKS: tuple[Check[Entry], ...] = (
    Check("enclosure", Kind.CERTIFIED, enclosures),
    sampled.search(
        "literal_attack", instances(), entry_gap, 64 * EPS,
        "Each entry of the literal attack, with a numerical gradient",
        scope="d up to 1000",
    ),
)  # fmt: skip
