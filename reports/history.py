"""Several runs of one suite, oldest first: what each was, what each changed, and every claim's verdicts."""

import hashlib
import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from checks.result import ClaimResult, Run, Verdict, load
from reports.comparison import ABSENT, Comparison, compare, same_effort


@dataclass(frozen=True)
class Stretch:
    """Runs in a row in which a claim kept its verdict and its words; None where the claim was absent."""

    verdict: Verdict | None
    runs: int
    edited: bool = False


@dataclass(frozen=True)
class Strip:
    """A claim's verdicts over all runs; its stretches cover each run once."""

    claim: str
    stretches: tuple[Stretch, ...]

    @property
    def changed(self) -> bool:
        """Whether the verdict, or that there is one, was not the same in all runs."""
        return len({stretch.verdict for stretch in self.stretches}) > 1


@dataclass(frozen=True)
class History:
    """At least two runs, oldest first; ValueError when two in a row have no paper in common."""

    runs: tuple[Run, ...]
    ROWS: ClassVar = 25  # changes of one kind that the page lists; the others are counted
    STEPS: ClassVar = 8  # runs of which it lists the changes

    def __post_init__(self) -> None:
        """Compare the runs at once: what cannot be compared is no history."""
        if len(self.runs) < 2:
            raise ValueError(f"runs must be at least two to have a history, got {len(self.runs)}")
        _ = self.steps

    @cached_property
    def steps(self) -> list[tuple[int, Comparison]]:
        """What each run but the first changed, newest first, under its number; the first run has number 1."""
        pairs = itertools.pairwise(self.runs)
        return [(number, compare(*pair)) for number, pair in enumerate(pairs, start=2)][::-1]

    @property
    def counts(self) -> list[dict[Verdict, int]]:
        """How many claims had each verdict, run by run."""
        found = [Counter(claim.verdict for claim in run.claims) for run in self.runs]
        return [{verdict: count[verdict] for verdict in Verdict} for count in found]

    @property
    def packages(self) -> list[list[tuple[str, str, str]]]:
        """The packages that each run had in another version than the run before: name, old and new version."""
        return [[], *(_moved(old.packages, new.packages) for old, new in itertools.pairwise(self.runs))]

    @property
    def same_effort(self) -> bool:
        """Whether all runs had one budget."""
        return all(same_effort(self.runs[-1], run) for run in self.runs)

    @cached_property
    def strips(self) -> list[Strip]:
        """Every claim's verdicts: those of the last run in its order, then those that left, the latest first."""
        claims = [{claim.id: claim for claim in run.claims} for run in self.runs]
        names = dict.fromkeys(name for found in reversed(claims) for name in found)
        return [Strip(name, _stretches([found.get(name) for found in claims])) for name in names]


def load_runs(paths: Sequence[Path]) -> list[Run]:
    """The results files at `paths`; ValueError when one cannot be read, or when two hold the same run."""
    seen: dict[str, Path] = {}
    runs = []
    for path in paths:
        runs.append(load(path))
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if digest in seen:
            raise ValueError(f"results must be of different runs, got the same one twice: {seen[digest]} and {path}")
        seen[digest] = path
    return runs


def _moved(old: dict[str, str], new: dict[str, str]) -> list[tuple[str, str, str]]:
    pairs = [(name, old.get(name, ABSENT), new.get(name, ABSENT)) for name in sorted(old.keys() | new.keys())]
    return [(name, was, now) for name, was, now in pairs if was != now]


def _stretches(found: list[ClaimResult | None]) -> tuple[Stretch, ...]:
    stretches: list[Stretch] = []
    before: ClaimResult | None = None
    for claim in found:
        verdict = claim.verdict if claim else None
        edited = claim is not None and before is not None and claim.digest != before.digest
        if stretches and stretches[-1].verdict is verdict and not edited:
            stretches[-1] = Stretch(verdict, stretches[-1].runs + 1, stretches[-1].edited)
        else:
            stretches.append(Stretch(verdict, 1, edited))
        before = claim or before
    return tuple(stretches)
