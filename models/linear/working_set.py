"""Sparse minimisers: the interior-point method on a growing set of coefficients."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models.linear.active_set import solved_sharply
from models.linear.cones import take
from models.linear.duality import Problem, pull, transposed_times
from models.linear.interior_point import Solution, solve

FIRST = 64
"""Coefficients in the first working set, and the fewest that may join later; at most as many join as are in use."""

ROUGH = 1e-2
"""Relative gap at which it is found out which coefficients matter."""

IN_USE = 1e-4
"""Coefficients below this share of the largest leave the set while it is still being found out."""

SHRINKING = 20
"""Rounds in which coefficients may leave; a dozen rounds is usual, and from then on the set grows until it is right."""


def minimize_on_working_sets(problem: Problem, tol: float, limit: int) -> Solution:
    """Minimise P for λ > 0 or the linf attack, θ = 0 not optimal, one replicate after the other."""
    parts = [_minimize(take(problem, slice(i, i + 1)), tol, limit) for i in range(len(problem.y))]
    return Solution(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in Solution.__dataclass_fields__)
    )


def _minimize(problem: Problem, tol: float, limit: int) -> Solution:
    """Solve on the set and add the coefficients whose dual constraint is violated most, until there is none."""
    # Without an attack both norms give the same problem, and the l2 cone would be empty of meaning.
    problem = problem if problem.radius[0] > 0 else replace(problem, norm=math.inf)
    chosen = np.argsort(-np.abs(transposed_times(problem.X, problem.y))[0])[:FIRST]
    accuracy, steps = max(ROUGH, tol), 0
    for rounds in itertools.count():
        # The smaller system errs where many coefficients are in use, but not enough to matter before the last rounds.
        small = accuracy > tol and len(chosen) > problem.X.shape[1]
        inner = replace(problem, X=problem.X[:, :, chosen], by_samples=small)
        found = solve(inner, accuracy, limit) if accuracy > tol else solved_sharply(inner, tol, limit)
        steps += int(found.iterations[0])
        fresh = _violators(problem, found, chosen, accuracy)
        if not len(fresh) and accuracy == tol:
            break
        size = np.abs(found.coefficients[0])
        leaving = accuracy > tol and rounds < SHRINKING
        kept = chosen[size > IN_USE * size.max()] if leaving else chosen
        accuracy = accuracy if len(fresh) else tol
        chosen = np.concatenate([kept, fresh[: max(FIRST, len(kept))]])
    coefficients = np.zeros_like(problem.X[:, 0])
    coefficients[:, chosen] = found.coefficients
    return Solution(coefficients, found.multipliers, np.array([steps]))


def _violators(problem: Problem, found: Solution, chosen: NDArray[np.int_], accuracy: float) -> NDArray[np.int_]:
    """The coefficients outside the set whose correlation exceeds its bound by more than `accuracy`, the worst first."""
    correlations = np.abs(transposed_times(problem.X, found.multipliers))
    bound = problem.l1 + (pull(problem, correlations[:, chosen]) if math.isinf(problem.norm) else 0.0)
    excess = correlations[0] - bound[0] * (1 + accuracy)
    excess[chosen] = 0.0
    worst = np.argsort(-excess)
    violators: NDArray[np.int_] = worst[excess[worst] > 0]
    return violators
