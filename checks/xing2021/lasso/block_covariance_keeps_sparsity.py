r"""When $\theta_0$ is sparse, and $\Sigma$ can be represented as
$\begin{pmatrix} \Sigma_1 & 0 \\ 0 & \Sigma_2 \end{pmatrix}$, where $\Sigma_1$ is the covariance of the active
attributes, and $\Sigma_2$ is for the other attributes of $x$, the model $\theta^*$ will be sparse as well.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp
from hypothesis import strategies as st

from checks import domains
from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.evidence import sampled, trend
from checks.result import WHOLE_DOMAIN, Evidence, Kind, Outcome, Step
from checks.xing2021 import PAPER
from checks.xing2021.lasso.inactive_coefficients import SAMPLES, inactive_coefficients
from theory.notation import shrinkage as kappa
from theory.optimum import exact_recovery_threshold, null_threshold, robust_minimizer
from theory.population import LinearGaussian
from theory.validation import FloatArray

# The ridge solution is stable up to the condition number of Σ, which the gap is relative to.
ROUNDING = 64 * sampled.EPS


@dataclass(frozen=True)
class Blocks:
    """How far the covariance is from block-diagonal, and θ₀ from sparse: both 0 in the claim."""

    coupling: sp.Rational = sp.S.Zero
    inactive_signal: sp.Rational = sp.S.Zero


@dataclass(frozen=True, eq=False)
class Split:
    """Active and inactive attributes, how they are shuffled, and where ε lies between the thresholds."""

    active: FloatArray
    inactive: FloatArray
    truth: FloatArray
    noise_std: float
    order: tuple[int, ...]
    share: float

    def population(self, blocks: Blocks) -> LinearGaussian:
        """The population with its attributes shuffled; a coupling is small enough to leave Σ positive."""
        p, d = len(self.active), len(self.order)
        covariance = np.zeros((d, d))
        covariance[:p, :p], covariance[p:, p:] = self.active, self.inactive
        room = np.sqrt(np.linalg.eigvalsh(self.active)[0] * np.linalg.eigvalsh(self.inactive)[0])
        covariance[0, p] = covariance[p, 0] = float(blocks.coupling) * room
        truth = np.r_[self.truth, np.full(d - p, float(blocks.inactive_signal))]
        order = list(self.order)
        return LinearGaussian(truth[order], covariance[np.ix_(order, order)], self.noise_std)


@st.composite
def splits(draw: domains.Draw) -> Split:
    """One to three active and inactive attributes, in any order."""
    p, q = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    return Split(
        draw(domains.invertible_covariances(p)),
        draw(domains.invertible_covariances(q)),
        draw(domains.nonzero_vectors(p)),
        draw(st.one_of(st.just(0.0), domains.numbers(1e-3, 2))),
        tuple(draw(st.permutations(range(p + q)))),
        draw(domains.numbers(0, 1.1)),
    )


def leak(blocks: Blocks, case: Split) -> float:
    """Largest inactive coefficient of the robust minimiser, over ‖θ₀‖_∞ and the condition number of Σ."""
    population = case.population(blocks)
    low, high = exact_recovery_threshold(population), null_threshold(population)
    found = robust_minimizer(population, low + case.share * (high - low)).coefficients
    inactive = np.array(case.order) >= len(case.active)
    stds, _ = population.spectrum
    return float(np.max(np.abs(found[inactive])) / np.max(np.abs(case.truth)) / (stds[0] / stds[-1]) ** 2)


def ridge_residual(blocks: Blocks, parts: dict[str, Any]) -> tuple[Any, Any]:
    """θ₁ that solves the first block of (Σ + κI) θ = Σ θ₀ with θ₂ = 0, and what it leaves in the second block.

    The blocks of Σ are Σ₁, Σ₂ and the coupling times G; those of θ₀ are t and the inactive signal times u.
    """
    first, truth = parts["Sigma_1"], parts["t"]
    coupled, signal = blocks.coupling * parts["G"], blocks.inactive_signal * parts["u"]
    identity = sp.Identity(first.shape[0]) if isinstance(first, sp.MatrixSymbol) else sp.eye(first.shape[0])
    solution = (first + kappa * identity) ** -1 * (first * truth + coupled * signal)
    return solution, coupled.T * (solution - truth) - parts["Sigma_2"] * signal


def solve_by_blocks(blocks: Blocks, budget: Budget) -> Evidence:
    """Whether θ with no inactive part solves the ridge equation, for blocks of every size; if not, one number says so.

    For κ > 0 the equation has one solution.
    """
    p, q = sp.symbols("p q", integer=True, positive=True)
    symbols = {name: sp.MatrixSymbol(name, *shape) for name, shape in _shapes(p, q).items()}
    solution, left = ridge_residual(blocks, symbols)
    vanishes = left.doit() == sp.ZeroMatrix(q, 1)
    ones = {name: sp.ones(*shape) for name, shape in _shapes(1, 1).items()}
    number = ridge_residual(blocks, ones)[1][0].subs(kappa, 1)
    outcome = Outcome.HOLDS if vanishes else Outcome.FAILS if number != 0 else Outcome.INCONCLUSIVE
    equation = rf"\theta_1 = {sp.latex(solution)},\ {sp.latex(left)} = 0"
    steps = (Step("the ridge equation in two blocks, with θ₂ = 0", equation, "SymPy" if vanishes else "open"),)
    found = "vanishes for blocks of every size" if vanishes else f"is {number} for 1 x 1 blocks of ones and κ = 1"
    text = f"Solving (Σ + κI) θ = Σ θ₀ by blocks with θ₂ = 0: what is left in the second block {found}."
    counterexample = None if vanishes else f"Σ₁ = Σ₂ = G = t = u = 1, κ = 1: left over {number}"
    return Evidence(Kind.SYMBOLIC, outcome, WHOLE_DOMAIN, text, {"left over": float(number)}, counterexample, steps)


def _shapes(p: Any, q: Any) -> dict[str, tuple[Any, Any]]:
    return {"Sigma_1": (p, p), "Sigma_2": (q, q), "G": (p, q), "t": (p, 1), "u": (q, 1)}


TRAINED = (
    Split(
        np.array([[1.0, 0.5], [0.5, 1.0]]), np.array([[1.0, -0.3], [-0.3, 0.5]]), np.array([1.0, 0.5]), 0.5,
        (2, 0, 3, 1), 0.5,
    ),
    Split(np.array([[2.0]]), np.array([[1.0]]), np.array([1.0]), 0.5, (0, 1), 0.3),
)  # fmt: skip


def trained_coefficients(case: Split, replicates: int, rng: np.random.Generator) -> FloatArray:
    """The first inactive coefficient of the minimiser on samples, less its part linear in the sample."""
    population = case.population(Blocks())
    j = case.order.index(len(case.active))
    return inactive_coefficients(population, case.share * null_threshold(population), j, replicates, rng)


def claimed_coefficient(blocks: Blocks, case: Split) -> tuple[float, float]:
    """The inactive coefficient of the population's optimum, within ‖θ₀‖_∞/200."""
    population, j = case.population(blocks), case.order.index(len(case.active))
    radius = case.share * null_threshold(case.population(Blocks()))
    value, room = float(robust_minimizer(population, radius).coefficients[j]), float(np.abs(case.truth).max()) / 200
    return value - room, value + room


CLAIM = Claim(
    id="xing2021.block_covariance_keeps_sparsity",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Example 1"),
    formula=Blocks(),
    checks=(
        Check("block_solution", Kind.SYMBOLIC, solve_by_blocks),
        sampled.search(
            "minimisers",
            splits(),
            leak,
            ROUNDING,
            "Largest inactive coefficient of the computed robust minimiser",
            scope="one to three active and inactive attributes, shuffled, invertible Σ, ξ = 0",
        ),
        trend.bounds(
            "trained", trend.Sweep(TRAINED, len(TRAINED), lambda case: len(case.order), "d"), trained_coefficients,
            claimed_coefficient,
            "Mean inactive coefficient of minimisers on samples, within ‖θ₀‖_∞/200 of the optimum's",
            f"two populations, d = 2 and 4, n = {SAMPLES}, ξ = 0",
        ),
    ),
    mutants=(
        Mutant("five_percent_coupling", Blocks(coupling=sp.Rational(1, 20))),
        Mutant("signal_among_the_others", Blocks(inactive_signal=sp.Rational(1, 20))),
    ),
    uses=("xing2021.optimum_is_ridge_like", "xing2021.surrogate_optimum_is_ridge_like"),
)  # fmt: skip
