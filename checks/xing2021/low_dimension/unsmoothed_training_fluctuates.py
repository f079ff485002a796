r"""Figure 1: the loss with $\xi = 0$ always fluctuates."""

import numpy as np

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.result import Evidence, Kind, Outcome
from checks.xing2021 import PAPER
from checks.xing2021.low_dimension import figure_one
from checks.xing2021.low_dimension.figure_one import SMOOTHING, Arm
from theory.validation import FloatArray

STEP_SIZES = (2e-2, 5e-3, 1e-3, 5e-4, 3e-4)
QUICK = 4
"""How many of them a quick run trains with; a training takes 0.2 / η steps, and the largest stable η is about 0.067."""
ON_THE_RAY = (1e-2, 1e-3, 3e-4)
LONGEST = 0.2


def bounce(formula: Arm, budget: Budget) -> Evidence:
    """Training on the population from θ₀, every change of the risks enclosed: at each step size one is a rise."""
    found = {step: figure_one.descends(formula, step) for step in ON_THE_RAY}
    smooth = [step for step, falls in found.items() if falls]
    settled = all(falls is not None for falls in found.values())
    outcome = Outcome.FAILS if smooth else Outcome.HOLDS if settled else Outcome.INCONCLUSIVE
    return Evidence(
        kind=Kind.CERTIFIED,
        outcome=outcome,
        scope="the population of Figure 1, from θ₀, step sizes 1e-2, 1e-3 and 3e-4",
        summary=f"At {len(smooth)} of {len(found)} step sizes both risks fall in every step; it should be so at none.",
        numbers={"step sizes": float(len(found)), "without a rise": float(len(smooth))},
        counterexample=f"step size {smooth[0]}" if smooth else None,
    )


def training(formula: Arm, budget: Budget) -> Evidence:
    """Training on data sets of the figure: both losses still rise in some step of the last fifth of every training."""
    steps = STEP_SIZES if budget.name == "full" else STEP_SIZES[:QUICK]
    rises = [_late_rises(formula, step, budget) for step in steps]
    smooth = [int((rise == 0).any(axis=0).sum()) for rise in rises]
    return Evidence(
        kind=Kind.TRAINED,
        outcome=Outcome.FAILS if any(smooth) else Outcome.HOLDS,
        scope=f"data sets of Figure 1, n = 1000, from θ₀, step sizes {steps[0]:g} to {steps[-1]:g}",
        summary=(
            f"On {rises[0].shape[1]} data sets at each of {len(steps)} step sizes, {sum(smooth)} trainings have a loss "
            f"that no longer rises in their last fifth; it should be none. The least rise is "
            f"{min(float(rise.min()) / step for rise, step in zip(rises, steps, strict=True)):.3g} step sizes."
        ),
        numbers={"trainings": float(len(steps) * rises[0].shape[1]), "without a late rise": float(sum(smooth))},
        counterexample=f"ξ = {formula.smoothing}, ε = {formula.radius}: {smooth} of each" if any(smooth) else None,
    )


def _late_rises(arm: Arm, step: float, budget: Budget) -> FloatArray:
    last = round(LONGEST / step)
    curves = figure_one.train(arm.smoothing, arm.radius, step, last, budget.replicates, budget.seed).curves
    late = slice(4 * last // 5, None)
    return np.stack([figure_one.largest_rises(curves[name][:, late]) for name in ("train", "population")])


CLAIM = Claim(
    id="xing2021.unsmoothed_training_fluctuates",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Figure 1"),
    formula=Arm(0.0),
    checks=(Check("bounce", Kind.CERTIFIED, bounce), Check("training", Kind.TRAINED, training)),
    mutants=(
        Mutant("smoothed", Arm(SMOOTHING)),
        Mutant("smoothed_by_0_03", Arm(0.6 * SMOOTHING)),
        Mutant("attack_below_the_null_threshold", Arm(0.0, radius=1.0)),
        Mutant("no_attack", Arm(0.0, radius=0.0)),
    ),
    reading=(
        "The paper states no step size: at every one, however small. As ε = 3 is beyond the null threshold 1.19499, "
        "training descends to the kink at θ = 0 and jumps around it, by an amount proportional to the step size. Below "
        "the threshold it settles."
    ),
    uses=("xing2021.null_threshold_has_closed_form",),
)
