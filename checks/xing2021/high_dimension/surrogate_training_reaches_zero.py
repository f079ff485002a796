r"""Figure 3 shows that the surrogate adversarial training loss keeps decreasing to around zero for all the choices of
$\epsilon$: $n = 20$, $d = 1000$, $\sigma^2 = 1$, $\theta_0$ all-zero except for its first 10 elements being 1,
$\epsilon = 0, 0.01, 0.1$, learning rate $0.001$, zero initialization, $\xi = 0.5$, 100 replications.
"""

from functools import lru_cache

import numpy as np
from flint import arb

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.evidence.sampled import EPS
from checks.result import Evidence, Kind, Outcome
from checks.xing2021 import PAPER
from checks.xing2021.high_dimension.figure3 import FIGURE_3, Experiment, linear_prediction, panel
from models.linear.training import Divergence
from theory.validation import FloatArray

FLOOR = (64 * EPS) ** 2  # of a loss over the first one: residuals of y's size carry rounding errors of a few EPS


@lru_cache(maxsize=8)
def measure(experiment: Experiment, seed: int) -> dict[str, FloatArray] | None:
    """The training curves, or None where training diverges."""
    try:
        return experiment.curves(seed, ("train",))
    except Divergence:
        return None


def trainings(formula: Experiment, budget: Budget) -> Evidence:
    """All trainings of the figure: does every step lower every loss, and does every loss end at rounding?"""
    curves = measure(formula, budget.seed)
    if curves is None:
        return _evidence(Outcome.FAILS, "training diverges", {})
    loss = curves["train"] / curves["train"][..., :1]
    ratios = loss[..., 1:] / np.maximum(loss[..., :-1], np.finfo(np.float64).tiny)
    steepest = float(np.max(ratios, where=loss[..., :-1] > FLOOR, initial=0.0))
    last = float(loss[..., -1].max())
    text = (
        f"of {loss.shape[0] * loss.shape[1]} trainings, each step multiplies each loss by at most {steepest:.4f}, and "
        f"the largest loss at the end is {last:.2g} of the first"
    )
    holds = steepest < 1 and last <= FLOOR
    chart = panel(
        "Training loss", "surrogate loss", formula.radii, curves["train"], linear_prediction(curves["linear"])
    )
    numbers = {"largest ratio of successive losses": steepest, "largest last loss": last, "rounding": FLOOR}
    return _evidence(Outcome.HOLDS if holds else Outcome.FAILS, text, numbers, charts=(chart,))


def _evidence(outcome: Outcome, text: str, numbers: dict[str, float], charts: tuple[object, ...] = ()) -> Evidence:
    failed = text if outcome is Outcome.FAILS else None
    scope = "Figure 3 as printed, 100 data sets; 600 steps"
    return Evidence(Kind.TRAINED, outcome, scope, f"As printed: {text}.", numbers, failed, (), charts)  # type: ignore[arg-type]


def certificate(formula: Experiment, budget: Budget) -> Evidence:
    """The probability that on every data set of the figure training without attack is, or is not, a contraction.

    It is one iff λ_max(XXᵀ) < n/η. P(√λ_max >= √d + √n + t) <= exp(-t²/2) (Davidson and Szarek), and λ_max is at least
    the largest of the n independent χ²_d on the diagonal.
    """
    limit = arb(formula.n) / arb(formula.step_size)
    room = limit.sqrt() - arb(formula.d).sqrt() - arb(formula.n).sqrt()
    some_expands = formula.replications * (-room * room / 2).exp() if room > 0 else arb(1)
    all_contract = (limit / 2).gamma_lower(arb(formula.d) / 2, 1) ** (formula.n * formula.replications)
    holds, fails = some_expands < budget.error_rate, all_contract < budget.error_rate
    outcome = Outcome.HOLDS if holds else Outcome.FAILS if fails else Outcome.INCONCLUSIVE
    text = (
        f"all contract with probability at most {all_contract.str(3)}, some do not with at most {some_expands.str(3)}"
    )
    numbers = {"some expand, log of the bound": float(some_expands.log())}
    return Evidence(
        Kind.CERTIFIED,
        outcome,
        "ε = 0, the probability over the 100 data sets",
        f"Training without attack contracts every residual iff λ_max(XXᵀ) < n/η: {text}.",
        numbers,
        text if fails else None,
    )


CLAIM = Claim(
    id="xing2021.surrogate_training_reaches_zero",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Figure 3"),
    reading="The loss is a mean over samples, as in Algorithm 1: summed, training with this learning rate diverges. "
    "The number of steps is not printed; 600 are taken.",
    formula=FIGURE_3,
    checks=(Check("trainings", Kind.TRAINED, trainings), Check("certificate", Kind.CERTIFIED, certificate)),
    mutants=(
        Mutant("loss_summed_over_samples", FIGURE_3.change(step_size=0.02)),
        Mutant("smoothing_below_the_threshold", FIGURE_3.change(smoothing=0.001)),
    ),
)
