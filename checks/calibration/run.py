"""A calibration as pieces, a check and a block of seeds each, done by processes in any order and kept in a journal."""

import os
import platform
import signal
import threading
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict
from importlib.metadata import version
from multiprocessing import get_context, parent_process
from typing import Any

from checks.calibration.block import BASE, run_block
from checks.calibration.subjects import Subject
from checks.claim import CALIBRATION
from checks.journal import Journal

BLOCK = 10  # seeds of a piece
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
    subjects: Sequence[Subject], seeds: int, workers: int, journal: Journal
) -> Iterator[tuple[Subject, Found]]:
    """Do what `journal` lacks of `seeds` seeds, in whole blocks, of each of `subjects`; the pieces as they come in.

    The check that has had the least processor time is next, so that an interrupted run is a fair one. A check whose
    first block says that all seeds would take longer than SECONDS gets as many as take that long. Raises ValueError
    when a process dies.
    """
    os.environ |= ONE_THREAD
    running: dict[Future[Found], Piece] = {}
    with ProcessPoolExecutor(workers, get_context("spawn"), initializer=_tie) as processes:
        try:
            while True:
                while len(running) < 2 * workers and (piece := _due(subjects, seeds, journal, running.values())):
                    running[processes.submit(run_block, piece[0], piece[1] * BLOCK, BLOCK)] = piece
                if not running:
                    break
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    subject, number = running.pop(future)
                    journal.add(_name(subject, number), future.result())
                    yield subject, future.result()
        except BrokenProcessPool as error:
            raise ValueError("a calibrating process died; the same command goes on from what was finished") from error
        finally:
            processes.shutdown(cancel_futures=True)


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
