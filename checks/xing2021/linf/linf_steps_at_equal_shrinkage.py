r"""The paper has none; ours: in the text's example, $\theta = (1/d, \dots, 1/d)^\top$ with a residual $e \neq 0$, let
the radii be $\epsilon = 1/\sqrt{d}$ under $\mathcal{L}_\infty$ and $\epsilon = 1$ under $\mathcal{L}_2$, so that both
attacks have length 1 without smoothing, and let either smoothing be such that the share $\kappa \in (0, 1)$ of that
length is left. Then the attack part of the second derivative of the surrogate risk at $\theta = 0$ is larger under
$\mathcal{L}_\infty$ by the factor $\sqrt{(1 + \kappa)/(1 - \kappa)}$, which does not depend on $d$.
"""

from typing import NamedTuple

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from checks import domains
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import enclose
from checks.evidence import sampled
from checks.formula import Formula
from checks.result import WHOLE_DOMAIN, Evidence, Kind, Outcome, Step
from checks.xing2021 import PAPER
from theory import notation as sym
from theory.norms import dual_norm, dual_perturbation
from theory.population import LinearGaussian
from theory.surrogate import surrogate_risk_hessian
from theory.validation import FloatArray

d, kappa, size = sp.symbols("d kappa r", positive=True)  # dimension, the share that is left, |e|
xi, v = sym.smoothing, sym.total_std
FACTOR = sp.sqrt((1 + kappa) / (1 - kappa))
FORMULA = Formula(FACTOR, r"\frac{\epsilon_\infty/\xi_\infty}{\epsilon_2/\xi_2}")
HALVINGS = 60  # of the logarithm of the smoothing, from a bracket of about 2^80: to a relative 1e-16
# The smoothing and the curvature are each known to 1e-13, and the former is sought from a share that is known to 64
# roundings; a relative error of κ < 1 moves the smoothing by at most 1/(1 - κ) times as much, here at most 100 times.
TOLERANCE = 100 * 1e-13


class Example(NamedTuple):
    """One instance of the example: d, κ, e and v."""

    dimension: int
    share: float
    residual: float
    total_std: float


@st.composite
def examples(draw: domains.Draw) -> Example:
    """Dimensions up to 60, shares from 1 % to 99 %, residuals of either sign."""
    residual = draw(st.sampled_from([1.0, -1.0])) * draw(domains.numbers(1e-2, 1e2))
    return Example(
        draw(st.integers(1, 60)), draw(domains.numbers(0.01, 0.99)), residual, draw(domains.numbers(0.1, 10.0))
    )


def derivation(formula: Formula, budget: Budget) -> Evidence:
    """Solve for the smoothings that leave the share κ, and divide the curvatures 8εv²/ξ."""
    curvatures, steps = {}, []
    for name, radius, slope in (("linf", 1 / sp.sqrt(d), 2 * size / d), ("l2", sp.S.One, 2 * size / sp.sqrt(d))):
        share = slope / (slope + xi) if name == "linf" else slope / sp.sqrt(slope**2 + xi**2)
        roots = sp.solve(sp.Eq(share, kappa), xi)
        found = max(roots, key=lambda root: root.subs({kappa: sp.Rational(1, 2), d: 1, size: 1}))
        curvatures[name] = sp.simplify(8 * radius * v**2 / found)
        steps.append(
            Step(f"the smoothing that leaves κ under {name}", rf"\xi = {sp.latex(sp.simplify(found))}", "SymPy")
        )
    ratio = curvatures["linf"] / curvatures["l2"]
    steps.append(Step("ratio of curvatures", rf"{sp.latex(sp.simplify(ratio))} = {sp.latex(FACTOR)}", "SymPy"))
    below = kappa / (1 + kappa)  # any share below 1
    equal = sp.simplify((ratio / formula.expression).subs(kappa, below)) == 1
    return Evidence(
        Kind.SYMBOLIC, Outcome.HOLDS if equal else Outcome.FAILS, WHOLE_DOMAIN,
        f"The two smoothings, solved from the attacks' definitions, give the factor {sp.simplify(ratio)}.",
        {"steps": float(len(steps))}, None if equal else f"{ratio} derived, {formula.expression} stated", tuple(steps),
    )  # fmt: skip


def literal_share(example: Example, norm: float, smoothing: float) -> float:
    """Length of the smoothed attack over that of the attack, from their definitions."""
    gradient = np.full(example.dimension, 2 * example.residual / example.dimension)
    worst = dual_perturbation(gradient, norm, 1.0)
    if norm == 2:
        slope = np.sqrt(gradient @ gradient)
        return float(slope / np.sqrt(slope**2 + smoothing**2))
    return float(dual_norm(np.abs(gradient) / (np.abs(gradient) + smoothing) * worst, 2) / dual_norm(worst, 2))


def smoothing_that_leaves(example: Example, norm: float) -> float:
    """The smoothing at which the literal share is κ, by bisection: the share decreases with the smoothing."""
    scale = 2 * abs(example.residual) / example.dimension
    low, high = 1e-6 * scale, 1e6 * scale
    for _ in range(HALVINGS):
        middle = np.sqrt(low * high)
        low, high = (middle, high) if literal_share(example, norm, middle) > example.share else (low, middle)
    return float(np.sqrt(low * high))


def curvature(example: Example, norm: float) -> float:
    """The attack part of the Hessian at 0 that `theory.surrogate` gives, at that smoothing."""
    # The attack part is a multiple of I and does not depend on Σ: two dimensions stand for d, and Σ = 0 leaves it.
    origin = np.zeros(2)
    population = LinearGaussian(origin, np.zeros((2, 2)), example.total_std)
    radius = 1.0 if norm == 2 else example.dimension**-0.5
    found: FloatArray = surrogate_risk_hessian(origin, population, radius, smoothing_that_leaves(example, norm), norm)
    return float(found[0, 0])


def factor_gap(formula: Formula, example: Example) -> float:
    """Relative distance of the ratio of curvatures from the stated factor."""
    stated = float(enclose(formula.expression, {kappa: example.share, d: float(example.dimension)}).mid())
    return abs(curvature(example, np.inf) / curvature(example, 2) / stated - 1)


CLAIM = Claim(
    id="xing2021.linf_steps_at_equal_shrinkage",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Section 4, harder to train"),
    ours=True,
    formula=FORMULA,
    checks=(
        Check("derivation", Kind.SYMBOLIC, derivation),
        sampled.search(
            "literal_attack", examples(), factor_gap, TOLERANCE,
            "Smoothings found by bisection on the literal attacks, and the curvatures there",
            scope="d up to 60, κ from 0.01 to 0.99",
        ),
    ),
    mutants=(
        Mutant("grows_with_the_dimension", FORMULA.mutate(FACTOR * sp.sqrt(d))),
        Mutant("without_the_root", FORMULA.mutate(FACTOR**2)),
        Mutant("same_shape_of_smoothing", FORMULA.mutate(sp.S.One + 0 * kappa)),
        Mutant("five_percent_off", FORMULA.mutate(FACTOR * sp.Rational(21, 20))),
    ),
    uses=("xing2021.linf_needs_smaller_steps", "xing2021.linf_surrogate_attack_example_scaled"),
)  # fmt: skip
