"""checks.domains: each strategy generates the set it is named after, extremal cases included."""

import hypothesis
import numpy as np
import pytest
from hypothesis import given, settings

from checks import domains
from checks.problem import Problem
from theory.population import LinearGaussian

SETTINGS = settings(max_examples=60, database=None, deadline=None, derandomize=True)


def found(strategy: hypothesis.strategies.SearchStrategy, condition: object) -> bool:
    quiet = settings(max_examples=3000, database=None, derandomize=True, phases=[hypothesis.Phase.generate])
    try:
        hypothesis.find(strategy, condition, settings=quiet)  # type: ignore[arg-type]
    except hypothesis.errors.NoSuchExample:
        return False
    return True


def smallest_eigenvalue(population: LinearGaussian) -> float:
    return float(np.linalg.eigvalsh(population.covariance)[0])


@SETTINGS
@given(domains.regular_populations())
def test_regular_populations_are_invertible_and_have_a_signal(population: LinearGaussian) -> None:
    assert smallest_eigenvalue(population) > 1e-6
    assert np.any(population.true_coefficients)


@SETTINGS
@given(domains.noisy_populations())
def test_noisy_populations_have_noise(population: LinearGaussian) -> None:
    assert population.noise_std >= 0.05


@SETTINGS
@given(domains.problems(smoothing=domains.smoothings()))
def test_problems_are_valid(case: Problem) -> None:
    assert case.coefficients.shape == (case.population.d,)
    assert 0 <= case.radius <= 4
    assert 1e-9 <= case.smoothing <= 1e9


@pytest.mark.parametrize(
    "condition",
    [
        lambda p: p.radius == 0,
        lambda p: not p.coefficients.any(),
        lambda p: np.array_equal(p.coefficients, p.population.true_coefficients) and p.coefficients.any(),
        lambda p: p.coefficients.any() and (p.coefficients == 0).any(),
        lambda p: p.population.noise_std == 0,
        lambda p: p.population.d == 1,
        lambda p: p.population.d > 1 and smallest_eigenvalue(p.population) < 1e-12,
        lambda p: 1e-12 < smallest_eigenvalue(p.population) < 1e-9,
        lambda p: p.population.d > 1 and np.array_equal(p.population.covariance, np.eye(p.population.d)),
    ],
    ids=["radius 0", "zero", "truth", "zero entry", "no noise", "d = 1", "singular", "nearly singular", "identity"],
)
def test_boundary_cases_occur(condition: object) -> None:
    assert found(domains.problems(), condition)
