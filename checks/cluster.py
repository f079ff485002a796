"""A run's tasks on a Dask cluster, in batches of a second or more; a dead worker's batches are redone by others."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from checks.claim import Budget
from checks.codec import decode, encode
from checks.task_process import Answer, ProcessDied, Request, TaskProcess
from checks.tasks import Piece, Task, key
from models.cluster import connected

if TYPE_CHECKING:
    from distributed import Future

BATCH_SECONDS = 1.0
RETRIES = 2
_here = threading.local()


class Cluster:
    """The workers at `address`, which `models.cluster.connected` explains.

    Workers must have what `checks.tasks.key` lists in common with this process. `workers` holds the addresses of those
    that have answered.
    """

    def __init__(self, address: str) -> None:
        self.workers: set[str] = set()
        self._open = ExitStack()
        self._client = self._open.enter_context(connected(address))

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def run(self, tasks: Iterable[Task], budget: Budget, times: Mapping[str, float]) -> Iterator[Piece]:
        """The pieces of `tasks` as they come in; `times` of an earlier run tell how many tasks make a batch.

        A task that brings down its process again and again is a crash. Raises ValueError when a worker differs from
        this process, or the scheduler is gone.
        """
        from distributed import as_completed

        asked = Request((), budget, key(budget))
        waiting = {self._submit(asked, batch): batch for batch in batches(tasks, times)}
        completed = as_completed(waiting)
        for future in completed:
            batch = waiting.pop(future)
            if future.status == "finished":
                yield from self._pieces(*future.result())
            elif len(batch) > 1 and _fatal(future):
                alone = {self._submit(asked, [task]): [task] for task in batch}
                waiting |= alone
                completed.update(alone)
            else:
                yield _crash(batch[0], future)

    def _submit(self, asked: Request, batch: list[Task]) -> Future:
        request = json.dumps(encode(replace(asked, tasks=tuple(batch))))
        return self._client.submit(ask, request, pure=False, retries=RETRIES)

    def _pieces(self, worker: str, text: str) -> tuple[Piece, ...]:
        answer: Answer = decode(Answer, json.loads(text), f"answer of {worker}")
        if answer.different:
            raise ValueError(f"cluster must be of workers like the process that asks: {answer.different} ({worker})")
        self.workers.add(worker)
        return answer.pieces


def batches(tasks: Iterable[Task], times: Mapping[str, float]) -> list[list[Task]]:
    """`tasks` in batches that should last BATCH_SECONDS or more, the longest first, so that none is waited for."""
    found: list[tuple[float, list[Task]]] = []
    seconds = BATCH_SECONDS
    for task in tasks:
        if seconds >= BATCH_SECONDS:
            found.append((0.0, []))
        seconds, batch = found[-1][0] + task.seconds(times), [*found[-1][1], task]
        found[-1] = seconds, batch
    return [batch for _, batch in sorted(found, key=lambda item: -item[0])]


def ask(request: str) -> tuple[str, str]:
    """A Dask task: the worker's address, and the answer of this thread's process for tasks, both ends as JSON."""
    from distributed import get_worker

    if not hasattr(_here, "process"):
        _here.process = TaskProcess()
    try:
        return get_worker().address, _here.process.ask(request)
    except ProcessDied:
        del _here.process
        raise


def _fatal(future: Future) -> BaseException | None:
    """What a task did that brought down its process or its worker; None when something else went wrong."""
    from distributed import KilledWorker

    error = future.exception() if future.status == "error" else None
    return error if isinstance(error, ProcessDied | KilledWorker) else None


def _crash(task: Task, future: Future) -> Piece:
    """The piece of a task that brings down its process; ValueError for whatever else kept a batch from its answer."""
    error = _fatal(future)
    if error:
        return Piece(task.claim, task.check, {}, crash=f"{type(error).__name__}: {error}", traceback="")
    reason = future.exception() if future.status == "error" else f"its scheduler is gone ({future.status})"
    raise ValueError(f"cluster cannot go on: {reason}")
