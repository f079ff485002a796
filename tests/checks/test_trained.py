"""checks.evidence.trained: a model that did not converge is evidence neither for a claim nor against it."""

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st
from scipy.stats import binom

from checks.claim import BUDGETS, Budget, Check
from checks.evidence import trained
from checks.evidence.trained import Trained
from checks.result import Kind, Outcome

QUICK = BUDGETS["quick"]
NUMBERS = st.integers(0, 1000)


def search(stationarity: float = 0.0) -> Check[int]:
    """Models whose gap is by how much a case exceeds the claimed bound."""
    return trained.search(
        "training", NUMBERS, lambda bound, n: Trained(float(n - bound), stationarity), 0.0, 1e-9, "the model", "0..1000"
    )


def seeds(stationarity: float = 0.0, resolution: float = 10.0) -> Check[float]:
    """Models whose number is 1 on average."""

    def train(case: float, replicates: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        return case * (1 + 0.1 * rng.standard_normal(replicates)), np.full(replicates, stationarity)

    return trained.seeds(
        "training", (1.0, 2.0), train, lambda value, case: value * case, resolution, 1e-9, "the model", "two cases"
    )


class TestSearch:
    def test_a_true_bound_holds_and_a_false_one_fails_with_the_smallest_case(self) -> None:
        assert search().run(1000, QUICK).outcome is Outcome.HOLDS
        wrong = search().run(100, QUICK)
        assert (wrong.outcome, wrong.counterexample, wrong.kind) == (Outcome.FAILS, "101", Kind.TRAINED)

    def test_training_short_of_stationarity_decides_nothing(self) -> None:
        for bound in (1000, 100):
            evidence = search(stationarity=1e-3).run(bound, QUICK)
            assert evidence.outcome is Outcome.INCONCLUSIVE
            assert evidence.numbers["not converged"] > 0
            assert evidence.counterexample is None

    def test_a_converged_failure_stands_beside_unconverged_cases(self) -> None:
        def judge(bound: int, n: int) -> Trained:
            return Trained(float(n - bound), 1.0 if n < bound else 0.0)

        check = trained.search("training", NUMBERS, judge, 0.0, 1e-9, "the model", "0..1000")
        assert check.run(100, QUICK).outcome is Outcome.FAILS
        assert check.run(1001, QUICK).outcome is Outcome.INCONCLUSIVE

    def test_a_stationarity_of_nan_is_not_converged(self) -> None:
        assert search(stationarity=float("nan")).run(1000, QUICK).outcome is Outcome.INCONCLUSIVE


class TestSeeds:
    BUDGET = Budget("quick", examples=1, samples=1, replicates=20, error_rate=0.05)
    SEEDS = 600

    def test_the_truth_holds_and_an_error_fails(self) -> None:
        assert seeds().run(1.0, QUICK).outcome is Outcome.HOLDS
        assert seeds().run(1.5, QUICK).outcome is Outcome.FAILS

    def test_training_short_of_stationarity_decides_nothing(self) -> None:
        for value in (1.0, 1.5):
            assert seeds(stationarity=1e-3).run(value, QUICK).outcome is Outcome.INCONCLUSIVE

    def test_too_few_seeds_for_the_resolution_are_inconclusive(self) -> None:
        assert seeds(resolution=1e-9).run(1.0, QUICK).outcome is Outcome.INCONCLUSIVE

    def test_false_alarms_occur_as_often_as_announced(self) -> None:
        check = seeds()
        runs = (check.run(1.0, replace(self.BUDGET, seed=seed)) for seed in range(self.SEEDS))
        low, high = binom.interval(1 - 1e-6, self.SEEDS, 0.05)
        assert low <= sum(evidence.outcome is Outcome.FAILS for evidence in runs) <= high
