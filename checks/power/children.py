"""A process for every task, forked from a server that has the packages of other people in memory, and none of ours."""

import multiprocessing
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Generic, TypeVar

Task = TypeVar("Task")
STILL = 1800.0  # seconds without a word, by the clock: a check that waits uses no CPU time, which has its own limit


@dataclass
class Ended(Generic[Task]):
    """A task that has ended: what its process sent, its exit code (negative for a signal), if it was `still`."""

    task: Task
    answers: list[Any]
    code: int | None
    still: bool


@dataclass
class _Child(Generic[Task]):
    task: Task
    process: BaseProcess
    pipe: Connection
    heard: float = field(default_factory=time.monotonic)
    answers: list[Any] = field(default_factory=list)
    still: bool = False


def preload(packages: Sequence[str]) -> None:
    """Have the server import `packages` when it starts, which is with the first task."""
    multiprocessing.get_context("forkserver").set_forkserver_preload(list(packages))


def run(function: Callable[[Task, Connection], None], tasks: Iterable[Task], jobs: int) -> Iterator[Ended[Task]]:
    """Call `function(task, answer)` for every task, `jobs` of them at a time, each in a process of its own.

    What it sends to `answer` is collected; tasks come back as they end. A process that is silent for STILL is killed.
    """
    waiting, running = iter(tasks), list[_Child[Task]]()
    try:
        while True:
            while len(running) < jobs and (child := _next(function, waiting)):
                running.append(child)
            if not running:
                return
            ended = [child for child in running if _over(child)]
            running = [child for child in running if child not in ended]
            yield from (Ended(child.task, child.answers, child.process.exitcode, child.still) for child in ended)
            if not ended:
                wait([child.pipe for child in running], timeout=60)
    finally:
        for child in running:
            child.process.kill()


def _next(function: Callable[[Task, Connection], None], waiting: Iterator[Task]) -> _Child[Task] | None:
    for task in waiting:
        ours, theirs = multiprocessing.Pipe(duplex=False)
        process = multiprocessing.get_context("forkserver").Process(target=function, args=(task, theirs), daemon=True)
        process.start()
        theirs.close()
        return _Child(task, process, ours)
    return None


def _over(child: _Child[Task]) -> bool:
    """Take what a child has sent; whether it has ended, or had to be ended."""
    with suppress(EOFError, OSError):
        while child.pipe.poll():
            child.answers.append(child.pipe.recv())
            child.heard = time.monotonic()
        if time.monotonic() - child.heard < STILL:
            return False
        child.still = True
        child.process.kill()
    child.process.join()
    return True
