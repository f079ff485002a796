"""Runs of the suite in processes forked from one that has imported everything, so that each starts in a moment."""

import multiprocessing
import os
import resource
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest

from tests.executions import PLUGIN
from tests.kills import SELECTION

ROOT = Path(__file__).resolve().parent.parent
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.preloaded"])


def start(
    selection: str,
    results: Path,
    *options: str,
    environment: Mapping[str, str] | None = None,
    limit: int | None = None,
    stdin: Path | None = None,
) -> ForkServerProcess:
    """Check the claims of `selection` in a process that may be killed; `limit` is the largest file that it may write.

    What it prints goes to files beside `results`.
    """
    results.parent.mkdir(parents=True, exist_ok=True)
    arguments = (selection, results, options, dict(environment or {}), limit, stdin)
    process = CONTEXT.Process(target=_run, args=arguments, daemon=True)
    process.start()
    return process


@dataclass
class Forked:
    """A run that can be killed."""

    process: ForkServerProcess

    def kill(self) -> None:
        """End it with SIGKILL."""
        self.process.kill()

    def ended(self, seconds: float) -> int | None:
        """Its exit status, once it has ended, within some seconds."""
        self.process.join(seconds)
        return self.process.exitcode


def noted(results: Path, log: Path, *options: str, stall: str = "", limit: int | None = None) -> Forked:
    """Check the claims of `tests.kills.SELECTION`, and note in `log` what was executed."""
    environment = {"EXECUTIONS": str(log), "PYTEST_PLUGINS": PLUGIN, "STALL": stall}
    return Forked(start(SELECTION, results, *options, environment=environment, limit=limit))


def _run(
    selection: str,
    results: Path,
    options: tuple[str, ...],
    environment: dict[str, str],
    limit: int | None,
    stdin: Path | None,
) -> None:
    os.environ.update(environment)
    if limit is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    if stdin is not None:
        os.dup2(os.open(stdin, os.O_RDONLY), 0)
    for descriptor, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(os.open(results.with_name(name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
    tests = [str(ROOT / "tests" / name) for name in ("test_claims.py", "test_power.py")]
    settings = ["-q", "-s", "-n", "0", "-p", "no:cacheprovider", "--rootdir", str(ROOT)]
    settings += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # of what was imported before pytest began
    os._exit(pytest.main([*tests, "-k", selection, "--results", str(results), *settings, *options]))
