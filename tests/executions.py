"""A plugin for tests and tools that kill runs: which process begins and ends which task, in the file $EXECUTIONS.

The task named $STALL waits to be killed when it is begun for the first time.
"""

import os
import time
from pathlib import Path

import pytest

from checks.claim import Budget
from checks.tasks import Piece, Task, run

PLUGIN = "tests.executions"


def pytest_configure(config: pytest.Config) -> None:
    import tests.found

    tests.found.run = noted  # type: ignore[attr-defined]


def noted(task: Task, budget: Budget) -> Piece:
    """Run `task` between two lines of the file."""
    first = ("begun", task.name) not in {line[1:] for line in executions(_log())}
    _note("begun", task)
    if first and task.name == os.environ.get("STALL"):
        time.sleep(600)
    piece = run(task, budget)
    _note("ended", task)
    return piece


def executions(log: Path) -> list[tuple[int, str, str]]:
    """Process, "begun" or "ended", and the task's name, in order."""
    lines = log.read_text().splitlines() if log.exists() else []
    return [(int(process), what, name) for process, what, name in map(str.split, lines)]


def _log() -> Path:
    return Path(os.environ["EXECUTIONS"])


def _note(what: str, task: Task) -> None:
    with _log().open("a") as log:  # a line this short is written at once
        log.write(f"{os.getpid()} {what} {task.name}\n")
