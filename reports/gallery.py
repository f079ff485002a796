"""A paper's figures and tables: what it states, the pictures and figures of the run, what made them, what is missing.

Nothing is drawn twice: a picture here names the chart of an evidence, and a script shows that chart.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from checks.result import Chart, CheckResult, ClaimResult, Evidence, Recording, Run, Table, Verdict
from reports.wording import duration, slug, title

LOCATORS = ("Figure ", "Table ")
LEFT_OUT = {"Made by", "Software", "First run"}  # facts that the record of the evidence tells


@dataclass(frozen=True)
class Picture:
    """A chart, or a table, of an evidence: its title, where it stands in the page, and how a script finds it there."""

    title: str
    evidence: str
    chart: str = ""
    table: int = 0


@dataclass
class Source:
    """What pictures come from, a record or a check of this run: what made it and all that is shown of it."""

    name: str
    facts: tuple[tuple[str, str], ...]
    flags: tuple[str, ...] = ()
    seconds: float | None = None
    commands: list[str] = field(default_factory=list)
    charts: list[Picture] = field(default_factory=list)
    tables: list[Picture] = field(default_factory=list)

    @property
    def run_time(self) -> str | None:
        """What it took; None where the record tells."""
        return None if self.seconds is None else duration(self.seconds)


@dataclass
class Missing:
    """A record that is not there, or too small: why it decides nothing, and how to make it."""

    lacks: str
    command: str
    cost: str
    claims: list[str] = field(default_factory=list)

    @property
    def sentence(self) -> str:
        """Why it decides nothing, with a capital unless it begins with the name of a file."""
        named = "." in self.lacks.partition(" ")[0]
        return f"{self.lacks if named else self.lacks[:1].upper() + self.lacks[1:]}."


@dataclass(frozen=True)
class Exhibit:
    """A figure or a table of a paper."""

    name: str
    claims: tuple[ClaimResult, ...]
    stated: tuple[Table, ...]
    sources: tuple[Source, ...]
    missing: tuple[Missing, ...]

    @property
    def verdicts(self) -> list[tuple[Verdict, list[str]]]:
        """The claims about it by their verdicts."""
        found = {verdict: [claim.id for claim in self.claims if claim.verdict is verdict] for verdict in Verdict}
        return [(verdict, names) for verdict, names in found.items() if names]


def gallery(run: Run) -> list[tuple[str, list[Exhibit]]]:
    """Every figure and every table that a claim is about, by paper, in the order of the run."""
    papers: dict[str, dict[str, list[ClaimResult]]] = {}
    for claim in run.claims:
        if claim.locator.startswith(LOCATORS):
            papers.setdefault(claim.paper, {}).setdefault(claim.locator, []).append(claim)
    return [(paper, [exhibit(run, *item) for item in found.items()]) for paper, found in papers.items()]


def exhibit(run: Run, name: str, claims: list[ClaimResult]) -> Exhibit:
    """What the run has of one figure or table."""
    found = list(_evidence(claims))
    stated = dict.fromkeys(table for *_, item in found if _is_blank(item) for table in item.tables)
    return Exhibit(name, tuple(claims), tuple(stated), tuple(_sources(run, found, stated)), tuple(_missing(found)))


def chart_name(claim: ClaimResult, check: CheckResult, index: int) -> str:
    """The id of a chart, unique in the page."""
    return f"{slug(claim.id)}-{slug(check.name)}-chart-{index}"


def _evidence(claims: Iterable[ClaimResult]) -> Iterator[tuple[ClaimResult, CheckResult, Evidence]]:
    return ((claim, check, check.evidence) for claim in claims for check in claim.checks if check.evidence)


def _is_blank(evidence: Evidence) -> bool:
    """Whether it has no record yet: what it shows was published by others."""
    return evidence.awaits_record and evidence.record is not None and not evidence.record.facts


def _sources(
    run: Run, found: Iterable[tuple[ClaimResult, CheckResult, Evidence]], stated: Iterable[Table]
) -> Iterable[Source]:
    """What the charts and tables of evidence come from, each of them once; evidence without any has no source."""
    sources: dict[object, Source] = {}
    shown: set[object] = set(stated)
    for claim, check, evidence in found:
        charts = [(i, item) for i, item in enumerate(evidence.charts, start=1) if _fresh(item, shown)]
        tables = [(i, item) for i, item in enumerate(evidence.tables) if item not in shown]
        if _is_blank(evidence) or not (charts or tables):
            continue
        shown.update(evidence.charts, evidence.tables)
        source = _source(run, claim, check, evidence.record)
        source = sources.setdefault((source.name, source.facts), source)
        _credit(source, run.times.get(f"{claim.id}-{check.name}"))
        command = evidence.record.command if evidence.record else check.reproduce
        if command not in source.commands:
            source.commands.append(command)
        place = f"{claim.id}-{check.name}"
        source.charts += [Picture(item.title, place, chart_name(claim, check, i)) for i, item in charts]
        source.tables += [Picture(item.title, place, table=i) for i, item in tables]
    return sources.values()


def _fresh(chart: Chart, shown: set[object]) -> bool:
    """Whether a chart is new and shows more than single points, which a curve through them cannot show."""
    drawn = chart.grid or chart.boxes or any(item.points or len(item.x) > 1 for item in chart.series)
    return bool(drawn) and chart not in shown


def _source(run: Run, claim: ClaimResult, check: CheckResult, record: Recording | None) -> Source:
    if record is not None:
        facts = tuple(fact for fact in record.facts if fact[0] not in LEFT_OUT)
        return Source(record.name, facts, record.flags, 0.0 if record.live else None)
    place = (("Revision", run.revision), ("Device", run.platform))
    made = (("Seed", _seed(run)), ("Data", "drawn from the seed, no file"), *place)
    return Source(f"{title(claim.id)}: {check.name.replace('_', ' ')}", made, seconds=0.0)


def _credit(source: Source, seconds: float | None) -> None:
    """Add what a check of this run took."""
    if source.seconds is not None and seconds is not None:
        source.seconds += seconds


def _seed(run: Run) -> str:
    seed = run.budget.get("seed", "–")
    return seed if isinstance(seed, str) else f"{seed:.0f}"


def _missing(found: Iterable[tuple[ClaimResult, CheckResult, Evidence]]) -> Iterable[Missing]:
    records: dict[str, Missing] = {}
    for claim, _, evidence in found:
        record = evidence.record
        if record is None or record.lacks is None:
            continue
        entry = records.setdefault(record.lacks, Missing(record.lacks, claim.closed_by or record.command, record.cost))
        if claim.id not in entry.claims:
            entry.claims.append(claim.id)
    return records.values()
