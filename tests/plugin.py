"""The suite's side of pytest: its options, the collection of evidence, and the results file."""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # one thread a worker, set before NumPy loads: sums must not depend on the machine

import json
import sys
import time
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Any

import pytest

from checks import catalogue, provenance, symbols
from checks.claim import BUDGETS, Budget
from checks.result import Evidence, Outcome, Run, decode, save
from checks.verdicts import Findings, assemble
from reports import ledger
from reports.terminal import verdict_differences
from tests import junit
from tests.progress import Progress

RECORD = pytest.StashKey[dict[str, Any]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("advtheory")
    group.addoption("--budget", choices=sorted(BUDGETS), default="quick", help="how much effort each check may spend")
    group.addoption("--results", type=Path, help="write what the checks found to this file")
    group.addoption("--progress", action="store_true", help="say after each check what it found")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Collector(config), "advtheory-collector")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put each claim's matrix right after its checks, so that a worker has their evidence when it comes to it."""
    claims = {item: _claim(item) for item in items}
    rank = {id_: place for place, id_ in enumerate(dict.fromkeys(filter(None, claims.values())))}
    items.sort(key=lambda item: rank.get(claims[item] or "", -1))


@pytest.fixture
def budget(request: pytest.FixtureRequest) -> Budget:
    """The run's budget."""
    return BUDGETS[request.config.getoption("--budget")]


@pytest.fixture
def record(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Where a test leaves what it found; it travels to the results file as plain data."""
    found: dict[str, Any] = {}
    request.node.stash[RECORD] = found
    return found


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    found = item.stash.get(RECORD, None)
    if call.when == "call" and found is not None:
        params = item.callspec.params  # type: ignore[attr-defined]
        found["claim"] = params["claim"].id
        found["check"] = params["check"].name if "check" in params else None
        found["crash"] = f"{call.excinfo.typename}: {call.excinfo.value}" if call.excinfo else None
        report.advtheory = json.dumps(found)
        junit.add_counterexample(report, found)
    return report


class Collector:
    """Gathers what all workers found and writes the results file at the end of the session."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.findings = Findings()
        self.selected: set[str] = set()
        self.begun = time.time()
        self.run: Run | None = None
        self.progress = Progress(sys.stderr) if config.getoption("--progress") else None

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.select(item.nodeid for item in session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: object, ids: list[str]) -> None:
        self.select(ids)
        catalogue.claims()  # import them while the workers check, not after

    def select(self, node_ids: Iterable[str]) -> None:
        ids = [id_ for id_ in node_ids if "test_claims.py::" in id_ or "test_power.py::" in id_]
        marks = [id_.rsplit("[", 1)[1] for id_ in ids if "test_claims.py::" in id_]
        self.selected |= {mark.split("-", 1)[0] for mark in marks}
        if self.progress:
            self.progress.total = len(ids)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        text = getattr(report, "advtheory", None)
        if text is not None:
            found = json.loads(text)
            self.take(found)
            junit.describe(self.config, report, found)
            if self.progress:
                self.progress.advance(*_headline(found))

    def take(self, found: dict[str, Any]) -> None:
        claim, check = found["claim"], found["check"]
        if "evidence" in found:
            self.findings.evidence[claim, check] = decode(Evidence, found["evidence"], "evidence")
        elif check is not None:
            self.findings.problems[claim, check] = found["crash"] or "left no evidence"
        for key, outcome in found.get("mutants", {}).items():
            self.findings.mutants[(claim, *key.split("/"))] = Outcome(outcome)
        self.findings.times.update(found.get("times", {}))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if not self.selected or self.config.option.collectonly:
            return
        claims = [claim for claim in catalogue.claims() if claim.id in self.selected]
        expected = ledger.load()
        self.run = provenance.run(
            claims=assemble(claims, self.findings, expected),
            budget=BUDGETS[self.config.getoption("--budget")],
            begun=self.begun,
            workers=len(getattr(self.config.option, "tx", None) or [None]),
            times=self.findings.times,
            notation=symbols.notation(claims),
        )
        if self.config.getoption("--results"):
            save(self.run, self.config.getoption("--results"))
        if session.exitstatus == pytest.ExitCode.OK and self.differing():
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def differing(self) -> list[str]:
        """Sentences about the verdicts that are not the ledger's, of claims whose checks all reported."""
        whole = [c for c in self.run.claims if all(check.evidence for check in c.checks)] if self.run else []
        return [line for claim in whole for line in verdict_differences(claim)]

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self.run is None:
            return
        for line in self.differing():
            terminalreporter.write_line(f"verdict differs: {line}", red=True)


def _claim(item: pytest.Item) -> str | None:
    judged = item.path.name in {"test_claims.py", "test_power.py"}
    return item.callspec.params["claim"].id if judged else None  # type: ignore[attr-defined]


def _headline(found: dict[str, Any]) -> tuple[str, str]:
    if found["check"] is None:
        return found["claim"], "mutants done" if found["crash"] is None else "mutants survive"
    return f"{found['claim']} {found['check']}", found.get("evidence", {}).get("outcome", "crashed")
