"""What changed between two runs."""

from collections.abc import Iterator
from dataclasses import dataclass

from checks.result import CheckResult, ClaimResult, Run

WATCHED = ("worst", "largest", "detectable")  # how the numbers begin that say how close, and how closely looked
ABSENT = "absent"


@dataclass(frozen=True)
class Change:
    """One difference: where (a claim, one of its checks, or the run), what, and both values as text."""

    where: str
    what: str
    old: str
    new: str
    is_regression: bool = False

    @property
    def line(self) -> str:
        """The difference as one line of text."""
        return f"{self.where}: {self.what}: {self.old} -> {self.new}"


@dataclass(frozen=True)
class Comparison:
    """Every difference between two runs, regressions first."""

    changes: tuple[Change, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """One line of text for each difference."""
        return tuple(change.line for change in self.changes)

    @property
    def is_regression(self) -> bool:
        """Whether a verdict changed or a claim vanished."""
        return any(change.is_regression for change in self.changes)


def compare(old: Run, new: Run) -> Comparison:
    """What is different in `new`: claims, verdicts, statements, outcomes, worst gaps, detectable differences."""
    before, after = ({claim.id: claim for claim in run.claims} for run in (old, new))
    changes = [*_setting(old, new)]
    for name in [*before, *(name for name in after if name not in before)]:
        if name not in after:
            changes.append(Change(name, "claim", before[name].verdict.value, ABSENT, is_regression=True))
        elif name not in before:
            changes.append(Change(name, "claim", ABSENT, after[name].verdict.value))
        else:
            changes.extend(_claim(before[name], after[name]))
    return Comparison(tuple(sorted(changes, key=lambda change: not change.is_regression)))


def _setting(old: Run, new: Run) -> Iterator[Change]:
    """What makes two runs hard to compare: another budget, seed or package."""
    for what in ("budget", "packages"):
        before, after = (dict(getattr(run, what)) for run in (old, new))
        for key in sorted(before.keys() | after.keys()):
            yield from _change("run", f"{what}, {key}", before.get(key, ABSENT), after.get(key, ABSENT))


def _claim(old: ClaimResult, new: ClaimResult) -> Iterator[Change]:
    if old.verdict is not new.verdict:
        yield Change(new.id, "verdict", old.verdict.value, new.verdict.value, is_regression=True)
    yield from _change(new.id, "given", _listed(old.given), _listed(new.given))
    yield from _change(new.id, "statement digest", old.digest, new.digest)
    yield from _change(new.id, "mutants rejected", _rejected(old), _rejected(new))
    before, after = ({check.name: check for check in claim.checks} for claim in (old, new))
    for name in [*before, *(name for name in after if name not in before)]:
        where = f"{new.id}-{name}"
        yield from _change(where, "outcome", _outcome(before.get(name)), _outcome(after.get(name)))
        was, now = _watched(before.get(name)), _watched(after.get(name))
        for key in was:
            yield from _change(where, key, was[key], now.get(key, was[key]))


def _change(where: str, what: str, old: object, new: object) -> Iterator[Change]:
    if str(old) != str(new):
        yield Change(where, what, str(old), str(new))


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "nothing"


def _rejected(claim: ClaimResult) -> str:
    return f"{claim.mutants_rejected} of {len(claim.mutants)}"


def _outcome(check: CheckResult | None) -> str:
    if check is None:
        return ABSENT
    return check.evidence.outcome.value if check.evidence else f"no evidence ({check.problem})"


def _watched(check: CheckResult | None) -> dict[str, str]:
    """The measured numbers of a check, to three significant digits: a change beyond them is no news."""
    numbers = check.evidence.numbers if check and check.evidence else {}
    return {key: f"{value:.3g}" for key, value in numbers.items() if key.startswith(WATCHED)}
