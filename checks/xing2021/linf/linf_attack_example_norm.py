r"""For example, if $\theta = (1/d, \dots, 1/d)^\top$ and $\epsilon = 1/\sqrt{d}$, then $A_\epsilon^\infty$ becomes
$(\epsilon, \dots, \epsilon)^\top$ whose $\mathcal{L}_2$ norm is 1.
"""

import sympy as sp
from hypothesis import strategies as st

from checks import oracles
from checks.claim import Claim, Mutant, Reference
from checks.enclosure import enclose
from checks.evidence import sampled, symbolic
from checks.evidence.sampled import EPS
from checks.formula import Formula
from checks.xing2021 import PAPER
from checks.xing2021.linf.averaging_example import SQUARED, Point, d, e, literal_attack
from theory.derivations.derivation import Derivation, Link, derive

FORMULA = Formula(sp.S.One, r"\|A_\epsilon^\infty\|")
LARGEST = 1000
ROUNDING = (LARGEST + 8) * EPS  # the sum of d squares, and a few roundings of each


def length() -> Derivation:
    """√Σ(ε sign(e) sign(θ_i))² for e ≠ 0."""
    i, residual = sp.Symbol("i", integer=True), sp.Symbol("e", nonzero=True, real=True)
    entry = sp.sign(residual) * sp.sign(1 / d) / sp.sqrt(d)
    definition = sp.sqrt(sp.Sum(sp.Mul(entry, entry, evaluate=False), (i, 1, d)))
    link = Link("d equal squares", sp.S.One, lambda expression: sp.simplify(expression.doit()))
    return derive(definition, (link,), "every d, e ≠ 0")


def length_gap(formula: Formula, point: Point) -> float:
    """Distance of the length of the literal attack without smoothing from the stated one, both at this d."""
    stated = float(enclose(formula.expression, point.values).mid())
    return abs(oracles.l2(literal_attack(SQUARED, point._replace(smoothing=0.0))) - stated)


CLAIM = Claim(
    id="xing2021.linf_attack_example_norm",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Section 4, harder to train"),
    formula=FORMULA,
    checks=(
        symbolic.derivation("derivation", length, lambda f: f.expression, "The length of the attack"),
        sampled.search(
            "literal_attack",
            st.builds(Point, st.integers(1, LARGEST), st.just(0.0), st.sampled_from([-2.0, 1e-3, 0.5, 1.0])),
            length_gap, ROUNDING, "Length of the literal attack, with a numerical gradient", scope="d up to 1000",
        ),
    ),
    mutants=(
        Mutant("linf_norm", FORMULA.mutate(1 / sp.sqrt(d))),
        Mutant("l1_norm", FORMULA.mutate(sp.sqrt(d))),
        Mutant("scaled_by_the_residual", FORMULA.mutate(2 * abs(e))),
        Mutant("five_percent_off", FORMULA.mutate(sp.Rational(21, 20))),
    ),
    uses=("xing2021.linf_attack_is_worst_case",),
)  # fmt: skip
