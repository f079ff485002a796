"""Sampled evidence: Hypothesis looks for the case on which a statement fails worst."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import hypothesis
import numpy as np
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from hypothesis.internal.conjecture import providers

from checks.claim import Budget, Check
from checks.evidence.distributions import GAP, distributions, features
from checks.formula import Undefined
from checks.result import WHOLE_DOMAIN, Distribution, Evidence, Kind, Outcome

Formula = TypeVar("Formula")
Case = TypeVar("Case")

EPS = float(np.finfo(np.float64).eps)
NOISE = 8  # a gap this many times below a tolerance is rounding: to climb it takes ten times as long and finds nothing

# Hypothesis climbs towards large gaps until a whole pass of climbing tries nothing new, and only then goes on: a search
# of 2000 examples can climb for an hour. Rounds are short, each with a start of its own, and so each climb is.
ROUND = 100

# Hypothesis also draws constants that it finds in whatever local modules happen to be imported; evidence must not
# depend on what else the process has loaded, so no module counts as local.
providers.is_local_module_file = lambda path: False  # type: ignore[assignment,attr-defined]


@dataclass
class Search(Exception):
    """State of one search: the worst case seen, and the failing one that Hypothesis shrank last."""

    worst: float = -math.inf
    worst_case: Any = None
    failing: Any = None
    failing_gap: float = math.nan
    judged: int = 0
    describes: bool = True
    generated: list[dict[str, float]] = field(default_factory=list)

    def record(self, case: Any, gap: float, tolerance: float) -> None:
        """Note the gap of one case; raise when it exceeds the tolerance, so that Hypothesis shrinks the case.

        What comes after a first failure are attempts at shrinking, which say nothing about what the search covers.
        """
        gap = math.inf if math.isnan(gap) else gap + 0.0  # a gap of -0.0 reads as 0
        self.judged += 1
        if self.describes and self.failing is None:
            self.generated.append(_described(case, gap, tolerance))
        if gap > self.worst:
            self.worst, self.worst_case = gap, case
        if gap > tolerance:
            self.failing, self.failing_gap = case, gap
            raise self


def search(
    name: str,
    cases: st.SearchStrategy[Case],
    gap: Callable[[Formula, Case], float],
    tolerance: float,
    claim: str,
    scope: str = WHOLE_DOMAIN,
    most: int | None = None,
) -> Check[Formula]:
    """A check that the signed relative `gap` stays at or below `tolerance` on every generated case.

    `gap` measures by how much the statement fails, relative to the natural scale of the case; a NaN counts as
    infinite. `claim` is the sentence of what was compared, and `scope` names the set that `cases` generates. The
    search is driven towards large gaps, and the shrunk counterexample is kept. Raising Undefined skips a case. Cases of
    which each takes long, a certified quadrature, say, are at `most` so many, whatever the budget.
    """

    def run(formula: Formula, budget: Budget) -> Evidence:
        budget = replace(budget, examples=min(budget.examples, most or budget.examples))
        state = run_search(cases, lambda case: gap(formula, case), tolerance, budget)
        return conclude(state, tolerance, claim, scope)

    return Check(name, Kind.SAMPLED, run)


def run_search(
    cases: st.SearchStrategy[Case], gap: Callable[[Case], float], tolerance: float, budget: Budget
) -> Search:
    """Search `cases` for one whose `gap` exceeds `tolerance`; the seed is the budget's and nothing is stored."""
    state = Search(describes=budget.shrink)
    for begun in range(0, budget.examples, ROUND):
        examples = min(ROUND, budget.examples - begun)
        _search_once(state, cases, gap, tolerance, replace(budget, examples=examples, seed=budget.seed + begun))
        if state.failing is not None:
            break
    return state


def _search_once(
    state: Search, cases: st.SearchStrategy[Case], gap: Callable[[Case], float], tolerance: float, budget: Budget
) -> None:
    phases = (Phase.generate, Phase.target, Phase.shrink) if budget.shrink else (Phase.generate, Phase.target)

    def judge(case: Case) -> None:
        try:
            value = gap(case)
        except Undefined:
            hypothesis.reject()
        if math.isfinite(value) and not -tolerance <= value <= tolerance / NOISE:
            hypothesis.target(value)
        state.record(case, value, tolerance)

    settings = hypothesis.settings(
        max_examples=budget.examples, database=None, deadline=None, phases=phases, report_multiple_bugs=False,
        print_blob=False, verbosity=hypothesis.Verbosity.quiet, suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    test = hypothesis.seed(budget.seed)(settings(hypothesis.given(cases)(judge)))
    try:
        test()
    except Search:
        pass
    except hypothesis.errors.Unsatisfiable:
        pass


def conclude(state: Search, tolerance: float, claim: str, scope: str, kind: Kind = Kind.SAMPLED) -> Evidence:
    """The evidence of a finished search."""
    failed = state.failing is not None
    outcome = Outcome.FAILS if failed else Outcome.HOLDS if state.judged else Outcome.INCONCLUSIVE
    numbers = {"cases": float(state.judged), "worst gap": state.worst, "tolerance": tolerance}
    if failed:
        numbers["gap of the counterexample"] = state.failing_gap
    return Evidence(
        kind=kind,
        outcome=outcome,
        scope=scope,
        summary=_sentence(outcome, state, tolerance, claim),
        numbers=numbers,
        counterexample=str(state.failing) if failed else None,
        distributions=_spread(state, tolerance),
    )


def _described(case: Any, gap: float, tolerance: float) -> dict[str, float]:
    relative = {GAP: max(gap, 0.0) / tolerance} if tolerance else {}
    return relative | features(case)


def _spread(state: Search, tolerance: float) -> tuple[Distribution, ...]:
    """How the generated cases are spread; the shrunk counterexample is marked where there is one, else the worst."""
    failed = state.failing is not None
    worst, gap = (state.failing, state.failing_gap) if failed else (state.worst_case, state.worst)
    return distributions(state.generated, _described(worst, gap, tolerance)) if state.generated else ()


def _sentence(outcome: Outcome, state: Search, tolerance: float, claim: str) -> str:
    if outcome is Outcome.INCONCLUSIVE:
        return f"{claim}: every generated case was rejected, so nothing was compared."
    if outcome is Outcome.FAILS:
        return f"{claim}: fails by {state.failing_gap:.3g} on the shrunk case (tolerance {tolerance:.2g})."
    return (
        f"{claim}: on {state.judged} generated cases the worst gap is {state.worst:.3g}; "
        f"anything above {tolerance:.2g} would have failed."
    )
