r"""[For $\theta = (1/d, \dots, 1/d)^\top$ and $\epsilon = 1/\sqrt{d}$ the $\mathcal{L}_2$ norm of
$A_{\epsilon, \xi}^\infty$] quickly shrinks to zero if $\xi d \rightarrow \infty$. As a result, it is necessary to
require that $\xi = o(1/d)$ to avoid overshrinkage of the $\mathcal{L}_\infty$ attack.
"""

from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp
from flint import acb, arb, ctx, fmpq

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import Ball, enclose, encloser
from checks.evidence import certified, sampled
from checks.evidence.sampled import EPS
from checks.formula import Formula
from checks.result import WHOLE_DOMAIN, Chart, Evidence, Kind, Outcome, Series, Step
from checks.xing2021 import PAPER
from checks.xing2021.linf.averaging_example import SQUARED, Point, d, e, instances, literal_attack, xi
from theory import notation as sym

LENGTH = 1 / (1 + d * xi / (2 * abs(e)))
FORMULA = Formula(LENGTH, r"\|A_{\epsilon, \xi}^\infty\|")

size, product = sp.Symbol("r", positive=True), sp.Symbol("tau", positive=True)  # |e|, and the product dξ
RATES = {  # how ξ may depend on d, and the least and largest limit that the statement allows the length to have
    "ξ = 1/√d": (1 / sp.sqrt(d), 0, 0),
    "ξ = log(d)/d": (sp.log(d) / d, 0, 0),
    "ξ = 1/d": (1 / d, sp.Rational(1, 1000), sp.Rational(999, 1000)),
    "ξ = 1/(d log d)": (1 / (d * sp.log(d)), 1, 1),
    "ξ = d^(-3/2)": (d ** -sp.Rational(3, 2), 1, 1),
}
POWERS = {"ξ = 1/√d": fmpq(-1, 2), "ξ = 1/d": fmpq(-1), "ξ = d^(-3/2)": fmpq(-3, 2)}
EXPONENTS = (0, 8, 16, 40)  # dimensions 2^k


def limits(formula: Formula, budget: Budget) -> Evidence:
    """Exact limits of the length at |e| = 1; and it depends on ξ and d through τ = ξd alone, decreasing from 1 to 0.

    The latter gives every other rate: the length tends to 1 if and only if ξd tends to 0, and to 0 if and only if
    ξd tends to infinity.
    """
    length = formula.expression.subs(e, size)
    steps, wrong = [], []
    for name, (rate, low, high) in RATES.items():
        limit = sp.limit(length.subs({xi: rate, size: 1}), d, sp.oo)
        steps.append(
            Step(name, rf"\lim_{{d \to \infty}} {sp.latex(length.subs(xi, rate))} = {sp.latex(limit)}", "SymPy")
        )
        if not low <= limit <= high:
            wrong.append(f"{name}: the length tends to {limit}")
    whole = sp.simplify(length.subs(xi, product / d))
    ends = [] if whole.has(d) else [sp.limit(whole, product, 0, "+"), sp.limit(whole, product, sp.oo)]
    decreasing = ends == [1, 0] and bool(sp.simplify(sp.diff(whole, product)).is_negative)
    outcome = Outcome.FAILS if wrong else Outcome.HOLDS if decreasing else Outcome.INCONCLUSIVE
    text = f"{len(wrong)} of {len(RATES)} rates have another limit than stated; "
    text += "the length depends on ξd alone and decreases from 1 to 0." if decreasing else "no more was decided."
    return Evidence(
        Kind.SYMBOLIC, outcome, WHOLE_DOMAIN, f"Limits of the length of the attack: {text}",
        {"rates": float(len(RATES)), "wrong": float(len(wrong))}, wrong[0] if wrong else None, tuple(steps),
    )  # fmt: skip


def mean_length(length: sp.Expr, dimension: Ball, smoothing: Ball) -> Ball:
    """E of a length over e ~ N(0, 1); every length here is at most 1 + |e|, and holomorphic in |e| to the right of 0.

    Over a common denominator, so that |e| = 0 is no division by zero.
    """
    evaluate = encloser(sp.cancel(sp.together(length.subs(e, size))))

    def integrand(z: Any, analytic: bool) -> Any:
        if analytic and not z.real > 0:
            return acb("nan")
        return evaluate({size: z, d: acb(dimension), xi: acb(smoothing)})

    return certified.half_gaussian_mean(integrand, growth=(1.0, 1.0))


def defined_length() -> sp.Expr:
    """√(d A_i²) with A_i = ε |g|/(|g| + ξ), ε = 1/√d and g = 2e/d, in that form."""
    gradient = 2 * size / d
    return sp.sqrt(d) * (gradient / (gradient + xi)) / sp.sqrt(d)


@lru_cache(maxsize=1)
def defined_means() -> tuple[tuple[str, Ball, Ball, Ball], ...]:
    """Rate, d, ξ and the mean length of the attack by its definition."""
    found = []
    with ctx.workprec(certified.PRECISION):
        for name, power in POWERS.items():
            for k in EXPONENTS:
                dimension = arb(2) ** k
                smoothing = arb(2) ** (arb(power) * k)
                found.append((name, dimension, smoothing, mean_length(defined_length(), dimension, smoothing)))
    return tuple(found)


def bounds(dimension: Ball, smoothing: Ball) -> tuple[Ball, Ball]:
    """What forces the limits: 1 - ½√(ξd/2) E|e|^(-1/2) <= E length <= min(1, 2 E|e| / (ξd)) for e ~ N(0, 1)."""
    ratio = dimension * smoothing / 2
    root_moment = arb(fmpq(1, 4)).gamma() / (arb(2) ** arb(fmpq(1, 4)) * arb.pi().sqrt())
    return 1 - ratio.sqrt() * root_moment / 2, (2 / arb.pi()).sqrt() / ratio


def means(formula: Formula, budget: Budget) -> Evidence:
    """Mean lengths for a Gaussian residual, by definition and as stated, and the bounds that force the limits."""
    balls, outside = [], 0
    with ctx.workprec(certified.PRECISION):
        for _, dimension, smoothing, mean in defined_means():
            low, high = bounds(dimension, smoothing)
            outside += bool(mean < low or mean > high or mean > 1)
            stated = mean_length(formula.expression, dimension, smoothing)
            balls.append(({d: float(dimension), xi: float(smoothing), sym.residual_std: 1.0}, mean, stated))
            if not mean.overlaps(stated):
                break  # one certain difference is enough
    found = certified.compare(
        balls, "The mean length of the attack for e ~ N(0, 1)", "d from 1 to 2^40, three rates of ξ, s = 1"
    )
    return Evidence(
        found.kind, Outcome.INCONCLUSIVE if outside else found.outcome, found.scope, found.summary,
        {**found.numbers, "means outside the bounds that force the limits": float(outside)}, found.counterexample,
        charts=(_chart(),),
    )  # fmt: skip


def _chart() -> Chart:
    series = []
    for name in POWERS:
        rows = [(float(dimension), float(mean.mid())) for rate, dimension, _, mean in defined_means() if rate == name]
        series.append(Series(name, tuple(x for x, _ in rows), tuple(y for _, y in rows)))
    return Chart("Mean length of the smoothed attack", "d", "E‖A‖ for e ~ N(0, 1)", tuple(series), x_log=True)


def length_gap(formula: Formula, point: Point) -> float:
    """Distance of the length of the literal attack from the stated one, relative to it."""
    stated = float(enclose(formula.expression, point.values).mid())
    return float(abs(np.sqrt(np.sum(literal_attack(SQUARED, point) ** 2)) - stated) / stated)


CLAIM = Claim(
    id="xing2021.linf_surrogate_overshrinks",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Section 4, harder to train"),
    formula=FORMULA,
    checks=(
        Check("limits", Kind.SYMBOLIC, limits),
        Check("means", Kind.CERTIFIED, means),
        sampled.search(
            "literal_attack", instances(), length_gap, 1064 * EPS,  # a sum of up to 1000 squares, and 64 roundings
            "Length of the literal attack, with a numerical gradient", scope="d up to 1000",
        ),
    ),
    mutants=(
        Mutant("smoothed_as_under_l2", FORMULA.mutate(2 * abs(e) / sp.sqrt(4 * e**2 + d * xi**2))),
        Mutant("without_the_dimension", FORMULA.mutate(1 / (1 + xi / (2 * abs(e))))),
        Mutant("half_of_it_stays", FORMULA.mutate((1 + LENGTH) / 2)),
        Mutant("as_the_printed_entry", FORMULA.mutate(1 / (1 + d * xi))),
        Mutant("smoothing_five_percent_off", FORMULA.mutate(1 / (1 + d * xi * sp.Rational(21, 20) / (2 * abs(e))))),
    ),
    reading=(
        "To avoid overshrinkage means that the length tends to 1, that of the attack without smoothing, for every "
        "fixed residual e ≠ 0 (and then in the mean over a residual whose distribution does not depend on d). If it "
        "only means that the length stays away from 0, then ξ = O(1/d) is enough and o(1/d) is not necessary: at "
        "ξ = c/d the length is 1/(1 + c/(2|e|)) for every d."
    ),
    uses=("xing2021.linf_surrogate_attack_example_scaled",),
)  # fmt: skip
