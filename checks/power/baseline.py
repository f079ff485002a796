"""What a check finds on the code as it is, what it costs, and every line that it runs, by coverage.py."""

import os
import sys
import time
import warnings
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from pkgutil import walk_packages

from checks.claim import BUDGETS, Claim
from checks.power.suite import digest
from checks.result import Evidence
from checks.runner import run_check

BUDGET = BUDGETS["quick"]
HARNESS = "checks.power"


@dataclass(frozen=True)
class Named:
    """A check of a claim by name, and the module that holds the claim."""

    module: str
    claim: str
    check: str


@dataclass(frozen=True)
class Baseline:
    """A check on the unmutated code.

    `evidence` is without words and numbers. `seconds` are of CPU time, under the tracer. `imported` and `run` are the
    lines of each source that are executed when the claim is imported, and only then by the check. `needs` are the
    files of the suite that it has loaded or read, with their digests: while they last, so does this.
    """

    named: Named
    evidence: Evidence
    seconds: float
    imported: dict[str, tuple[int, ...]]
    run: dict[str, tuple[int, ...]]
    needs: dict[str, str]

    def holds_for(self, root: Path) -> bool:
        """Whether every file that this rests on is in `root` as it was."""
        return all(digest(root / file) == then for file, then in self.needs.items())


def load(named: Named) -> Claim[object]:
    """The claim of a named check."""
    claim: Claim[object] = import_module(named.module).CLAIM
    return claim


def bare(evidence: Evidence) -> Evidence:
    """What a verdict takes from an evidence."""
    return Evidence(evidence.kind, evidence.outcome, evidence.scope, "", {})


def list_checks(papers: tuple[str, ...], answer: Connection) -> None:
    """Send every check of every claim of `papers`; runs in a process of its own."""
    modules = [
        info.name
        for paper in papers
        for info in walk_packages(import_module(paper).__path__, f"{paper}.")
        if not info.ispkg
    ]
    found = [(name, claim) for name in modules if (claim := getattr(import_module(name), "CLAIM", None))]
    answer.send([Named(name, claim.id, check.name) for name, claim in found for check in claim.checks])


def measure(task: tuple[Named, Path, tuple[str, ...]], answer: Connection) -> None:
    """Send the baseline of a check, or in words why there is none; runs in a process of its own."""
    import coverage  # here, not above: judges have no need of it

    named, root, files = task
    os.chdir(root)
    opened: set[str] = set()
    sys.addaudithook(lambda event, details: opened.add(str(details[0])) if event == "open" else None)
    tracer = coverage.Coverage(data_file=None, include=[str(root / file) for file in files], config_file=False)
    try:
        with warnings.catch_warnings():
            tracer.start()
            tracer.switch_context("import")
            claim = load(named)
            tracer.switch_context("check")
            begun = time.process_time()
            warnings.simplefilter("error")  # as pytest runs it
            evidence = run_check(claim, claim.check(named.check), BUDGET)
            seconds = time.process_time() - begun
            tracer.stop()
    except Exception as error:
        answer.send(f"{type(error).__name__}: {error}")
        return
    lines = {context: _lines(tracer, context, root, files) for context in ("import", "check")}
    needs = {file: digest(root / file) for file in sorted(_loaded(root) | _read(opened, root))}
    answer.send(Baseline(named, bare(evidence), round(seconds, 4), lines["import"], lines["check"], needs))


def _lines(tracer: object, context: str, root: Path, files: tuple[str, ...]) -> dict[str, tuple[int, ...]]:
    data = tracer.get_data()  # type: ignore[attr-defined]
    data.set_query_context(context)
    found = {file: tuple(sorted(data.lines(str(root / file)) or ())) for file in files}
    return {file: lines for file, lines in found.items() if lines}


def _loaded(root: Path) -> set[str]:
    modules = [(name, getattr(module, "__file__", None)) for name, module in list(sys.modules.items())]
    ours = (Path(file) for name, file in modules if file and not name.startswith(HARNESS))
    return {path.relative_to(root).as_posix() for path in ours if path.is_relative_to(root)}


def _read(opened: set[str], root: Path) -> set[str]:
    paths = {(root / name).resolve() for name in opened}
    data = (path for path in paths if path.is_relative_to(root) and path.is_file())
    return {path.relative_to(root).as_posix() for path in data if path.suffix not in {".py", ".pyc"}}
