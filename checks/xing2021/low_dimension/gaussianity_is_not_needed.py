r"""The Gaussian assumption of $x$ is used in Theorem 2 for the convenience of showing the analytical form of
$R_L$. All the results in this paper, except for Section 3.2, are still valid as long as the density of $(x, y)$ is
finite and $\exp(-t \|x\|^2) < \infty$ for some $t > 0$.
"""

from functools import cache

import sympy as sp

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.enclosure import enclose
from checks.evidence import certified_line, sampled
from checks.laws import NEGLIGIBLE, Moment, rate, regressions, size, tail_gap
from checks.result import Chart, Evidence, Kind, Outcome, Step
from checks.xing2021 import PAPER

ERRATUM = (
    "As printed, the condition holds for every x, because exp(-t‖x‖²) is at most 1. It admits the Cauchy law, under "
    "which E x² is infinite, and with it v² and R_L(θ, ε) at every θ other than θ₀: nothing is left of (5), of "
    "Proposition 1 (R_L(0, ε) = v² is infinite at every ε, so that θ* is never 0) or of Theorem 2. The reading that "
    "rescues it has the other sign and the missing expectation: E exp(t‖x‖²) < ∞ for some t > 0."
)

truncation = sp.Symbol("B", positive=True)
CAUCHY = 1 / (sp.pi * (1 + size**2))
GAUSSIAN_MOMENT = sp.erf(truncation / sp.sqrt(2)) - sp.sqrt(2 / sp.pi) * truncation * sp.exp(-(truncation**2) / 2)
"""E[x²; |x| ≤ B] of a standard Gaussian x, by parts."""
BOUNDS = tuple(2.0 ** (i / 2) for i in range(41))


def cauchy(condition: Moment, budget: Budget) -> Evidence:
    """Whether the condition admits the Cauchy law, y = x + noise, under which R_L(0, ε) = E y² is infinite."""
    definition, within = second_moment()
    unbounded = sp.limit(within, truncation, sp.oo) == sp.oo
    admitted = condition.admits_tail(sp.S.One)
    outcome = (
        Outcome.INCONCLUSIVE if admitted is None or not unbounded else Outcome.FAILS if admitted else Outcome.HOLDS
    )
    verb = {True: "admits", False: "does not admit", None: "may or may not admit"}[admitted]
    return Evidence(
        kind=Kind.SYMBOLIC,
        outcome=outcome,
        scope="d = 1, standard Cauchy x, θ₀ = 1, σ = 1, θ = 0, every ε and every t > 0",
        summary=f"The condition {verb} the Cauchy law, whose E[x²; |x| ≤ B] = (2/π)(B - atan B) has no bound.",
        numbers={"E[x²; |x| ≤ 1000]": float(within.subs(truncation, 1000))},
        counterexample="standard Cauchy x, θ₀ = 1, σ = 1, θ = 0: R_L(0, ε) = E y² = ∞" if admitted else None,
        steps=(
            Step("second moment within B", f"{sp.latex(definition)} = {sp.latex(within)}", "SymPy"),
            Step("without bound", rf"\lim_{{B \to \infty}} {sp.latex(within)} = \infty", "SymPy"),
        ),
    )


@cache
def second_moment() -> tuple[sp.Integral, sp.Expr]:
    """E[x²; |x| ≤ B] of a Cauchy x, as an integral and in closed form."""
    definition = sp.Integral(2 * size**2 * CAUCHY, (size, 0, truncation))
    return definition, sp.simplify(definition.doit())


def _chart() -> Chart:
    """The part of E x² within B as B grows, beside that of a Gaussian x."""
    heavy, light = map(_enclosed, (second_moment()[1], GAUSSIAN_MOMENT))
    return Chart(
        "The condition does not bound E x²: its part within |x| ≤ B", "B", "E[x²; |x| ≤ B]",
        (
            certified_line.curve("Cauchy x, which the condition admits", heavy, BOUNDS),
            certified_line.curve("Gaussian x, E x² = 1", light, BOUNDS),
            certified_line.counterexample(heavy, BOUNDS[-1]),
        ),
        x_log=True, y_log=True,
    )  # fmt: skip


def _enclosed(moment: sp.Expr) -> certified_line.Curve:
    return lambda bound: enclose(moment, {truncation: bound})


FORMULA = Moment(sp.exp(-rate * size**2))

CLAIM = Claim(
    id="xing2021.gaussianity_is_not_needed",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Remark 1"),
    formula=FORMULA,
    checks=(
        certified_line.refuting(Check("cauchy", Kind.SYMBOLIC, cauchy), FORMULA, _chart),
        sampled.search(
            "heavy_tails", regressions(), tail_gap, NEGLIGIBLE,
            "The share of the risk beyond |x| = e^175, near 1 where it is infinite, under admitted laws",
            scope="Student's t and exp(-|x|^β) laws in d = 1, no noise",
        ),
    ),
    mutants=(
        Mutant("sign_corrected", Moment(sp.exp(rate * size**2))),
        Mutant("second_moment", Moment(size**2)),
        Mutant("exponential_of_the_norm", Moment(sp.exp(rate * size))),
    ),
    erratum=ERRATUM,
    reading="The condition is read with the expectation that the sentence omits: E exp(-t‖x‖²) < ∞.",
)  # fmt: skip
