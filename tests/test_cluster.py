"""checks.cluster: a real scheduler with worker processes, one of them killed, and what can go wrong besides."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from distributed import Client, LocalCluster

from checks import cluster
from checks.claim import BUDGETS
from checks.cluster import Cluster, batches
from checks.codec import encode
from checks.result import Outcome, Run, load
from checks.task_process import Answer, ProcessDied, Request, TaskProcess, answer
from checks.tasks import Piece, Task, key
from models.cluster import connected
from tests import small_batches
from tests.forked import ROOT, start
from tests.kills import SELECTION, same
from tests.waiting import wait_for

pytestmark = pytest.mark.xdist_group("resume")  # one process forks all runs
QUICK = BUDGETS["quick"]
CLAIM = "xing2021.noiseless_surrogate_has_crater"
TASKS = [Task(CLAIM, "enclosure"), Task(CLAIM, "risk_at_the_truth"), Task(CLAIM)]


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """The address of a scheduler, and its two workers, each a process."""
    file = tmp_path / "scheduler.json"
    common = ["--scheduler-file", str(file), "--no-dashboard", "--dashboard-address", "127.0.0.1:0"]
    one = ["--no-nanny", "--nthreads", "1", "--local-directory", str(tmp_path)]
    with ExitStack() as processes, (tmp_path / "dask.log").open("wb") as log:

        def dask(*arguments: str) -> subprocess.Popen[bytes]:
            command = [sys.executable, "-m", "dask", *arguments, *common]
            process = processes.enter_context(subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log))
            processes.callback(process.kill)
            return process

        dask("scheduler", "--host", "127.0.0.1", "--port", "0")
        both = [dask("worker", *one, "--name", name) for name in ("first", "second")]
        wait_for(file.is_file)
        address = json.loads(file.read_text())["address"]
        with Client(address) as client:
            client.wait_for_workers(2, timeout=300)
        yield address, both


def test_a_run_on_a_cluster_that_loses_a_worker_finds_what_a_local_one_finds(
    workers: tuple[str, list[subprocess.Popen[bytes]]], tmp_path: Path, uninterrupted: tuple[Run, float]
) -> None:
    address, (_, second) = workers
    results = tmp_path / "run" / "results.json"
    journal = results.with_name("results.json.journal")
    second.send_signal(signal.SIGSTOP)  # it is given tasks, and never ends one
    run = start(SELECTION, results, "--cluster", address, environment={"PYTEST_PLUGINS": small_batches.PLUGIN})
    wait_for(lambda: journal.exists() and len(journal.read_bytes().splitlines()) > 1)
    with Client(address) as client:
        held = {name: list(tasks) for name, tasks in client.processing().items() if tasks}
    second.kill()
    run.join(300)
    assert run.exitcode == 0, results.with_name("stderr").read_text()
    assert len(held) == 2, "the killed worker must have had a task, or this test shows nothing"
    assert same(load(results), uninterrupted[0])
    assert load(results).workers == 1


@pytest.fixture
def inside() -> Iterator[Callable[[Callable[[str], tuple[str, str]]], Cluster]]:
    """A cluster within this process, whose workers answer by a function of the test's own."""
    with ExitStack() as open_, pytest.MonkeyPatch.context() as patch:

        def answering(ask: Callable[[str], tuple[str, str]]) -> Cluster:
            patch.setattr(cluster, "ask", ask)
            workers = LocalCluster(n_workers=2, threads_per_worker=1, processes=False, dashboard_address="127.0.0.1:0")
            return open_.enter_context(Cluster(open_.enter_context(workers).scheduler_address))

        yield answering


def pieces(request: str) -> list[Piece]:
    return [Piece(CLAIM, task["check"], {}, mutants={"made": Outcome.HOLDS}) for task in json.loads(request)["tasks"]]


def test_a_task_that_brings_down_its_process_is_a_crash_and_costs_no_other(
    inside: Callable[[Callable[[str], tuple[str, str]]], Cluster], monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(request: str) -> tuple[str, str]:
        if "risk_at_the_truth" in request:
            raise ProcessDied("the process that ran it ended with status -11")
        return "a worker", json.dumps(encode(Answer(tuple(pieces(request)))))

    monkeypatch.setattr(cluster, "BATCH_SECONDS", 1e6)
    found = {piece.task: piece.crash for piece in inside(ask).run(TASKS, QUICK, {})}
    assert found == dict.fromkeys(TASKS) | {
        TASKS[1]: "ProcessDied: the process that ran it ended with status -11",
    }


def test_a_worker_that_differs_ends_the_run_and_is_named(
    inside: Callable[[Callable[[str], tuple[str, str]]], Cluster],
) -> None:
    def ask(request: str) -> tuple[str, str]:
        data = json.loads(request)
        other = Request(tuple(TASKS[:1]), QUICK, data["key"] | {"numpy": "1.0"})
        return "tcp://10.0.0.7:1234", json.dumps(encode(answer(other)))

    with pytest.raises(ValueError, match=r"numpy is '1\.0', there '2.*' \(tcp://10\.0\.0\.7:1234\)"):
        list(inside(ask).run(TASKS, QUICK, {}))


def test_an_answer_that_is_none_is_refused(inside: Callable[[Callable[[str], tuple[str, str]]], Cluster]) -> None:
    with pytest.raises(ValueError, match="answer of a worker must be the keys different, pieces"):
        list(inside(lambda request: ("a worker", "{}")).run(TASKS, QUICK, {}))


def test_a_process_for_tasks_that_ends_is_said_to_have_died() -> None:
    process = TaskProcess()
    process._process.kill()
    with pytest.raises(ProcessDied, match="ended with status -9"):
        process.ask("{}")


def test_a_local_cluster_has_as_many_processes_as_it_says() -> None:
    with connected("local[3]") as client:
        assert list(client.nthreads().values()) == [1, 1, 1]


@pytest.mark.parametrize("address", ["local[0]", "local", "scheduler:8786", "local[2", ""])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"cluster must be tcp://HOST:PORT of a Dask scheduler or local\[N\], got"):
        Cluster(address)


def test_a_scheduler_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.cluster.CONNECT_SECONDS", 0.5)
    with pytest.raises(ValueError, match=r"cluster must have a scheduler at tcp://127\.0\.0\.1:9, got none"):
        Cluster("tcp://127.0.0.1:9")


def test_without_dask_a_cluster_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ValueError, match="install the extra 'cluster'"):
        Cluster("local[1]")


def test_batches_last_a_second_and_hold_every_task_once() -> None:
    many = TASKS * 20
    times = {f"{CLAIM}-{check}": 0.3 for check in ("enclosure", "risk_at_the_truth")}
    found = batches(many, times)
    seconds = [sum(task.seconds(times) for task in batch) for batch in found]
    assert sorted(map(str, many)) == sorted(str(task) for batch in found for task in batch)
    assert all(length >= cluster.BATCH_SECONDS for length in seconds[:-1])
    assert seconds == sorted(seconds, reverse=True)


def test_the_key_names_code_and_versions() -> None:
    assert {"code", "budget", "python", "numpy", "kernels"} <= key(QUICK).keys()
    assert key(QUICK)["budget"] != key(replace(QUICK, seed=1))["budget"]
