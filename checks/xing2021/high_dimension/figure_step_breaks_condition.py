r"""Figure 3 is run to verify Theorem 5, but its learning rate does not satisfy the theorem's condition: with
$n = 20$, $d = 1000$ and $\eta = 0.001$ the largest eigenvalue of $\eta\mathbf{X}^\top\mathbf{X}$ is not below 1; it is
about $1.27$. (The paper has none. Its training converges all the same, as Algorithm 1's loss is a mean over samples,
for which the largest eigenvalue may be up to $n$. It would diverge on a sum over samples, to which the condition is
suited.)
"""

from functools import lru_cache

import numpy as np
from flint import arb

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.evidence.montecarlo import Mean, average, margins
from checks.result import Evidence, Kind, Outcome
from checks.xing2021 import PAPER
from checks.xing2021.high_dimension.figure3 import FIGURE_3, Experiment

ABOUT = (1.26, 1.28)  # what "about 1.27" allows the mean of ηλ_max
SHARE = 50  # draws of the budget that one data set counts for: the mean is then known to 0.003
BLOCK = 500  # data sets drawn at once, 80 MB


def certificate(formula: Experiment, budget: Budget) -> Evidence:
    """The probability that one data set of the figure satisfies, or does not satisfy, the condition.

    λ_max(XXᵀ) is at least the largest of its n independent diagonal entries, which are χ²_d; and P(√λ_max >= √d + √n
    + t) <= exp(-t²/2) (Davidson and Szarek).
    """
    limit = 1 / arb(formula.step_size)
    satisfied = (limit / 2).gamma_lower(arb(formula.d) / 2, 1) ** formula.n
    room = limit.sqrt() - arb(formula.d).sqrt() - arb(formula.n).sqrt()
    broken = (-room * room / 2).exp() if room > 0 else arb(1)
    alarm = 1e-5  # for one data set; a hundred of them satisfy it once in a thousand repetitions of the figure
    outcome = Outcome.HOLDS if satisfied < alarm else Outcome.FAILS if broken < alarm else Outcome.INCONCLUSIVE
    text = f"it holds with probability at most {satisfied.str(3)} and fails with at most {broken.str(3)}"
    return Evidence(
        Kind.CERTIFIED,
        outcome,
        "one data set of Figure 3: the condition, not the value 1.27",
        f"The condition λ_max(XXᵀ) < 1/η: {text}.",
        {"probability that it holds, bound": float(satisfied.upper())},
        text if outcome is Outcome.FAILS else None,
    )


@lru_cache(maxsize=4)
def measure(n: int, d: int, count: int, seed: int) -> Mean:
    """The mean of λ_max(XXᵀ) over drawn designs."""

    def largest(draws: int, rng: np.random.Generator) -> np.ndarray:
        blocks = [min(BLOCK, draws - begun) for begun in range(0, draws, BLOCK)]
        designs = (rng.standard_normal((size, n, d)) for size in blocks)
        return np.concatenate([np.linalg.eigvalsh(X @ X.mT)[:, -1] for X in designs])

    return average(largest, count, np.random.default_rng(seed))


def eigenvalues(formula: Experiment, budget: Budget) -> Evidence:
    """The mean of ηλ_max over drawn designs."""
    found = measure(formula.n, formula.d, min(budget.samples // SHARE, 20 * BLOCK), budget.seed)
    half = float(margins([found], budget.error_rate)[0]) * found.standard_error * formula.step_size
    centre = found.mean * formula.step_size
    inside = ABOUT[0] <= centre - half and centre + half <= ABOUT[1]
    outside = centre + half < ABOUT[0] or centre - half > ABOUT[1]
    outcome = Outcome.HOLDS if inside else Outcome.FAILS if outside else Outcome.INCONCLUSIVE
    text = f"the mean of ηλ_max is {centre:.4f} ± {half:.1g} over {found.count} data sets"
    return Evidence(
        Kind.MONTE_CARLO,
        outcome,
        "Figure 3's design",
        f"Drawing designs: {text}; anything outside {ABOUT[0]} to {ABOUT[1]} would have failed.",
        {"mean": centre, "margin": half, "data sets": float(found.count), "error rate": budget.error_rate},
        text if outcome is Outcome.FAILS else None,
    )


CLAIM = Claim(
    id="xing2021.figure_step_breaks_condition",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Figure 3"),
    ours=True,
    formula=FIGURE_3,
    checks=(
        Check("certificate", Kind.CERTIFIED, certificate),
        Check("eigenvalues", Kind.MONTE_CARLO, eigenvalues),
    ),
    mutants=(
        Mutant("half_the_step", FIGURE_3.change(step_size=0.0005)),
        Mutant("step_five_percent_larger", FIGURE_3.change(step_size=0.00105)),
        Mutant("step_at_which_it_is_one", FIGURE_3.change(step_size=0.001 / 1.27)),
    ),
)
