"""A process that runs tasks for another one: a request a line on its standard input, an answer a line on its output.

A Dask worker shares its process with threads that draw random numbers, which Hypothesis minds, and that may warn, and
its libraries may use several threads. In a process of their own its tasks find what they find under pytest.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from checks.claim import Budget
from checks.codec import decode, encode
from checks.journal import differences
from checks.tasks import Piece, Task, key, run

ROOT = Path(__file__).resolve().parent.parent
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@dataclass(frozen=True)
class Request:
    """Tasks to run, and the `checks.tasks.key` of whoever asks."""

    tasks: tuple[Task, ...]
    budget: Budget
    key: dict[str, str]


@dataclass(frozen=True)
class Answer:
    """The pieces of a request; none where the process differs from who asks, and then `different` says in what."""

    pieces: tuple[Piece, ...]
    different: str = ""


class ProcessDied(Exception):
    """The process ended in the middle of a request."""


class TaskProcess:
    """A new process with one thread a library, which ends when this one does."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "checks.task_process"]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT, env=os.environ | ONE_THREAD
        )  # fmt: skip

    def ask(self, request: str) -> str:
        """The answer to a request, both as JSON; ProcessDied when the process brings none."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            stdin.write(request + "\n")
            stdin.flush()
            answer = stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer.endswith("\n"):
            self._process.communicate()
            raise ProcessDied(f"the process that ran it ended with status {self._process.returncode}")
        return answer


def answer(request: Request) -> Answer:
    """Run the tasks of `request`, if this process is like the one that asks."""
    different = differences(key(request.budget), request.key)
    return Answer((), different) if different else Answer(tuple(run(task, request.budget) for task in request.tasks))


def main() -> None:
    """Answer requests until standard input ends; then end at once, even in the middle of a task."""
    requests: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(requests,), daemon=True).start()
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever a check prints is no answer
    while True:
        _write(answers, encode(answer(decode(Request, json.loads(requests.get()), "request"))))


def _read(requests: queue.SimpleQueue[str]) -> None:
    for line in sys.stdin:
        requests.put(line)
    os._exit(0)


def _write(answers: TextIO, data: Any) -> None:
    answers.write(json.dumps(data) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
