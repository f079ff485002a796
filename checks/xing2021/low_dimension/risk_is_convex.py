r"""Assume the attack strength $\epsilon > 0$ and the data generation follows (4). The function $R_L$ is convex with
respect to $\theta$. (Differentiability is a claim of its own.)
"""

from functools import lru_cache

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from checks import domains, oracles
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.evidence import sampled
from checks.evidence.sampled import EPS
from checks.formula import Formula, Undefined
from checks.problem import Problem
from checks.result import WHOLE_DOMAIN, Evidence, Kind, Outcome, Step
from checks.xing2021 import PAPER
from checks.xing2021.low_dimension.smoothed_attack import chain_rule_hessian
from checks.xing2021.low_dimension.surrogate_risk_is_convex import hessian_scale
from theory import notation as sym
from theory.derivations.derivation import Step as Equality
from theory.derivations.derivation import decide
from theory.risk import RISK, adversarial_risk, adversarial_risk_hessian

n, s, eps, t = sym.coefficient_norm, sym.residual_std, sym.radius, sym.line_parameter
FORMULA = Formula(
    RISK,
    r"R_L(\theta, \epsilon)",
    lambda case: adversarial_risk(case.coefficients, case.population, case.radius),
)
TOLERANCE = 256 * EPS  # a Hessian is a sum of about ten products of up to six factors, then an eigenvalue


def midpoint_gap(formula: Formula, case: tuple[Problem, np.ndarray]) -> float:
    """R at the midpoint minus the mean of R at the ends, relative to the terms at the ends."""
    problem, other = case
    ends = [_at(problem, problem.coefficients), _at(problem, other)]
    middle = _at(problem, (problem.coefficients + other) / 2)
    scale = sum(oracles.rounding_scale(end) for end in ends)
    return (formula(middle) - sum(formula(end) for end in ends) / 2) / scale if scale else 0.0


def _at(problem: Problem, coefficients: np.ndarray) -> Problem:
    return Problem(problem.population, coefficients, problem.radius)


@st.composite
def pairs(draw: domains.Draw) -> tuple[Problem, np.ndarray]:
    """Any problem, and a second end: any, zero, θ₀, opposite, or such that a kink is the midpoint."""
    problem = draw(domains.problems(radius=st.one_of(domains.radii(), st.just(1.0))))
    truth = problem.population.true_coefficients
    anchor = draw(st.sampled_from([-1.0, 0.0, 1.0])) * problem.coefficients
    return problem, draw(st.sampled_from([0.0, 1.0, 2.0])) * truth + anchor


def spectrum_gap(formula: Formula, problem: Problem) -> float:
    """Minus the smallest eigenvalue of the Hessian, relative to its terms before they cancel; none at a kink."""
    if not (problem.coefficients.any() and problem.population.residual_std(problem.coefficients) > 0):
        raise Undefined
    production = formula.implementation is not None
    hessian = (
        adversarial_risk_hessian(problem.coefficients, problem.population, problem.radius)
        if production
        else chain_rule_hessian(formula.expression, problem)
    )
    return float(-np.linalg.eigvalsh(hessian)[0] / hessian_scale(problem))


def prove(formula: Formula, budget: Budget) -> Evidence:
    """Write the risk as A s² + B ε²n² + 2C εns and compare C with 0, A and B."""
    parts = sp.Poly(sp.expand(formula.expression), s, n).as_dict()
    square, pushed, mixed = parts.get((2, 0), 0), parts.get((0, 2), 0) / eps**2, parts.get((1, 1), 0) / (2 * eps)
    weights = [sp.simplify(value) for value in (mixed, square - mixed, pushed - mixed)]
    if all(weight.is_nonnegative for weight in weights):
        steps = (*_steps(), _decomposition(formula.expression, *weights))
        outcome = Outcome.HOLDS if all(step.basis == "SymPy" for step in steps) else Outcome.INCONCLUSIVE
        text = (
            "The risk is a sum of squares of nonnegative convex functions, C (s + εn)² + (A - C) s² + (B - C) "
            f"(εn)² with C = {mixed}: "
            "s and n are norms of affine functions of θ, kinks included, and 2 g'² + 2 g g'' >= 0."
        )
        return Evidence(Kind.SYMBOLIC, outcome, WHOLE_DOMAIN, text, {"steps": float(len(steps))}, None, steps)
    kink, bend = 4 * mixed, 2 * square + 2 * pushed - 4 * mixed
    broken = _negative("slope jump at 0 over εv", kink) or _negative(
        "second derivative at d = 1, σ = 0, ε = 1, θ = θ₀/2", bend
    )
    outcome = Outcome.FAILS if broken else Outcome.INCONCLUSIVE
    return Evidence(Kind.SYMBOLIC, outcome, "one line", broken or "No decomposition was found.", {}, broken)


def _negative(name: str, value: sp.Expr) -> str | None:
    return f"{name}: {value} < 0" if sp.simplify(value).is_negative else None


def _decomposition(risk: sp.Expr, mixed: sp.Expr, of_s: sp.Expr, of_n: sp.Expr) -> Step:
    total = mixed * (s + eps * n) ** 2 + of_s * s**2 + of_n * (eps * n) ** 2
    return _decided(Equality("sum of squares with nonnegative weights", risk, total))


@lru_cache(maxsize=1)
def _steps() -> tuple[Step, ...]:
    """The curvature of a norm along a line, which Cauchy and Schwarz make nonnegative, and that of a square."""
    size, speed, product = n, sym.direction_size, sym.direction_product
    on_line = sp.sqrt(size**2 + 2 * t * product + t**2 * speed**2)
    x, y, u_x, u_y = sp.symbols("x y u_x u_y", real=True)
    g = sp.Function("g", nonnegative=True)(t)
    return tuple(
        _decided(step)
        for step in (
            Equality(
                "curvature of a norm", sp.diff(on_line, t, 2).subs(t, 0), (size**2 * speed**2 - product**2) / size**3
            ),
            Equality(
                "Cauchy-Schwarz, in the plane of the vector and the direction",
                (x**2 + y**2) * (u_x**2 + u_y**2) - (x * u_x + y * u_y) ** 2,
                (x * u_y - y * u_x) ** 2,
            ),
            Equality("curvature of a square", sp.diff(g**2, t, 2), 2 * sp.diff(g, t) ** 2 + 2 * g * sp.diff(g, t, 2)),
        )
    )


def _decided(step: Equality) -> Step:
    basis = "SymPy" if decide(step) == "decided" else "open"
    return Step(step.name, f"{sp.latex(step.left)} = {sp.latex(step.right)}", basis)


CLAIM = Claim(
    id="xing2021.risk_is_convex",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Proposition 1"),
    formula=FORMULA,
    checks=(
        Check("sum_of_squares", Kind.SYMBOLIC, prove),
        sampled.search(
            "midpoints",
            pairs(),
            midpoint_gap,
            64 * EPS,
            "The risk at a midpoint is at most the mean of that at the ends",
        ),
        sampled.search(
            "hessian_spectrum",
            domains.problems(domains.regular_populations(), st.one_of(domains.radii(), st.just(1.0))),
            spectrum_gap,
            TOLERANCE,
            "The smallest eigenvalue of the Hessian is not negative",
            scope="invertible covariances, d up to 5",
        ),
    ),
    mutants=(
        Mutant("cross_term_subtracted", FORMULA.mutate(s**2 + eps**2 * n**2 - 2 * eps * sym.c0 * n * s)),
        Mutant("c0_inverted", FORMULA.mutate(RISK.subs(sym.c0, 1 / sym.c0))),
        Mutant("cross_term_doubled", FORMULA.mutate(s**2 + eps**2 * n**2 + 4 * eps * sym.c0 * n * s)),
        Mutant("c0_five_percent_above_one", FORMULA.mutate(s**2 + eps**2 * n**2 + eps * n * s * sp.Rational(21, 10))),
    ),
    uses=("xing2021.risk_has_closed_form",),
)
