"""A check run once on code that reports where mutants would make a difference."""

import builtins
import marshal
import os
import signal
import sys
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from checks.power.baseline import BUDGET, Baseline, bare, load
from checks.power.probe import HOOK, hook
from checks.power.replaced import Replaced
from checks.power.suite import module_name
from checks.runner import run_check

OTHER_PROCESSES = ("os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "subprocess.Popen")


@dataclass(frozen=True)
class Watch:
    """A check to be watched: what it found before, the instrumented code of each source, and its CPU time at most."""

    baseline: Baseline
    root: Path
    codes: Mapping[str, bytes]
    limit: float


def watch(task: Watch, answer: Connection) -> None:
    """Send the names of the mutants that make a difference in a check, or in words why that cannot be told.

    Runs in a process of its own.
    """
    os.chdir(task.root)
    started: list[str] = []
    sys.addaudithook(lambda event, _: started.append(event) if event in OTHER_PROCESSES else None)
    reached: set[str] = set()
    setattr(builtins, HOOK, hook(reached))
    for file, code in task.codes.items():
        sys.meta_path.insert(0, Replaced(module_name(file), partial(marshal.loads, code)))
    named = task.baseline.named
    signal.setitimer(signal.ITIMER_PROF, task.limit)
    try:
        with warnings.catch_warnings():
            claim = load(named)
            warnings.simplefilter("error")  # as pytest runs it
            found = bare(run_check(claim, claim.check(named.check), BUDGET))
    except Exception as error:
        answer.send(f"{type(error).__name__}: {error}")
        return
    if found != task.baseline.evidence:
        answer.send("it finds something else when it is watched")
    elif started:
        answer.send(f"it starts processes ({started[0]})")
    else:
        answer.send(frozenset(reached))
