r"""The paper asks for tails only. We amend Remark 1 for Lemma 1: let the coordinates of $x$ be independent copies of a
variable with mean 0, variance 1 and a finite fourth moment, such as a uniform, a Rademacher or a standardised $t_5$
variable. Then $\frac{d}{n} \|\theta(\mathbf{y})\|^2 / v^2 \rightarrow 1$ in probability as $n$ and $d/n$ tend to
infinity, and $\|\theta(\mathbf{y})\|^2 / v^2 = O_p(n/d)$ as for Gaussian $x$.
"""

import math

import numpy as np
import sympy as sp

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.evidence import trend
from checks.formula import Formula
from checks.result import Evidence, Kind, Outcome, Step
from checks.xing2021 import PAPER
from checks.xing2021.high_dimension.interpolators import SWEEP, Draw, Setting, draw_lengths
from theory.notation import dimension as d
from theory.notation import sample_size as n
from theory.validation import FloatArray

FORMULA = Formula(sp.S.One, r"\lim \tfrac{d}{n} \|\theta(\mathbf{y})\|^2 / v^2")

value = sp.Symbol("x", real=True)
FREEDOM = 5


def fourth_moments() -> dict[str, sp.Expr]:
    """E x⁴ of the standardised uniform, Rademacher and t_5 variable, from their densities."""
    edge, scale = sp.sqrt(3), sp.sqrt(sp.Rational(FREEDOM - 2, FREEDOM))
    density = (1 + value**2 / FREEDOM) ** (-sp.Rational(FREEDOM + 1, 2))
    mass = sp.integrate(density, (value, -sp.oo, sp.oo))
    return {
        "uniform": sp.integrate(value**4 / (2 * edge), (value, -edge, edge)),
        "Rademacher": sp.Rational(1, 2) * (1**4 + (-1) ** 4),
        "t5": sp.simplify(sp.integrate((scale * value) ** 4 * density, (value, -sp.oo, sp.oo)) / mass),
    }


def concentration(formula: Formula, budget: Budget) -> Evidence:
    """E‖XXᵀ/d - I‖² in Frobenius norm is (n(κ - 1) + n(n - 1))/d for E x⁴ = κ: it vanishes when d/n² tends to infinity.

    Then ‖θ(y)‖² d = yᵀ(XXᵀ/d)⁻¹y is within a factor that tends to 1 of ‖y‖², and ‖y‖²/(n v²) tends to 1.
    """
    kurtosis = sp.Symbol("kappa", positive=True)
    distance = (n * (kurtosis - 1) + n * (n - 1)) / d
    vanishing = sp.limit(distance.subs(d, n**3), n, sp.oo)
    found = fourth_moments()
    finite = vanishing == 0 and all(moment.is_finite for moment in found.values())
    same = formula.expression == 1
    outcome = Outcome.FAILS if finite and not same else Outcome.HOLDS if finite else Outcome.INCONCLUSIVE
    steps = (
        Step("mean squared distance of XXᵀ/d from I, d = n³", rf"{sp.latex(distance)} \to {vanishing}", "SymPy"),
        *(Step(f"fourth moment, {name}", sp.latex(moment), "SymPy") for name, moment in found.items()),
    )
    return Evidence(
        Kind.SYMBOLIC, outcome, "d/n² → ∞",
        f"XXᵀ/d tends to I in mean square, so that the limit is 1; stated {formula.expression}.",
        {f"E x⁴, {name}": float(moment) for name, moment in found.items()},
        None if same else f"the limit is 1, not {formula.expression}", steps,
    )  # fmt: skip


def uniform(shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
    """Uniform on ±√3."""
    return math.sqrt(3.0) * (2 * rng.random(shape) - 1)


def rademacher(shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
    """±1 with equal probability."""
    return np.where(rng.random(shape) < 0.5, -1.0, 1.0)


def student(shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
    """Student's t with 5 degrees of freedom over its standard deviation."""
    rows: FloatArray = rng.standard_t(FREEDOM, shape) * math.sqrt((FREEDOM - 2) / FREEDOM)
    return rows


def sweep(name: str, rows: Draw) -> Check[Formula]:
    """A check of the limit under one law."""

    def measure(law: Setting, count: int, rng: np.random.Generator) -> FloatArray:
        scaled: FloatArray = draw_lengths(law, count, rng, rows).norm * law.d / law.n / law.scale
        return scaled

    return trend.limit(
        name, SWEEP, measure, lambda f: trend.Limit(float(f.enclose({}).mid()), (1.0,)), 1.0, 0.1,
        f"‖θ(y)‖²d/(v²n), {name} coordinates", "d = 2n², n = 5 to 60, σ = ‖θ₀‖/2",
    )  # fmt: skip


CLAIM = Claim(
    id="xing2021.gaussianity_is_not_needed_with_independent_coordinates",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Remark 1"),
    formula=FORMULA,
    checks=(
        Check("concentration", Kind.SYMBOLIC, concentration),
        sweep("uniform", uniform),
        sweep("rademacher", rademacher),
        sweep("student", student),
    ),
    mutants=(
        Mutant("five_percent_higher", FORMULA.mutate(sp.Rational(21, 20))),
        Mutant("kurtosis_of_the_uniform", FORMULA.mutate(sp.Rational(9, 5))),
        Mutant("half", FORMULA.mutate(sp.Rational(1, 2))),
    ),
    amends="xing2021.gaussianity_is_not_needed_for_interpolation",
)  # fmt: skip
