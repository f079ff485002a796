"""The suite's side of pytest: its options, the fixtures of a check, and what a test reports."""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # one thread a worker, set before NumPy loads: sums must not depend on the machine

import json
import random
import sys
import threading
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

import pytest

from checks.claim import BUDGETS, Budget
from checks.codec import decode
from checks.tasks import Piece
from tests import junit
from tests.collector import STOPPED, Collector
from tests.found import Found

COLLECTOR = pytest.StashKey[Collector]()
FINISHED = pytest.StashKey[Mapping[str, Piece]]()
RECORD = pytest.StashKey[dict[str, Any]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("advtheory")
    group.addoption("--budget", choices=sorted(BUDGETS), default="quick", help="how much effort each check may spend")
    group.addoption("--results", type=Path, help="write what the checks found to this file, beside it a journal")
    group.addoption("--fresh", action="store_true", help="do not go on with an interrupted run")
    group.addoption("--cluster", metavar="ADDRESS", help="run the checks on a Dask cluster")
    group.addoption("--shuffle", type=int, metavar="SEED", help="check in a random order")
    group.addoption(
        "--tied", action="store_true", help="end at once when standard input ends, as whoever wrote to it has"
    )
    group.addoption("--progress", action="store_true", help="say after each check what it found")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    if hasattr(config, "workerinput"):
        return None
    if config.getoption("--tied"):
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    try:
        config.stash[COLLECTOR] = Collector(config)
    except (ValueError, OSError) as error:
        print(f"advtheory: {error}", file=sys.stderr)
        return STOPPED
    return None


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        config.stash[FINISHED] = decode(dict[str, Piece], json.loads(config.workerinput["finished"]))
        return
    collector = config.stash[COLLECTOR]
    config.pluginmanager.register(collector, "advtheory-collector")
    config.stash[FINISHED] = collector.finished


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put each claim's matrix right after its checks, so that a worker has their evidence when it comes to it."""
    seed = config.getoption("--shuffle")
    if seed is not None:
        random.Random(seed).shuffle(items)
        return
    claims = {item: _claim(item) for item in items}
    rank = {id_: place for place, id_ in enumerate(dict.fromkeys(filter(None, claims.values())))}
    items.sort(key=lambda item: rank.get(claims[item] or "", -1))


@pytest.fixture(scope="session")
def budget(request: pytest.FixtureRequest) -> Budget:
    """The run's budget."""
    return BUDGETS[request.config.getoption("--budget")]


@pytest.fixture(scope="session")
def found(request: pytest.FixtureRequest, budget: Budget) -> Found:
    """What tasks found, in this process or elsewhere."""
    return Found(budget, request.config.stash[FINISHED])


@pytest.fixture
def record(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Where a test leaves its piece; it travels to the results file as plain data."""
    found: dict[str, Any] = {"times": {}}
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
        found["failure"] = f"{call.excinfo.typename}: {call.excinfo.value}" if call.excinfo else None
        report.advtheory = json.dumps(found)
        junit.add_counterexample(report, found)
    return report


def _end_with_stdin() -> None:
    while os.read(0, 1024):
        pass
    os._exit(STOPPED)


def _claim(item: pytest.Item) -> str | None:
    judged = item.path.name in {"test_claims.py", "test_power.py"}
    return item.callspec.params["claim"].id if judged else None  # type: ignore[attr-defined]
