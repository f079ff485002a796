"""A run as text: a table as wide as the terminal, and what differs from the ledger."""

import os
import shutil
import textwrap
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TextIO

from checks.result import ClaimResult, Evidence, Kind, MutantRun, Outcome, Run, Verdict
from reports.comparison import claim_seconds
from reports.wording import verbatim, visible

SIGNS = {Outcome.HOLDS: "+", Outcome.FAILS: "-", Outcome.INCONCLUSIVE: "?"}
SHORT = {
    Kind.SYMBOLIC: "sym",
    Kind.CERTIFIED: "cert",
    Kind.SAMPLED: "samp",
    Kind.MONTE_CARLO: "mc",
    Kind.TREND: "trend",
    Kind.TRAINED: "train",
}
COLOURS = {Verdict.PROVED: "32", Verdict.SUPPORTED: "36", Verdict.REFUTED: "31", Verdict.OPEN: "33"}
LEGEND = ("+ holds", "- fails", "? inconclusive", "! no report", "≠ not the expected verdict", "* none expected yet")
VERDICT, EVIDENCE, MUTANTS, TIME = 10, 20, 7, 7  # widths of the columns beside the names
NARROWEST = 24  # a name of fewer columns tells nothing: the other columns then get a line of their own


@dataclass(frozen=True)
class Screen:
    """What text is written for: how many columns, and whether it may be coloured."""

    width: int = 80
    colour: bool = False

    @classmethod
    def of(cls, stream: TextIO) -> "Screen":
        """The terminal behind `stream`; NO_COLOR, or none at the other end, means no colour."""
        plain = "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb" or not stream.isatty()
        return cls(shutil.get_terminal_size().columns, not plain)

    def paint(self, text: str, verdict: Verdict) -> str:
        """`text` in the colour of `verdict`."""
        return f"\x1b[{COLOURS[verdict]}m{text}\x1b[0m" if self.colour else text

    def wrap(self, text: str) -> str:
        """`text` in lines that fit."""
        return "\n".join(textwrap.wrap(text, max(self.width, 1)))


@dataclass(frozen=True)
class Columns:
    """How wide names and evidence are, and whether a claim has all of it on one line."""

    names: int
    evidence: int
    one_line: bool

    @classmethod
    def of(cls, run: Run, width: int) -> "Columns":
        """Names get what the other columns leave, and evidence what names do not need."""
        left = width - VERDICT - MUTANTS - TIME - 4
        if left - EVIDENCE < NARROWEST:
            return cls(max(min(width - VERDICT - 1, NARROWEST - 1), 5), max(width - MUTANTS - TIME - 6, 1), False)
        names = min(left - EVIDENCE, max([NARROWEST, *(_columns(_name(claim)) + 2 for claim in run.claims)]))
        longest = max([EVIDENCE, *(len(_marks(claim)) for claim in run.claims)])
        return cls(names, min(left - names, longest), True)


PLAIN = Screen()


def table(run: Run, screen: Screen = PLAIN) -> str:
    """One row a claim: name, verdict, evidence (+ holds, - fails, ? inconclusive, ! missing), mutants, time.

    In the place of the mutants, "wait" says that the claim decides nothing for want of a record. A narrow screen gets
    a second line for each claim, and a name that is too long loses its middle; a verdict is always whole.
    """
    legend = screen.wrap(", ".join(LEGEND).replace(" ", "\xa0").replace(",\xa0", ", ")).replace("\xa0", " ")
    return "\n".join([*_lines(run, screen), "", legend, "", totals(run, screen)])


def _lines(run: Run, screen: Screen) -> Iterator[str]:
    columns = Columns.of(run, screen.width)
    rest = f" {'evidence':<{columns.evidence}} {'mutants':>{MUTANTS}} {'time':>{TIME}}" if columns.one_line else ""
    yield f"{_fit('claim', columns.names)} {'verdict':<{VERDICT}}{rest}"
    names = _distinct([_name(claim) for claim in run.claims], columns.names - 2)
    place = None
    for claim in run.claims:
        if claim.locator != place:
            place = claim.locator
            yield _elide(visible(place), screen.width)
        name = "  " + _fit(names[_name(claim)], columns.names - 2)
        yield from _row(name, claim, claim_seconds(run, claim), columns, screen)


def _row(name: str, claim: ClaimResult, time: float | None, columns: Columns, screen: Screen) -> Iterator[str]:
    verdict = screen.paint(_fit(claim.verdict.value + _surprise(claim), VERDICT), claim.verdict)
    first, *more = textwrap.wrap(_marks(claim), columns.evidence, break_long_words=False) or [""]
    mutants = "wait" if claim.awaits_record else f"{claim.mutants_rejected}/{len(claim.mutants)}"
    figures = f"{first:<{columns.evidence}} {mutants:>{MUTANTS}} {_time(time):>{TIME}}"
    if columns.one_line:
        yield f"{name} {verdict} {figures}"
    else:
        yield f"{name} {verdict}".rstrip()
        yield f"    {figures}"
    yield from (" " * (columns.names + VERDICT + 2 if columns.one_line else 4) + line for line in more)


def _name(claim: ClaimResult) -> str:
    """The claim's id without its paper."""
    return visible(claim.id.partition(".")[2] or claim.id)


def _marks(claim: ClaimResult) -> str:
    """What each check found, as kind and sign."""
    return " ".join(
        SHORT[check.kind] + (SIGNS[check.evidence.outcome] if check.evidence else "!") for check in claim.checks
    )


def _surprise(claim: ClaimResult) -> str:
    return "*" if claim.expected is None else "" if claim.as_expected else "≠"


def _time(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:.1f} s"


def _fit(text: str, width: int) -> str:
    """`text` in exactly `width` columns."""
    text = _elide(text, width)
    return text + " " * (width - _columns(text))


def _distinct(names: Sequence[str], width: int) -> dict[str, str]:
    """Each name in at most `width` columns, cut near its middle, where that leaves no two of them alike."""
    cuts = sorted(range(width), key=lambda cut: abs(cut - width // 2))
    short = {name: _elide(name, width) for name in names}
    for cut in cuts:
        shown = Counter(short.values())
        alike = [name for name, text in short.items() if shown[text] > 1]
        if not alike:
            break
        tried = {name: _elide(name, width, cut) for name in names}
        counts = Counter(tried.values())
        short |= {name: tried[name] for name in alike if counts[tried[name]] == 1}
    return short


def _elide(text: str, width: int, cut: int | None = None) -> str:
    """`text` without its middle where it has more than `width` columns; at most `cut` of them stand before the gap."""
    if _columns(text) <= width:
        return text
    head = _start(text, width // 2 if cut is None else cut)
    tail = _start(text[: -width - 1 : -1], width - 1 - _columns(head))[::-1]
    return f"{head}…{tail}"


def _start(text: str, width: int) -> str:
    """As much of the beginning of `text` as fits `width` columns."""
    head = text[:width]
    while head and _columns(head) > width:
        head = head[:-1]
    return head


def _columns(text: str) -> int:
    """How many columns a terminal needs for `text`: two for wide characters, none for combining ones."""
    return sum(0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF") for c in text)


def totals(run: Run, screen: Screen = PLAIN) -> str:
    """Claims by verdict, checks, the run's false-alarm probability, budget, workers and time."""
    found = [claim.verdict for claim in run.claims]
    waiting = sum(claim.awaits_record for claim in run.claims)
    waits = f"{waiting} wait{'s' * (waiting == 1)} for a record; " if waiting else ""
    counts = ", ".join(f"{found.count(verdict)} {verdict.value}" for verdict in Verdict if verdict in found)
    lines = (
        f"{len(found)} claim{'s' * (len(found) != 1)}: {counts or 'none was checked'}",
        f"{waits}false-alarm probability {run.false_alarm_probability:.1g}, "
        f"of recorded trainings {run.recorded_false_alarm_probability:.1g}",
        f"budget {visible(str(run.budget.get('name', '-')))}, "
        f"{run.workers} worker{'s' * (run.workers != 1)}, {run.seconds:.0f} s",
    )
    return "\n".join(map(screen.wrap, lines))


def evidence_lines(evidence: Evidence) -> list[str]:
    """What a check found, in lines; the counterexample is the last one."""
    sentences = (f"{evidence.kind.value}, {evidence.outcome.value}; scope: {evidence.scope}", evidence.summary)
    lines = [textwrap.fill(visible(text), 100, initial_indent="  ", subsequent_indent="  ") for text in sentences]
    lines += [f"    {visible(name)}: {value:.10g}" for name, value in evidence.numbers.items()]
    return lines + ([f"  counterexample: {verbatim(evidence.counterexample)}"] if evidence.counterexample else [])


def differences(run: Run) -> list[str]:
    """One sentence for every verdict that is not the expected one, every problem and every surviving mutant."""
    return [line for claim in run.claims for line in _differences(claim)]


def verdict_differences(claim: ClaimResult) -> list[str]:
    """One sentence when the claim's verdict is not the one that the ledger expects."""
    if claim.expected is None:
        return [f"{claim.id}: {claim.verdict.value}, not in the ledger; advtheory accept {claim.id} --reason TEXT"]
    if not claim.as_expected:
        return [f"{claim.id}: {claim.verdict.value}, the ledger expects {claim.expected.value}"]
    return []


def _differences(claim: ClaimResult) -> list[str]:
    lines = verdict_differences(claim)
    if claim.problem:
        lines.append(f"{claim.id}: {claim.problem}")
    ran = [mutant for mutant in claim.mutants if any(_ran(check.mutants, mutant) for check in claim.checks)]
    rejected = {run.mutant for check in claim.checks for run in check.mutants if run.rejected}
    if claim.undecided:
        return lines
    lines.extend(f"{claim.id}: the mutant {mutant} survives every check" for mutant in ran if mutant not in rejected)
    return lines


def _ran(runs: tuple[MutantRun, ...], mutant: str) -> bool:
    return any(run.mutant == mutant and run.outcome is not None for run in runs)
