"""Symbolic evidence: a derivation from the definition, every step of it decided by SymPy, against what is stated."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TypeVar

import numpy as np
import sympy as sp

from checks.claim import Budget, Check
from checks.enclosure import enclose
from checks.result import WHOLE_DOMAIN, Evidence, Kind, Outcome, Step
from theory.derivations import derivation as records

Formula = TypeVar("Formula")

SYMPY, OPEN = "decided by SymPy", "open"
POINTS = 16  # random rational points at which two expressions are told apart, or an undecided step is compared


def derivation(
    name: str,
    derive: Callable[[], records.Derivation],
    stated: Callable[[Formula], sp.Expr],
    claim: str,
    scope: str = WHOLE_DOMAIN,
) -> Check[Formula]:
    """A check that the derivation `derive()` arrives at the `stated` expression of a formula.

    The derivation proves when SymPy decides every step, those of its lemmas included. A step that SymPy does not
    decide must agree in ball arithmetic at random rationals; with such a step, or one that rests on a theorem of
    the literature, the derivation supports only. Results that differ for certain at a rational point fail.
    """

    def run(formula: Formula, budget: Budget) -> Evidence:
        chain = derive()
        bases = _bases(derive, budget.seed)
        steps = tuple(_step(step, basis) for step, basis in bases)
        broken = [step.name for step, basis in bases if basis == OPEN]
        if broken:
            return _evidence(
                Outcome.INCONCLUSIVE, f"the step “{broken[0]}” was not decided.", claim, chain.scope, steps
            )
        point = _distinguishing_point(chain.result, stated(formula), budget)
        if point is not None:
            text = f"the derived result differs from the stated one at {point}."
            return _evidence(Outcome.FAILS, text, claim, scope, steps, counterexample=point)
        if sp.simplify(chain.result - stated(formula)) != 0:
            text = "SymPy could not decide whether the derived result is the stated one."
            return _evidence(Outcome.INCONCLUSIVE, text, claim, scope, steps)
        return _arrived(chain, [basis for _, basis in bases], claim, scope, steps)

    return Check(name, Kind.SYMBOLIC, run)


def _arrived(
    chain: records.Derivation, bases: Sequence[str], claim: str, scope: str, steps: tuple[Step, ...]
) -> Evidence:
    text = f"{len(steps)} steps from the definition ({chain.scope}) arrive at the stated result, "
    proved = all(basis == SYMPY for basis in bases)
    text += "each decided by SymPy." if proved else f"{bases.count(SYMPY)} of them decided by SymPy."
    return _evidence(
        Outcome.HOLDS, text, claim, scope if proved else f"{chain.scope}; not every step is SymPy's", steps
    )


@lru_cache(maxsize=256)
def _bases(derive: Callable[[], records.Derivation], seed: int) -> tuple[tuple[records.Step, str], ...]:
    return tuple((step, _basis(step, seed)) for step in _all_steps(derive()))


def _all_steps(chain: records.Derivation) -> tuple[records.Step, ...]:
    inherited = [step for lemma in chain.lemmas for step in _all_steps(lemma)]
    return tuple(dict.fromkeys((*inherited, *chain.steps)))


def _basis(step: records.Step, seed: int) -> str:
    if step.cited is not None:
        return f"cited: {step.cited}"
    if _decided(step):
        return SYMPY
    agrees = all(_overlap(step.left, step.right, point) for point in _points(step.left, step.right, seed))
    return "agrees in ball arithmetic" if agrees else OPEN


def _overlap(left: sp.Expr, right: sp.Expr, point: dict[sp.Symbol, sp.Rational]) -> bool:
    try:
        return bool(enclose(left, point).overlaps(enclose(right, point)))
    except ValueError:  # an integral or a limit: nothing to compare in ball arithmetic
        return False


def _distinguishing_point(left: sp.Expr, right: sp.Expr, budget: Budget) -> str | None:
    for point in _points(left, right, budget.seed):
        derived, claimed = enclose(left, point), enclose(right, point)
        if derived.is_finite() and claimed.is_finite() and not derived.overlaps(claimed):
            where = ", ".join(f"{symbol} = {value}" for symbol, value in point.items())
            return f"{where} ({derived.str(8)} derived, {claimed.str(8)} stated)"
    return None


def _points(left: sp.Expr, right: sp.Expr, seed: int) -> list[dict[sp.Symbol, sp.Rational]]:
    rng = np.random.default_rng(seed)
    symbols = sorted(left.free_symbols | right.free_symbols, key=str)
    return [{symbol: sp.Rational(int(rng.integers(1, 400)), 100) for symbol in symbols} for _ in range(POINTS)]


@lru_cache(maxsize=1024)
def _decided(step: records.Step) -> bool:
    return records.decide(step) == "decided"


@lru_cache(maxsize=1024)
def _step(step: records.Step, basis: str) -> Step:
    # SymPy's own order of terms asks for signs, and decides that of an integral by quadrature: seconds for one sum.
    left, right = (sp.latex(side, order="none") for side in (step.left, step.right))
    return Step(step.name, f"{left} = {right}", basis)


def _evidence(
    outcome: Outcome,
    text: str,
    claim: str,
    scope: str,
    steps: tuple[Step, ...],
    counterexample: str | None = None,
) -> Evidence:
    numbers = {
        "steps": float(len(steps)),
        "decided by SymPy": float(sum(step.basis == SYMPY for step in steps)),
    }
    return Evidence(Kind.SYMBOLIC, outcome, scope, f"{claim}: {text}", numbers, counterexample, steps)
