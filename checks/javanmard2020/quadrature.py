"""The limit from the definition of the saddle point: expectations by quadrature, three conditions in three unknowns."""

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from scipy.optimize import brentq, root

from checks.claim import Check
from checks.evidence import sampled
from checks.formula import Undefined
from checks.javanmard2020.settings import Setting, Value, settings
from theory.validation import FloatArray

NODES, WEIGHTS = np.polynomial.legendre.leggauss(64)
REACH = 10.0  # the density this far beyond a cutoff is below 1e-21 of that at it
SOLVED = 1e-11  # residual of the conditions, relative to their terms: rounding of the quadrature leaves some 1e-14
TOLERANCE = 1e-9  # SOLVED times the condition of the three, some 1e2 next to c = 1 without attack


@dataclass(frozen=True)
class Limit:
    """What a saddle point says of training."""

    training_loss: float
    risk: float
    clean_risk: float
    zero_residual_fraction: float


@dataclass(frozen=True)
class Residuals:
    """|Z| at the nodes of a quadrature, smooth on both sides of the cutoff, its weights, and what moves s|Z| to u."""

    size: FloatArray
    weights: FloatArray
    moved: FloatArray
    displacement: FloatArray

    def mean(self, values: FloatArray) -> float:
        """The expectation of a function of |Z|, whose values at the nodes are given."""
        return float(values @ self.weights)


def residuals(s: float, t: float, mu: float) -> Residuals:
    """Each residual at the u >= 0 at which (μ/2)(s|Z| - u)² + (u + t)² is least."""
    cutoff = 2 * t / (mu * s)
    ends = (0.0, min(cutoff, REACH), cutoff + REACH)
    spans = [(low, high - low) for low, high in pairwise(ends) if low < min(high, REACH)]
    size = np.concatenate([low + length * (NODES + 1) / 2 for low, length in spans])
    weights = np.concatenate([length / 2 * WEIGHTS for _, length in spans])
    moved = np.maximum(mu * s * size - 2 * t, 0.0) / (mu + 2)
    return Residuals(size, weights * np.exp(-(size**2) / 2) * math.sqrt(2 / math.pi), moved, s * size - moved)


@lru_cache(maxsize=4096)
def saddle_point(setting: Setting) -> Limit:
    """Where E min over u of (μ/2)(sZ - u)² + (|u| + t)² - μcb²/2 has no slope in a, b and μ.

    Slopes are taken under the expectation, at the best u. The search starts at the code's a and b, which need not be
    right; Undefined where it ends with a slope left.
    """
    rho, sigma, eps, c = setting.signal_norm, setting.noise_std, setting.radius, setting.aspect_ratio

    def lengths(a: float, b: float) -> tuple[float, float]:
        return math.sqrt((rho - a) ** 2 + b**2 + sigma**2), eps * math.hypot(a, b)

    def excess(log_mu: float, a: float, b: float) -> float:
        return residuals_excess(*lengths(a, b), math.exp(log_mu), c * b**2)

    def slopes(unknowns: FloatArray) -> list[float]:
        a, b, mu = float(unknowns[0]), math.exp(unknowns[1]), math.exp(unknowns[2])
        s, t = lengths(a, b)
        at = residuals(s, t, mu)
        std, attack = mu * at.mean(at.size * at.displacement) / s, 2 * eps**2 * at.mean(at.moved + t) / t
        along = (std * (a - rho) + attack * a) / (std * rho) if rho else a / b
        return [at.mean(at.displacement**2) / (c * b**2) - 1, along, (std + attack) / (mu * c) - 1]

    a, b = setting.limit.alignment, setting.limit.orthogonal
    start = brentq(excess, -60, 60, args=(a, b))
    solved = root(slopes, [a, math.log(b), start], tol=1e-14).x
    if not max(map(abs, slopes(solved))) <= SOLVED:
        raise Undefined
    s, t = lengths(float(solved[0]), math.exp(solved[1]))
    at = residuals(s, t, math.exp(solved[2]))
    fresh = residuals(s, 0.0, 1.0)
    return Limit(
        at.mean((at.moved + t) ** 2), fresh.mean((s * fresh.size + t) ** 2), s * s, at.mean(1.0 * (at.moved == 0))
    )


def residuals_excess(s: float, t: float, mu: float, allowed: float) -> float:
    """(x - 1)/(x + 1), x the mean square displacement over what is allowed."""
    at = residuals(s, t, mu)
    square = at.mean(at.displacement**2)
    return (square - allowed) / (square + allowed)


def search(name: str, quantity: str, claim: str) -> Check[Value]:
    """A check that a formula's value is the `quantity` of the saddle point found from the definition."""

    def gap(formula: Value, setting: Setting) -> float:
        expected = float(getattr(saddle_point(setting), quantity))
        return abs(formula(setting) - expected) / expected

    return sampled.search(
        name, settings(), gap, TOLERANCE, claim, "c from 1/100 to 100, σ from 1/100 to 2 beside ρ = 1, ρ = 0 too", 300
    )
