r"""The design of $A_{\epsilon, \xi} = \frac{\|\partial l / \partial x\|}{\sqrt{\|\partial l / \partial x\|^2 +
\xi^2}} A_\epsilon$ aims to impose shrinkage effect on $A_\epsilon$ when $\|\partial l(f_\theta(x), y) / \partial
x\|$ is small. What that means is ours: for $f_\theta = \theta^\top x$, the squared loss, $e = \theta^\top x - y$
and $\xi > 0$, $A_{\epsilon, \xi} = 2 \epsilon e \theta / \sqrt{4 e^2 \|\theta\|^2 + \xi^2}$. Its length is at most
$\epsilon$, tends to $\epsilon$ as $\xi \to 0$ where the gradient is not 0, and is 0 where the gradient is; and
$A_{\epsilon, \xi}$ is continuous in $\theta$ and $x$, being an $(\epsilon / \xi)$-Lipschitz function of the
gradient $2 e \theta$.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import sympy as sp
from flint import arb, ctx
from hypothesis import strategies as st

from checks import domains, oracles
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import enclose
from checks.evidence import sampled
from checks.formula import Undefined
from checks.perturbations import production, sign
from checks.result import WHOLE_DOMAIN, Evidence, Kind, Outcome, Step
from checks.xing2021 import PAPER
from theory import notation as sym
from theory.norms import dual_norm, dual_perturbation
from theory.validation import FloatArray

e, n, eps, xi = sym.residual, sym.coefficient_norm, sym.radius, sym.smoothing
Properties = dict[str, tuple[str, bool | None]]

LARGEST_D = 5
ROUNDING = 16 * (LARGEST_D + 4) * sampled.EPS  # sums of d squares, a root, a quotient and three products


@dataclass(frozen=True, eq=False)
class Pair:
    """Coefficients, the residual of one pair (x, y), the radius, and the smoothing, which is positive."""

    coefficients: FloatArray
    residual: float
    radius: float
    smoothing: float

    def __str__(self) -> str:
        """The case with every digit."""
        return (
            f"coefficients={self.coefficients.tolist()}, residual={self.residual!r}, radius={self.radius!r}, "
            f"smoothing={self.smoothing!r}"
        )


@dataclass(frozen=True)
class Smoothed:
    """A smoothed attack: its length as a formula, and the attack itself; a mutant's is generated from its length."""

    expression: sp.Expr
    implementation: Callable[[Pair], FloatArray] | None = None

    def __call__(self, pair: Pair) -> FloatArray:
        """The attack on a pair, shape (d,)."""
        if self.implementation is not None:
            return self.implementation(pair)
        values = {
            sym.residual: pair.residual,
            sym.coefficient_norm: float(dual_norm(pair.coefficients, 2)),
            sym.radius: pair.radius,
            sym.smoothing: pair.smoothing,
        }
        length = enclose(self.expression, values)
        if not length.is_finite():
            raise Undefined
        return production(pair.coefficients, pair.residual, float(length.mid()), 2)

    @property
    def latex(self) -> str:
        """The length as LaTeX."""
        return rf"\|A_{{\epsilon, \xi}}\| = {sp.latex(self.expression)}"


def by_definition(pair: Pair) -> FloatArray:
    """The printed definition: the attack times ‖∂l/∂x‖ / √(‖∂l/∂x‖² + ξ²), with ∂l/∂x = 2eθ."""
    slope = float(dual_norm(2 * pair.residual * pair.coefficients, 2))
    attack = sign(pair.residual) * dual_perturbation(pair.coefficients, 2, pair.radius)
    shrunk: FloatArray = slope / np.hypot(slope, pair.smoothing) * attack
    return shrunk


def coefficient_vectors() -> st.SearchStrategy[FloatArray]:
    """Vectors of 1 to 5 coefficients, 0 included."""
    return st.integers(1, LARGEST_D).flatmap(domains.vectors)


def residuals() -> st.SearchStrategy[float]:
    """Residuals of ordinary and of small size, none below 1e-12 but 0."""
    sizes = st.one_of(domains.numbers(1e-12, 1e-6), domains.numbers(1e-6, 4.0))
    return st.one_of(st.just(0.0), sizes, sizes.map(lambda e: -e))


@st.composite
def pairs(draw: domains.Draw) -> Pair:
    """Pairs with any coefficients and residual, 0 included, a positive radius and smoothing from 1e-9 to 1e9."""
    radius = draw(domains.radii(smallest=1e-3))
    return Pair(draw(coefficient_vectors()), draw(residuals()), radius, draw(domains.smoothings()))


@st.composite
def neighbours(draw: domains.Draw) -> tuple[Pair, Pair]:
    """Two pairs that differ in the residual, in the coefficients, or both, by much or little, across 0 too."""
    first = draw(pairs())
    size = draw(st.sampled_from([0.0, 1e-8, 1e-3, 1.0]))
    moved = first.coefficients + size * draw(domains.vectors(len(first.coefficients)))
    residual = draw(st.one_of(st.just(-first.residual), residuals()))
    return first, Pair(moved, residual, first.radius, first.smoothing)


def closed_form_gap(formula: Smoothed, pair: Pair) -> float:
    """Largest distance of an entry to 2 ε e θ_j / √(4 e² ‖θ‖² + ξ²) in ball arithmetic, over the largest entry."""
    attack = formula(pair)
    with ctx.workprec(128):
        theta, e = [arb(t) for t in pair.coefficients.tolist()], arb(pair.residual)
        square = sum((t * t for t in theta), arb(0))
        factor = 2 * arb(pair.radius) * e / (4 * e * e * square + arb(pair.smoothing) ** 2).sqrt()
        expected = np.array([float((factor * t).mid()) for t in theta])
    distance, scale = float(np.abs(attack - expected).max()), float(np.abs(expected).max())
    return distance / scale if scale else distance


def shrinkage_gap(formula: Smoothed, two: tuple[Pair, Pair]) -> float:
    """The largest excess, over the radius, of the length, of its loss for little smoothing, and of a difference."""
    pair, other = two
    attack, slopes = formula(pair), [2 * p.residual * p.coefficients for p in two]
    length, slope = oracles.l2(attack), oracles.l2(slopes[0])
    # 1 - w/√(w² + ξ²) <= ξ²/(2w²), w the length of the gradient.
    lost = 1 - length / pair.radius - (pair.smoothing / slope) ** 2 / 2 if slope else length / pair.radius
    moved = oracles.l2(attack - formula(other)) / pair.radius
    return max(length / pair.radius - 1, lost, moved - oracles.l2(slopes[0] - slopes[1]) / pair.smoothing)


def properties(formula: Smoothed, budget: Budget) -> Evidence:
    """Whether SymPy decides every property of the length from its formula.

    As a function of the gradient w the attack is L(‖w‖) w/‖w‖. Its Jacobian has the eigenvalues L/‖w‖ across w and
    L' along w: it is Lipschitz with the bound on the larger of them, so continuous in w, and w = 2eθ in θ and x.
    """
    size, rng = sp.Symbol("E", positive=True), budget.rng()
    length = formula.expression.subs(sym.residual, size)
    across, along = length / (2 * size * n), sp.diff(length, size) / (2 * n)
    signs = {
        "never longer than the radius": eps**2 - length**2,
        "Lipschitz with ε/ξ across the gradient": (eps / xi) ** 2 - across**2,
        "changing along the gradient no faster than across": across - along,
        "growing along the gradient": along,
    }
    limit = sp.simplify(sp.limit(length, xi, 0, "+") - eps) == 0
    found: Properties = {name: (f"{sp.latex(term)} \\ge 0", _is_nonnegative(term, rng)) for name, term in signs.items()}
    found["the radius in the limit"] = (sp.latex(sp.Limit(length, xi, 0, "+")), bool(limit))
    found["0 where the gradient is"] = (sp.latex(length), bool(formula.expression.subs(sym.residual, 0) == 0))
    return _conclude(found)


def _is_nonnegative(expression: sp.Expr, rng: np.random.Generator) -> bool | None:
    """Whether an expression of positive symbols is never negative; False with a rational point where it is."""
    if sp.factor(sp.together(sp.simplify(expression))).is_nonnegative:
        return True
    symbols = sorted(expression.free_symbols, key=str)
    draws = rng.integers(1, 400, (16, len(symbols)))
    points = [{s: sp.Rational(int(k), 100) for s, k in zip(symbols, draw, strict=True)} for draw in draws]
    return False if any(enclose(expression, point) < 0 for point in points) else None


def _conclude(found: Properties) -> Evidence:
    wrong = [name for name, (_, decided) in found.items() if decided is False]
    undecided = [name for name, (_, decided) in found.items() if decided is None]
    outcome = Outcome.FAILS if wrong else Outcome.INCONCLUSIVE if undecided else Outcome.HOLDS
    text = f"not so: {', '.join(wrong)}" if wrong else f"undecided: {', '.join(undecided) or 'nothing'}"
    return Evidence(
        kind=Kind.SYMBOLIC,
        outcome=outcome,
        scope=WHOLE_DOMAIN,
        summary=f"Six properties of the length, decided by SymPy for all positive values of its symbols; {text}.",
        numbers={"properties": float(len(found)), "not so": float(len(wrong))},
        counterexample=f"‖A‖ is not {wrong[0]}" if wrong else None,
        steps=tuple(Step(name, latex, "open" if holds is None else "SymPy") for name, (latex, holds) in found.items()),
    )  # fmt: skip


GRADIENT = 2 * sp.Abs(e) * n
FORMULA = Smoothed(eps * GRADIENT / sp.sqrt(GRADIENT**2 + xi**2), by_definition)

CLAIM = Claim(
    id="xing2021.surrogate_attack_shrinks",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Section 2.1, surrogate attack"),
    formula=FORMULA,
    checks=(
        Check("properties", Kind.SYMBOLIC, properties),
        sampled.search("closed_form", pairs(), closed_form_gap, ROUNDING, "The definition against the closed form"),
        sampled.search(
            "shrinkage", neighbours(), shrinkage_gap, ROUNDING, "Length, limit and Lipschitz constant of the attack"
        ),
    ),
    mutants=(
        Mutant("without_smoothing", Smoothed(eps)),
        Mutant("ratio_inverted", Smoothed(eps * sp.sqrt(GRADIENT**2 + xi**2) / GRADIENT)),
        Mutant("ratio_of_the_linf_attack", Smoothed(eps * GRADIENT / (GRADIENT + xi))),
        Mutant("gradient_without_the_two", Smoothed(eps * GRADIENT / sp.sqrt(GRADIENT**2 + 4 * xi**2))),
        Mutant("smoothing_not_squared", Smoothed(eps * GRADIENT / sp.sqrt(GRADIENT**2 + xi))),
        Mutant("five_percent_too_long", Smoothed(eps * GRADIENT / sp.sqrt(GRADIENT**2 + xi**2) * 105 / 100)),
    ),
    uses=("xing2021.attack_is_worst_case",),
)  # fmt: skip
