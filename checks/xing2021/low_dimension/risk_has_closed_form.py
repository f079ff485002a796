r"""By the definition of $A_\epsilon(f_\theta, x, y)$ under the $\mathcal{L}_2$ ball constraint and the fact that $x$
and $\epsilon$ are both Gaussian, $R_L$ has an analytical form as
$R_L(\theta, \epsilon) = \|\theta - \theta_0\|_\Sigma^2 + \sigma^2 + \epsilon^2 \|\theta\|^2
+ 2 \epsilon c_0 \|\theta\| \sqrt{\|\theta - \theta_0\|_\Sigma^2 + \sigma^2}$, where $c_0 := \sqrt{2/\pi}$.
"""

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
from theory.risk import RISK, adversarial_risk

FORMULA = Formula(
    RISK,
    r"R_L(\theta, \epsilon)",
    lambda case: adversarial_risk(case.coefficients, case.population, case.radius),
)


def quadrature_gap(formula: Formula, case: Problem) -> float:
    """Distance to the expectation of the worse end of the segment of attacked residuals, by Gauss-Legendre."""
    std = np.sqrt(oracles.residual_variance(case.population, case.coefficients))
    moved = case.radius * oracles.l2(case.coefficients)
    expected = oracles.half_normal_mean(lambda z: np.maximum((std * z + moved) ** 2, (std * z - moved) ** 2))
    scale = oracles.rounding_scale(case)
    return float(abs(formula(case) - expected) / scale) if scale else abs(formula(case))


def definition(point: certified.Point) -> Ball:
    """E (|e| + t)² with t = ε‖θ‖, the worse end of the segment [e - t, e + t], and e ~ N(0, s²)."""
    s, moved = arb(point[sym.residual_std]), arb(point[sym.radius]) * arb(point[sym.coefficient_norm])
    return certified.half_gaussian_mean(lambda z, analytic: (s * z + moved) ** 2, growth=(moved, s))


def points(budget: Budget) -> list[certified.Point]:
    """Random rationals over six orders of magnitude."""
    scale = (1e-3, 1e3)
    symbols = (sym.residual_std, sym.total_std, sym.coefficient_norm, sym.radius)
    return certified.random_points(dict.fromkeys(symbols, scale), 12, budget.rng())


def attacked_losses(case: Problem, n: int, rng: np.random.Generator) -> montecarlo.Draws:
    """Losses of n drawn pairs, each attacked by the worse of the two perturbations along the coefficients."""
    X, y = case.population.sample(n, rng)
    direction = case.radius * case.coefficients / oracles.l2(case.coefficients)
    losses = [((X + sign * direction) @ case.coefficients - y) ** 2 for sign in (1, -1)]
    worst: montecarlo.Draws = np.maximum(*losses)
    return worst


n, s, eps = sym.coefficient_norm, sym.residual_std, sym.radius

CLAIM = Claim(
    id="xing2021.risk_has_closed_form",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Equation (5)"),
    formula=FORMULA,
    checks=(
        symbolic.derivation(
            "derivation", derivations.adversarial_risk, lambda f: f.expression, "Integrating the worst-case loss"
        ),
        certified.agreement(
            "enclosure", points, definition, "The expectation of the worse attack", "s, ‖θ‖ and ε from 1e-3 to 1e3"
        ),
        sampled.search(
            "quadrature",
            domains.problems(),
            quadrature_gap,
            oracles.QUADRATURE_ERROR,
            "Gauss-Legendre quadrature of the definition",
        ),
        montecarlo.means(
            "simulation",
            oracles.CONFIGURATIONS,
            attacked_losses,
            lambda f, case: f(case),
            0.05,
            "Drawing (x, y) and attacking each sample",
            scope="four populations, d = 1 to 10",
        ),
    ),
    mutants=(
        Mutant("cross_term_without_the_two", FORMULA.mutate(s**2 + eps**2 * n**2 + eps * sym.c0 * n * s)),
        Mutant("radius_squared_without_the_norm", FORMULA.mutate(RISK - eps**2 * n**2 + eps**2 * n)),
        Mutant("c0_inverted", FORMULA.mutate(RISK.subs(sym.c0, 1 / sym.c0))),
        Mutant("c0_five_percent_off", FORMULA.mutate(s**2 + eps**2 * n**2 + 2 * eps * sym.c0 * n * s * 105 / 100)),
        Mutant(
            "total_std_for_residual_std", FORMULA.mutate(s**2 + eps**2 * n**2 + 2 * eps * sym.c0 * n * sym.total_std)
        ),
    ),
    uses=("xing2021.attack_is_worst_case",),
)
