"""A run as tasks: every check of a claim on its own formula, and all of its checks on all of its mutants.

A task is a pure function of its name, the budget and what `key` lists, so it may run in any process on any machine,
in any order, and again after a crash.
"""

import hashlib
import json
import platform
import time
import traceback
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from threadpoolctl import threadpool_info

from checks import catalogue
from checks.claim import Budget, Claim
from checks.result import Evidence, Kind, Outcome
from checks.runner import run_check, run_mutant

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("theory/**/*.py", "models/**/*.py", "checks/**/*.py", "reports/recorded/*.json")
PACKAGES = ("hypothesis", "mpmath", "numpy", "python-flint", "scikit-learn", "scipy", "sympy", "torch")
SECONDS = {
    Kind.SYMBOLIC: 0.15, Kind.CERTIFIED: 0.1, Kind.SAMPLED: 0.3, Kind.MONTE_CARLO: 0.15, Kind.TREND: 0.45,
    Kind.TRAINED: 0.2,
}  # fmt: skip
"""Means over the checks of a quick run, mutants included; only the size of a cluster's batches rests on them."""


@dataclass(frozen=True)
class Task:
    """A check of a claim on its own formula; without `check`, all of the claim's checks on its mutants."""

    claim: str
    check: str | None = None

    @property
    def name(self) -> str:
        """What tells it from the other tasks of a run."""
        return self.claim if self.check is None else f"{self.claim}/{self.check}"

    def seconds(self, times: Mapping[str, float]) -> float:
        """How long it takes by the `times` of an earlier run, or of its kind where they do not tell."""
        item = catalogue.claim(self.claim)
        checks = item.checks if self.check is None else (item.check(self.check),)
        endings = [f"-{mutant.name}" for mutant in item.mutants] if self.check is None else [""]
        parts = [(f"{self.claim}-{check.name}{end}", SECONDS[check.kind]) for check in checks for end in endings]
        return sum(times.get(name, usual) for name, usual in parts)


@dataclass(frozen=True)
class Piece:
    """What a task found: the evidence of its check, or outcomes by "check/mutant", and the seconds that each took.

    `crash` says in one sentence why the task broke off, `traceback` where.
    """

    claim: str
    check: str | None
    times: dict[str, float]
    evidence: Evidence | None = None
    mutants: dict[str, Outcome] | None = None
    crash: str | None = None
    traceback: str | None = None

    @property
    def task(self) -> Task:
        """The task that found it."""
        return Task(self.claim, self.check)

    @property
    def is_whole(self) -> bool:
        """Whether the task came to its end."""
        return self.crash is None and (self.mutants if self.check is None else self.evidence) is not None


def tasks(claims: Iterable[Claim[Any]]) -> Iterator[Task]:
    """The tasks of `claims`, each claim's checks before its mutants."""
    for claim in claims:
        yield from (Task(claim.id, check.name) for check in claim.checks)
        yield Task(claim.id)


def run(task: Task, budget: Budget) -> Piece:
    """What `task` finds; an exception or a warning is a crash.

    Everything but the times and the traceback is the same wherever the task runs.
    """
    claim = catalogue.claim(task.claim)
    piece = Piece(claim.id, task.check, {})
    try:
        with _warnings() as warned:
            whole = (
                _mutants(claim, budget, piece) if task.check is None else _evidence(claim, task.check, budget, piece)
            )
    except Exception as error:
        return replace(piece, crash=f"{type(error).__name__}: {error}", traceback=traceback.format_exc())
    return replace(piece, crash=warned[0], traceback=warned[1]) if warned else whole


def _evidence(claim: Claim[Any], name: str, budget: Budget, piece: Piece) -> Piece:
    begun = time.perf_counter()
    evidence = run_check(claim, claim.check(name), budget)
    return replace(piece, evidence=evidence, times={f"{claim.id}-{name}": round(time.perf_counter() - begun, 4)})


def _mutants(claim: Claim[Any], budget: Budget, piece: Piece) -> Piece:
    outcomes: dict[str, Outcome] = {}
    times: dict[str, float] = {}
    for check in claim.checks:
        for mutant in claim.mutants:
            begun = time.perf_counter()
            outcomes[f"{check.name}/{mutant.name}"] = run_mutant(claim, check, mutant, budget)
            times[f"{claim.id}-{check.name}-{mutant.name}"] = round(time.perf_counter() - begun, 4)
    return replace(piece, mutants=outcomes, times=times)


@contextmanager
def _warnings() -> Iterator[list[str]]:
    """The first warning, and where."""
    warned: list[str] = []

    def note(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if not warned:
            warned.append(f"{category.__name__}: {message} ({Path(filename).name}:{lineno})")
            warned.append("".join(traceback.format_stack()))

    with warnings.catch_warnings(action="always"):
        warnings.showwarning = note
        yield warned


def key(budget: Budget) -> dict[str, str]:
    """What decides every piece of a run, as plain JSON: pieces under one key may be mixed."""
    return {
        "code": _code(),
        "budget": json.dumps(asdict(budget)),
        "python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
        "kernels": _kernels(),
    }


@cache
def _code() -> str:
    digest = hashlib.sha256()
    for path in sorted(path for pattern in SOURCES for path in ROOT.glob(pattern)):
        digest.update(f"{path.relative_to(ROOT)}\n".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


@cache
def _kernels() -> str:
    """The processor's instructions that the libraries chose: sums of floats differ in their last digits with them."""
    import scipy.linalg  # noqa: F401  it and torch bring what threadpoolctl looks at
    import torch

    numpys = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    blas = sorted({str(library.get("architecture")) for library in threadpool_info() if library["user_api"] == "blas"})
    torchs = torch.backends.cpu.get_cpu_capability()
    return f"{platform.machine()}, NumPy {' '.join(numpys)}, BLAS {' '.join(blas)}, torch {torchs}"
