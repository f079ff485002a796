"""Thresholds, minimisers and what they cost, for populations, as closed forms to be measured."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
from flint import arb

from checks.accuracy import references as ref
from checks.accuracy.form import Form, Point, log_uniform
from checks.accuracy.populations import DOMAIN, MILD, Row, describe, listed, populations
from checks.enclosure import Ball
from theory.lasso import least_penalty_constant
from theory.optimum import exact_recovery_threshold, null_threshold, robust_minimizer, standard_risk_cost
from theory.population import LinearGaussian

GROUP = "Thresholds and minimisers"
LARGEST_D = 5
SEARCH = 200.0  # κ is sought between 2^-200 and 2^200


def null(norm: float, balls: Sequence[Ball]) -> list[Ball]:
    """‖Σθ₀‖_p / (c₀ v)."""
    row = Row.of(balls, False, 0)
    return [ref.length(row.signal, norm) / (ref.c0() * row.total_std)]


def recovery(balls: Sequence[Ball]) -> list[Ball]:
    """c₀ ‖θ₀‖ / ‖Σ^(-1/2)θ₀‖."""
    row = Row.of(balls, False, 0)
    whitened = ref.product(row.truth, ref.solved(row.covariance, row.truth)).sqrt()
    return [ref.c0() * ref.length(row.truth) / whitened]


class Shrunk:
    """θ = (Σ + κI)⁻¹Σθ₀ with κ the root of Proposition 8's equation at a radius, all enclosed."""

    def __init__(self, row: Row, radius: Ball) -> None:
        self.row, self.radius = row, radius
        self.kappa = ref.root(self._excess, -SEARCH, SEARCH)

    def error_and_coefficients(self, kappa: Ball) -> tuple[list[Ball], list[Ball]]:
        """θ - θ₀ = -κ(Σ + κI)⁻¹θ₀ and θ, neither as a difference."""
        matrix = [
            [x + (kappa if i == j else 0) for j, x in enumerate(line)] for i, line in enumerate(self.row.covariance)
        ]
        inverse = ref.solved(matrix, self.row.truth)
        return [-kappa * x for x in inverse], ref.applied(self.row.covariance, inverse)

    def lengths(self, kappa: Ball) -> tuple[Ball, Ball, Ball]:
        """‖θ - θ₀‖²_Σ, s and n."""
        error, theta = self.error_and_coefficients(kappa)
        lost = ref.product(error, ref.applied(self.row.covariance, error))
        return lost, (lost + self.row.noise**2).sqrt(), ref.length(theta)

    def _excess(self, log_kappa: Ball) -> Ball:
        kappa = arb(2) ** log_kappa
        _, s, n = self.lengths(kappa)
        slope, push = 1 + self.radius * ref.c0() * n / s, self.radius**2 + self.radius * ref.c0() * s / n
        return slope * kappa / push - 1


def shrunk(balls: Sequence[Ball]) -> Shrunk:
    """The minimiser of a point with a radius."""
    row = Row.of(balls, False, 1)
    return Shrunk(row, row.rest[0])


def coefficients(balls: Sequence[Ball]) -> list[Ball]:
    """θ*."""
    at = shrunk(balls)
    return at.error_and_coefficients(at.kappa)[1]


def cost(balls: Sequence[Ball]) -> list[Ball]:
    """‖θ* - θ₀‖²_Σ / v²."""
    at = shrunk(balls)
    return [at.lengths(at.kappa)[0] / at.row.total_std**2]


def penalty_constant(balls: Sequence[Ball]) -> list[Ball]:
    """√(8 R*/(s v²)) for Σ = I; the point is (θ₀, σ, ε)."""
    *truth, noise, radius = balls
    identity = [[arb(1 if i == j else 0) for j in range(len(truth))] for i in range(len(truth))]
    at = Shrunk(Row(truth, identity, noise, (), ()), radius)
    _, s, n = at.lengths(at.kappa)
    risk = s * s + (radius * n) ** 2 + 2 * ref.c0() * radius * n * s
    return [(8 * risk / len(truth)).sqrt() / at.row.total_std]


def between_thresholds(rng: np.random.Generator, population: LinearGaussian) -> tuple[float]:
    """A radius between exact recovery and the null threshold, also close to either."""
    low, high = exact_recovery_threshold(population), null_threshold(population)
    share = float(rng.choice([rng.uniform(0.001, 0.999), 1e-6, 1 - 1e-6], p=[0.8, 0.1, 0.1]))
    return (float(low + share * (high - low)),)


def _attacked(point: Point) -> tuple[LinearGaussian, float]:
    row = Row.of(point, False, 1)
    return row.population, row.rest[0]


def _isotropic(point: Point) -> tuple[LinearGaussian, float]:
    *truth, noise, radius = point
    return LinearGaussian(np.array(truth), np.eye(len(truth)), noise), radius


def isotropic_points(rng: np.random.Generator, count: int) -> Iterator[Point]:
    """Points (θ₀, σ, ε) for Σ = I."""
    for _ in range(count):
        truth = [log_uniform(rng, 1e-2, 10) for _ in range(rng.integers(1, LARGEST_D + 1))]
        noise = log_uniform(rng, 1e-3, 10)
        population = LinearGaussian(np.array(truth), np.eye(len(truth)), noise)
        yield (*truth, noise, *between_thresholds(rng, population))


def _of_population(name: str, code: str, function: Any, exact: Any, claim: str | None, noiseless: bool = False) -> Form:
    return Form(
        name=name,
        group=GROUP,
        code=code,
        domain=DOMAIN.replace("σ = 0 or from 0.001 to 10", "σ = 0") if noiseless else DOMAIN,
        draw=populations(lambda rng, population: (), noiseless),
        value=lambda point: function(Row.of(point, False, 0).population),
        exact=exact,
        describe=describe((), False),
        claim=claim,
    )


def _of_radius(name: str, code: str, function: Any, exact: Any, claim: str | None) -> Form:
    return Form(
        name=name,
        group=GROUP,
        code=code,
        domain=f"{MILD}; ε between the thresholds of exact recovery and of 0, also a millionth from either",
        draw=populations(between_thresholds, mild=True),
        value=lambda point: function(*_attacked(point)),
        exact=exact,
        describe=describe(("ε",), False),
        claim=claim,
    )


FORMS = (
    _of_population(
        "Null threshold, ℓ₂",
        "theory.optimum.null_threshold",
        null_threshold,
        partial(null, 2),
        "xing2021.null_threshold_has_closed_form",
    ),
    _of_population(
        "Null threshold, ℓ∞",
        "theory.optimum.null_threshold",
        lambda population: null_threshold(population, np.inf),
        partial(null, np.inf),
        "xing2021.linf_optimum_is_null_beyond_threshold",
    ),
    _of_population(
        "Exact recovery threshold",
        "theory.optimum.exact_recovery_threshold",
        exact_recovery_threshold,
        recovery,
        "xing2021.exact_recovery_threshold_has_closed_form",
        noiseless=True,
    ),
    _of_radius(
        "Shrinkage κ",
        "theory.optimum.robust_minimizer",
        lambda population, radius: robust_minimizer(population, radius).shrinkage,
        lambda balls: [shrunk(balls).kappa],
        "xing2021.shrinkage_solves_scalar_equation",
    ),
    _of_radius(
        "Robust minimiser θ*",
        "theory.optimum.robust_minimizer",
        lambda population, radius: robust_minimizer(population, radius).coefficients,
        coefficients,
        "xing2021.optimum_is_ridge_like",
    ),
    _of_radius(
        "Cost of robustness c(ε)",
        "theory.optimum.standard_risk_cost",
        standard_risk_cost,
        cost,
        "xing2021.robustness_cost_increases",
    ),
    Form(
        name="Least constant of the lasso penalty",
        group=GROUP,
        code="theory.lasso.least_penalty_constant",
        domain="Σ = I, d ≤ 5, entries of θ₀ from 0.01 to 10, σ from 0.001 to 10, ε below the null threshold",
        draw=isotropic_points,
        value=lambda point: least_penalty_constant(*_isotropic(point)),
        exact=penalty_constant,
        describe=lambda point: f"θ₀ = {listed(point[:-2])}, σ = {point[-2]!r}, ε = {point[-1]!r}",
        claim="xing2021.lasso_constant_has_threshold",
    ),
)
