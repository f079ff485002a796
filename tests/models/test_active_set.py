"""One Newton step from near the minimiser of the linf attack is exact: with the piece known, it has all the digits."""

import math

import numpy as np
import pytest

from models.linear.active_set import sharpened
from models.linear.duality import Problem, certified_gap
from models.linear.interior_point import solve


@pytest.mark.parametrize("l1", [0.0, 0.1])
def test_a_rough_minimiser_is_sharpened_to_the_last_digits(l1: float) -> None:
    rng, replicates, n, d = np.random.default_rng(3), 6, 30, 8
    X = rng.standard_normal((replicates, n, d))
    y = X[..., :3].sum(axis=-1) + 0.5 * rng.standard_normal((replicates, n))
    problem = Problem(X, y, np.full(replicates, 0.3), np.full(replicates, l1), math.inf)
    found = solve(problem, 1e-6, 60)
    assert certified_gap(problem, found.coefficients, found.multipliers).max() > 1e-9
    assert not (found.coefficients == 0).any()
    sharp = sharpened(problem, found, 1e-15)
    # The certificate itself adds a bound of its rounding, (n + d) EPS times a small number.
    assert certified_gap(problem, sharp.coefficients, sharp.multipliers).max() < 1e-12
    assert (sharp.coefficients == 0).sum() > replicates


def test_a_sample_that_says_nothing_does_no_harm() -> None:
    """x = 0 and y = 0: a residual that is 0 whatever the coefficients, and a matrix of kinks without rank."""
    rng, n, d = np.random.default_rng(1), 20, 3
    X = rng.standard_normal((4, n, d))
    y = X.sum(axis=-1) + 0.5 * rng.standard_normal((4, n))
    X[:, 0], y[:, 0] = 0, 0
    problem = Problem(X, y, np.full(4, 0.3), np.full(4, 0.1), math.inf)
    sharp = sharpened(problem, solve(problem, 1e-6, 60), 1e-15)
    assert certified_gap(problem, sharp.coefficients, sharp.multipliers).max() < 1e-12
