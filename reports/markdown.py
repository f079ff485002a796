"""A run, or what changed between two, as Markdown for a pull request: short, escaped, and cut with an honest count."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from checks.result import ClaimResult, Outcome, Run, Verdict
from reports.comparison import Change, Topic, claim_seconds, compare
from reports.formulas import INLINE
from reports.wording import duration, verbatim, visible

LIMIT = 65_536  # characters: what GitHub takes as a comment
LONGEST = 300  # characters of one text
ROOM = 100  # characters of the line that says how much was left out
WORDS = {Verdict.PROVED: "proved", Verdict.SUPPORTED: "supported", Verdict.REFUTED: "refuted", Verdict.OPEN: "open"}
OPENED = {Topic.VERDICT, Topic.REMOVED, Topic.ADDED}
PLAIN = re.compile(r"[\w.,/+= -]+", re.ASCII)
# What begins Markdown, HTML, a link or an emoji; as entities, which mean the same in Markdown and in its HTML.
SPECIAL = re.compile(r"[\\`*_\[\]{}<>&|~$^\"']|:(?=//|[\w+-]+:)|(?<=www)\.")
MENTION = re.compile(r"[@#](?=\w)")  # of a person or an issue: GitHub looks for them when entities are read already
JOINER = "\N{WORD JOINER}"


@dataclass(frozen=True)
class Section:
    """A list or a table whose end may be left out; a folded one shows its title alone."""

    title: str
    head: str
    items: Sequence[str]
    folded: bool = False

    @property
    def opening(self) -> str:
        """What stands before the items."""
        title = f"{self.title} ({len(self.items)})"
        start = f"<details><summary>{title}</summary>\n\n" if self.folded else f"### {title}\n\n"
        return start + self.head

    @property
    def closing(self) -> str:
        """What stands after them."""
        return "\n</details>\n\n" if self.folded else "\n"

    def text(self, shown: int) -> str:
        """The section with its first `shown` items and the number of the others."""
        left = len(self.items) - shown
        more = f"\n… and {left} more: the report and the results file have them all.\n" if left else ""
        return self.opening + "".join(self.items[:shown]) + more + self.closing


def run_summary(run: Run, page: str | None = None, limit: int = LIMIT) -> str:
    """What `run` found, surprises first; claims link to the report at the address `page`, if there is one."""
    surprises = [claim for claim in run.claims if claim.expected and not claim.as_expected]
    news = [claim for claim in run.claims if claim.expected is None]
    title = _count(surprises, "verdict differs", "verdicts differ") + " from the ledger" if surprises else (
        "no verdict differs from the ledger" if run.claims else "no claim was checked"
    )  # fmt: skip
    counts = Counter(claim.verdict for claim in run.claims)
    opening = f"## {_text(run.project)}: {title}\n\n{_about(run)}\n\n" + _table(*WORDS.values())
    opening += _row(*(str(counts[verdict]) for verdict in WORDS)) + "\n"
    sections = (
        Section("Not as expected", _table("claim", "place", "found", "the ledger expects"),
                [_surprise(claim, page) for claim in surprises]),
        Section("Problems", "", [line for claim in run.claims for line in _problems(claim, page)]),
        Section("New: nothing expected yet", _table("claim", "place", "found"),
                [_row(_link(claim.id, page), _text(claim.locator), claim.verdict.value) for claim in news]),
        Section("What speaks against them", "", [line for claim in surprises for line in _against(claim)], folded=True),
        Section("Open, and what closes them", "", [_closing(claim, page) for claim in run.claims if claim.closed_by],
                folded=True),
        Section("All claims", _table("claim", "place", "verdict", "checks that hold", "mutants rejected", "time"),
                [_claim(run, claim, page) for claim in run.claims], folded=True),
    )  # fmt: skip
    return _fitted(opening, sections, limit)


def comparison_summary(old: Run, new: Run, page: str | None = None, limit: int = LIMIT) -> str:
    """What is different in `new`, surprises first; claims link to its report at the address `page`, if there is one."""
    found = compare(old, new)
    opening = f"## {_text(new.project)}: {found.headline}\n\nBefore: {_about(old)}\n\nNow: {_about(new)}\n\n"
    opening += _table("", *WORDS.values(), "all") + _tally("before", old) + _tally("**now**", new) + "\n"
    surprises = [claim for claim in new.claims if claim.expected and not claim.as_expected]
    sections = [
        Section("Not as expected", _table("claim", "place", "found", "the ledger expects"),
                [_surprise(claim, page) for claim in surprises]),
        *(_topic(topic, changes, new, page) for topic, changes in found.by_topic.items()),
    ]  # fmt: skip
    against = [line for claim in surprises for line in _against(claim)]
    sections.insert(1, Section("What speaks against them", "", against, folded=True))
    return _fitted(opening, sections, limit)


def _fitted(opening: str, sections: Sequence[Section], limit: int) -> str:
    """`opening` and as many items of the sections, the first sections first, as `limit` characters hold."""
    sections = [section for section in sections if section.items]
    left = limit - len(opening) - sum(len(section.opening + section.closing) + ROOM for section in sections)
    parts = [opening]
    for section in sections:
        shown = 0
        while shown < len(section.items) and len(section.items[shown]) <= left:
            left -= len(section.items[shown])
            shown += 1
        parts.append(section.text(shown))
    return "".join(parts).rstrip() + "\n"


def _topic(topic: Topic, changes: list[Change], new: Run, page: str | None) -> Section:
    known = {claim.id for claim in new.claims}
    items = []
    for change in changes:
        where = _link(change.claim, page if change.claim in known else None) if change.claim else "the run"
        what = ": ".join(_text(text.replace("_", " ")) for text in (change.check, change.what) if text)
        items.append(_row(where, what, _prose(change.old), _prose(change.new)))
    return Section(topic.value, _table("where", "what", "before", "now"), items, folded=topic not in OPENED)


def _tally(name: str, run: Run) -> str:
    counts = Counter(claim.verdict for claim in run.claims)
    return _row(name, *(str(counts[verdict]) for verdict in WORDS), str(len(run.claims)))


def _about(run: Run) -> str:
    return (
        f"{_count(run.claims, 'claim', 'claims')}, budget {_text(str(run.budget.get('name', '-')))}, "
        f"{duration(run.seconds)}, revision {_code(run.revision)}, started {_text(run.started)}."
    )


def _surprise(claim: ClaimResult, page: str | None) -> str:
    expected = claim.expected.value if claim.expected else ""
    return _row(_link(claim.id, page), _text(claim.locator), f"**{claim.verdict.value}**", expected)


def _problems(claim: ClaimResult, page: str | None) -> list[str]:
    said = [claim.problem, *(f"{check.name}: {check.problem}" for check in claim.checks if check.problem)]
    said.append("a mutant is rejected by no check" if claim.has_hole else None)
    return [f"- {_link(claim.id, page)} {_text(text)}\n" for text in said if text]


def _against(claim: ClaimResult) -> list[str]:
    """The checks that fail, with their counterexamples and the command that shows them again."""
    lines = []
    for check in claim.checks:
        if check.evidence and check.evidence.outcome is Outcome.FAILS:
            found = f"\n{_block(check.evidence.counterexample)}" if check.evidence.counterexample else ""
            summary = f"{_code(claim.id)} {_text(check.name)}: {_prose(check.evidence.summary)}"
            lines.append(f"- {summary} Again: {_code(check.reproduce)}\n{found}")
    return lines


def _closing(claim: ClaimResult, page: str | None) -> str:
    return f"- {_link(claim.id, page)} {_code(claim.closed_by or '')}\n"


def _claim(run: Run, claim: ClaimResult, page: str | None) -> str:
    holding = sum(check.evidence is not None and check.evidence.outcome is Outcome.HOLDS for check in claim.checks)
    return _row(
        _link(claim.id, page), _text(claim.locator), claim.verdict.value, f"{holding} of {len(claim.checks)}",
        f"{claim.mutants_rejected} of {len(claim.mutants)}", duration(claim_seconds(run, claim)),
    )  # fmt: skip


def _table(*columns: str) -> str:
    return _row(*columns) + _row(*("---",) * len(columns))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |\n"


def _count(items: Sequence[object], one: str, many: str) -> str:
    return f"{len(items)} {one if len(items) == 1 else many}"


def _link(claim: str, page: str | None) -> str:
    """The claim's id, which leads to its place on the page at that address."""
    if page is None:
        return _code(claim)
    address = quote(page.encode(errors="replace"), safe=":/?=&%~+@,;") + "#" + quote(claim.encode(errors="replace"))
    return f"[{_code(claim)}](<{address}>)".replace("|", "%7C")


def _code(text: str) -> str:
    clipped = _clipped(text)
    return f"`{clipped}`" if PLAIN.fullmatch(clipped) else f"<code>{_escaped(clipped)}</code>"


def _text(text: str) -> str:
    """`text` as text, whatever it is, in Markdown and in its HTML."""
    return _escaped(_clipped(text))


def _prose(text: str) -> str:
    """`text` as text, with its formulas as GitHub writes them."""
    parts: list[str] = []
    start = 0
    for match in INLINE.finditer(text):
        if match.end() > LONGEST:  # a formula must not be cut
            return "".join([*parts, _text(text[start : match.start()]), "…"])
        latex, code = match.groups()
        parts += [_text(text[start : match.start()]), _code(code) if code else _formula(latex)]
        start = match.end()
    return "".join([*parts, _text(text[start:])])


def _formula(latex: str) -> str:
    if "`" in latex:
        return _text(f"${latex}$")
    return f"$`{visible(latex).replace(chr(92) + '|', chr(92) + 'Vert ').replace('|', chr(92) + 'vert ')}`$"


def _block(text: str) -> str:
    """`text` as it is, in a fence that it cannot close, inside a list."""
    text = verbatim(text)
    longest = max((len(ticks) for ticks in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    body = text if len(text) <= 4 * LONGEST else text[: 4 * LONGEST] + "…"
    return "".join(f"  {line}\n" for line in (fence, *body.splitlines(), fence))


def _clipped(text: str) -> str:
    text = visible(text)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _escaped(text: str) -> str:
    entities = SPECIAL.sub(lambda match: f"&#{ord(match[0])};", text)
    return MENTION.sub(lambda match: match[0] if match[0] == "#" and _is_entity(match) else match[0] + JOINER, entities)


def _is_entity(match: re.Match[str]) -> bool:
    return match.string[: match.start()].endswith("&")
