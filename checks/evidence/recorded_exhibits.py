"""What a page shows of recorded runs: boxes over cases, curves over epochs, and accuracies beside the printed ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from checks.evidence.comparisons import (
    ATTACK_DIFFERENCE,
    CLEAN,
    NAMES,
    ROBUST,
    TRAIN_CLEAN,
    TRAIN_ROBUST,
    Case,
    label,
    named,
)
from checks.evidence.recorded import Evaluation, Exhibits
from checks.evidence.runs import Runs
from checks.result import Boxes, Chart, Series, Table

if TYPE_CHECKING:
    from models.training.record import Run

ATTACKS = {"pgd_margin": "PGD on the margin", "apgd": "APGD", "pgd_ce": "PGD on cross-entropy"}
COLUMNS = {
    CLEAN: "standard", "pgd_ce": "PGD, cross-entropy", "pgd_margin": "PGD, margin", "apgd": "APGD",
    TRAIN_CLEAN: "training", TRAIN_ROBUST: "training, PGD, margin", ATTACK_DIFFERENCE: "attack difference",
    "zeros": "zero weights",
}  # fmt: skip
POINTS = 50  # of a curve: more are no wider on a page
PLAIN = frozenset({ATTACK_DIFFERENCE})  # not a share: shown as it is, not in percent


@dataclass(frozen=True)
class Stated:
    """Figures that someone else published, as printed, in percent; `attack` is what the second was measured with."""

    name: str
    clean: str
    robust: str
    attack: str


def exhibits(
    arms: Sequence[str],
    quantities: Sequence[str],
    stated: Sequence[Stated] = (),
    first: bool = True,
    along: bool = True,
) -> Exhibits:
    """What to show of `arms` in the `first` of two checks, or in the second, without saying anything twice.

    The first shows boxes of the `quantities`, over the cases where there are several; curves over the epochs where the
    claim asks for them (`along`) and runs were evaluated more than once; and the table of all figures, with the
    `stated` ones of others below. The second shows boxes where the first shows only curves.
    """

    def show(runs: Runs | None, evaluation: Evaluation) -> tuple[tuple[Chart, ...], tuple[Table, ...]]:
        if runs is None or not runs.cases:
            return (), (published(stated),) if first and stated else ()
        several, curved = any(runs.cases), along and _moves(runs, arms)
        charts = []
        if several and first:
            charts += [boxes_over_cases(runs, arms, quantity, evaluation) for quantity in quantities]
        if not several and first != curved:
            charts.append(boxes(runs, arms, quantities, evaluation))
        if curved and first:
            charts.append(curves(runs, arms))
        return tuple(charts), (accuracies(runs, arms, quantities, stated),) if first else ()

    return show


def boxes_over_cases(runs: Runs, arms: Sequence[str], quantity: str, evaluation: Evaluation) -> Chart:
    """One quantity of every run, in groups by case."""
    groups = tuple(label(case).split(" = ")[-1] for case in runs.cases)
    name = runs.cases[0][0][0]
    found = tuple(
        Boxes(named(arm), groups, tuple(_values(runs, case, arm, quantity, evaluation) for case in runs.cases))
        for arm in arms
    )
    return Chart(_title(quantity, evaluation), name, _unit(quantity), boxes=found)


def boxes(runs: Runs, arms: Sequence[str], quantities: Sequence[str], evaluation: Evaluation) -> Chart:
    """The quantities of every run, side by side."""
    case = runs.cases[0]
    groups = tuple(NAMES[quantity] for quantity in quantities)
    found = tuple(
        Boxes(named(arm), groups, tuple(_values(runs, case, arm, quantity, evaluation) for quantity in quantities))
        for arm in arms
    )
    if len(quantities) == 1:
        return Chart(_title(quantities[0], evaluation), "", _unit(quantities[0]), boxes=found)
    return Chart(_title(ROBUST, evaluation, "accuracies"), "", "accuracy (%)", boxes=found)


def curves(runs: Runs, arms: Sequence[str]) -> Chart:
    """Mean accuracies of the first case along the training, with bands of one standard deviation, as in Figure 2."""
    case = runs.cases[0]
    found = [_curve(runs.of(case, arm), arm, quantity) for quantity in (ROBUST, CLEAN) for arm in arms]
    at = f" at {label(case)}" if case else ""
    title = f"Test accuracies over the epochs{at}: means and standard deviations over seeds, PGD on the margin"
    return Chart(title, "epoch", "accuracy (%)", tuple(series for series in found if series is not None))


def accuracies(runs: Runs, arms: Sequence[str], quantities: Sequence[str], stated: Sequence[Stated]) -> Table:
    """Mean and standard deviation over seeds of everything measured, after the last and the best epoch."""
    extra = [quantity for quantity in quantities if quantity not in {CLEAN, ROBUST}]
    keys = [CLEAN, "pgd_ce", "pgd_margin", "apgd", *extra, "zeros"]
    rows = [
        (", ".join(filter(None, (named(arm), label(case), f"{epoch} epoch"))), *(_cell(found, key) for key in keys), "")
        for case in runs.cases
        for arm in arms
        for epoch, found in (
            ("last", [run.last for run in runs.of(case, arm)]), ("best", [run.best for run in runs.of(case, arm)]),
        )
    ]  # fmt: skip
    blank = [""] * (len(keys) - 1)
    rows += [(item.name, item.clean, *blank, f"{item.robust} ({item.attack})") for item in stated]
    columns = ("Accuracies in percent, mean (standard deviation)", *(COLUMNS[key] for key in keys), "published")
    if not stated:
        columns, rows = columns[:-1], [row[:-1] for row in rows]
    return Table("All figures, last and best epoch", columns, tuple(rows))


def published(stated: Sequence[Stated]) -> Table:
    """What others published, where there is nothing of ours to put beside it yet."""
    rows = tuple((item.name, item.clean, f"{item.robust} ({item.attack})") for item in stated)
    return Table("Published figures", ("Accuracies in percent (standard deviation)", "standard", "under attack"), rows)


def _cell(found: Sequence[dict[str, float]], key: str) -> str:
    values = np.array([figures[key] for figures in found if key in figures])
    if not len(values) or np.isnan(values).all():
        return "–"
    spread = f" ({_scaled(values.std(ddof=1), key):.2f})" if len(values) > 1 else ""
    return f"{_scaled(values.mean(), key):.2f}{spread}"


def _moves(runs: Runs, arms: Sequence[str]) -> bool:
    """Whether a run of the first case was evaluated more than once: a curve of one point is a point of the boxes."""
    found = (run for arm in arms for run in runs.of(runs.cases[0], arm))
    return any(len(run.epochs.get("epoch", [])) > 1 for run in found)


def _curve(runs: Sequence[Run], arm: str, quantity: str) -> Series | None:
    """The mean curve of the runs that were evaluated at the first one's epochs; None without any."""
    epochs = runs[0].epochs.get("epoch", []) if runs else []
    same = [run.epochs[quantity] for run in runs if run.epochs.get("epoch") == epochs and quantity in run.epochs]
    if not same or not epochs:
        return None
    kept = np.unique(np.linspace(0, len(epochs) - 1, min(POINTS, len(epochs))).round().astype(int))
    epochs, values = [epochs[place] for place in kept], 100 * np.array(same)[:, kept]
    mean, spread = values.mean(axis=0), values.std(axis=0, ddof=1) if len(values) > 1 else np.zeros(len(epochs))
    low, high = tuple((mean - spread).tolist()), tuple((mean + spread).tolist())
    return Series(f"{named(arm)}, {NAMES[quantity]}", tuple(map(float, epochs)), tuple(mean.tolist()), low, high)


def _values(runs: Runs, case: Case, arm: str, quantity: str, evaluation: Evaluation) -> tuple[float, ...]:
    return tuple(_scaled(evaluation.read(run, quantity), quantity) for run in runs.of(case, arm))


def _scaled(value: float, key: str) -> float:
    return float(value) if key in PLAIN else 100 * float(value)


def _unit(quantity: str) -> str:
    return NAMES[quantity] if quantity in PLAIN else f"{NAMES[quantity]} (%)"


def _title(quantity: str, evaluation: Evaluation, name: str | None = None) -> str:
    along = evaluation.late or evaluation.held_out
    when = "late epochs" if along else "best epoch" if evaluation.best else "last epoch"
    attack = f", {ATTACKS[evaluation.attack]}" if quantity == ROBUST and not along else ""
    return f"{(name or NAMES[quantity]).capitalize()} of every run, {when}{attack}"
