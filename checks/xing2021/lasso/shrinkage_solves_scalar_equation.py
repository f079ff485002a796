r"""The paper leaves $\kappa$ open. For the $\mathcal{L}_2$ attack without smoothing, at every stationary point with
$\theta \ne 0$ and $s > 0$, $\kappa (1 + \epsilon c_0 \tfrac{n}{s}) = \epsilon^2 + \epsilon c_0 \tfrac{s}{n}$, where
$n = \|\theta\|$, $s^2 = \|\theta - \theta_0\|_\Sigma^2 + \sigma^2$ and
$\theta = (\Sigma + \kappa I)^{-1} \Sigma \theta_0$; hence $\kappa \ge 0$.
"""

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from checks import domains, oracles, trained_populations
from checks.claim import Claim, Mutant, Reference
from checks.evidence import sampled, symbolic, trained
from checks.formula import Formula
from checks.problem import Problem
from checks.xing2021 import PAPER
from checks.xing2021.lasso.optimum_is_ridge_like import RIDGE, WEIGHT
from theory import notation as sym
from theory.derivations import shrinkage as derivations
from theory.optimum import SHRINKAGE_EQUATION, exact_recovery_threshold, null_threshold, robust_minimizer

kappa, radius, s, n = sym.shrinkage, sym.radius, sym.residual_std, sym.coefficient_norm
FORMULA = Formula(SHRINKAGE_EQUATION, "0")

LARGEST_CONDITION = 1e4  # of Σ in the strategy; the error of solving with Σ + κI is EPS times it
ROUNDING = 64 * sampled.EPS * LARGEST_CONDITION
# An error of the coefficients moves κ by itself over their length, at least 0.1 of ‖θ₀‖ here, and κ enters over κ n.
TRAINED_TOLERANCE = 1e3 * trained_populations.TOLERANCE


def gradient(formula: Formula) -> sp.Expr:
    """The gradient along an eigenvector that the ridge form with the equation's κ states."""
    return WEIGHT * RIDGE.subs(kappa, sp.solve(formula.expression, kappa)[0])


def equation_gap(formula: Formula, case: Problem) -> float:
    """The equation at the computed κ, over the size of κ (1 + ε c₀ n/s).

    ε lies `case.radius` of the way from the exact recovery threshold to the null threshold. s and n are those
    of the ridge solution, by linear solves that share nothing with the spectrum used for κ.
    """
    population, truth = case.population, case.population.true_coefficients
    low, high = exact_recovery_threshold(population), null_threshold(population)
    strength = low + case.radius * (high - low)
    found = robust_minimizer(population, strength).shrinkage
    if found is None or not 0 < found < np.inf:
        return np.inf
    solved = np.linalg.solve(
        population.covariance + found * np.eye(population.d), np.c_[population.covariance @ truth, truth]
    )
    error = -found * solved[:, 1]
    std = float(np.sqrt(error @ population.covariance @ error + population.noise_std**2))
    values = {kappa: found, radius: strength, s: std, n: oracles.l2(np.asarray(solved[:, 0], np.float64))}
    size = found * (1 + strength * np.sqrt(2 / np.pi) * values[n] / values[s])
    return float(abs(float(formula.enclose(values).mid())) / size)


def trained_gap(formula: Formula, case: Problem) -> trained.Trained:
    """The equation at the κ, s and n of the trained model, over the size of κ (1 + ε c₀ n/s)."""
    model = trained_populations.train(case)
    theta, covariance = model.coefficients, case.population.covariance
    error = theta - case.population.true_coefficients
    values = {
        kappa: -float(theta @ covariance @ error) / float(theta @ theta),
        radius: case.radius,
        s: float(np.sqrt(error @ covariance @ error + case.population.noise_std**2)),
        n: oracles.l2(theta),
    }
    size = values[kappa] * (1 + case.radius * np.sqrt(2 / np.pi) * values[n] / values[s])
    return trained.Trained(float(abs(float(formula.enclose(values).mid())) / size), model.stationarity)


CLAIM = Claim(
    id="xing2021.shrinkage_solves_scalar_equation",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Proposition 8"),
    ours=True,
    formula=FORMULA,
    checks=(
        symbolic.derivation(
            "derivation", derivations.stationarity, gradient, "Where the gradient vanishes along every eigenvector of Σ"
        ),
        sampled.search(
            "computed_shrinkage",
            domains.problems(
                domains.regular_populations(), domains.numbers(1e-3, 1 - 1e-3) | st.sampled_from([1e-6, 1 - 1e-6])
            ),
            equation_gap,
            ROUNDING,
            "The equation at the computed κ",
            scope="d <= 5, invertible Σ, ε between the exact recovery and the null threshold",
        ),
        trained.search(
            "training",
            trained_populations.attacked(trained_populations.fractions),
            trained_gap,
            TRAINED_TOLERANCE,
            trained_populations.STATIONARY,
            "The equation at the shrinkage of models trained on the population",
            scope="d <= 4, eigenvalues of Σ from 1/4 to 17/4, σ from 0.1 to 2, ε from 0.05 to 0.9 null thresholds",
        ),
    ),
    mutants=(
        Mutant("cross_term_kept_on_one_side", FORMULA.mutate(kappa - radius**2 - radius * sym.c0 * s / n)),
        Mutant(
            "ratio_inverted",
            FORMULA.mutate(kappa * (1 + radius * sym.c0 * n / s) - radius**2 - radius * sym.c0 * n / s),
        ),
        Mutant("c0_five_percent_off", FORMULA.mutate(SHRINKAGE_EQUATION - radius * sym.c0 * s / n / 20)),
    ),
    uses=("xing2021.optimum_is_ridge_like",),
)
