"""One mutant before the checks that run it: the first claim whose verdict is another one ends the case."""

import os
import resource
import signal
import sys
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from checks.power.baseline import BUDGET, Named, bare, load
from checks.power.replaced import Replaced
from checks.power.suite import module_name
from checks.result import Contradiction, Evidence, Verdict, decide
from checks.runner import run_check

MEMORY = 6 * 2**30  # bytes of data; the checks use one at most
TIMED_OUT = -signal.SIGPROF  # exit code of a judge whose check has used up its time


@dataclass(frozen=True)
class Summons:
    """A check to be run on a mutant: what it found before, and the CPU time it may take, in seconds."""

    named: Named
    evidence: Evidence
    limit: float


@dataclass(frozen=True)
class Case:
    """A mutated source, `text` in the place of what `file` holds, and the checks to be run on it in this order.

    `name` tells cases apart; `claims` holds for each claim among them what all its checks found before.
    """

    name: str
    root: Path
    file: str
    text: str
    summons: tuple[Summons, ...]
    claims: dict[str, dict[str, Evidence]]


@dataclass(frozen=True)
class Finding:
    """How a mutant was noticed, by which check, and the verdicts before and after.

    `how` is "verdict", "crash" (the check ended with an exception), or "check": the verdict is the same, but the check
    has another outcome, with which `advtheory verify` does not end with 0.
    """

    how: str
    named: Named
    before: Verdict
    after: Verdict
    note: str = ""


def verdict(found: Sequence[Evidence | None]) -> Verdict:
    """The verdict of a claim whose checks found this; None is a check that crashed."""
    reported = [evidence for evidence in found if evidence is not None]
    try:
        return decide(reported, planned=len(found))
    except Contradiction:
        return Verdict.OPEN


def changed(before: Mapping[str, Evidence], found: Mapping[str, Evidence | None], waiting: bool) -> Verdict | None:
    """The verdict when it is another one now that some checks have `found` something new; None when it is not.

    While checks are `waiting` to run nothing is said of a refuted claim: another one may refute it in its turn. Any
    other verdict, once changed, stays changed whatever they find.
    """
    old, new = verdict([*before.values()]), verdict([found.get(name, evidence) for name, evidence in before.items()])
    return None if new is old or (old is Verdict.REFUTED and waiting) else new


def judge(case: Case, answer: Connection) -> None:
    """Send the name of each check before it runs, at the end the CPU time and a Finding or None.

    Runs in a process of its own.
    """
    os.chdir(case.root)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    starter = os.getppid()
    path = case.root / case.file
    mutated = Replaced(module_name(case.file), lambda: compile(case.text, path, "exec", dont_inherit=True))
    sys.meta_path.insert(0, mutated)
    found: dict[str, dict[str, Evidence | None]] = {claim: {} for claim in case.claims}
    for place, summons in enumerate(case.summons):
        if os.getppid() != starter:  # nobody waits for an answer any more
            return
        answer.send(summons.named)
        note, evidence = _heard(summons)
        claim = summons.named.claim
        found[claim][summons.named.check] = evidence
        waiting = any(later.named.claim == claim for later in case.summons[place + 1 :])
        before = verdict([*case.claims[claim].values()])
        after = changed(case.claims[claim], found[claim], waiting)
        if after is not None or (before is not Verdict.OPEN and _differs(summons.evidence, evidence)):
            how = "crash" if evidence is None else "check" if after is None else "verdict"
            answer.send(time.process_time())
            answer.send(Finding(how, summons.named, before, after or before, note))
            return
    if not mutated.executed:
        raise RuntimeError(f"no check has imported {case.file}, so the mutant was never in its place")
    answer.send(time.process_time())
    answer.send(None)


def _differs(before: Evidence, now: Evidence | None) -> bool:
    return now is None or now.outcome is not before.outcome


def _heard(summons: Summons) -> tuple[str, Evidence | None]:
    signal.setitimer(signal.ITIMER_PROF, summons.limit)  # ends this process, unless it is set to 0 in time
    try:
        with warnings.catch_warnings():
            claim = load(summons.named)
            warnings.simplefilter("error")  # as pytest runs it
            return "", bare(run_check(claim, claim.check(summons.named.check), BUDGET))
    except BaseException as error:
        return f"{type(error).__name__}: {str(error)[:200]}", None
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
