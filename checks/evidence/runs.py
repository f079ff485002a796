"""Recorded runs: a committed record, or a training that runs now, and what a reader should know about it.

The trainer's modules are imported where they are used: they load torch, which a list of the claims does not need.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from checks.evidence.comparisons import Case, label
from checks.result import Recording

if TYPE_CHECKING:
    from models.training.experiments import Experiment
    from models.training.record import Record, Run

FOLDER = Path(__file__).resolve().parents[2] / "reports" / "recorded"
FIVE = 5  # seeds that a command trains where the paper does not say how many


COSTS = dict.fromkeys(("table1", "table2"), "about 14 hours of a GPU at 300 TFLOP/s for five seeds an arm")
"""WRN-34-10 takes 306 GFLOP an image of PGD-10, and so 15 PFLOP an epoch: 100 epochs, two arms."""


class Unusable(Exception):
    """Recorded runs that decide nothing; the message says why."""


@dataclass(frozen=True, eq=False)
class Runs:
    """The runs of a record by case, arm and seed."""

    record: Record

    @cached_property
    def found(self) -> dict[tuple[Case, str, int], Run]:
        """Every run."""
        return {run.key: run for run in self.record.runs}

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        """The cases that there are runs of, in increasing order."""
        return tuple(sorted({case for case, _, _ in self.found}))

    @cached_property
    def stale(self) -> bool:
        """Whether the trainer changed since."""
        return self.record.trainer["digest"] != _present_digest()

    def seeds(self, case: Case, arm: str) -> tuple[int, ...]:
        """The seeds that an arm was trained with in a case."""
        return tuple(sorted(seed for at, name, seed in self.found if (at, name) == (case, arm)))

    def of(self, case: Case, arm: str) -> list[Run]:
        """The runs of an arm in a case, by seed."""
        return [self.found[case, arm, seed] for seed in self.seeds(case, arm)]


class Source(Protocol):
    """Where the runs of an experiment come from."""

    def load(self) -> Runs:
        """The runs; Unusable when there are none, or only of another experiment or scale."""
        ...

    def required(self, runs: Runs) -> tuple[Case, ...]:
        """The cases that a claim is about; Unusable when `runs` lack one."""
        ...

    def scope(self, runs: Runs) -> str:
        """What `runs` cover."""
        ...

    def recording(self, runs: Runs | None = None, lacks: str | None = None) -> Recording:
        """What a reader should know about the runs, and why they decide nothing."""
        ...


@dataclass(frozen=True)
class Committed:
    """The record of an experiment at a scale, kept in `FOLDER`; `cases` are all of the experiment's unless given.

    Runs of seeds below `first_seed` are left out: a statement suggested by them is judged on others.
    """

    experiment: str
    scale: str = "paper"
    cases: tuple[Case, ...] | None = None
    first_seed: int = 0

    @property
    def name(self) -> str:
        """The record's file."""
        return f"{self.experiment}.json" if self.scale == "paper" else f"{self.experiment}-{self.scale}.json"

    @property
    def command(self) -> str:
        """What makes the record."""
        printed = _settings(self.experiment).printed_seeds if self.scale == "paper" else None
        scale = "" if self.scale == "paper" else f" --scale {self.scale}"
        last = (printed or FIVE) - 1
        return f"advtheory train {self.experiment}{scale} --data DIR{_cases(self.cases)} --seeds 0-{last}"

    @property
    def cost(self) -> str:
        """What making the record takes, where that was estimated."""
        return COSTS.get(self.experiment, "") if self.scale == "paper" else ""

    def load(self) -> Runs:
        """The committed runs."""
        path = FOLDER / self.name
        if not path.is_file():
            raise Unusable(f"there is no record {self.name} yet")
        try:
            runs = _load(path, path.stat().st_mtime_ns, self.first_seed)
        except ValueError as error:
            raise Unusable(f"{self.name} cannot be used: {str(error).replace(str(path), self.name)}") from error
        for what in ("experiment", "scale"):
            found, needed = getattr(runs.record, what), getattr(self, what)
            if found != needed:
                raise Unusable(f"{self.name} is of {what} {found!r}, and the claim is about {needed!r}")
        return runs

    def required(self, runs: Runs) -> tuple[Case, ...]:
        """The cases that the claim is about."""
        needed = self.cases or _settings(self.experiment, self.scale).cases
        missing = [label(case) or "all runs" for case in needed if case not in runs.cases]
        if missing:
            raise Unusable(f"{self.name} lacks {', '.join(missing)}")
        return tuple(sorted(needed))

    def scope(self, runs: Runs) -> str:
        """The record and what it covers."""
        return f"the record {self.name}: {_covered(runs, self.cases)}"

    def recording(self, runs: Runs | None = None, lacks: str | None = None) -> Recording:
        """The record's facts and flags, or the command that makes one."""
        ours = _settings(self.experiment, self.scale).ours
        if runs is None:
            return Recording(self.name, self.command, lacks=lacks, cost=self.cost, settings=ours)
        found = runs.record.runs
        seconds = math.fsum(run.seconds for run in found)
        times = (("First run", min((run.started for run in found), default="")), ("Training time", _duration(seconds)))
        return Recording(
            self.name, self.command, (*_facts(runs.record), *times), _flags(runs), lacks, cost=self.cost, settings=ours
        )


@dataclass(frozen=True)
class Live:
    """A training small enough to run now: an experiment on scikit-learn's digits, with `seeds` fixed in advance.

    `cases`, `arms` and `epochs` choose from the experiment's, of which None takes all.
    """

    experiment: str
    seeds: tuple[int, ...]
    cases: tuple[Case, ...] | None = None
    arms: tuple[str, ...] | None = None
    epochs: int | None = None

    @property
    def command(self) -> str:
        """What runs the same training alone."""
        arms = f" --arms {','.join(self.arms)}" if self.arms else ""
        epochs = f" --epochs {self.epochs}" if self.epochs else ""
        chosen = f"{epochs}{arms}{_cases(self.cases)} --seeds {_ranges(set(self.seeds))}"
        return f"advtheory train {self.experiment} --scale digits{chosen}"

    def load(self) -> Runs:
        """The runs, trained once a process."""
        return _trained(self)

    def required(self, runs: Runs) -> tuple[Case, ...]:
        """All cases that were trained."""
        return runs.cases

    def scope(self, runs: Runs) -> str:
        """What is trained."""
        return _covered(runs, None)

    def recording(self, runs: Runs | None = None, lacks: str | None = None) -> Recording:
        """What was trained; no times, which differ from run to run."""
        facts = _facts(runs.record) if runs else ()
        return Recording(f"{self.experiment} on digits", self.command, facts, lacks=lacks, live=True)


def curve(run: Run, key: str, after: float | None = None) -> float:
    """A curve's last value, or its mean over the epochs beyond the share `after` of all; NaN without a curve."""
    epochs, values = run.epochs.get("epoch", []), run.epochs.get(key, [])
    if not epochs or not values:
        return math.nan
    if after is None:
        return values[-1]
    late = [value for epoch, value in zip(epochs, values, strict=True) if epoch > after * epochs[-1]]
    return math.fsum(late) / len(late)


def _facts(record: Record) -> tuple[tuple[str, str], ...]:
    """Facts that are the same whenever and however fast the runs were made."""
    data, runs = record.data, record.runs
    dropped = f", {data['dropped']} records dropped" if data.get("dropped") else ""
    copy = "official" if data.get("official") else "not the official copy"
    devices = {f"{run.device.get('kind')}, {run.device.get('name')}{_determinism(run)}" for run in runs}
    versions = {f"{name} {version}" for run in runs for name, version in run.versions.items()}
    return (
        ("Made by", record.command),
        ("Runs", f"{len(runs)}, seeds {_ranges({run.seed for run in runs})}"),
        ("Data", f"{data.get('name')}, {copy}{dropped}, {str(data.get('checksum'))[:23]}"),
        ("Trainer", f"{record.trainer.get('digest')}, revision {record.trainer.get('revision')}"),
        ("Device", "; ".join(sorted(devices))),
        ("Software", ", ".join(sorted(versions))),
    )


def _determinism(run: Run) -> str:
    return ", deterministic" if run.device.get("deterministic") else ""


def _flags(runs: Runs) -> tuple[str, ...]:
    """What to mind about a committed record."""
    record = runs.record
    resumed = sum(run.resumed > 0 for run in record.runs)
    fewest = min((len(runs.seeds(case, arm)) for case, arm in {key[:2] for key in runs.found}), default=0)
    printed = _settings(record.experiment).printed_seeds if record.scale == "paper" else None
    found = (
        "stale: the trainer changed since" if runs.stale else "",
        f"resumed: {resumed} of {len(record.runs)} runs went on from a checkpoint" if resumed else "",
        "" if record.data.get("official") else "data: not the official copy",
        f"{fewest} of the paper's {printed} repeats" if printed and fewest < printed else "",
        f"reduced: {record.scale_note}" if record.scale_note else "",
    )
    return tuple(flag for flag in found if flag)


def _covered(runs: Runs, cases: Sequence[Case] | None) -> str:
    shown = ", ".join(label(case) for case in cases or runs.cases if case)
    seeds = f"seeds {_ranges({run.seed for run in runs.record.runs})}"
    return "; ".join(part for part in (runs.record.scale_note, shown, seeds) if part)


def _cases(cases: Sequence[Case] | None) -> str:
    return "".join(f" --case {name}={value:.17g}" for case in cases or () for name, value in case)


def _ranges(seeds: set[int]) -> str:
    """Seeds as ranges: 0-9, 12."""
    ordered = sorted(seeds)
    starts = [seed for seed in ordered if seed - 1 not in seeds]
    ends = [seed for seed in ordered if seed + 1 not in seeds]
    return ",".join(f"{a}" if a == b else f"{a}-{b}" for a, b in zip(starts, ends, strict=True))


def _duration(seconds: float) -> str:
    return f"{seconds / 3600:.1f} h" if seconds >= 3600 else f"{seconds / 60:.1f} min"


@lru_cache(maxsize=1)
def _present_digest() -> str:
    from models.training.record import trainer_digest

    return trainer_digest()


def _settings(name: str, scale: str = "paper") -> Experiment:
    from models.training.experiments import experiment

    return experiment(name, scale)[0]


@lru_cache(maxsize=32)
def _load(path: Path, stamp: int, first_seed: int) -> Runs:
    from models.training.record import load_record

    record = load_record(path)
    return Runs(replace(record, runs=tuple(run for run in record.runs if run.seed >= first_seed)))


@lru_cache(maxsize=4)
def _trained(source: Live) -> Runs:
    from models.training.run import Options, train

    cases = [dict(case) for case in source.cases] if source.cases else None
    options = Options(device="cpu")
    record = train(
        source.experiment, scale="digits", seeds=source.seeds, epochs=source.epochs, arms=source.arms, cases=cases,
        options=options,
    )  # fmt: skip
    return Runs(record)
