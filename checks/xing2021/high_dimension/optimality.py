"""What proves, and what trains, a point to be the global minimiser of the training loss on one side of a threshold."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from checks import domains
from checks.claim import Budget, Check
from checks.enclosure import enclose
from checks.evidence import trained
from checks.evidence.sampled import EPS
from checks.formula import Formula
from checks.result import Evidence, Kind, Outcome, Step
from models.linear.minimizer import adversarial_minimizer
from theory.derivations import derivation as records
from theory.notation import radius
from theory.validation import FloatArray

PROOF_SCOPE = "every X and y; the inequalities of Cauchy-Schwarz and Hölder are named, not derived"
GAP = 1e-10  # asked of the minimiser; at 1 % beyond a threshold the loss falls by 1e-6 and more
ROUNDING = 1e3 * EPS  # θ(y) and the two losses are sums of up to 160 rounded products


@dataclass(frozen=True, eq=False)
class Regression:
    """Data, and a radius as a multiple of the threshold."""

    X: FloatArray
    y: FloatArray
    factor: float

    def __str__(self) -> str:
        """The case with every digit."""
        return f"X={self.X.tolist()}, y={self.y.tolist()}, radius={self.factor!r} times the threshold"


@st.composite
def regressions(draw: domains.Draw, wide: bool) -> Regression:
    """n up to 8, d up to 20, at least n where `wide`, singular values from 1 to 0.1; equal columns, zero responses."""
    n = draw(st.integers(1, 8))
    d = draw(st.integers(n if wide else 1, 20))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    left, _, right = np.linalg.svd(rng.normal(size=(n, d)), full_matrices=False)
    X = left * np.geomspace(1, draw(domains.numbers(0.1, 1.0)), min(n, d)) @ right
    y = rng.normal(size=(n,))
    if draw(st.booleans()):
        X = np.hstack([X, X[:, :1]])
    if n > 1 and draw(st.booleans()):
        y[-1] = 0.0
    return Regression(X, y, draw(st.sampled_from([0.5, 0.99, 1.01, 2.0])))


def proof(name: str, steps: tuple[records.Step, ...], slope: sp.Expr, side: int, summary: str) -> Check[Formula]:
    """A check of a proof whose `steps` end in `slope`, affine in the radius, as the sign on which minimality depends.

    The point is a minimiser exactly where the slope is non-negative: below the stated threshold for `side` -1, above
    it for 1. So the slope must vanish at the stated value, and turn the right way there.
    """

    def run(formula: Formula, budget: Budget) -> Evidence:
        shown = tuple(_shown(step) for step in steps)
        left = sp.simplify(slope.subs(radius, formula.expression))
        symbols = sorted(slope.free_symbols | formula.expression.free_symbols, key=str)
        point = {symbol: sp.Integer(k + 2) for k, symbol in enumerate(s for s in symbols if s != radius)}
        apart = left != 0 and not enclose(left, point).contains(0)
        turns = bool((side * sp.diff(slope, radius).subs(radius, formula.expression).subs(point)) > 0)
        proved = left == 0 and turns and all(step.basis == "decided by SymPy" for step in shown)
        outcome = Outcome.FAILS if apart else Outcome.HOLDS if proved else Outcome.INCONCLUSIVE
        where = ", ".join(f"{symbol} = {value}" for symbol, value in point.items())
        return Evidence(
            Kind.SYMBOLIC, outcome, PROOF_SCOPE, summary, {"steps": float(len(steps))},
            f"at {where} the slope is {enclose(left, point).str(8)} at the stated radius" if apart else None, shown,
        )  # fmt: skip

    return Check(name, Kind.SYMBOLIC, run)


def _shown(step: records.Step) -> Step:
    basis = "decided by SymPy" if records.decide(step) == "decided" else "open"
    return Step(step.name, f"{sp.latex(step.left)} = {sp.latex(step.right)}", basis)


def minimised(
    name: str, wide: bool, base: Callable[[FloatArray, FloatArray], FloatArray],
    threshold: Callable[[Formula, FloatArray, FloatArray], float], side: int, claim: str,
) -> Check[Formula]:  # fmt: skip
    """A check against the exact minimiser, whose duality gap is certified, at factors 0.5, 0.99, 1.01 and 2.

    Inside, the loss at `base(X, y)` may exceed the least one by no more than the certificate leaves open; outside it
    must exceed the loss that was reached.
    """

    def judge(formula: Formula, case: Regression) -> trained.Trained:
        strength = case.factor * threshold(formula, case.X, case.y)
        least = adversarial_minimizer(case.X, case.y, strength, tol=GAP)
        point = base(case.X, case.y)
        moved = strength * np.sqrt(point @ point)
        loss = float(np.mean((np.abs(case.X @ point - case.y) + moved) ** 2))
        certificate = float(least.gap) if least.gap is not None else np.inf
        excess = loss / float(least.objective) - 1
        inside = side * (case.factor - 1) > 0
        return trained.Trained(excess - certificate if inside else 2 * ROUNDING - excess, certificate)

    return trained.search(
        name,
        regressions(wide),
        judge,
        ROUNDING,
        10 * GAP,
        claim,
        "n up to 8, d up to 21, condition number of X up to 14",
    )
