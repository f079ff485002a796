"""Kill `advtheory verify` at random times, start it again each time, and see that nothing is lost or done twice.

`python -m tests.kills [--kills N] [--seed N] [--commands [--workers N] [-k EXPR]]`; runs are forked from a process that
has imported everything, or with `--commands` started as a user does, which takes several times as long.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from checks.result import Run, load
from tests.executions import PLUGIN, executions

ROOT = Path(__file__).resolve().parent.parent
SELECTION = "linf_attack_example_norm or linf_surrogate_attack_example_scaled or noiseless_surrogate_has_crater"


class Process(Protocol):
    """A run that can be killed."""

    def kill(self) -> None:
        """End it with SIGKILL."""

    def ended(self, seconds: float) -> int | None:
        """Its exit status, once it has ended, within some seconds."""


Start = Callable[[Path, Path], Process]
"""Starts a run with these results, which notes its executions in this file."""


@dataclass
class Tally:
    """What a storm of kills did: `begun` counts executions of tasks, `lost` those that ended in vain."""

    kills: int = 0
    at_work: int = 0
    rounds: int = 0
    pieces: int = 0
    begun: int = 0
    lost: int = 0
    different: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.kills} kills, {self.at_work} of them while tasks ran, in {self.rounds} runs to the end: "
            f"{self.pieces} pieces, {self.begun - self.pieces} begun again, {self.lost} of them after they had ended; "
            f"{len(self.different)} runs whose results differ from an uninterrupted one"
        )


def storm(start: Start, folder: Path, wanted: Run, seconds: float, kills: int, seed: int) -> Tally:
    """Kill runs at random times until there were `kills`; each is started again until its results are there.

    `wanted` is a run without kills, which took some `seconds`.
    """
    rng, tally = random.Random(seed), Tally()
    while tally.kills < kills:
        results, log = folder / str(tally.rounds) / "results.json", folder / str(tally.rounds) / "executions"
        results.parent.mkdir()
        while not results.exists():
            tally.kills += _killed(start(results, log), rng.uniform(0, seconds) if tally.kills < kills else 600)
        _count(tally, log)
        if not same(load(results), wanted):
            tally.different.append(str(results))
    return tally


def same(first: Run, second: Run) -> bool:
    """Whether two runs found the same, to the byte: everything but when, where and how long."""
    return (first.claims, first.budget, first.packages, first.notation) == (
        second.claims, second.budget, second.packages, second.notation,
    )  # fmt: skip


def reference(start: Start, folder: Path) -> tuple[Run, float]:
    """A run without kills, and how many seconds it took."""
    results = folder / "reference" / "results.json"
    results.parent.mkdir(parents=True)
    begun = time.monotonic()
    status = start(results, results.with_name("executions")).ended(600)
    if status != 0:
        raise RuntimeError(f"a run without kills must end with 0, got {status}: {results.parent}")
    return load(results), time.monotonic() - begun


def _killed(process: Process, seconds: float) -> bool:
    """Whether a run had to be killed, since it did not come to its end within some seconds."""
    status = process.ended(seconds)
    killed = status is None
    if killed:
        process.kill()
        status = process.ended(60)
    if status is None or status > 0:
        raise RuntimeError(f"a run must end by a kill or with 0, got {status}")
    return killed


def _count(tally: Tally, log: Path) -> None:
    """Add a run that has come to its end; a task that did not end was at work when its process was killed."""
    found = executions(log)
    begun, ended = (Counter(name for _, what, name in found if what == kind) for kind in ("begun", "ended"))
    tally.rounds += 1
    tally.pieces += len(ended)
    tally.begun += begun.total()
    tally.lost += ended.total() - len(ended)
    tally.at_work += begun.total() - ended.total()


@dataclass
class Command:
    """`advtheory verify` as a user starts it."""

    process: subprocess.Popen[str]

    def kill(self) -> None:
        self.process.kill()

    def ended(self, seconds: float) -> int | None:
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None


def verify(selection: str, results: Path, log: Path, *options: str) -> Command:
    """Start `advtheory verify`; what it says goes to a file beside the results."""
    command = [sys.executable, "-m", "advtheory", "verify", "-k", selection, "--results", str(results), *options]
    environment = os.environ | {"EXECUTIONS": str(log), "PYTEST_PLUGINS": PLUGIN}
    with results.with_name("stderr").open("a") as said:
        return Command(
            subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=said, env=environment, text=True)
        )


def main() -> int:
    """0 when every run ended as an uninterrupted one does, and no more was done again than what was in flight."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=100)
    options.add_argument("--commands", action="store_true")
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("-k", default=SELECTION)
    chosen = options.parse_args()

    def command(results: Path, log: Path) -> Process:
        return verify(chosen.k, results, log, "-n", str(chosen.workers))

    def forked(results: Path, log: Path) -> Process:
        from tests.forked import noted  # which takes its selection from here

        return noted(results, log)

    start = command if chosen.commands else forked
    with tempfile.TemporaryDirectory() as folder:
        tally = storm(start, Path(folder), *reference(start, Path(folder)), chosen.kills, chosen.seed)
    print(tally)
    at_work = chosen.workers if chosen.commands else 1
    return int(bool(tally.different) or tally.begun - tally.pieces > tally.kills * at_work)


if __name__ == "__main__":
    sys.exit(main())
