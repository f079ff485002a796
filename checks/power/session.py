"""A session: baselines of all checks, then mutants before the checks that run them; every finished piece is kept."""

import hashlib
import math
import platform
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.metadata import version
from itertools import takewhile
from pathlib import Path
from typing import Any

from checks.codec import decode, encode
from checks.journal import Journal
from checks.power import children
from checks.power.baseline import Baseline, Named, list_checks, measure
from checks.power.judge import TIMED_OUT, Case, Finding, Summons, judge
from checks.power.probe import instrumented
from checks.power.reach import Watch, watch
from checks.power.sites import Mutant
from checks.power.suite import Suite
from checks.result import Kind

LIMIT = (10.0, 10.0)  # CPU seconds a check may take on a mutant: this many times its own, and this many more
EXACT = (Kind.SYMBOLIC, Kind.CERTIFIED)
PACKAGES = ("hypothesis", "mpmath", "numpy", "python-flint", "scikit-learn", "scipy", "sympy", "torch")
Say = Callable[[str], None]


@dataclass(frozen=True)
class Judged:
    """What became of a mutant: its fate, and which check of which claim noticed it, if one did.

    `fate` is "verdict" (a claim has another verdict), "check" (a check has another outcome), "crash" (a check ends with
    an exception), "time-out", or "survived"; `checks` is how many checks run the mutated line, `reached` in how many of
    them it makes a difference where it stands (None: not known, all were asked), `turn` is from which verdict to which,
    `seconds` are of CPU time, where they are known.
    """

    file: str
    function: str
    family: str
    operator: str
    line: int
    before: str
    after: str
    fate: str
    checks: int
    claim: str = ""
    check: str = ""
    turn: str = ""
    note: str = ""
    seconds: float = 0.0
    reached: int | None = None

    @property
    def noticed(self) -> bool:
        """Whether the run shows that something is wrong."""
        return self.fate != "survived"

    def __str__(self) -> str:
        """One line about the mutant."""
        by = f"{self.claim}-{self.check} {self.turn}{self.note and ': '}{self.note[:80]}" if self.claim else ""
        return f"{self.fate}: {self.file}:{self.line} {self.before} -> {self.after} {by}".rstrip()


@dataclass(frozen=True)
class Session:
    """A copied suite, the baselines of its checks, and what earlier sessions have finished.

    `reach` are, for each mutant that was watched, the checks in which it makes a difference where it stands.
    """

    suite: Suite
    journal: Journal
    baselines: tuple[Baseline, ...]
    jobs: int
    say: Say
    reach: dict[str, frozenset[Named]] = field(default_factory=dict)

    def watch(self, mutants: Sequence[Mutant], until: float = math.inf) -> None:
        """Run each check once, on code that reports which of all these mutants make a difference there.

        A check that does not come to an answer, or its turn after the time `until`, counts as one that each reaches.
        """
        codes, names = self._instrumented(mutants)
        concerned = {each.named: each for m in mutants if _name(m) in names for each in self.summoned(m)}
        left = {f"watch {_digest([b.named, sorted(names), sorted(b.needs.items())])}": b for b in concerned.values()}
        found = {left.pop(entry).named: answer for entry, answer in self.journal.finished.items() if entry in left}
        times, more = LIMIT
        tasks = (Watch(b, self.suite.root, codes, times * b.seconds + more) for b in left.values())
        entries = {baseline.named: entry for entry, baseline in left.items()}
        for ended in children.run(watch, takewhile(lambda _: time.monotonic() < until, tasks), self.jobs):
            named, answer = ended.task.baseline.named, ended.answers[0] if ended.answers else f"it ended ({ended.code})"
            found[named] = answer if isinstance(answer, str) else sorted(answer)
            self.journal.add(entries[named], found[named])
            self.say(f"{len(found)}/{len(concerned)} watched {named.claim}-{named.check}: {_reaching(found[named])}")
        reaching = {named: found.get(named, "") for named in concerned}
        for name in names:
            self.reach[name] = frozenset(
                n for n, answer in reaching.items() if isinstance(answer, str) or name in answer
            )

    def _instrumented(self, mutants: Sequence[Mutant]) -> tuple[dict[str, bytes], frozenset[str]]:
        texts: dict[str, dict[str, str]] = defaultdict(dict)
        for mutant in mutants:
            texts[mutant.file][_name(mutant)] = mutant.text
        codes, names = dict[str, bytes](), frozenset[str]()
        for file, mutated in texts.items():
            place = self.suite.root / file
            codes[file], reported = instrumented(place.read_text(encoding="utf-8"), mutated, str(place))
            names |= reported
        return codes, names

    def judge(self, mutants: Sequence[Mutant], until: float = math.inf) -> dict[Mutant, Judged]:
        """What becomes of each mutant; one that the same code has judged before is looked up.

        None is begun after the time `until` of the monotonic clock: those that are left have no entry.
        """
        summoned = {_name(mutant): self.summoned(mutant) for mutant in mutants}
        found = self._known({_name(mutant): mutant for mutant in mutants}, summoned)
        found |= {name: self._judged(m, None) for m in mutants if not summoned[name := _name(m)]}
        left = {_name(mutant): mutant for mutant in mutants if _name(mutant) not in found}
        cases = (self._case(name, mutant, summoned[name]) for name, mutant in left.items())
        for ended in children.run(judge, takewhile(lambda _: time.monotonic() < until, cases), self.jobs):
            name = ended.task.name
            judged = self._judged(left[name], ended)
            self.journal.add(f"{name} {self._rests(judged, summoned[name])}", encode(judged))
            found[name] = judged
            self.say(f"{len(found)}/{len(mutants)} {judged}")
        return {mutant: found[name] for mutant in mutants if (name := _name(mutant)) in found}

    def summoned(self, mutant: Mutant) -> list[Baseline]:
        """The checks that a mutant may reach; those that run the file after imports first, and cheap ones.

        Before a constant that is a little off, those without a tolerance come first of all.
        """
        running = [each for each in self._running(mutant) if each.named in self.reach.get(_name(mutant), {each.named})]

        def late(baseline: Baseline) -> tuple[bool, bool, float]:
            tolerant = mutant.is_scaled and baseline.evidence.kind not in EXACT
            return tolerant, mutant.file not in baseline.run, baseline.seconds

        return sorted(running, key=late)

    def _running(self, mutant: Mutant) -> list[Baseline]:
        """The checks that run a line of the statement."""
        places = {place for line in range(mutant.first, mutant.last + 1) for place in self.running[mutant.file, line]}
        return [self.baselines[place] for place in sorted(places)]

    @cached_property
    def running(self) -> dict[tuple[str, int], list[int]]:
        """The baselines, by their places, that execute a line of a file, if only by an import."""
        found: dict[tuple[str, int], list[int]] = defaultdict(list)
        for place, baseline in enumerate(self.baselines):
            for lines in (baseline.imported, baseline.run):
                for file, numbers in lines.items():
                    for number in numbers:
                        found[file, number].append(place)
        return found

    @cached_property
    def claims(self) -> dict[str, list[Baseline]]:
        """The baselines of each claim."""
        found: dict[str, list[Baseline]] = defaultdict(list)
        for baseline in self.baselines:
            found[baseline.named.claim].append(baseline)
        return found

    def _case(self, name: str, mutant: Mutant, running: Sequence[Baseline]) -> Case:
        times, more = LIMIT
        summons = tuple(Summons(each.named, each.evidence, times * each.seconds + more) for each in running)
        claims = {
            claim: {each.named.check: each.evidence for each in self.claims[claim]}
            for claim in {each.named.claim for each in running}
        }
        return Case(name, self.suite.root, mutant.file, mutant.text, summons, claims)

    def _known(self, mutants: dict[str, Mutant], summoned: dict[str, list[Baseline]]) -> dict[str, Judged]:
        found: dict[str, Judged] = {}
        for entry, data in self.journal.finished.items():
            name, _, rests = entry.partition(" ")
            if name in mutants:
                judged: Judged = decode(Judged, data, entry)
                if rests == self._rests(judged, summoned[name]):
                    found[name] = judged
        return found

    def _judged(self, mutant: Mutant, ended: children.Ended[Case] | None) -> Judged:
        """What became of a mutant by the end of its judge; without one, when it reaches no check."""
        reached = self.reach.get(_name(mutant))
        counts = len(self._running(mutant)), None if reached is None else len(reached)
        return replace(_fate(mutant, ended), checks=counts[0], reached=counts[1])

    def _rests(self, judged: Judged, running: Sequence[Baseline]) -> str:
        """A digest of all that a mutant's fate rests on: of the claim that noticed it, or of every claim asked."""
        claims = {judged.claim} if judged.claim else {each.named.claim for each in running}
        needs = [repr((e.named, sorted(e.needs.items()))) for c in sorted(claims) for e in self.claims[c]]
        return _digest(needs)


@contextmanager
def opened(suite: Suite, folder: Path, jobs: int, say: Say) -> Iterator[Session]:
    """A session on a copy of `suite` that lies, with the journal, in `folder`.

    Raises ValueError when another session is open there, and when a check does not run on the unmutated code.
    """
    versions = {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}
    journal = Journal(folder / "journal", versions)
    for sentence in journal.damage:
        say(sentence)
    copied = suite.copy(folder.resolve() / "tree")
    sys.path.insert(0, str(copied.root))  # where the children look first
    try:
        children.preload(copied.preload)
        yield Session(copied, journal, _baselines(copied, journal, jobs, say), jobs, say)
    finally:
        sys.path.remove(str(copied.root))
        journal.close()


def _baselines(suite: Suite, journal: Journal, jobs: int, say: Say) -> tuple[Baseline, ...]:
    (listed,) = children.run(list_checks, [suite.papers], 1)
    if not listed.answers:
        raise ValueError(f"papers must be packages that can be imported, got {', '.join(suite.papers)}")
    names: list[Named] = listed.answers[0]
    known = [decode(Baseline, data, name) for name, data in journal.finished.items() if name.startswith("baseline ")]
    found = {baseline.named: baseline for baseline in known if baseline.holds_for(suite.root)}
    files = tuple(suite.files())
    tasks = [(named, suite.root, files) for named in names if named not in found]
    for ended in children.run(measure, tasks, jobs):
        named, answer = ended.task[0], ended.answers[0] if ended.answers else f"it ended with code {ended.code}"
        if not isinstance(answer, Baseline):
            raise ValueError(
                f"every check must run on the code as it is, but not {named.claim}-{named.check}: {answer}"
            )
        found[named] = answer
        journal.add(f"baseline {named.claim}-{named.check} {_digest([repr(answer.needs)])}", encode(answer))
        say(f"{len(found)}/{len(names)} {named.claim}-{named.check}: {answer.seconds:.2f} s")
    return tuple(found[named] for named in names)


def _fate(mutant: Mutant, ended: children.Ended[Case] | None) -> Judged:
    place = (mutant.file, mutant.function, mutant.family, mutant.operator, mutant.line, mutant.before, mutant.after)
    survived = Judged(*place, "survived", 0)
    if ended is None:
        return survived
    last = ended.answers[-1] if ended.answers else "no answer"
    seconds = sum(round(answer, 2) for answer in ended.answers if isinstance(answer, float))
    if last is None:
        return replace(survived, seconds=seconds)
    if isinstance(last, Finding):
        turn = f"{last.before.value} to {last.after.value}"
        return Judged(*place, last.how, 0, last.named.claim, last.named.check, turn, last.note, seconds)
    if isinstance(last, Named) and (ended.code or 0) < 0:  # a signal has ended the process in the middle of this check
        fate = "time-out" if ended.still or ended.code == TIMED_OUT else "crash"
        return Judged(*place, fate, 0, last.claim, last.check, note=f"the process ended with code {ended.code}")
    raise RuntimeError(f"a judge must end with a finding, got exit code {ended.code} for {mutant}")


def _name(mutant: Mutant) -> str:
    return _digest([mutant.file, mutant.text])


def _digest(parts: Iterable[Any]) -> str:
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:16]


def _reaching(answer: str | list[str]) -> str:
    return f"all, as {answer}" if isinstance(answer, str) else f"{len(answer)} mutants"
