r"""The paper states no formula for the surrogate loss. With $s^2 = \|\theta - \theta_0\|_\Sigma^2 + \sigma^2$,
$n = \|\theta\|$ and $k = \xi / (2 s n)$ it is
$R_{L, \xi}(\theta, \epsilon) = s^2 + 2 \epsilon n s M(k) + \epsilon^2 n^2 H(k)$, where
$M(k) = \sqrt{2/\pi} \, (k^2/4) e^{k^2/4} [K_1(k^2/4) - K_0(k^2/4)]$ and
$H(k) = 1 - \sqrt{\pi/2} \, k e^{k^2/2} \operatorname{erfc}(k/\sqrt{2})$, $K$ the modified Bessel functions.
"""

import numpy as np
import sympy as sp
from flint import arb

from checks import domains, oracles
from checks.claim import Budget, Claim, Mutant, Reference
from checks.enclosure import Ball
from checks.evidence import certified, montecarlo, sampled, symbolic
from checks.formula import Formula
from checks.problem import Problem
from checks.xing2021 import PAPER
from theory import notation as sym
from theory.derivations import surrogate as derivations
from theory.surrogate import CROSS_MOMENT, SQUARE_MOMENT, SURROGATE_RISK, surrogate_risk

FORMULA = Formula(
    SURROGATE_RISK,
    r"R_{L, \xi}(\theta, \epsilon)",
    lambda case: surrogate_risk(case.coefficients, case.population, case.radius, case.smoothing),
)
s, n, eps, xi = sym.residual_std, sym.coefficient_norm, sym.radius, sym.smoothing


def mean_loss(std: float, norm: float, radius: float, smoothing: float) -> Ball:
    """E (e + θᵀA)² with θᵀA = 2ε e n² / sqrt(4e²n² + ξ²), e ~ N(0, s²), by certified quadrature."""
    scale, size, strength, softness = arb(std), arb(norm), arb(radius), arb(smoothing)

    def loss(z: Ball, analytic: bool) -> Ball:
        residual = scale * z
        slope = (4 * residual**2 * size**2 + softness**2).sqrt(analytic=analytic)
        return (residual + 2 * strength * residual * size**2 / slope) ** 2

    return certified.half_gaussian_mean(loss, growth=(strength * size, scale))


def definition(point: certified.Point) -> Ball:
    """The definition at an exact rational point."""
    return mean_loss(point[s], point[n], point[eps], point[xi])


def points(budget: Budget) -> list[certified.Point]:
    """Random rationals: the shape k runs from 1e-6 to 1e6."""
    domain = {s: (0.1, 10.0), n: (0.1, 10.0), eps: (0.01, 10.0), xi: (1e-4, 1e4), sym.total_std: (0.1, 10.0)}
    return certified.random_points(domain, 12, budget.rng())


def quadrature_gap(formula: Formula, case: Problem) -> float:
    """Distance to the definition by certified quadrature, relative to the terms that rounding acts on."""
    std = np.sqrt(oracles.residual_variance(case.population, case.coefficients))
    expected = mean_loss(float(std), oracles.l2(case.coefficients), case.radius, case.smoothing)
    scale = oracles.rounding_scale(case)
    return abs(formula(case) - float(expected.mid())) / scale if scale else abs(formula(case))


def attacked_losses(case: Problem, count: int, rng: np.random.Generator) -> montecarlo.Draws:
    """Losses of drawn pairs, each attacked by the smoothed attack as defined: A_ε shrunk by the gradient's norm."""
    X, y = case.population.sample(count, rng)
    theta = case.coefficients
    residual = X @ theta - y
    gradient = 2 * residual[:, None] * theta
    size = np.sqrt((gradient**2).sum(axis=1))
    attack = case.radius * np.sign(residual)[:, None] * theta / oracles.l2(theta)
    shrunk = (size / np.sqrt(size**2 + case.smoothing**2))[:, None] * attack
    losses: montecarlo.Draws = ((X + shrunk) @ theta - y) ** 2
    return losses


k = xi / (2 * s * n)
SUM = CROSS_MOMENT.replace(lambda e: e == -sp.besselk(0, sym.shape**2 / 4), lambda e: -e)
M, H = CROSS_MOMENT.subs(sym.shape, k), SQUARE_MOMENT.subs(sym.shape, k)


def mutate(cross: object, square: object) -> Formula:
    """The formula with other moments in the place of M and H."""
    return FORMULA.mutate(s**2 + 2 * eps * n * s * cross + eps**2 * n**2 * square)


CLAIM = Claim(
    id="xing2021.surrogate_risk_has_closed_form",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Section 2.1, surrogate loss"),
    ours=True,
    formula=FORMULA,
    checks=(
        symbolic.derivation(
            "derivation",
            derivations.surrogate_risk,
            lambda f: f.expression,
            "Integrating the loss under the smoothed attack",
        ),
        certified.agreement(
            "enclosure",
            points,
            definition,
            "The expectation of the loss under the smoothed attack",
            "k from 1e-7 to 1e7",
        ),
        sampled.search(
            "quadrature",
            domains.problems(smoothing=domains.smoothings()),
            quadrature_gap,
            64 * sampled.EPS,
            "Certified quadrature of the definition",
        ),
        montecarlo.means(
            "simulation",
            oracles.CONFIGURATIONS,
            attacked_losses,
            lambda f, case: f(case),
            0.05,
            "Drawing (x, y) and attacking each sample with the smoothed attack",
            scope="four populations, d = 1 to 10",
        ),
    ),
    mutants=(
        Mutant("smoothing_doubled", mutate(M.subs(xi, 2 * xi), H.subs(xi, 2 * xi))),
        Mutant("smoothing_five_percent_off", mutate(M.subs(xi, xi * 105 / 100), H.subs(xi, xi * 105 / 100))),
        Mutant("bessel_sum_for_difference", mutate(SUM.subs(sym.shape, k), H)),
        Mutant("square_moment_without_smoothing", mutate(M, 1)),
        Mutant("total_std_in_the_shape", mutate(M.subs(s, sym.total_std), H.subs(s, sym.total_std))),
    ),
)
