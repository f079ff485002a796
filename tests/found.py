"""What each task found, asked for by more than one test, and what the ledger expects."""

from collections.abc import Mapping
from functools import cache

import pytest

from checks.claim import Budget
from checks.result import Evidence, Verdict
from checks.tasks import Piece, Task, run
from reports import ledger


class Found:
    """What tasks found: those that have `finished` elsewhere or earlier, and the others once they are asked for."""

    def __init__(self, budget: Budget, finished: Mapping[str, Piece]) -> None:
        self.budget = budget
        self.finished = finished
        self.here: dict[str, Piece] = {}

    def __call__(self, task: Task) -> Piece:
        """The piece of `task`."""
        if task.name in self.finished:
            return self.finished[task.name]
        if task.name not in self.here:
            self.here[task.name] = run(task, self.budget)
        return self.here[task.name]

    def evidence(self, claim: str, check: str) -> Evidence:
        """The evidence of a check on its claim's own formula; the test fails where the check broke off."""
        evidence = whole(self(Task(claim, check))).evidence
        assert evidence is not None
        return evidence


def whole(piece: Piece) -> Piece:
    """`piece`, if its task came to an end; else the test fails, with the place where the task broke off."""
    if piece.crash is not None:
        pytest.fail(f"{piece.crash}\n{piece.traceback}", pytrace=False)
    return piece


@cache
def expected_open(claim: str) -> bool:
    """Whether the ledger expects the claim to be open, and names the command that closes it."""
    entry = ledger.load().get(claim)
    return entry is not None and entry.verdict is Verdict.OPEN and bool(entry.command)
