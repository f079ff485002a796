"""Synthetic recorded runs: accuracies of two arms that are equally good, judged by the rule for records.

Recorded runs cannot be drawn anew. Their rule can: here accuracies are those of networks whose true accuracies vary
normally from seed to seed, on a finite number of test images, and the claimed difference lies on its bound.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checks.claim import Budget
from checks.evidence.comparisons import CLEAN, Contrast, Term
from checks.evidence.estimates import Estimate, Finding, independent, paired
from checks.evidence.recorded import judge
from checks.result import Evidence, Recording

CLAIM = "synthetic records"
ACCURACY, SHARED, OWN = 0.9, 0.01, 0.005  # the mean, and how a seed's data and an arm's training make it vary
IMAGES = 10_000


@dataclass(frozen=True)
class World:
    """`seeds` trainings of each arm in each of `cases`; compared seed by seed, or as independent samples."""

    seeds: int
    cases: int = 1
    is_paired: bool = True

    def run(self, budget: Budget) -> Evidence:
        """What the rule finds of one draw, at the budget's error rate."""
        rng = np.random.default_rng(budget.derive(CLAIM, str(self)).seed)
        found = [self._finding(rng, case, budget.error_rate) for case in range(self.cases)]
        evidence = judge(found, "Equally good arms", "synthetic", Recording("synthetic", "none", live=True))
        return replace(evidence, record=None, numbers=evidence.numbers | {"error rate": budget.error_rate})

    def _finding(self, rng: np.random.Generator, case: int, error_rate: float) -> Finding:
        at: tuple[tuple[str, float], ...] = (("n", float(case)),)
        terms = (Term(1, "lasso", CLEAN, at), Term(-1, "none", CLEAN, at))
        contrast = Contrast(f"difference {case}", terms, low=0.0)
        return Finding(contrast, self._estimate(rng), None, error_rate / self.cases)

    def _estimate(self, rng: np.random.Generator) -> Estimate:
        columns = self._accuracies(rng)
        return (paired if self.is_paired else independent)((1.0, -1.0), columns, self.seeds)

    def _accuracies(self, rng: np.random.Generator) -> list[NDArray[np.float64]]:
        shared = SHARED * rng.standard_normal(self.seeds) if self.is_paired else 0.0
        true: NDArray[Any] = ACCURACY + shared + OWN * rng.standard_normal((2, self.seeds))
        return list(rng.binomial(IMAGES, true) / IMAGES)


WORLDS = {
    "five pairs": World(5),
    "thirty pairs": World(30),
    "five pairs in each of four cases": World(5, cases=4),
    "five and five": World(5, is_paired=False),
}
