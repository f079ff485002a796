r"""Figure 1: after we smooth the training process through taking $\xi = 0.05$, (surrogate) training and (non-surrogate)
testing loss smoothly decrease in each iteration.
"""

import numpy as np
from numpy.typing import NDArray

from checks.claim import Budget, Check, Claim, Mutant, Reference
from checks.result import Chart, Evidence, Kind, Outcome, Series
from checks.xing2021 import PAPER
from checks.xing2021.low_dimension import figure_one
from checks.xing2021.low_dimension.figure_one import LEAST_RISK, SMOOTHING, Arm
from theory.validation import FloatArray

LONGEST = 0.2
"""Time, in units of η steps, of a training: half as much again as it takes to come from θ₀ to rest."""
BELOW, ABOVE = 0.8, 1.25
"""Step sizes on data, over the largest claimed: λ of a data set of 1000 is within 3 % or so of the population's."""
WELL_BELOW, NEARNESS = 0.4, 1e-3
SHOWN = 0.5
POINTS = 200


def descent(formula: Arm, budget: Budget) -> Evidence:
    """Training on the population from θ₀, each change of both risks enclosed, on both sides of the largest step."""
    unit = figure_one.steady_step()
    wanted = {share * formula.largest_step * unit: share < 1 for share in (1 + NEARNESS, 1 - NEARNESS, WELL_BELOW)}
    wrong, undecided = [], 0
    for step, falls in wanted.items():
        found = figure_one.descends(formula, step)
        undecided += found is None
        if found is (not falls):
            wrong.append(step)
            break
    outcome = Outcome.FAILS if wrong else Outcome.INCONCLUSIVE if undecided else Outcome.HOLDS
    return Evidence(
        kind=Kind.CERTIFIED,
        outcome=outcome,
        scope="the population of Figure 1, from θ₀ until a step is shorter than 2^-64 ‖θ₀‖, three step sizes",
        summary=(
            f"At {WELL_BELOW} and 1 - {NEARNESS} of the largest step size both risks should fall in every step, at "
            f"1 + {NEARNESS} one should rise: {'not so at ' + format(wrong[0], '.8g') if wrong else 'they do'}."
        ),
        numbers={"1/λ": unit, "largest step size": formula.largest_step * unit, "undecided": float(undecided)},
        counterexample=f"ξ = {formula.smoothing}, step size {wrong[0]:.8g}" if wrong else None,
    )


def training(formula: Arm, budget: Budget) -> Evidence:
    """Training on data sets of the figure: no rise in any below the largest step size, and one in every one above."""
    below, above = (_rises(formula, share, budget) for share in (BELOW, ABOVE))
    broken, smooth = int((below > 0).any(axis=0).sum()), int((above == 0).any(axis=0).sum())
    return Evidence(
        kind=Kind.TRAINED,
        outcome=Outcome.FAILS if broken or smooth else Outcome.HOLDS,
        scope="data sets of Figure 1, n = 1000, from θ₀, step sizes 4.69e-4 and 7.33e-4",
        summary=(
            f"On {below.shape[1]} data sets a loss rises in {broken} trainings at {BELOW} of the largest step size, "
            f"and one of the two never rises in {smooth} at {ABOVE} of it; it should be so in none."
        ),
        numbers={
            "data sets": float(below.shape[1]),
            "with a rise below": float(broken),
            "without a rise above": float(smooth),
            "least rise above": float(above.min()),
        },
        counterexample=f"ξ = {formula.smoothing}, {broken} trainings below, {smooth} above"
        if broken or smooth
        else None,
        charts=_charts(budget) if formula is CLAIM.formula else (),
    )


def _rises(arm: Arm, share: float, budget: Budget) -> FloatArray:
    """The largest rise of the surrogate training and the testing loss, shape (2, data sets)."""
    step = share * arm.largest_step * figure_one.steady_step()
    trained = figure_one.train(arm.smoothing, arm.radius, step, round(LONGEST / step), budget.replicates, budget.seed)
    return np.stack([figure_one.largest_rises(trained.curves[name]) for name in ("train", "population")])


def _charts(budget: Budget) -> tuple[Chart, ...]:
    """The figure on the first data set: the whole training thinned, and every iteration around arrival."""
    step = SHOWN * figure_one.steady_step()
    last = round(LONGEST / step)
    arrival = round(0.13 / step)
    views = (
        ("Figure 1, all iterations, thinned", np.unique(np.linspace(0, last, POINTS, dtype=np.int_))),
        ("Figure 1, every iteration from arrival on", np.arange(arrival, arrival + POINTS, dtype=np.int_)),
    )
    return tuple(_chart(title, at, step, last, budget) for title, at in views)


def _chart(title: str, at: NDArray[np.int_], step: float, last: int, budget: Budget) -> Chart:
    x = tuple(at.astype(float).tolist())
    series = [Series("R* = 11", (x[0], x[-1]), (LEAST_RISK, LEAST_RISK))]
    for smoothing in (0.0, SMOOTHING):
        curves = figure_one.train(smoothing, figure_one.RADIUS, step, last, budget.replicates, budget.seed).curves
        for label, name in (("training", "train"), ("testing", "population")):
            series.append(Series(f"{label}, ξ = {smoothing:g}", x, tuple(curves[name][0][at].tolist())))
    return Chart(f"{title} (step size {step:.3g})", "iteration", "loss", tuple(series))


CLAIM = Claim(
    id="xing2021.smoothing_stops_fluctuation",
    statement=__doc__ or "",
    reference=Reference(PAPER, "Figure 1"),
    formula=Arm(SMOOTHING),
    checks=(Check("descent", Kind.CERTIFIED, descent), Check("training", Kind.TRAINED, training)),
    mutants=(
        Mutant("no_smoothing", Arm(0.0)),
        Mutant("largest_step_five_percent_more", Arm(SMOOTHING, largest_step=1.05)),
        Mutant("largest_step_five_percent_less", Arm(SMOOTHING, largest_step=0.95)),
        Mutant("up_to_the_edge_of_stability", Arm(SMOOTHING, largest_step=2.0)),
        Mutant("twice_the_smoothing", Arm(2 * SMOOTHING)),
    ),
    reading=(
        "The paper states neither step size nor start. From θ(0) = θ₀ the sentence is true for every step size η up to "
        "1/λ = 5.8617e-4, λ the slope of the expected frozen update along θ₀ where it vanishes, and false beyond: "
        "training then passes its point of rest, which is not where the losses are least, and they rise on the way "
        "back. On 1000 samples λ differs by a few per cent. From θ(0) = 0, where the testing loss is least, it is "
        "false at every step size, as its first step raises that loss."
    ),
    uses=("xing2021.frozen_attack_field_has_closed_form", "xing2021.surrogate_risk_has_closed_form"),
)
