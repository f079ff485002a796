r"""Similar as stated in Chen et al. (2020), the adversarial risk of the linear model [under the $\mathcal{L}_\infty$
attack] becomes
$R_L^\infty(\theta, \epsilon) = \|\theta - \theta_0\|_\Sigma^2 + \sigma^2 + \epsilon^2 \|\theta\|_1^2
+ 2 \epsilon c_0 \|\theta\|_1 \sqrt{\|\theta - \theta_0\|_\Sigma^2 + \sigma^2}$.
"""

from itertools import product

import numpy as np
from flint import arb

from checks import domains, oracles
from checks.claim import Budget, Claim, Mutant, Reference
from checks.enclosure import Ball
from checks.evidence import certified, montecarlo, sampled, symbolic
from checks.formula import Formula
from checks.problem import Problem
from checks.xing2021 import PAPER
from theory import notation as sym
from theory.derivations import risk as derivations
from theory.population import LinearGaussian
from theory.risk import RISK, adversarial_risk
from theory.validation import FloatArray

RISK_LINF = RISK.subs(sym.coefficient_norm, sym.coefficient_norm_1)
FORMULA = Formula(
    RISK_LINF,
    r"R_L^\infty(\theta, \epsilon)",
    lambda case: adversarial_risk(case.coefficients, case.population, case.radius, np.inf),
)

CONFIGURATIONS = (
    Problem(LinearGaussian(np.ones(6), np.eye(6), 1.0), np.full(6, 0.3), 0.25, norm=np.inf),
    Problem(LinearGaussian(np.array([1.0, -2.0]), np.diag([1.0, 0.25]), 0.0), np.array([1.5, 0.5]), 2.0, norm=np.inf),
    Problem(
        LinearGaussian(np.array([0.5, 0.0, 1.0]), oracles.toeplitz(3, 0.6), 2.0),
        np.array([-1.0, 0.0, 0.4]),
        0.5,
        norm=np.inf,
    ),
    Problem(LinearGaussian(np.array([3.0]), np.eye(1), 0.1), np.array([2.9]), 1.0, norm=np.inf),
)


def corner_shifts(case: Problem) -> FloatArray:
    """θᵀz at every corner z of the box of perturbations: a convex loss is largest at one of them."""
    corners = np.array(list(product((-case.radius, case.radius), repeat=case.population.d)))
    shifts: FloatArray = corners @ case.coefficients
    return shifts


def corner_gap(formula: Formula, case: Problem) -> float:
    """Distance to the expectation of the loss at the worst corner of the box, by Gauss-Legendre."""
    std = np.sqrt(oracles.residual_variance(case.population, case.coefficients))
    shifts = corner_shifts(case)[:, None]
    expected = oracles.half_normal_mean(lambda z: np.max((std * z + shifts) ** 2, axis=0))
    scale = oracles.rounding_scale(case) + float(shifts.max()) ** 2
    return float(abs(formula(case) - expected) / scale) if scale else abs(formula(case))


def definition(point: certified.Point) -> Ball:
    """E (|e| + t)² with t = ε‖θ‖₁, the worse end of the segment [e - t, e + t], and e ~ N(0, s²)."""
    s, moved = arb(point[sym.residual_std]), arb(point[sym.radius]) * arb(point[sym.coefficient_norm_1])
    return certified.half_gaussian_mean(lambda z, analytic: (s * z + moved) ** 2, growth=(moved, s))


def points(budget: Budget) -> list[certified.Point]:
    """Random rationals over six orders of magnitude."""
    symbols = (sym.residual_std, sym.coefficient_norm, sym.coefficient_norm_1, sym.radius)
    return certified.random_points(dict.fromkeys(symbols, (1e-3, 1e3)), 12, budget.rng())


def attacked_losses(case: Problem, n: int, rng: np.random.Generator) -> montecarlo.Draws:
    """Losses of n drawn pairs, each attacked by the worst of all corners of the box."""
    X, y = case.population.sample(n, rng)
    residual = X @ case.coefficients - y
    worst = np.zeros(n)
    for shift in corner_shifts(case):
        np.maximum(worst, (residual + shift) ** 2, out=worst)
    return worst


n, m, s, eps = sym.coefficient_norm, sym.coefficient_norm_1, sym.residual_std, sym.radius

CLAIM = Claim(
    id="xing2021.linf_risk_has_closed_form",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Equation (9)"),
    formula=FORMULA,
    checks=(
        symbolic.derivation(
            "derivation", derivations.adversarial_risk_linf, lambda f: f.expression, "Integrating the worst-case loss"
        ),
        certified.agreement(
            "enclosure", points, definition, "The expectation of the worse attack", "s, ‖θ‖₁ and ε from 1e-3 to 1e3"
        ),
        sampled.search(
            "corners", domains.problems(norm=np.inf), corner_gap, oracles.QUADRATURE_ERROR,
            "Quadrature of the loss at the worst of all 2^d corners", scope="d up to 5",
        ),
        montecarlo.means(
            "simulation", CONFIGURATIONS, attacked_losses, lambda f, case: f(case), 0.05,
            "Drawing (x, y) and attacking each sample by every corner of the box", scope="four populations, d = 1 to 6",
        ),
    ),
    mutants=(
        Mutant("l2_norm_for_l1_norm", FORMULA.mutate(RISK)),
        Mutant("square_of_l2_norm", FORMULA.mutate(RISK_LINF - eps**2 * m**2 + eps**2 * n**2)),
        Mutant("cross_term_without_the_two", FORMULA.mutate(s**2 + eps**2 * m**2 + eps * sym.c0 * m * s)),
        Mutant("c0_five_percent_off", FORMULA.mutate(s**2 + eps**2 * m**2 + 2 * eps * sym.c0 * m * s * 105 / 100)),
    ),
    uses=("xing2021.linf_attack_is_worst_case",),
)  # fmt: skip
