"""The same claims by different numbers of workers, orders, hash seeds and processes, threads and kernels: what changes?

`python -m tests.determinism [-k EXPR]`

Workers, order, hash seeds and a cluster must not change a byte. Threads and kernels change the last digits of sums, and
must not change a verdict or the fate of a mutant; the margins say how far from that they were.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from checks.codec import encode
from checks.result import CheckResult, ClaimResult, Evidence, Run, load
from tests import two_threads

ROOT = Path(__file__).resolve().parent.parent
SIMD = " ".join(np.show_config(mode="dicts")["SIMD Extensions"].get("found", []))


@dataclass(frozen=True)
class Way:
    """A way to run the same checks."""

    name: str
    options: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


FIRST = Way("1 worker", ("-n", "1"), {"PYTHONHASHSEED": "0"})
SAME = (
    Way("2 workers, shuffled, another hash seed", ("-n", "2", "--shuffle", "1"), {"PYTHONHASHSEED": "1"}),
    Way("8 workers, shuffled again", ("-n", "8", "--shuffle", "2"), {"PYTHONHASHSEED": "0"}),
    Way("a cluster of 2 processes", ("--cluster", "local[2]")),
)
NEARLY = (
    Way("2 threads", ("-n", "1"), {"PYTEST_PLUGINS": two_threads.PLUGIN}),
    Way(
        "kernels of a processor of 2008", ("-n", "2"),
        {
            "OPENBLAS_CORETYPE": "Nehalem", "NPY_DISABLE_CPU_FEATURES": SIMD, "MKL_CBWR": "COMPATIBLE",
            "ATEN_CPU_CAPABILITY": "default",
        },
    ),
)  # fmt: skip
DECISIVE = (
    ("worst gap", "tolerance"),
    ("gap of the counterexample", "tolerance"),
    ("largest deviation in standard errors", "margin in standard errors"),
    ("detectable relative difference", "resolution"),
    ("detectable excess", "least room"),
    ("largest excess", 0.0),
    ("largest distance over the one allowed", 1.0),
)
"""What decides a check, and its threshold, by the names of evidence's numbers."""


@dataclass(frozen=True)
class Margin:
    """A decisive number of a check, its distance from the threshold, and by how much it changed."""

    check: str
    number: str
    distance: float
    change: float

    @property
    def changes(self) -> float:
        """How many times the change would have to be as large to change the outcome."""
        return self.distance / self.change if self.change else math.inf


def run(way: Way, selection: str, results: Path) -> Run:
    """The run of a selection in one way; RuntimeError when it does not come to its end."""
    results.parent.mkdir(parents=True, exist_ok=True)
    tests = [str(ROOT / "tests" / name) for name in ("test_claims.py", "test_power.py")]
    command = [
        sys.executable, "-m", "pytest", *tests, "-q", "-k", selection, "--results", str(results), "--fresh",
        "--dist", "worksteal", "-p", "no:cacheprovider", "--rootdir", str(ROOT), *way.options,
    ]  # fmt: skip
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | way.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, check=False,
    )  # fmt: skip
    if done.returncode not in {0, 1} or not results.is_file():
        raise RuntimeError(f"a run must come to its end, got status {done.returncode} ({way.name})\n{done.stdout}")
    return load(results)


def different(first: Run, second: Run) -> list[str]:
    """The names of the claims of which one byte differs."""
    pairs = zip(first.claims, second.claims, strict=True)
    return [one.id for one, other in pairs if json.dumps(encode(one)) != json.dumps(encode(other))]


def decided_differently(first: Run, second: Run) -> list[str]:
    """Sentences for every verdict, outcome of a check, and outcome on a mutant that differ."""
    pairs = dict(zip(_decisions(first), _decisions(second), strict=True))
    return [f"{what}: {one}, then {other}" for (what, one), (_, other) in pairs.items() if one != other]


def margins(first: Run, second: Run) -> list[Margin]:
    """The margins of every check that has a decisive number, the smallest first."""
    found: list[Margin] = []
    for one, other in zip(_checks(first), _checks(second), strict=True):
        name, left, right = one[0], one[2].evidence, other[2].evidence
        if left and right:
            found.extend(_margins(name, left, right))
    return sorted(found, key=lambda margin: margin.changes)


def _margins(name: str, first: Evidence, second: Evidence) -> Iterator[Margin]:
    for number, threshold in DECISIVE:
        least = first.numbers.get(threshold) if isinstance(threshold, str) else threshold
        if least is not None and number in first.numbers and number in second.numbers:
            value = first.numbers[number]
            yield Margin(name, number, abs(value - least), abs(value - second.numbers[number]))


def _checks(run: Run) -> Iterator[tuple[str, ClaimResult, CheckResult]]:
    for claim in run.claims:
        for check in claim.checks:
            yield f"{claim.id} {check.name}", claim, check


def _decisions(run: Run) -> Iterator[tuple[str, str]]:
    for claim in run.claims:
        yield claim.id, claim.verdict.value
    for name, _, check in _checks(run):
        yield name, check.evidence.outcome.value if check.evidence else "none"
        for mutant in check.mutants:
            yield f"{name} on {mutant.mutant}", mutant.outcome.value if mutant.outcome else "none"


def _report(way: Way, first: Run, second: Run) -> bool:
    """Say what threads or kernels changed; whether they changed nothing that matters."""
    wrong = decided_differently(first, second)
    checks = [(one[2], other[2]) for one, other in zip(_checks(first), _checks(second), strict=True)]
    changed = sum(one != other for one, other in checks)
    found = margins(first, second)
    covered = len({margin.check for margin in found})
    print(f"{way.name}: evidence of {changed} of {len(checks)} checks differs, {len(wrong)} outcomes and verdicts")
    print(*(f"  {line}" for line in wrong), sep="\n", end="\n" if wrong else "")
    print(f"  {covered} checks state a decisive number and its threshold; the ones nearest to it, in changes:")
    for margin in found[:5]:
        figures = f"distance {margin.distance:.2g}, change {margin.change:.2g}"
        print(f"  {margin.changes:10.3g}  {margin.check}: {margin.number}, {figures}")
    return not wrong


def main() -> int:
    """0 when nothing changes that must not."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("-k", default="", metavar="EXPR")
    selection = options.parse_args().k
    good = True
    with tempfile.TemporaryDirectory() as folder:
        first = run(FIRST, selection, Path(folder) / "first" / "results.json")
        print(f"{FIRST.name}: {len(first.claims)} claims, {first.seconds:.0f} s", flush=True)
        for number, way in enumerate(SAME + NEARLY):
            found = run(way, selection, Path(folder) / str(number) / "results.json")
            if way in NEARLY:
                good &= _report(way, first, found)
                continue
            names = different(first, found)
            good &= not names
            print(f"{way.name}: {len(names)} claims differ{': ' if names else ''}{', '.join(names)}", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
