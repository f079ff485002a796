"""Attacks on one pair (x, y) under a linear model, judged by brute force over the ball that they choose from."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from checks import domains, oracles
from checks.enclosure import enclose
from checks.evidence.sampled import EPS
from theory import notation
from theory.norms import dual_norm, dual_perturbation
from theory.validation import FloatArray

SMALL = 3  # up to this many coordinates the ball is covered by a fixed set of points
LARGE = 12
DIRECTIONS = 400
NEIGHBOURS = 40

Perturb = Callable[[FloatArray, float, float, float], FloatArray]


@dataclass(frozen=True)
class Attack:
    """An attack z on a pair with residual e = θᵀx - y, and what its loss (e + θᵀz)² is said to be.

    `perturb(coefficients, residual, radius, norm)` gives z, shape (d,). A mutant whose loss has no closed form states
    it with the product a = θᵀz itself.
    """

    expression: sp.Expr
    perturb: Perturb

    @property
    def latex(self) -> str:
        """The loss under the attack as LaTeX."""
        return rf"l(f_\theta(x + A_\epsilon), y) = {sp.latex(self.expression)}"


@dataclass(frozen=True, eq=False)
class Pair:
    """Coefficients, the residual of one pair (x, y), and the ball; `seed` is the origin of the random neighbours."""

    coefficients: FloatArray
    residual: float
    radius: float
    norm: float
    seed: int

    def __str__(self) -> str:
        """The case with every digit."""
        return (
            f"coefficients={self.coefficients.tolist()}, residual={self.residual!r}, radius={self.radius!r}, "
            f"norm={float(self.norm)!r}"
        )


def production(coefficients: FloatArray, residual: float, radius: float, norm: float) -> FloatArray:
    """The attack of `theory`: the perturbation that attains the dual norm, with the sign of the residual, +1 at 0."""
    return sign(residual) * dual_perturbation(coefficients, norm, radius)


def sign(residual: float) -> float:
    """The sign of the residual, where either sign will do at 0."""
    return -1.0 if residual < 0 else 1.0


def worst_loss(dual: sp.Expr) -> sp.Expr:
    """(|e| + ε‖θ‖_q)², with `dual` the dual norm of the coefficients."""
    return (sp.Abs(notation.residual) + notation.radius * dual) ** 2


UNSTATED = (sp.Abs(notation.residual) + notation.attack_product) ** 2
"""The loss under an attack that has the residual's sign and product a = θᵀz with the coefficients."""


@st.composite
def pairs(draw: domains.Draw, largest_d: int, norms: st.SearchStrategy[float]) -> Pair:
    """Pairs with any coefficients, 0 included, any residual, 0 included, and any radius from 0 to 4."""
    residual = st.one_of(st.just(0.0), domains.numbers(-4.0, -1e-6), domains.numbers(1e-6, 4.0))
    coefficients = draw(st.integers(1, largest_d).flatmap(domains.vectors))
    return Pair(coefficients, draw(residual), draw(domains.radii()), draw(norms), draw(st.integers(0, 2**16)))


def cover_gap(attack: Attack, pair: Pair) -> float:
    """By how much a point of a fixed cover of the ball, up to three coordinates, does better than the attack."""
    cover = _cover(len(pair.coefficients))
    inside = np.concatenate([share * _on_sphere(cover, pair) for share in (1.0, 0.5, 0.0)])
    return _gap(attack, pair, inside)


def neighbour_gap(attack: Attack, pair: Pair) -> float:
    """By how much random, extremal or neighbouring points of the sphere do better than the attack."""
    z, d, rng = _perturb(attack, pair), len(pair.coefficients), np.random.default_rng(pair.seed)
    scale = max(float(np.abs(z).max()), EPS)
    steps = 10.0 ** rng.uniform(-4, 0, (NEIGHBOURS, 1)) * rng.standard_normal((NEIGHBOURS, d))
    extremal = [np.eye(d), -np.eye(d), rng.choice([-1.0, 1.0], (NEIGHBOURS, d)), rng.standard_normal((NEIGHBOURS, d))]
    theta = pair.coefficients
    candidates = np.concatenate([z / scale + steps, *extremal, [theta, -theta, np.sign(theta), -np.sign(theta)]])
    return _gap(attack, pair, _on_sphere(candidates, pair))


def rounding(d: int) -> float:
    """Bound on the rounding of a gap: products of d terms, squared, on both sides, and powers of a few EPS each."""
    return 8 * (d + 4) * EPS


def _gap(attack: Attack, pair: Pair, points: FloatArray) -> float:
    """The largest of three excesses: of a point's loss, of the attack's norm, of its loss over the stated one."""
    theta, e = pair.coefficients, pair.residual
    z = _perturb(attack, pair)
    reached = float((e + theta @ z) ** 2)
    scale = (abs(e) + max(pair.radius * float(np.abs(theta).sum()), abs(float(theta @ z)))) ** 2
    excess = max(float(((e + points @ theta) ** 2).max()) - reached, abs(reached - _stated(attack, pair, z)))
    outside = float(_norm(z, pair.norm)) / pair.radius - 1 if pair.radius else float(np.abs(z).max())
    return max(excess / scale if scale else excess, outside)


def _perturb(attack: Attack, pair: Pair) -> FloatArray:
    return attack.perturb(pair.coefficients, pair.residual, pair.radius, pair.norm)


def _stated(attack: Attack, pair: Pair, z: FloatArray) -> float:
    values = {
        notation.residual: pair.residual,
        notation.radius: pair.radius,
        notation.coefficient_norm: float(dual_norm(pair.coefficients, pair.norm)),
        notation.coefficient_norm_1: float(dual_norm(pair.coefficients, np.inf)),
        notation.attack_product: sign(pair.residual) * float(pair.coefficients @ z),
    }
    return float(enclose(attack.expression, values).mid())


def _on_sphere(points: FloatArray, pair: Pair) -> FloatArray:
    """Every point moved radially to the sphere of the pair's ball; 0 stays."""
    size = _norm(points, pair.norm)[:, None]
    moved: FloatArray = pair.radius * np.divide(points, size, out=np.zeros_like(points), where=size > 0)
    return moved


def _norm(points: FloatArray, norm: float) -> FloatArray:
    """‖z‖_p over the last axis as one would write it down, for points of ordinary size."""
    if np.isinf(norm):
        largest: FloatArray = np.abs(points).max(axis=-1)
        return largest
    if norm == 2:
        lengths: FloatArray = np.apply_along_axis(oracles.l2, -1, points)
        return lengths
    total: FloatArray = (np.abs(points) ** norm).sum(axis=-1) ** (1 / norm)
    return total


@lru_cache(maxsize=SMALL)
def _cover(d: int) -> FloatArray:
    """Directions that cover the sphere evenly for d up to 3, with all axes, faces and corners of the cube."""
    corners = np.array([corner for corner in product((-1.0, 0.0, 1.0), repeat=d) if any(corner)])
    index = np.arange(DIRECTIONS)
    if d == 1:
        return corners
    if d == 2:
        angle = 2 * np.pi * index / DIRECTIONS
        return np.concatenate([corners, np.stack([np.cos(angle), np.sin(angle)], axis=1)])
    height, angle = (2 * index + 1) / DIRECTIONS - 1, np.pi * (3 - np.sqrt(5)) * index  # the golden spiral
    width = np.sqrt(1 - height**2)
    return np.concatenate([corners, np.stack([width * np.cos(angle), width * np.sin(angle), height], axis=1)])
