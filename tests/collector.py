"""Gathers what all processes found: a journal while they run, and the results file at the end."""

import json
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from checks import catalogue, provenance, symbols
from checks.claim import BUDGETS
from checks.journal import Journal, set_aside
from checks.result import Run, decode, encode, load, save
from checks.tasks import Piece, Task, key
from checks.verdicts import Findings, assemble
from reports import ledger
from reports.terminal import verdict_differences
from tests import junit
from tests.progress import Progress

STOPPED = 7
"""The exit status of a run that could not go on and has said why."""


class Collector:
    """The pieces of a run, by the names of their tasks, and the results made of them.

    With `--results FILE` every piece is written to FILE.journal as it comes in; a run that finds pieces there goes on
    with them. Raises ValueError when it is in use or cannot be written, OSError when FILE is no place for a file.
    """

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.budget = BUDGETS[config.getoption("--budget")]
        self.findings = Findings()
        self.tasks: dict[str, Task] = {}
        self.finished: dict[str, Piece] = {}
        self.reported: set[str] = set()
        self.begun = time.time()
        self.cluster_workers = 0
        self.run: Run | None = None
        self.progress = Progress(sys.stderr) if config.getoption("--progress") else None
        self.results: Path | None = None if config.option.collectonly else config.getoption("--results")
        self.earlier_times = self._earlier_times()
        self.journal = self._journal()

    def _earlier_times(self) -> dict[str, float]:
        """The times of the run whose results are there; that file goes, so that no one takes it for this run's."""
        if self.results is None or not self.results.exists():
            return {}
        try:
            times = load(self.results).times
            self.results.unlink()
        except ValueError as error:
            say(f"{error}; it is kept as {set_aside(self.results)}")
            return {}
        return times

    def _journal(self) -> Journal | None:
        if self.results is None:
            return None
        path = self.results.with_name(self.results.name + ".journal")
        if self.config.getoption("--fresh"):
            path.unlink(missing_ok=True)
        journal = Journal(path, key(self.budget))
        for line in journal.damage:
            say(line)
        self.finished |= decode(dict[str, Piece], journal.finished, f"{path} (--fresh starts anew)")
        return journal

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.select(item.nodeid for item in session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput["finished"] = json.dumps(encode(self.finished))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: object, ids: list[str]) -> None:
        self.select(ids)
        catalogue.claims()  # import them while the workers check, not after

    def select(self, node_ids: Iterable[str]) -> None:
        if self.tasks:
            return  # every worker collects the same
        self.tasks = {id_: task for id_ in node_ids if (task := _task(id_))}
        if self.progress:
            self.progress.total = len(self.tasks)
        over = sum(task.name in self.finished for task in self.tasks.values())
        if over:
            say(f"{over} of {len(self.tasks)} checks and matrices are taken over from an interrupted run")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self) -> None:
        """Let a cluster run the tasks, if there is one; the tests then only judge what they found."""
        address = self.config.getoption("--cluster")
        if address is None or self.config.option.collectonly:
            return
        from checks.cluster import Cluster

        left = [task for task in self.tasks.values() if task.name not in self.finished]
        try:
            with Cluster(address) as cluster:
                for piece in cluster.run(left, self.budget, self.earlier_times):
                    self.take(piece)
                self.cluster_workers = len(cluster.workers)
        except ValueError as error:
            stop(str(error))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        text = getattr(report, "advtheory", None)
        if text is not None:
            found = json.loads(text)
            junit.describe(self.config, report, found)
            failure = found.pop("failure")
            self.take(decode(Piece, found, "piece"), failure)
        elif report.failed and (task := self.tasks.get(report.nodeid)) and task.check:
            self.findings.problems[task.claim, task.check] = str(report.longrepr)  # its worker died, say

    def take(self, piece: Piece, failure: str | None = None) -> None:
        """Keep a piece, once, in the journal and in the findings; `failure` is why its test failed."""
        name = piece.task.name
        if name in self.reported:
            return
        self.reported.add(name)
        if piece.is_whole:
            self._write(name, piece)
        elif piece.check is not None:
            self.findings.problems[piece.claim, piece.check] = piece.crash or failure or "left no evidence"
        if piece.evidence is not None and piece.check is not None:
            self.findings.evidence[piece.claim, piece.check] = piece.evidence
        for names, outcome in (piece.mutants or {}).items():
            check, mutant = names.split("/")
            self.findings.mutants[piece.claim, check, mutant] = outcome
        self.findings.times.update(piece.times)
        if piece.is_whole or piece.crash:
            self.finished[name] = piece
        if self.progress:
            self.progress.advance(*_headline(piece, failure))

    def _write(self, name: str, piece: Piece) -> None:
        if self.journal is None or name in self.journal.finished:
            return
        try:
            self.journal.add(name, encode(piece))
        except ValueError as error:
            stop(str(error))

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        selected = {task.claim for task in self.tasks.values() if task.check}
        if not selected or self.config.option.collectonly or exitstatus not in {0, pytest.ExitCode.TESTS_FAILED}:
            return
        claims = [claim for claim in catalogue.claims() if claim.id in selected]
        self.run = provenance.run(
            claims=assemble(claims, self.findings, ledger.load()),
            budget=self.budget,
            begun=self.begun,
            workers=self.cluster_workers or len(getattr(self.config.option, "tx", None) or [None]),
            times=self.findings.times,
            notation=symbols.notation(claims),
        )
        if self.results:
            self._save(self.run, self.results)
        if session.exitstatus == pytest.ExitCode.OK and self.differing():
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_unconfigure(self) -> None:
        if self.journal and not self.journal.finished:
            self.journal.remove()  # nothing to go on with

    def _save(self, run: Run, results: Path) -> None:
        try:
            save(run, results)
        except OSError as error:
            stop(f"results cannot be written: {results}: {error.strerror}; the finished checks are kept in its journal")
        names = {task.name for task in self.tasks.values()}
        if self.journal and names <= self.reported and self.journal.finished.keys() <= names:
            self.journal.remove()  # else the next run goes on with what this one did not need or lost

    def differing(self) -> list[str]:
        """Sentences about the verdicts that are not the ledger's, of claims whose checks all reported."""
        whole = [c for c in self.run.claims if all(check.evidence for check in c.checks)] if self.run else []
        return [line for claim in whole for line in verdict_differences(claim)]

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self.run is None:
            return
        for line in self.differing():
            terminalreporter.write_line(f"verdict differs: {line}", red=True)


def say(message: str) -> None:
    """Tell whoever started the run; pytest's own output may go to a log."""
    print(f"advtheory: {message}", file=sys.stderr, flush=True)


def stop(message: str) -> None:
    """End the run: it cannot go on."""
    say(message)
    pytest.exit(message, returncode=STOPPED)


def _task(node_id: str) -> Task | None:
    """The task that the test runs; None for a test that is no check of a claim."""
    mark = node_id.partition("[")[2].rpartition("]")[0]
    if "test_claims.py::" in node_id:
        return Task(*mark.split("-", 1))
    return Task(mark) if "test_power.py::" in node_id else None


def _headline(piece: Piece, failure: str | None) -> tuple[str, str]:
    if piece.check is None:
        return piece.claim, "mutants done" if failure is None else "mutants survive"
    return f"{piece.claim} {piece.check}", piece.evidence.outcome.value if piece.evidence else "crashed"
