"""How the cases of a search are spread: every case counted once, the worst one marked, whatever record holds it."""

import itertools
import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks import domains
from checks.claim import BUDGETS
from checks.evidence import sampled
from checks.evidence.distributions import BINS, distributions, features
from checks.problem import Problem
from checks.result import Distribution, Outcome
from theory.population import LinearGaussian

QUICK = BUDGETS["quick"]
NAME = "radius ε"


def problem(variances: list[float], noise: float = 0.5) -> Problem:
    population = LinearGaussian(np.ones(len(variances)), np.diag(variances), noise)
    return Problem(population, np.zeros(len(variances)), radius=0.25, smoothing=2.0)


def spread(values: list[float], worst: float) -> Distribution:
    (found,) = distributions([{NAME: value} for value in values], {NAME: worst})
    return found


def test_a_problem_has_dimension_condition_number_attack_and_noise() -> None:
    assert features(problem([1.0, 2.0, 8.0])) == {
        "dimension d": 3.0,
        "condition number of Σ": pytest.approx(8.0),
        "radius ε": 0.25,
        "smoothing ξ": 2.0,
        "noise σ": 0.5,
    }


@pytest.mark.parametrize("variances", [[0.0, 1.0], [0.0], [1e-20, 1.0]])
def test_a_singular_covariance_has_no_finite_condition_number(variances: list[float]) -> None:
    assert features(problem(variances))["condition number of Σ"] == math.inf


@dataclass(frozen=True)
class Sample:
    X: np.ndarray
    radius: float
    seed: int
    rows_are_units: bool = True


class Beside(NamedTuple):
    sample: Sample
    radius: float


def test_features_are_found_in_records_within_records() -> None:
    sample = Sample(np.ones((3, 7)), 0.5, seed=12)
    assert features((sample, "frozen")) == {"samples n": 3.0, "dimension d": 7.0, "radius ε": 0.5}
    assert features(Beside(sample, 2.0))["radius ε"] == 2.0  # the outermost counts
    assert features(3.5) == {}


values = st.one_of(
    st.floats(1e-12, 1e12), st.just(0.0), st.just(math.inf), st.integers(1, 10**6).map(float), st.floats(-50, 50)
)


@given(st.lists(values, min_size=1, max_size=60), st.data())
def test_every_case_is_counted_in_a_bin_that_holds_it(cases: list[float], data: st.DataObject) -> None:
    worst = data.draw(st.sampled_from(cases))
    found = spread(cases, worst)
    assert sum(found.counts) == len(cases)
    assert len(found.counts) <= BINS + 2
    bins = list(zip(found.low, found.high, strict=True))
    assert bins == sorted(bins)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(bins))
    shown = [float(f"{case:.4g}") for case in cases]
    assert all(any(low <= value <= high for low, high in bins) for value in shown)
    assert found.worst == float(f"{worst:.4g}")
    for (low, high), count in zip(bins, found.counts, strict=True):
        inside, touching = sum(low < v < high for v in shown), sum(low <= v <= high for v in shown)
        assert inside <= count <= touching


def test_zero_and_infinity_have_bins_of_their_own() -> None:
    found = spread([0.0, math.inf, *np.geomspace(1e-6, 1e6, 40)], 1.0)
    assert (found.low[0], found.high[0], found.counts[0]) == (0.0, 0.0, 1)
    assert (found.low[-1], found.high[-1], found.counts[-1]) == (math.inf, math.inf, 1)
    assert found.high[1] / found.low[1] == pytest.approx(10**1.2, rel=1e-2)  # equal on the logarithmic scale


def test_whole_numbers_are_binned_between_whole_numbers() -> None:
    found = spread([float(n) for n in range(1, 10_000)], 5.0)
    assert all(edge == int(edge) for edge in (*found.low, *found.high))


def search(gap: object, tolerance: float = 0.5) -> object:
    return sampled.search("search", domains.problems(), gap, tolerance, "claim")  # type: ignore[arg-type]


class TestSearch:
    def test_all_cases_are_described_and_the_worst_is_marked(self) -> None:
        evidence = search(lambda _, case: case.radius / 40).run(None, QUICK)  # type: ignore[attr-defined]
        by_name = {item.quantity: item for item in evidence.distributions}
        assert by_name[NAME].worst == 4.0
        assert by_name["gap over tolerance"].worst == pytest.approx(evidence.numbers["worst gap"] / 0.5, rel=1e-3)
        assert {sum(item.counts) for item in evidence.distributions} == {evidence.numbers["cases"]}

    def test_the_shrunk_counterexample_is_marked_and_attempts_at_shrinking_are_not_cases(self) -> None:
        evidence = search(lambda _, case: float(case.population.d > 2)).run(None, QUICK)  # type: ignore[attr-defined]
        assert evidence.outcome is Outcome.FAILS
        dimension = next(item for item in evidence.distributions if item.quantity == "dimension d")
        assert dimension.worst == 3.0
        assert sum(dimension.counts) < evidence.numbers["cases"]

    def test_a_mutant_is_not_described(self) -> None:
        evidence = search(lambda _, case: case.radius / 40).run(None, replace(QUICK, shrink=False))  # type: ignore[attr-defined]
        assert evidence.distributions == ()
