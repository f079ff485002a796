"""Evidence from records of trainings: a claimed comparison of arms, tested over seeds.

A record is made once, with few seeds, so the test has a level of its own, ERROR_RATE, and not the budget's. Within a
case, arms are paired by seed unless a check says otherwise; every contrast gets Student's interval, whose ends hold for
all contrasts of a check together (Bonferroni over the ends that can decide). A claim is wrong in one direction only, so
each end may spend the whole of its share. It holds when every interval lies where the claim puts it, and fails when one
lies wholly elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from checks.claim import Budget, Check
from checks.evidence.comparisons import (
    CLEAN,
    NAMES,
    ROBUST,
    TRAIN_ROBUST,
    Case,
    Contrast,
    Statement,
    Term,
    label,
    named,
)
from checks.evidence.estimates import Estimate, Finding, independent, paired
from checks.evidence.runs import Runs, Source, Unusable, curve
from checks.result import Chart, Evidence, Kind, Outcome, Recording, Table

if TYPE_CHECKING:
    from models.training.record import Run

Formula = TypeVar("Formula", bound=Statement)

ERROR_RATE = 1e-3  # the false-alarm probability of one check of a record
FEWEST = 5  # pairs below which nothing is decided: Student's interval would rest on the normal law alone
ROUNDING = 64 * float(np.finfo(np.float64).eps)  # a spread below it is that of sums of at most four equal accuracies
LATE = 0.9  # the share of the epochs after which an evaluation counts as late

Exhibits = Callable[[Runs | None, "Evaluation"], tuple[tuple[Chart, ...], tuple[Table, ...]]]


@dataclass(frozen=True)
class Evaluation:
    """How a check reads a run: with which attack accuracies under attack were measured, when, and on which images.

    `attack` is the record's key of the test accuracy after the last epoch. `by_training` takes the training accuracy
    under the attack that trained. `late` takes the mean of a curve over the last tenth of the epochs, which no single
    iterate makes, and `held_out` the curves on training images that were kept from training, in the place of test
    images. `best` reads the figures of the best epoch. Seeds are paired within a case unless `unpaired`.
    """

    name: str
    attack: str = "pgd_margin"
    by_training: bool = False
    late: bool = False
    held_out: bool = False
    unpaired: bool = False
    best: bool = False

    def read(self, run: Run, quantity: str) -> float:
        """The figure of one run; NaN where it was not measured."""
        if self.held_out:
            return curve(run, HELD_OUT_CURVES.get(quantity, quantity), LATE)
        if self.late or (self.by_training and quantity == TRAIN_ROBUST):
            return curve(run, quantity, LATE if self.late else None)
        key = self.attack if quantity == ROBUST else quantity
        return (run.best if self.best else run.last).get(key, math.nan)


HELD_OUT_CURVES = {CLEAN: "held_out_clean", ROBUST: "held_out"}
MARGIN_PGD = Evaluation("margin_pgd")
APGD = Evaluation("apgd", "apgd")
TRAINING_ATTACK = Evaluation("training_attack", by_training=True)
LAST_EPOCH = Evaluation("last_epoch")
LATE_EPOCHS = Evaluation("late_epochs", late=True, unpaired=True)
HELD_OUT_IMAGES = Evaluation("held_out_images", held_out=True)
BEST_EPOCH = Evaluation("best_epoch", best=True)
BEST_MARGIN_PGD = Evaluation("best_epoch_margin_pgd", best=True)
BEST_APGD = Evaluation("best_epoch_apgd", "apgd", best=True)
UNPAIRED = Evaluation("unpaired_seeds", unpaired=True)


def nothing(runs: Runs | None, evaluation: Evaluation) -> tuple[tuple[Chart, ...], tuple[Table, ...]]:
    """No charts and no tables."""
    return (), ()


def check(source: Source, evaluation: Evaluation, claim: str, exhibits: Exhibits = nothing) -> Check[Formula]:
    """A check that a statement holds of the runs that `source` has, as `evaluation` reads them.

    Inconclusive without deciding anything when the record is missing, damaged or smaller than what the source asks for,
    when an arm or a figure is missing, or when fewer than five seeds have every arm. `claim` is the sentence of what
    is compared; `exhibits` draws what the page shows beside it, of no runs as well.
    """

    def run(formula: Formula, budget: Budget) -> Evidence:
        runs: Runs | None = None
        try:
            runs = source.load()
            found = findings(runs, formula.contrasts(source.required(runs)), evaluation)
        except Unusable as error:
            return _undecided(source.recording(runs, lacks=str(error)), claim, *exhibits(runs, evaluation))
        return judge(found, claim, source.scope(runs), source.recording(runs), *exhibits(runs, evaluation))

    return Check(evaluation.name, Kind.TRAINED, run)


def findings(runs: Runs, contrasts: Sequence[Contrast], evaluation: Evaluation) -> list[Finding]:
    """Every contrast's mean over seeds; Unusable when too little was measured."""
    rate = ERROR_RATE / sum(contrast.ends for contrast in contrasts)
    best = replace(evaluation, late=False, held_out=False, by_training=False, best=True)
    return [Finding(item, estimate(runs, item, evaluation), _attempt(runs, item, best), rate) for item in contrasts]


def estimate(runs: Runs, contrast: Contrast, evaluation: Evaluation) -> Estimate:
    """A contrast's mean over the seeds that all its arms have; Unusable when they are few or a figure is missing."""
    seeds = [set(runs.seeds(term.case, term.arm)) for term in contrast.terms]
    common = sorted(set.intersection(*seeds))
    if len(common) < FEWEST:
        arms = " and ".join(dict.fromkeys(named(term.arm) for term in contrast.terms))
        place = label(contrast.terms[0].case)
        raise Unusable(f"{len(common)} of at least {FEWEST} seeds have {arms}{place and f' at {place}'}")
    terms = _combined(contrast.terms)
    columns = [np.array([_figure(runs, term, seed, evaluation) for seed in common]) for term in terms]
    weights = [term.weight for term in terms]
    return (independent if evaluation.unpaired else paired)(weights, columns, len(common))


def judge(
    found: Sequence[Finding],
    claim: str,
    scope: str,
    record: Recording,
    charts: tuple[Chart, ...] = (),
    tables: tuple[Table, ...] = (),
) -> Evidence:
    """The evidence that means over seeds give about what is claimed of them."""
    failed = any(item.excess >= 0 for item in found)
    worst = max(found, key=lambda item: item.excess) if failed else min(found, key=lambda item: item.room)
    outcome = Outcome.FAILS if failed else Outcome.HOLDS if worst.room > 0 else Outcome.INCONCLUSIVE
    fewest = min(item.estimate.count for item in found)
    power, words = _power(found)
    numbers = {
        "means compared": float(len(found)),
        "fewest seeds": float(fewest),
        "worst mean": worst.estimate.mean,
        "worst interval, lower end": worst.interval[0],
        "worst interval, upper end": worst.interval[1],
        "error rate": ERROR_RATE,
    }
    return Evidence(
        kind=Kind.TRAINED,
        outcome=outcome,
        scope=scope,
        summary=(
            f"{claim}: {_among(found, fewest, 'worst' if failed else 'tightest')} is "
            f"{worst.contrast.name}: {worst.seen}, claimed {worst.bounds}; {words}. "
            f"The best epoch says {worst.seen_at_best}."
        ),
        numbers=numbers | power | ({"best epoch, the same mean": worst.best.mean} if worst.best else {}),
        counterexample=f"{worst.contrast.name}: {worst.seen}, claimed {worst.bounds}" if failed else None,
        charts=charts,
        tables=(_compared(found), *tables),
        record=record,
        tested=tuple(item.tested for item in found),
    )


def _power(found: Sequence[Finding]) -> tuple[dict[str, float], str]:
    """What the seeds could tell, as numbers and in words: of means that vary, and of those that every seed agrees on.

    Equal figures give an interval without width and no detectable difference. What they do exclude, by the binomial
    law (Clopper and Pearson), is that a larger share of seeds finds another figure.
    """
    varying = [item for item in found if item.estimate.standard_error > ROUNDING]
    steady = [item for item in found if item.estimate.standard_error <= ROUNDING]
    numbers, words = {}, []
    if varying:
        largest = max(varying, key=lambda item: item.detectable)
        numbers["detectable difference"] = largest.detectable
        words.append(
            f"{largest.words(largest.detectable, False)} more than claimed would have been told 99 times in 100"
        )
    if steady:
        share = max(-math.expm1(math.log(item.error_rate) / item.estimate.count) for item in steady)
        numbers["share of seeds that may differ"] = share
        which = f" for {len(steady)} of the means" if varying else ""
        words.append(
            f"all seeds found the same figure{which}, an interval without width that tells nothing of a detectable "
            f"difference: up to {100 * share:.3g} % of seeds may find another, at the same error rate"
        )
    return numbers, ", and ".join(words)


def _undecided(
    record: Recording, claim: str, charts: tuple[Chart, ...] = (), tables: tuple[Table, ...] = ()
) -> Evidence:
    cost = f", in {record.cost}" if record.cost else ""
    return Evidence(
        kind=Kind.TRAINED,
        outcome=Outcome.INCONCLUSIVE,
        scope="nothing yet",
        summary=f"{claim}: not decided, {record.lacks}. `{record.command}` makes {record.name}{cost}.",
        numbers={},
        charts=charts,
        tables=tables,
        record=record,
    )


def _among(found: Sequence[Finding], fewest: int, which: str) -> str:
    if len(found) == 1:
        return f"the mean over {fewest} seeds"
    return f"of {len(found)} means over at least {fewest} seeds the {which}"


def _attempt(runs: Runs, contrast: Contrast, evaluation: Evaluation) -> Estimate | None:
    try:
        return estimate(runs, contrast, evaluation)
    except Unusable:
        return None


def _figure(runs: Runs, term: Term, seed: int, evaluation: Evaluation) -> float:
    value = evaluation.read(runs.found[term.case, term.arm, seed], term.quantity)
    if math.isnan(value):
        raise Unusable(
            f"seed {seed} of {named(term.arm)} lacks the {NAMES[term.quantity]} that {evaluation.name} reads"
        )
    return value


def _combined(terms: Sequence[Term]) -> list[Term]:
    """Terms without those that cancel: an arm less itself is exactly nothing, however it is estimated."""
    weights: dict[tuple[str, str, Case], float] = {}
    for term in terms:
        key = (term.arm, term.quantity, term.case)
        weights[key] = weights.get(key, 0.0) + term.weight
    return [Term(weight, *key) for key, weight in weights.items() if weight]


def _compared(found: Sequence[Finding]) -> Table:
    """What was compared, with intervals, and what the best epoch says of the same."""
    rows = tuple(
        (item.contrast.name, item.seen, item.bounds, item.seen_at_best, str(item.estimate.count)) for item in found
    )
    columns = ("Mean over seeds of", "found (interval)", "claimed", "best epoch", "seeds")
    return Table("What was compared", columns, rows)
