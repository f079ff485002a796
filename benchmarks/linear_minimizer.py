"""Minimisers of the adversarial training objective: ours against conic solvers and reweighted ridge regression."""

import math
import statistics
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache

import cvxpy
import numpy as np

from benchmarks.reweighted_ridge import reweighted_ridge
from benchmarks.timing import Row, in_turn, seconds
from models.linear.minimizer import adversarial_minimizer

SAMPLES = (50, 100, 200, 400)
FEATURES = (500, 1000, 2000, 4000)


@dataclass(frozen=True)
class Case:
    """A training problem with standard normal samples and as many equal true coefficients of length 1 as `support`."""

    n: int
    d: int
    radius: float
    norm: float
    penalised: bool = False
    support: int = 5
    noise_std: float = 1.0

    @property
    def name(self) -> str:
        """What is minimised, and its size."""
        attack = "linf" if math.isinf(self.norm) else "l2"
        return f"minimizer, {attack} attack{', LASSO' if self.penalised else ''}, n = {self.n}, d = {self.d}"

    @property
    def l1(self) -> float:
        """v sqrt(s log d / n), the penalty of Theorem 9 with constant 1."""
        deviation = math.sqrt(1 + self.noise_std**2)
        return deviation * math.sqrt(self.support * math.log(self.d) / self.n) if self.penalised else 0.0

    def data(self, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """X (n, d) and y (n,)."""
        rng = np.random.default_rng(seed)
        X = rng.standard_normal((self.n, self.d))
        signal = X[:, : self.support].sum(axis=1) / math.sqrt(self.support)
        return X, signal + self.noise_std * rng.standard_normal(self.n)

    def objective(self, X: np.ndarray, y: np.ndarray, theta: np.ndarray) -> float:
        """The penalised training objective."""
        size = np.abs(theta).sum() if math.isinf(self.norm) else math.sqrt(theta @ theta)
        return float(np.mean((np.abs(y - X @ theta) + self.radius * size) ** 2) + self.l1 * np.abs(theta).sum())


L2 = Case(200, 2000, 0.05, 2)
LINF = Case(200, 2000, 0.0053, math.inf)
LASSO = Case(1000, 2000, 0.5, 2, penalised=True)


def conic(case: Case, X: np.ndarray, y: np.ndarray, solver: str, once: bool) -> np.ndarray:
    """The problem in cvxpy at the solver's default tolerances, with X entered `once` or, as one writes it, twice.

    The first needs a variable for the residuals, which makes the conic solvers several times faster.
    """
    theta, residuals = cvxpy.Variable(case.d), cvxpy.Variable(case.n)
    bound, reach = cvxpy.Variable(case.n), cvxpy.Variable()
    limits = [
        *([residuals == y - X @ theta] if once else []),
        cvxpy.abs(residuals if once else y - X @ theta) <= bound,
        cvxpy.norm(theta, 2 if case.norm == 2 else 1) <= reach,
    ]
    loss = cvxpy.sum_squares(bound + case.radius * reach) / case.n
    problem = cvxpy.Problem(cvxpy.Minimize(loss + case.l1 * cvxpy.norm1(theta)), limits)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SCS often stops at its limit and says so
        problem.solve(solver=solver)
    return np.asarray(theta.value)


@cache
def _timed_conic(case: Case, solver: str, once: bool) -> tuple[np.ndarray, float]:
    """The solver's coefficients and its seconds, in one run: it takes up to minutes."""
    found: list[np.ndarray] = []
    taken = seconds(lambda: found.append(conic(case, *case.data(), solver, once)))
    return found[0], taken


def against_conic(case: Case, solver: str, goal: float, tol: float = 1e-8, once: bool = True) -> Row:
    """Ours, median of three, against one run of the conic solver."""
    theta, theirs = _timed_conic(case, solver, once)
    peer = f"cvxpy, {solver.capitalize()}, X entered {'once' if once else 'twice'}"
    return _row(case, *case.data(), theta, theirs, peer, goal, tol)


def against_reweighted(case: Case, goal: float, iterations: int = 100) -> Row:
    """Ours against reweighted ridge regression at its default number of iterations, in turn."""
    X, y = case.data()
    rounds = max(1, 300 // iterations)
    ours, theirs = in_turn(
        lambda: adversarial_minimizer(X, y, case.radius, case.norm, tol=1e-8),
        lambda: reweighted_ridge(X, y, case.radius, case.norm, iterations),
        rounds,
    )
    theta = reweighted_ridge(X, y, case.radius, case.norm, iterations)
    return _row(case, X, y, theta, theirs, f"reweighted ridge, {iterations} steps", goal, 1e-8, ours)


def _row(
    case: Case,
    X: np.ndarray,
    y: np.ndarray,
    theta: np.ndarray,
    theirs: float,
    peer: str,
    goal: float,
    tol: float,
    ours: float | None = None,
) -> Row:
    """The gap of the peer is its excess over our certified lower bound on the minimum."""
    minimise = _minimiser(case, X, y, tol)
    found = minimise()
    lower = float(found.objective * (1 - found.gap))
    value = case.objective(X, y, theta)
    return Row(
        name=f"{case.name}, gap {tol:.0e}",
        ours=statistics.median(seconds(minimise) for _ in range(3)) if ours is None else ours,
        peer=theirs,
        peer_name=peer,
        goal=goal,
        note=f"certified gap {float(found.gap):.0e} against {(value - lower) / value:.0e}",
    )


def _minimiser(case: Case, X: np.ndarray, y: np.ndarray, tol: float) -> Callable[[], object]:
    return lambda: adversarial_minimizer(X, y, case.radius, case.norm, case.l1, tol=tol)


def slopes(case: Case) -> str:
    """Log-log slopes of our seconds in n at the case's d, and in d at its n."""
    growth = []
    for name, sizes in (("n", SAMPLES), ("d", FEATURES)):
        cases = [replace(case, **{name: size}) for size in sizes]
        times = [seconds(_minimiser(other, *other.data(), 1e-8)) for other in cases]
        growth.append(float(np.polyfit(np.log(sizes), np.log(times), 1)[0]))
    return f"our seconds grow as n^{growth[0]:.1f} d^{growth[1]:.1f}"


def with_slopes(row: Row, case: Case) -> Row:
    """The row with the growth of our cost in its note."""
    return replace(row, note=f"{row.note}; {slopes(case)}")


def rows() -> Iterator[Row]:
    """The goals of the linear minimiser; reweighted ridge is far from the linf optimum at its default of 100 steps."""
    for case, goal in ((L2, 100), (LINF, 10)):
        yield against_reweighted(case, 1)
        yield against_conic(case, "CLARABEL", goal, once=False)
        yield with_slopes(against_conic(case, "CLARABEL", goal), case)
        yield against_conic(case, "SCS", 1)
    yield against_reweighted(LINF, 1, iterations=300)
    yield against_conic(LASSO, "CLARABEL", 10, 1e-6)
    yield with_slopes(against_conic(LASSO, "CLARABEL", 10), LASSO)
    yield against_conic(LASSO, "SCS", 1)
