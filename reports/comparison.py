"""What changed between two runs."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from checks.result import CheckResult, ClaimResult, Run, encode

WATCHED = ("worst", "largest", "detectable")  # how the numbers begin that say how close, and how closely looked
LIMITS = {"worst gap": "tolerance", "largest deviation in standard errors": "margin in standard errors"}
SHARE = 0.01  # a gap that moved by less than a hundredth of what is allowed is no news
SLOWER, SECONDS = 1.5, 1.0  # a time is news when it moved by this factor and this much: less is noise
ABSENT = "absent"


class Topic(Enum):
    """What a change is about, in the order in which a reader wants to know."""

    VERDICT = "Verdicts changed"
    REMOVED = "Claims removed"
    ADDED = "Claims added"
    EDITED = "Claims edited"
    RUN = "How it was run"
    EVIDENCE = "Outcomes, conditions and mutants"
    NUMBER = "Gaps and other numbers"
    TIME = "Times"


@dataclass(frozen=True)
class Change:
    """One difference: what it is about, where (a claim, one of its checks, or the run), what, and both values."""

    topic: Topic
    what: str
    old: str
    new: str
    claim: str | None = None
    check: str | None = None

    @property
    def where(self) -> str:
        """The claim, its check, or the run."""
        return "-".join(filter(None, (self.claim, self.check))) or "run"

    @property
    def line(self) -> str:
        """The difference as one line of text."""
        return f"{self.where}: {self.what}: {self.old} -> {self.new}"

    @property
    def is_regression(self) -> bool:
        """Whether a verdict changed or a claim vanished."""
        return self.topic in {Topic.VERDICT, Topic.REMOVED}


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

    @property
    def headline(self) -> str:
        """How many verdicts changed and how many claims came and went."""
        words = ((Topic.VERDICT, "verdict"), (Topic.REMOVED, "claim"), (Topic.ADDED, "claim"))
        counts = [(len(self.by_topic.get(topic, ())), noun, topic.value.split()[-1]) for topic, noun in words]
        said = [f"{count} {noun}{'s' * (count != 1)} {done}" for count, noun, done in counts if count]
        return ", ".join(said) or ("no verdict changed" if self.changes else "nothing changed")

    @cached_property
    def by_topic(self) -> dict[Topic, list[Change]]:
        """The changes under what they are about; topics without any are left out."""
        groups = {topic: [change for change in self.changes if change.topic is topic] for topic in Topic}
        return {topic: changes for topic, changes in groups.items() if changes}


def compare(old: Run, new: Run) -> Comparison:
    """What is different in `new`; ValueError when the two runs have no paper in common."""
    _expect_one_subject(old, new)
    before, after = ({claim.id: claim for claim in run.claims} for run in (old, new))
    changes = list(_setting(old, new))
    for name in [*before, *(name for name in after if name not in before)]:
        if name not in after:
            changes.append(Change(Topic.REMOVED, "claim", before[name].verdict.value, ABSENT, name))
        elif name not in before:
            changes.append(Change(Topic.ADDED, "claim", ABSENT, after[name].verdict.value, name))
        else:
            changes += _claim(before[name], after[name], same_effort(old, new))
            changes += _time(claim_seconds(old, before[name]), claim_seconds(new, after[name]), name)
    order = list(Topic)
    return Comparison(tuple(sorted(changes, key=lambda change: order.index(change.topic))))


def as_json(old: Run, new: Run, comparison: Comparison) -> str:
    """A comparison of `old` and `new` for programs."""
    heads = {
        name: {"revision": run.revision, "started": run.started, "seconds": run.seconds, "claims": len(run.claims)}
        for name, run in (("old", old), ("new", new))
    }
    changes = [
        {
            "topic": change.topic.name.lower(), "claim": change.claim, "check": change.check, "what": change.what,
            "old": change.old, "new": change.new,
        }
        for change in comparison.changes
    ]  # fmt: skip
    return json.dumps(encode(heads | {"regression": comparison.is_regression, "changes": changes}), indent=1)


def same_effort(old: Run, new: Run) -> bool:
    """Whether both runs had one budget, so that all their numbers can be held against each other."""
    return {key: str(value) for key, value in old.budget.items()} == {k: str(v) for k, v in new.budget.items()}


def claim_seconds(run: Run, claim: ClaimResult) -> float | None:
    """What a claim's checks took on its formula and on its mutants; None when nothing was timed."""
    own = [f"{claim.id}-{check.name}" for check in claim.checks]
    keys = [*own, *(f"{name}-{mutant}" for name in own for mutant in claim.mutants)]
    times = [run.times[key] for key in keys if key in run.times]
    return math.fsum(times) if times else None


def _expect_one_subject(old: Run, new: Run) -> None:
    before, after = ({claim.paper for claim in run.claims} for run in (old, new))
    if before and after and not before & after:
        raise ValueError(f"runs must be of one paper, got {sorted(before)[0]!r} and {sorted(after)[0]!r}")


def _setting(old: Run, new: Run) -> Iterator[Change]:
    """What makes two runs hard to compare: another budget, seed, package or revision; and the time of the whole."""
    for what in ("budget", "packages"):
        before, after = (dict(getattr(run, what)) for run in (old, new))
        for key in sorted(before.keys() | after.keys()):
            values = before.get(key, ABSENT), after.get(key, ABSENT)
            yield from _change(Topic.RUN, f"{what}, {key}", *values)
    yield from _change(Topic.RUN, "revision", old.revision, new.revision)
    yield from _time(old.seconds, new.seconds, None)


def _claim(old: ClaimResult, new: ClaimResult, same_effort: bool) -> Iterator[Change]:
    yield from _change(Topic.VERDICT, "verdict", old.verdict.value, new.verdict.value, new.id)
    yield from _edits(old, new)
    yield from _change(Topic.EVIDENCE, "given", _listed(old.given), _listed(new.given), new.id)
    yield from _change(Topic.EVIDENCE, "mutants rejected", _rejected(old), _rejected(new), new.id)
    before, after = ({check.name: check for check in claim.checks} for claim in (old, new))
    for name in [*before, *(name for name in after if name not in before)]:
        was, now = before.get(name), after.get(name)
        yield from _change(Topic.EVIDENCE, "outcome", _outcome(was), _outcome(now), new.id, name)
        yield from _numbers(_found(was), _found(now), new.id, name, same_effort)


def _edits(old: ClaimResult, new: ClaimResult) -> Iterator[Change]:
    """The parts of a claim's text that were written anew, or `code` where only the fingerprint tells."""
    before, after = _texts(old), _texts(new)
    for part in before:
        yield from _change(Topic.EDITED, part, before[part], after[part], new.id)
    if before == after:
        yield from _change(Topic.EDITED, "code, by its fingerprint", old.digest, new.digest, new.id)


def _texts(claim: ClaimResult) -> dict[str, str]:
    assumptions = "; ".join(f"{name}: {sentence}" for name, sentence in claim.assumptions)
    formula = f"${claim.formula}$" if claim.formula else None
    texts = {"statement": claim.statement, "formula": formula, "assumptions": assumptions, "reading": claim.reading,
             "erratum": claim.erratum}  # fmt: skip
    return {part: text or ABSENT for part, text in texts.items()}


def _change(
    topic: Topic, what: str, old: object, new: object, claim: str | None = None, check: str | None = None
) -> Iterator[Change]:
    if str(old) != str(new):
        yield Change(topic, what, str(old), str(new), claim, check)


def _numbers(
    old: dict[str, float], new: dict[str, float], claim: str, check: str, same_effort: bool
) -> Iterator[Change]:
    """The numbers of a check that moved; with another budget only those that do not count the effort itself."""
    for key in (key for key in old if key in new and (same_effort or key.startswith(WATCHED))):
        texts = [f"{numbers[key]:.3g}" for numbers in (old, new)]
        was, now = (_share(numbers, key) for numbers in (old, new))
        if was is not None and now is not None:
            if abs(now - was) < SHARE:
                continue
            texts = [text + _of_limit(share, key) for text, share in zip(texts, (was, now), strict=True)]
        yield from _change(Topic.NUMBER, key, texts[0], texts[1], claim, check)


def _share(numbers: dict[str, float], key: str) -> float | None:
    """How much of what is allowed a gap takes; None where nothing says what is allowed."""
    limit = numbers.get(LIMITS.get(key, ""), 0.0)
    return numbers[key] / limit if limit > 0 else None


def _of_limit(share: float, key: str) -> str:
    """The share in words; beyond ten times what is allowed it says nothing that the number does not."""
    return f" ({share:.0%} of {LIMITS[key]})" if abs(share) < 10 else ""


def _time(old: float | None, new: float | None, claim: str | None) -> Iterator[Change]:
    if old is None or new is None or not abs(new - old) >= SECONDS:
        return
    if max(old, new) >= SLOWER * min(old, new):
        yield Change(Topic.TIME, "time", f"{old:.1f} s", f"{new:.1f} s", claim)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "nothing"


def _rejected(claim: ClaimResult) -> str:
    return f"{claim.mutants_rejected} of {len(claim.mutants)}"


def _outcome(check: CheckResult | None) -> str:
    if check is None:
        return ABSENT
    return check.evidence.outcome.value if check.evidence else f"no evidence ({check.problem})"


def _found(check: CheckResult | None) -> dict[str, float]:
    return check.evidence.numbers if check and check.evidence else {}
