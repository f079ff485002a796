"""Repeat the first epoch of a recorded training and compare: does the record come from this trainer?"""

from __future__ import annotations

from pathlib import Path

from models.training.experiments import Experiment, experiment
from models.training.loop import train_task
from models.training.record import Record, Run, load_record
from models.training.run import REDUCED, Options, as_json, data_of, images_of, prepared, resolved, with_epochs
from models.training.task import How, Task

TOLERANCE = 1e-3
"""Relative difference allowed: float32 sums in another order, on another processor, amplified by an attack's steps."""


def replay(path: Path, options: Options, seed: int | None = None) -> tuple[list[str], bool]:
    """Repeat the first epoch of the first run in the record at `path` (or the first with `seed`); say how it compares.

    Returns lines of text and whether the loss and the mean weight agree. Raises ValueError for a record that cannot be
    read, holds no such run, or is of other settings or data than the present ones.
    """
    record = load_record(path)
    runs = [run for run in record.runs if seed is None or run.seed == seed]
    if not runs:
        raise ValueError(
            f"record must hold a run to replay, got none{'' if seed is None else f' of seed {seed}'}: {path}"
        )
    chosen, run = _settings(record, path), runs[0]
    found_checksum = images_of(chosen, options.data).provenance.checksum
    if found_checksum != record.data["checksum"]:
        raise ValueError(f"data must be the record's, {record.data['checksum']}, got {found_checksum}")
    members = tuple((arm, int(number)) for arm, number in (text.rsplit(" ", 1) for text in run.device["members"]))
    task, device = Task(chosen, run.case, members), resolved(options.device)
    with prepared(device, options):
        state = train_task(task, data_of(task, options.data, device), How(device), last_epoch=1)
    return _compared(run, members.index((run.arm, run.seed)), state.first)


def _settings(record: Record, path: Path) -> Experiment:
    scale = record.scale.removesuffix(REDUCED)
    chosen, _ = experiment(record.experiment, scale)
    if scale != record.scale:
        chosen, _ = with_epochs(chosen, "", record.config["schedule"]["epochs"])
    if as_json(chosen) != record.config:
        raise ValueError(f"record must be of the present settings of {record.experiment} to be replayed: {path}")
    return chosen


def _compared(run: Run, index: int, first: dict[str, list[float]]) -> tuple[list[str], bool]:
    lines = [f"first epoch of {run.arm}, seed {run.seed}, {run.case or 'its only case'}:"]
    same = True
    for name, recorded in run.first.items():
        found = first[name][index]
        difference = abs(found - recorded) / abs(recorded) if recorded else abs(found)
        same = same and difference <= TOLERANCE
        lines.append(f"  {name}: recorded {recorded:.8g}, found {found:.8g}, relative difference {difference:.1e}")
    lines.append(f"  {'the same' if same else 'different'}, to a relative {TOLERANCE:g}")
    return lines, same
