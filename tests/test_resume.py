"""A run that was killed, lost a worker or met a full disk goes on, and finds what an uninterrupted one finds."""

import os
import shutil
import signal
from pathlib import Path

import pytest

from checks.result import Run, load
from tests.collector import STOPPED
from tests.executions import PLUGIN, executions
from tests.forked import noted, start
from tests.kills import SELECTION, same, storm
from tests.waiting import wait_for

pytestmark = pytest.mark.xdist_group("resume")  # one process forks all of them
STALLED = "xing2021.noiseless_surrogate_has_crater/risk_at_the_truth"


def test_random_kills_lose_nothing_and_repeat_only_what_was_in_flight(
    tmp_path: Path, uninterrupted: tuple[Run, float]
) -> None:
    tally = storm(noted, tmp_path, *uninterrupted, kills=5, seed=1)
    assert tally.different == []
    assert tally.kills == 5
    assert tally.begun - tally.pieces <= tally.kills
    assert tally.lost <= 1  # killed in the milliseconds between its end and its line in the journal


def test_a_full_disk_is_said_and_the_next_run_goes_on_or_starts_afresh(
    tmp_path: Path, uninterrupted: tuple[Run, float]
) -> None:
    run, _ = uninterrupted
    tasks = sum(len(claim.checks) + 1 for claim in run.claims)
    results, log = tmp_path / "full" / "results.json", tmp_path / "executions"
    assert noted(results, log, limit=26_000).ended(300) == STOPPED
    assert "advtheory: journal cannot be written" in said(results)
    assert "Traceback" not in said(results)
    assert not results.exists()
    begun = len(executions(log))
    assert begun < 2 * tasks
    assert {"/" in name for _, _, name in executions(log)[:-2]} == {True, False}  # checks and matrices

    copy = Path(shutil.copytree(results.parent, tmp_path / "copy")) / results.name
    assert noted(results, log).ended(300) == 0
    assert f"{begun // 2 - 1} of {tasks} checks and matrices are taken over" in said(results)
    assert len(executions(log)) == 2 * (tasks + 1)  # the one that could not be written is done again
    assert same(load(results), run)
    assert noted(copy, log, "--fresh").ended(300) == 0
    assert len(executions(log)) == 2 * (tasks + 1) + 2 * tasks
    assert same(load(copy), run)


def test_a_disk_that_is_full_when_the_results_are_written_loses_nothing(
    tmp_path: Path, uninterrupted: tuple[Run, float]
) -> None:
    run, _ = uninterrupted
    results, log, part = tmp_path / "results.json", tmp_path / "executions", tmp_path / "results.json.part"
    part.symlink_to("/dev/full")
    assert noted(results, log).ended(300) == STOPPED
    assert f"advtheory: results cannot be written: {results}: No space left on device" in said(results)
    assert "Traceback" not in said(results)
    assert not results.exists()
    part.unlink()
    begun = len(executions(log))
    assert noted(results, log).ended(300) == 0
    assert len(executions(log)) == begun
    assert same(load(results), run)


def test_a_file_that_is_no_results_file_is_set_aside_and_named(tmp_path: Path) -> None:
    results = tmp_path / "results.json"
    results.write_text("my notes")
    assert noted(results, tmp_path / "executions", "--collect-only").ended(300) == 0
    assert results.read_text() == "my notes"
    assert noted(results, tmp_path / "executions", limit=10_000).ended(300) == STOPPED
    assert f"got a damaged or truncated file: {results}" in said(results)
    assert f"it is kept as {results}.1" in said(results)
    assert (tmp_path / "results.json.1").read_text() == "my notes"


def test_a_run_ends_when_its_command_has_been_killed(tmp_path: Path) -> None:
    results, log = tmp_path / "results.json", tmp_path / "executions"
    os.mkfifo(tmp_path / "stdin")
    environment = {"EXECUTIONS": str(log), "PYTEST_PLUGINS": PLUGIN, "STALL": STALLED}
    run = start(SELECTION, results, "--tied", environment=environment, stdin=tmp_path / "stdin")
    with (tmp_path / "stdin").open("w"):
        wait_for(lambda: STALLED in {name for _, _, name in executions(log)})
        assert run.is_alive()
    run.join(60)
    assert run.exitcode == STOPPED


def test_a_run_that_lost_a_worker_names_the_check_and_the_next_run_does_only_that(
    tmp_path: Path, uninterrupted: tuple[Run, float]
) -> None:
    results, log = tmp_path / "results.json", tmp_path / "executions"
    run = noted(results, log, "-n", "1", "--dist", "worksteal", stall=STALLED)
    wait_for(lambda: STALLED in {name for _, _, name in executions(log)})
    os.kill(executions(log)[-1][0], signal.SIGKILL)
    assert run.ended(300) == 1
    lost = [check for claim in load(results).claims for check in claim.checks if check.evidence is None]
    assert [check.name for check in lost] == [STALLED.partition("/")[2]]
    assert "crashed while running" in str(lost[0].problem)
    before = len(executions(log))

    assert noted(results, log).ended(300) == 0
    assert [name for _, what, name in executions(log)[before:] if what == "begun"] == [STALLED]
    assert same(load(results), uninterrupted[0])


def said(results: Path) -> str:
    return results.with_name("stderr").read_text()
