"""Trained evidence: models that were trained, against what the theory says they become.

An optimiser that did not converge is no evidence against a claim, and none for it: every trained model comes with a
stationarity residual, and evidence in which one is not stationary is inconclusive.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeVar

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from checks.claim import Budget, Check
from checks.evidence.montecarlo import Mean, compare
from checks.evidence.sampled import conclude, run_search
from checks.result import Evidence, Kind, Outcome

Formula = TypeVar("Formula")
Case = TypeVar("Case")
Model = TypeVar("Model")
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Trained:
    """How far a trained model is from what is claimed, and how far it is from being stationary, both relative."""

    gap: float
    stationarity: float


def search(
    name: str,
    cases: st.SearchStrategy[Case],
    judge: Callable[[Formula, Case], Trained],
    tolerance: float,
    stationary: float,
    claim: str,
    scope: str,
) -> Check[Formula]:
    """A check that the model trained on every generated case has a gap of at most `tolerance`.

    `judge(formula, case)` trains, and says how the model compares with what `formula` predicts for it. A case whose
    stationarity residual exceeds `stationary` is not judged; when there was one, and no other case failed, the check
    is inconclusive.
    """

    def run(formula: Formula, budget: Budget) -> Evidence:
        short: list[Case] = []

        def gap(case: Case) -> float:
            model = judge(formula, case)
            if model.stationarity <= stationary:
                return model.gap
            short.append(case)
            return 0.0

        evidence = conclude(run_search(cases, gap, tolerance, budget), tolerance, claim, scope, Kind.TRAINED)
        return _with_convergence(evidence, short, stationary)

    return Check(name, Kind.TRAINED, run)


def seeds(
    name: str,
    cases: Sequence[Case],
    train: Callable[[Case, int, np.random.Generator], tuple[Array, Array]],
    value: Callable[[Formula, Case], float],
    resolution: float,
    stationary: float,
    claim: str,
    scope: str,
    effort: float = 1.0,
) -> Check[Formula]:
    """A check that a number of the trained model has the mean `value(formula, case)` over seeds, for every case.

    `train(case, replicates, rng)` trains that many models on data of their own and returns, for each, the number and
    a stationarity residual, both of shape (replicates,); above `stationary` the check is inconclusive. Replicates
    are `effort` times the budget's; margin, power and `resolution` are those of `montecarlo.means`.
    """

    @lru_cache(maxsize=4)
    def measure(replicates: int, seed: int) -> tuple[tuple[Mean, ...], tuple[float, ...]]:
        children = np.random.SeedSequence(seed).spawn(len(cases))
        runs = [
            train(case, replicates, np.random.default_rng(seed)) for case, seed in zip(cases, children, strict=True)
        ]
        means = tuple(Mean.of(value) for value, _ in runs)
        return means, tuple(float(residual.max()) for _, residual in runs)

    def run(formula: Formula, budget: Budget) -> Evidence:
        found, residuals = measure(max(2, round(effort * budget.replicates)), budget.seed)
        claimed = [value(formula, case) for case in cases]
        evidence = compare(found, claimed, cases, budget, resolution, claim, scope, Kind.TRAINED)
        short = [case for case, residual in zip(cases, residuals, strict=True) if not residual <= stationary]
        return _with_convergence(evidence, short, stationary, decisive=False)

    return Check(name, Kind.TRAINED, run)


def _with_convergence(
    evidence: Evidence, short: Sequence[object], stationary: float, decisive: bool = True
) -> Evidence:
    """`evidence`, made inconclusive when some training did not converge; a failure that converged stays `decisive`."""
    numbers = evidence.numbers | {"not converged": float(len(short)), "stationarity asked for": stationary}
    evidence = replace(evidence, numbers=numbers)
    if not short or (decisive and evidence.outcome is Outcome.FAILS):
        return evidence
    return replace(
        evidence,
        outcome=Outcome.INCONCLUSIVE,
        summary=f"{evidence.summary} Training did not converge to {stationary:.2g} in {len(short)} cases: {short[0]}.",
        counterexample=None,
    )
