"""A calibration as pieces, a check and a block of seeds each, done by processes in any order and kept in a journal."""

import os
import platform
import signal
import threading
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import asdict
from importlib.metadata import version
from multiprocessing import get_context, parent_process
from typing import Any

from checks.calibration.block import BASE, run_block
from checks.calibration.subjects import Subject
from checks.claim import CALIBRATION
from checks.journal import Journal
from models.cluster import connected

BLOCK = 10  # seeds of a piece
RETRIES = 2  # of a block on a cluster
SECONDS = 50.0  # of processor time that a check may take: an hour on two cores for 140 checks
PACKAGES = ("hypothesis", "numpy", "scipy", "torch")
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

Found = dict[str, Any]
Piece = tuple[Subject, int]  # a check, and the number of a block of seeds


def key() -> dict[str, Any]:
    """What all pieces have in common; the code that decides each of them is part of its name."""
    versions = {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}
    return {"budget": asdict(CALIBRATION), "base": BASE, "block": BLOCK, "versions": versions}


def calibrate(
    subjects: Sequence[Subject], seeds: int, journal: Journal, workers: int = 1, cluster: str | None = None
) -> Iterator[tuple[Subject, Found]]:
    """Do what `journal` lacks of `seeds` seeds, in whole blocks, of each of `subjects`; the pieces as they come in.

    `workers` processes of this machine do it, or the workers of the `cluster` at an address. The check that has had
    the least processor time is next, so that an interrupted run is a fair one. A check whose first block says that all
    seeds would take longer than SECONDS gets as many as take that long. Raises ValueError when a process dies.
    """
    running: dict[Future[Found], Piece] = {}
    with _cluster(cluster) if cluster else _processes(workers) as (executor, jobs):
        while True:
            while len(running) < 2 * jobs and (piece := _due(subjects, seeds, journal, running.values())):
                running[executor.submit(do, key(), piece[0], piece[0].code, piece[1])] = piece
            if not running:
                break
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                subject, number = running.pop(future)
                journal.add(_name(subject, number), future.result())
                yield subject, future.result()


def do(wanted: dict[str, Any], subject: Subject, code: str, number: int) -> Found:
    """A block of seeds; ValueError where packages or the code of the check are not those of whoever asks."""
    if (key(), subject.code) != (wanted, code):
        raise ValueError(f"workers must have the packages and the code of {subject.name} of the process that asks")
    return run_block(subject, number * BLOCK, BLOCK)


@contextmanager
def _processes(workers: int) -> Iterator[tuple[Executor, int]]:
    """Processes of this machine, and their number."""
    os.environ |= ONE_THREAD
    with ProcessPoolExecutor(workers, get_context("spawn"), initializer=_tie) as processes:
        try:
            yield processes, workers
        except BrokenProcessPool as error:
            raise ValueError("a calibrating process died; the same command goes on from what was finished") from error
        finally:
            processes.shutdown(cancel_futures=True)


@contextmanager
def _cluster(address: str) -> Iterator[tuple[Executor, int]]:
    """The workers of a Dask cluster, which redo what one of them leaves undone, and their number."""
    with connected(address) as client:
        threads = client.nthreads()
        if set(threads.values()) != {1}:
            raise ValueError(f"workers must have one thread each (dask worker --nthreads 1), got {threads}")
        yield client.get_executor(pure=False, retries=RETRIES), len(threads)


def blocks(subject: Subject, seeds: int, journal: Journal) -> int:
    """How many blocks a check gets."""
    first = journal.finished.get(_name(subject, 0))
    if first is None or first["rests"]:
        return 1
    affordable = int(SECONDS / max(first["seconds"], 1e-9) / BLOCK)
    return min(-(-seeds // BLOCK), max(1, affordable))


def finished(subject: Subject, seeds: int, journal: Journal) -> list[Found]:
    """What is finished of a check, in the order of its seeds, up to the first block that is not."""
    found = []
    for number in range(blocks(subject, seeds, journal)):
        if _name(subject, number) not in journal.finished:
            break
        found.append(journal.finished[_name(subject, number)])
    return found


def _due(subjects: Sequence[Subject], seeds: int, journal: Journal, running: Collection[Piece]) -> Piece | None:
    """The next block of the check that has had the least processor time; None when all are done or under way."""
    due: list[tuple[float, int, Piece]] = []
    for subject in subjects:
        names = [_name(subject, number) for number in range(blocks(subject, seeds, journal))]
        spent = sum(journal.finished[name]["seconds"] * BLOCK for name in names if name in journal.finished)
        numbers = [number for number, name in enumerate(names)
                   if name not in journal.finished and (subject, number) not in running]  # fmt: skip
        if numbers:
            due.append((spent, len(due), (subject, numbers[0])))
    return min(due)[-1] if due else None


def _name(subject: Subject, number: int) -> str:
    return f"{subject.name}/{subject.code}/{number}"


def _tie() -> None:
    """Leave interruptions to the process that asks, and end with it, however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
