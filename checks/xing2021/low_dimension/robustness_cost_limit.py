r"""The function $c(\epsilon)$ converges to $\|\theta_0\|_\Sigma^2 / v^2$ as $\epsilon$ diverges."""

import sympy as sp
from hypothesis import strategies as st

from checks import domains, oracles
from checks.claim import Claim, Mutant, Reference
from checks.evidence import sampled, symbolic
from checks.formula import Formula
from checks.problem import Problem
from checks.xing2021 import PAPER
from theory import notation as sym
from theory.derivations.derivation import Derivation, Link, derive
from theory.optimum import null_threshold, standard_risk_cost

v, sigma, kappa = sym.total_std, sym.noise_std, sym.shrinkage
LIMIT = 1 - sigma**2 / v**2
FORMULA = Formula(
    LIMIT, r"\lim_{\epsilon \to \infty} c(\epsilon)", lambda case: standard_risk_cost(case.population, case.radius)
)
variances, truths = sp.symbols("lambda_1:4", positive=True), sp.symbols("theta_0_1:4", real=True)
# θ₀ᵀΣθ₀ in d <= 5, by 25 products or by the spectrum, has an error of some EPS of its largest value at that ‖θ₀‖.
ROUNDING = 64 * sampled.EPS


def cost_as_shrinkage_grows() -> Derivation:
    """c for θ* = (Σ + κI)⁻¹Σθ₀ in the eigenvectors of Σ as κ grows; then ‖θ₀‖²_Σ = v² - σ² (d = 3).

    The first variance stands for what v, σ and the others leave: λ₁θ₀₁² = v² - σ² - λ₂θ₀₂² - λ₃θ₀₃².
    """
    signal = [v**2 - sigma**2 - sum(a * t**2 for a, t in zip(variances[1:], truths[1:], strict=True))]
    signal += [a * t**2 for a, t in zip(variances[1:], truths[1:], strict=True)]
    removed = [1 - a / (a + kappa) for a in variances]
    cost = sum(x * r**2 for x, r in zip(signal, removed, strict=True)) / v**2
    link = Link("nothing is kept in the limit", 1 - sigma**2 / v**2, lambda e: sp.simplify(e.doit()))
    return derive(sp.Limit(cost, kappa, sp.oo), (link,), "d = 3")


def limit_gap(formula: Formula, case: Problem) -> float:
    """Distance from θ₀ᵀΣθ₀/(θ₀ᵀΣθ₀ + σ²) at `case.radius` >= 1 null thresholds, where c has its limit."""
    population, truth = case.population, case.population.true_coefficients
    at_null = Problem(population, case.coefficients, case.radius * null_threshold(population))
    signal = float(truth @ population.covariance @ truth)
    expected = signal / (signal + population.noise_std**2)
    largest = (population.spectrum[0][0] * oracles.l2(truth)) ** 2
    return float(abs(formula(at_null) - expected) / expected * signal / largest)


CLAIM = Claim(
    id="xing2021.robustness_cost_limit",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Section 2.1, after Theorem 2"),
    formula=FORMULA,
    checks=(
        symbolic.derivation(
            "derivation",
            cost_as_shrinkage_grows,
            lambda f: f.expression,
            "The cost of the ridge form as κ grows",
            "d = 3",
        ),
        sampled.search(
            "from_the_threshold_on",
            domains.problems(
                domains.regular_populations(), st.one_of(st.just(1.0), domains.numbers(1, 2), st.just(1e6))
            ),
            limit_gap,
            ROUNDING,
            "c at the null threshold and at multiples of it, against θ₀ᵀΣθ₀/v²",
            scope="d <= 5, invertible Σ, σ from 0 to 2",
        ),
    ),
    mutants=(
        Mutant("noise_forgotten", FORMULA.mutate(sp.S.One)),
        Mutant("std_for_variance", FORMULA.mutate(1 - sigma / v)),
        Mutant("five_percent_more_noise", FORMULA.mutate(1 - sp.Rational(105, 100) * sigma**2 / v**2)),
    ),
    uses=("xing2021.optimum_is_ridge_like", "xing2021.null_threshold_has_closed_form"),
    reading="The limit is attained: c is constant from the null threshold on, where θ* = 0.",
)
