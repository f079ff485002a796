"""Monte Carlo evidence against plain NumPy: draws a second, and the relative difference that a second detects."""

import numpy as np
from scipy.stats import norm as normal

from benchmarks.timing import Row, in_turn
from checks import oracles
from checks.claim import BUDGETS
from checks.evidence.montecarlo import POWER, Draws, average
from checks.problem import Problem

DRAWS = 2_000_000


def losses(case: Problem, n: int, rng: np.random.Generator) -> Draws:
    """Losses of n drawn pairs under the worse of the two perturbations along the coefficients."""
    X, y = case.population.sample(n, rng)
    direction = case.radius * case.coefficients / oracles.l2(case.coefficients)
    worst: Draws = np.maximum(*(((X + sign * direction) @ case.coefficients - y) ** 2 for sign in (1, -1)))
    return worst


def row() -> Row:
    """Seconds for two million draws in chunks against all at once, and the difference a second detects."""
    case = oracles.CONFIGURATIONS[0]
    ours, peer = in_turn(
        lambda: average(lambda n, rng: losses(case, n, rng), DRAWS, np.random.default_rng(3)),
        lambda: losses(case, DRAWS, np.random.default_rng(3)).mean(),
    )
    found = average(lambda n, rng: losses(case, n, rng), DRAWS, np.random.default_rng(3))
    margin = normal.isf(BUDGETS["quick"].error_rate / 2) + normal.ppf(POWER)
    detectable = margin * found.standard_error / found.mean * np.sqrt(ours)
    return Row(
        name=f"simulation, d = {case.population.d}, {DRAWS:,} draws",
        ours=ours,
        peer=peer,
        peer_name="one NumPy array of all draws",
        goal=1,
        note=f"{DRAWS / ours:.2g} draws a second detect {detectable:.1e} in a second",
    )
