"""What the claims on the surrogate risk share: its definition on a line in ball arithmetic, and its curvature."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import sympy as sp
from flint import acb, arb, ctx

from checks.enclosure import Ball, encloser, to_ball
from checks.evidence import certified
from checks.formula import Formula
from checks.problem import Problem
from theory import notation as sym
from theory.population import LinearGaussian
from theory.surrogate import SURROGATE_RISK, surrogate_risk, surrogate_risk_hessian
from theory.validation import FloatArray

e, n, s, eps, xi = sym.residual, sym.coefficient_norm, sym.residual_std, sym.radius, sym.smoothing

SHARE = 2 * e * n / sp.sqrt((2 * e * n) ** 2 + xi**2)
"""‖∂l/∂x‖ / √(‖∂l/∂x‖² + ξ²) for e >= 0, as printed: the loss (θᵀx - y)² has ‖∂l/∂x‖ = 2|e|‖θ‖."""


@dataclass(frozen=True)
class SmoothedRisk(Formula):
    """A risk under an attack that is a `share` of the worst one: its closed form, its definition and its Hessian.

    A mutant has another share and the closed form that goes with it.
    """

    share: sp.Expr = SHARE
    hessian_implementation: Callable[[Problem], FloatArray] | None = None

    def hessian(self, case: Problem) -> FloatArray:
        """The Hessian at `case`: the production code, or for a mutant the chain rule on its expression."""
        if self.hessian_implementation is not None:
            return self.hessian_implementation(case)
        return chain_rule_hessian(self.expression, case)

    def change(self, expression: sp.Expr, share: sp.Expr) -> "SmoothedRisk":
        """The risk under another attack."""
        return SmoothedRisk(expression, self.symbol, share=share)


PUBLISHED = SmoothedRisk(
    SURROGATE_RISK,
    r"R_{L, \xi}(\theta, \epsilon)",
    lambda case: surrogate_risk(case.coefficients, case.population, case.radius, case.smoothing),
    hessian_implementation=lambda case: surrogate_risk_hessian(
        case.coefficients, case.population, case.radius, case.smoothing
    ),
)


class Line(NamedTuple):
    """A problem with d = 1 and Σ = 1: θ₀, σ², ε and ξ, all exact."""

    truth: float
    noise_variance: float
    radius: float
    smoothing: float

    def problem(self, coefficient: float) -> Problem:
        """The same problem for the float64 code."""
        population = LinearGaussian(np.array([self.truth]), np.eye(1), float(np.sqrt(self.noise_variance)))
        return Problem(population, np.array([coefficient]), self.radius, self.smoothing)

    def __str__(self) -> str:
        """The problem as a reader would write it down."""
        return f"d = 1, Σ = 1, θ₀ = {self.truth}, σ² = {self.noise_variance}, ε = {self.radius}, ξ = {self.smoothing}"


def risk_by_definition(share: sp.Expr, line: Line, coefficient: Any) -> Ball:
    """E (|e| + ε |θ| share)² with e ~ N(0, s²), by certified quadrature with its tail bounded; share is in [0, 1]."""
    with ctx.workprec(certified.PRECISION):
        theta = to_ball(coefficient)
        std = ((theta - to_ball(line.truth)) ** 2 + to_ball(line.noise_variance)).sqrt()
        size, radius, smoothing = abs(theta), to_ball(line.radius), to_ball(line.smoothing)
        attacked = encloser(e + eps * n * share)

        def loss(z: Any, analytic: bool) -> Any:
            root = (2 * std * z * size) ** 2 + smoothing**2
            if analytic and not root.real > 0:
                return acb("nan")  # next to the branch cut of the square root
            return attacked({e: std * z, n: acb(size), eps: acb(radius), xi: acb(smoothing)}) ** 2

        return certified.half_gaussian_mean(loss, growth=(radius * size, std))


@lru_cache(maxsize=256)
def midpoint_gap(share: sp.Expr, line: Line, centre: float, step: float) -> Ball:
    """R(θ - h) + R(θ + h) - 2 R(θ), which convexity forbids to be negative; from the definition."""
    left, middle, right = (risk_by_definition(share, line, to_ball(centre) + i * to_ball(step)) for i in (-1, 0, 1))
    return left + right - 2 * middle


@lru_cache(maxsize=64)
def numeric(share: sp.Expr) -> Any:
    """A share as a NumPy function of |e|, ‖θ‖ and ξ."""
    return sp.lambdify((e, n, xi), share)


def attacked_losses(
    share: sp.Expr, line: Line, weights: dict[float, int], count: int, rng: np.random.Generator
) -> FloatArray:
    """For `count` drawn pairs (x, y), the sum over θ of `weights[θ]` times the loss under ε sign(e) θ/|θ| times the
    share.
    """
    X, y = line.problem(0.0).population.sample(count, rng)
    shrink = numeric(share)
    total = np.zeros(count)
    for theta, weight in weights.items():
        error = X[:, 0] * theta - y
        attack = line.radius * np.sign(error) * np.sign(theta) * shrink(np.abs(error), abs(theta), line.smoothing)
        total += weight * ((X[:, 0] + attack) * theta - y) ** 2
    return total


@lru_cache(maxsize=64)
def curvature(risk: sp.Expr) -> sp.Expr:
    """Second derivative in θ > 0 of a function of s and n = θ for d = 1, Σ = 1; the symbol a_u stands for θ - θ₀."""
    first = derivative_along(risk)
    return derivative_along(first)


def derivative_along(value: sp.Expr) -> sp.Expr:
    """First derivative in θ > 0 of a function of s, n = θ and θ - θ₀ for d = 1, Σ = 1."""
    gap = sym.direction_product
    return sp.diff(value, n) + sp.diff(value, s) * gap / s + sp.diff(value, gap)


def enclose_on_line(expression: sp.Expr, line: Line, coefficient: Any) -> Ball:
    """An expression in s, n, ε, ξ, v and θ - θ₀ enclosed at a point, or on an interval, of θ > 0."""
    with ctx.workprec(certified.PRECISION):
        theta, truth, variance = to_ball(coefficient), to_ball(line.truth), to_ball(line.noise_variance)
        gap = theta - truth
        values = {
            s: (gap**2 + variance).sqrt(),
            n: theta,
            eps: to_ball(line.radius),
            xi: to_ball(line.smoothing),
            sym.total_std: (truth**2 + variance).sqrt(),
            sym.direction_product: gap,
        }
        found: Ball = encloser(expression)(values)
        return found


def chain_rule_hessian(risk: sp.Expr, case: Problem) -> FloatArray:
    """Hessian in θ of a function of s and n, from its derivatives in s and n; NaN where s or n is 0."""
    values = case.scalars
    in_s, in_n, in_ss, in_sn, in_nn = (_float(term, values) for term in _derivatives(risk))
    size, std = values[n], values[s]
    with np.errstate(invalid="ignore", divide="ignore"):
        w = np.divide(case.coefficients, size)
        u = np.divide(case.population.covariance @ (case.coefficients - case.population.true_coefficients), std)
        bend_s = in_s * (case.population.covariance - np.outer(u, u)) / std
        bend_n = in_n * (np.eye(len(w)) - np.outer(w, w)) / size
    mixed = in_sn * (np.outer(u, w) + np.outer(w, u))
    total: FloatArray = in_ss * np.outer(u, u) + mixed + in_nn * np.outer(w, w) + bend_s + bend_n
    return total


@lru_cache(maxsize=64)
def _derivatives(risk: sp.Expr) -> tuple[sp.Expr, ...]:
    in_s, in_n = sp.diff(risk, s), sp.diff(risk, n)
    return in_s, in_n, sp.diff(in_s, s), sp.diff(in_s, n), sp.diff(in_n, n)


def _float(expression: sp.Expr, values: dict[sp.Symbol, float]) -> float:
    if not (values[s] > 0 and values[n] > 0):
        return float("nan")
    with ctx.workprec(certified.PRECISION):
        return float(encloser(expression)({symbol: arb(value) for symbol, value in values.items()}).mid())
