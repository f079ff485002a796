r"""The function $c(\epsilon)$ increases in $\epsilon$."""

from dataclasses import dataclass, replace

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from checks import domains
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.evidence import sampled
from checks.oracles import toeplitz
from checks.problem import Problem
from checks.result import Chart, Evidence, Kind, Outcome, Series, Step
from checks.xing2021 import PAPER
from theory import notation as sym
from theory.optimum import (
    SHRINKAGE_EQUATION,
    exact_recovery_threshold,
    minimizer_path,
    null_threshold,
    standard_risk_cost,
)
from theory.population import LinearGaussian
from theory.validation import FloatArray

GRID = np.linspace(0, 1.25, 11)  # radii in null thresholds; 1 is among them
# c is a sum of d <= 5 squares of numbers that carry a few EPS and the root search's few EPS in κ.
ROUNDING = 64 * sampled.EPS

ratio = sp.Symbol("r", positive=True)  # ‖θ‖/s, which falls as κ grows
eps = sp.Symbol("epsilon", positive=True)
kappa, variance, truth = sym.shrinkage, sym.eigenvalue, sym.true_coefficient


@dataclass(frozen=True)
class Cost:
    """c(ε) through κ: an eigenvector's share of v² c, and the κ that balances the attack at given ε and ‖θ‖/s."""

    share: sp.Expr
    balance: sp.Expr
    production: bool = False

    def along(self, population: LinearGaussian, radii: FloatArray) -> FloatArray:
        """c at every radius by the code that users call; a mutant's from its own share at the same κ."""
        if self.production:
            return np.array([standard_risk_cost(population, float(radius)) for radius in radii])
        stds, axes = population.spectrum
        found = np.asarray(minimizer_path(population, radii).shrinkage, np.float64)
        kappas = np.minimum(found, 1e100)[:, None]  # beyond every variance, and finite when squared
        terms = sp.lambdify((variance, kappa, truth), self.share)(stds**2, kappas, population.true_coefficients @ axes)
        total: FloatArray = np.sum(terms, axis=1) / population.total_std**2
        return total


BALANCE = sp.solve(SHRINKAGE_EQUATION.subs({sym.coefficient_norm: ratio * sym.residual_std, sym.radius: eps}), kappa)[0]
FORMULA = Cost(variance * (kappa / (variance + kappa)) ** 2 * truth**2, sp.simplify(BALANCE), production=True)


def derive_monotonicity(cost: Cost, budget: Budget) -> Evidence:
    """Both factors of dc/dε = dc/dκ · dκ/dε, with the sign that SymPy or a rational point gives them."""
    factors = (
        ("each eigenvector's share of the cost grows with κ", sp.factor(sp.diff(cost.share, kappa))),
        ("at fixed ‖θ‖/s the balancing κ grows with ε", sp.factor(sp.diff(cost.balance, eps))),
    )
    signs = [_is_nonnegative(slope) for _, slope in factors]
    falling = [slope for (_, slope), sign in zip(factors, signs, strict=True) if sign is False]
    outcome = Outcome.FAILS if falling else Outcome.HOLDS if all(signs) else Outcome.INCONCLUSIVE
    steps = [
        Step(name, rf"{sp.latex(slope)} \ge 0", "SymPy" if sign else "open")
        for (name, slope), sign in zip(factors, signs, strict=True)
    ]
    crossing = r"\kappa \tfrac{n}{s} \text{ grows with } \kappa \text{, its balance falls: they cross once}"
    steps.append(Step("a larger balance moves the crossing up", crossing, "Jensen's inequality for x/(1 - x)"))
    text = "The cost through κ: " + (
        "a derivative is negative somewhere." if falling else "SymPy decides the sign of both derivatives."
    )
    scope = "every dimension, between the thresholds, with a cited step"
    return Evidence(
        Kind.SYMBOLIC,
        outcome,
        scope,
        text,
        {"derivatives": 2.0, "negative somewhere": float(len(falling))},
        steps=tuple(steps),
    )


def _is_nonnegative(slope: sp.Expr) -> bool | None:
    """True where SymPy decides so, False where the value at a rational point is negative, None otherwise."""
    if sp.expand(sp.numer(slope)).is_nonnegative and sp.factor(sp.denom(slope)).is_nonnegative:
        return True
    grid = [sp.Rational(1, 8), sp.Rational(1), sp.Rational(8)]
    symbols = sorted(slope.free_symbols, key=str)
    points = ({s: grid[(i // 3**j) % 3] for j, s in enumerate(symbols)} for i in range(3 ** len(symbols)))
    return False if any(slope.subs(point).is_negative for point in points) else None


def fall(cost: Cost, case: Problem) -> float:
    """Largest fall of c from a radius to the next, relative to its largest value, and 1 where the shape is another.

    The shape: constant up to exact recovery and from the null threshold on, strictly increasing in between.
    """
    radii = null_threshold(case.population) * GRID
    values = cost.along(case.population, radii)
    rises = np.diff(values)
    between = (radii[:-1] >= exact_recovery_threshold(case.population)) & (GRID[1:] <= 1)
    shape = np.all(rises[between] > 0) and np.all(values[GRID >= 1] == values[-1])
    return float(max(np.max(-rises) / values.max(), 0.0 if shape else 1.0))


def costs_chart() -> Chart:
    """c over ε for noisy, noiseless and correlated populations."""
    settings = {
        "Σ = I, σ = 1, ‖θ₀‖ = 1": LinearGaussian(np.array([1.0]), np.eye(1), 1.0),
        "Σ = I, σ = 0.1, ‖θ₀‖ = 1": LinearGaussian(np.array([1.0]), np.eye(1), 0.1),
        "Σ = I, σ = 0, ‖θ₀‖ = 1": LinearGaussian(np.array([1.0]), np.eye(1), 0.0),
        "Toeplitz(0.9), σ = 0, θ₀ = (1, 0, 0)": LinearGaussian(np.array([1.0, 0.0, 0.0]), toeplitz(3, 0.9), 0.0),
    }
    radii = np.linspace(0, 2, 101)
    curves = tuple(
        Series(label, tuple(radii.tolist()), tuple(FORMULA.along(population, radii).tolist()))
        for label, population in settings.items()
    )
    return Chart("The cost of robustness", "radius ε", "c(ε)", curves)


SEARCH = sampled.search(
    "path",
    domains.problems(domains.regular_populations(), st.just(0.0)),
    fall,
    ROUNDING,
    "c along 11 radii from 0 to 1.25 null thresholds",
    scope="d <= 5, invertible Σ, σ from 0 to 2",
)


def search_path(cost: Cost, budget: Budget) -> Evidence:
    """The search, with a picture of the claim's own formula."""
    evidence = SEARCH.run(cost, budget)
    return replace(evidence, charts=(costs_chart(),)) if cost.production else evidence


CLAIM = Claim(
    id="xing2021.robustness_cost_increases",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Section 2.1, after Theorem 2"),
    formula=FORMULA,
    checks=(
        Check("derivative", Kind.SYMBOLIC, derive_monotonicity),
        Check("path", SEARCH.kind, search_path),
    ),
    mutants=(
        Mutant("error_weighed_once", Cost(variance * kappa / (variance + kappa) ** 2 * truth**2, FORMULA.balance)),
        Mutant("kept_for_removed", Cost(variance**3 / (variance + kappa) ** 2 * truth**2, FORMULA.balance)),
        Mutant(
            "cross_term_squared_in_radius",
            Cost(FORMULA.share, (eps**2 + eps * sym.c0 / ratio) / (1 + eps**3 * sym.c0 * ratio)),
        ),
    ),
    uses=("xing2021.risk_is_convex", "xing2021.optimum_is_ridge_like", "xing2021.shrinkage_solves_scalar_equation"),
    reading=(
        "Increases means: never decreases. Read strictly it is wrong: c is constant up to the exact recovery threshold "
        "(where that is positive) and from the null threshold on; in between it increases strictly, which is checked."
    ),
)
