"""What the claims on the frozen attack share: fields over the coefficients, and their definition in ball arithmetic."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import sympy as sp
from flint import acb, arb, ctx

from checks import exact_risk, oracles
from checks.enclosure import Ball, Values, enclose, encloser, to_ball
from checks.evidence import certified
from checks.formula import Undefined
from checks.problem import Problem
from checks.xing2021.low_dimension.smoothed_attack import SHARE, Line
from theory import notation as sym
from theory.surrogate import (
    FROZEN_ALPHA,
    FROZEN_BETA,
    SURROGATE_RISK,
    frozen_attack_field,
    surrogate_risk_gradient,
)
from theory.validation import FloatArray

e, n, s, eps, xi = sym.residual, sym.coefficient_norm, sym.residual_std, sym.radius, sym.smoothing
x_u, a, b = sym.direction_value, sym.direction_product, sym.direction_error


@dataclass(frozen=True)
class Field:
    """The field α Σ(θ - θ₀) + β θ over the coefficients; `implementation` is the code of `theory` that users call.

    A mutant has no implementation: its values come from its α and β.
    """

    alpha: sp.Expr
    beta: sp.Expr
    implementation: Callable[[Problem], FloatArray] | None = None

    def __call__(self, case: Problem) -> FloatArray:
        """The vector at `case`; Undefined where a mutant's α or β is not defined."""
        if self.implementation is not None:
            return self.implementation(case)
        alpha, beta = (enclose(term, case.scalars) for term in (self.alpha, self.beta))
        if not (alpha.is_finite() and beta.is_finite()):
            raise Undefined
        vector: FloatArray = float(alpha.mid()) * pull(case) + float(beta.mid()) * case.coefficients
        return vector

    @cached_property
    def projection(self) -> sp.Expr:
        """The product with a direction u, from uᵀΣ(θ - θ₀) and uᵀθ."""
        return self.alpha * b + self.beta * a

    def enclose(self, values: Values) -> Ball:
        """A ball that contains the projection."""
        return enclose(self.projection, values)

    @property
    def latex(self) -> str:
        """The field as LaTeX."""
        alpha, beta = sp.latex(self.alpha), sp.latex(self.beta)
        return rf"F = \left({alpha}\right) \Sigma (\theta - \theta_0) + \left({beta}\right) \theta"


FROZEN = Field(
    FROZEN_ALPHA,
    FROZEN_BETA,
    lambda case: frozen_attack_field(case.coefficients, case.population, case.radius, case.smoothing),
)
"""The expected update of Algorithm 1 with the smoothed attack held fixed."""

GRADIENT = Field(
    sp.diff(SURROGATE_RISK, s) / s,
    sp.diff(SURROGATE_RISK, n) / n,
    lambda case: surrogate_risk_gradient(case.coefficients, case.population, case.radius, case.smoothing),
)
"""The gradient of the surrogate risk, that is of the loss with the attack differentiated too."""


def pull(case: Problem) -> FloatArray:
    """Σ(θ - θ₀)."""
    vector: FloatArray = case.population.covariance @ (case.coefficients - case.population.true_coefficients)
    return vector


def frozen_slope(share: sp.Expr = SHARE) -> sp.Expr:
    """2 (e + θᵀA)(uᵀx + uᵀA), where A is a `share` of ε θ/‖θ‖ and e > 0."""
    return 2 * (e + eps * n * share) * (x_u + eps * share * a / n)


def exact_slope(share: sp.Expr = SHARE) -> sp.Expr:
    """The derivative of the loss (e + θᵀA)² along u with the attack moving: e moves with uᵀx, ‖θ‖ with uᵀθ/‖θ‖."""
    loss = (e + eps * n * share) ** 2
    return sp.diff(loss, e) * x_u + sp.diff(loss, n) * a / n


def mean_slope(slope: sp.Expr, values: Mapping[sp.Symbol, object]) -> Ball:
    """The expectation of a slope by certified quadrature, given s, n, ε, ξ, uᵀθ and uᵀΣ(θ - θ₀).

    (uᵀx, e) is a centred Gaussian pair with covariance uᵀΣ(θ - θ₀), and a slope is affine in uᵀx: its mean given e
    is its value at uᵀx = uᵀΣ(θ - θ₀) e/s². It is the same at -e, so e = s|Z|.
    """
    with ctx.workprec(certified.PRECISION):
        at = {symbol: to_ball(value) for symbol, value in values.items()}
        slope_at = encloser(slope.subs(x_u, b * e / s**2))
        known = {symbol: acb(value) for symbol, value in at.items()}
        rest, rate = _growth(at)

        def raised(z: Ball, analytic: bool) -> Ball:
            root = (2 * at[s] * z * at[n]) ** 2 + at[xi] ** 2
            if analytic and not root.real > 0:
                return acb("nan")  # next to the branch cut of the square root
            return slope_at({**known, e: at[s] * z}) + (rest + rate * z) ** 2

        doubled = (arb(2).sqrt() * rest, arb(2).sqrt() * rate)
        lift = rest**2 + 2 * (2 / arb.pi()).sqrt() * rest * rate + rate**2
        return certified.half_gaussian_mean(raised, growth=doubled) - lift


def _growth(at: Mapping[sp.Symbol, Ball]) -> tuple[Ball, Ball]:
    """(c, d) such that the slope at s z is at most (c + d z)² in size, so that it becomes positive when that is added.

    2pq <= (p + q)² with |e + θᵀA| <= sz + εn = p; and |uᵀx + uᵀA + θᵀA'| <= |b|z/s + ε(2|a|/n + n|b|/s²) = q, where
    A' is the change of the attack, as w r'(w) <= 1 for the share r(w) = w/√(w² + ξ²) of the attack at w = 2en.
    """
    turned = 2 * abs(at[a]) / at[n] + at[n] * abs(at[b]) / at[s] ** 2
    return at[eps] * (at[n] + turned), at[s] + abs(at[b]) / at[s]


def on_line(line: Line, coefficient: object) -> dict[sp.Symbol, Ball]:
    """What a slope depends on at θ > 0 in one dimension, along u = 1."""
    theta = to_ball(coefficient)
    with ctx.workprec(certified.PRECISION):
        gap = theta - to_ball(line.truth)
        std = (gap**2 + to_ball(line.noise_variance)).sqrt()
    return {s: std, n: theta, a: theta, b: gap, eps: to_ball(line.radius), xi: to_ball(line.smoothing)}


def field_by_definition(slope: sp.Expr, case: Problem) -> FloatArray:
    """E of the slope in every direction, rounded: the two coefficients of the field by certified quadrature.

    Where the gradient of the loss vanishes almost surely, at θ = 0 or s = 0, the smoothed attack does too.
    """
    with ctx.workprec(exact_risk.PRECISION):
        theta = exact_risk.balls(case.coefficients)
        std, size = exact_risk.residual_std(case, theta), exact_risk.dual_norm(theta, 2)
        scale = {s: std, n: size, eps: case.radius, xi: case.smoothing}
    if not (std > 0 and size > 0):
        return 2 * pull(case)
    with ctx.workprec(exact_risk.PRECISION):  # products as large as s² and s n keep the growth bounds near the slopes
        alpha = mean_slope(slope, {**scale, b: std**2, a: arb(0)}) / std**2
        beta = mean_slope(slope, {**scale, b: arb(0), a: std * size}) / (std * size)
    vector: FloatArray = float(alpha.mid()) * pull(case) + float(beta.mid()) * case.coefficients
    return vector


def relative(difference: FloatArray, case: Problem) -> float:
    """The length of a difference of two fields over the size that rounding acts on, or itself where that is 0."""
    scale = rounding_scale(case)
    return oracles.l2(difference) / scale if scale else oracles.l2(difference)


def rounding_scale(case: Problem) -> float:
    """The size that rounding acts on: of α Σ(θ - θ₀) and β θ before they cancel, times the condition of s.

    With λ the largest eigenvalue of Σ: 2 (1 + εn/s) and 2ε (s/n + ε) bound α and β of the field and half of those of
    the gradient; rounding Σ and θ - θ₀ moves s by up to EPS (1 + √λ‖θ - θ₀‖/s) of itself, and no part moves by more
    than twice that.
    """
    std, size, radius = case.scalars[s], case.scalars[n], case.radius
    largest = float(np.linalg.eigvalsh(case.population.covariance)[-1])
    error = oracles.l2(case.coefficients - case.population.true_coefficients)
    spread = np.abs(case.population.covariance) @ np.abs(case.coefficients - case.population.true_coefficients)
    if std == 0 or size == 0:
        return 2 * oracles.l2(spread) + 2 * radius**2 * size
    pulled = 2 * (1 + radius * size / std) * oracles.l2(spread)
    return float((pulled + 2 * radius * (std + radius * size)) * (1 + np.sqrt(largest) * error / std))
