"""The accuracy record: the bits that each closed form loses; a file that cannot be read is a sentence."""

import itertools
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from markupsafe import Markup

from reports.records import changed_sources, read_record

RECORD = Path(__file__).with_name("recorded") / "accuracy.json"
ROOT = Path(__file__).parents[1]
SCHEMA = 1
MAX_BYTES = 2**22  # fifty closed forms have 0.1 MiB
MAX_ROWS = 1000
TEXTS = ("name", "group", "code", "domain")
ALL_BITS = 53.0
MANY = 8.0  # bits beyond conditioning that a reader should be told about
SOME = 4.0

WIDTH, HEIGHT = 260, 24  # of a strip, in its own units
TICKS = (0, 1, 2, 4, 8, 16, 32, 53)
FLOOR = HEIGHT - 2
LEAST = 1.5  # height of a bar with a single point


@dataclass(frozen=True)
class Extreme:
    """A point at which a form loses much: bits, the condition number, and what it does not explain."""

    bits: float
    condition: float
    excess: float
    point: str
    value: str
    exact: str


@dataclass(frozen=True)
class Row:
    """What one closed form loses: points by bits, and the worst points."""

    name: str
    group: str
    code: str
    domain: str
    claim: str
    points: int
    counts: tuple[int, ...]
    within: dict[str, float]
    undecided: int
    infinite: int
    undefined: int
    worst: Extreme
    unexplained: Extreme

    @property
    def extremes(self) -> list[tuple[str, Extreme]]:
        """The points to show, each with what it is the worst of."""
        both = self.unexplained.excess >= SOME and self.unexplained.point != self.worst.point
        return [("most bits", self.worst), *([("most beyond conditioning", self.unexplained)] if both else [])]

    @property
    def wrong(self) -> str:
        """In words, at how many points there is no number, or no finite one, though there should be."""
        found = ((self.infinite, "infinite"), (self.undefined, "not a number"))
        return ", ".join(f"{count} {word}" for count, word in found if count)


@dataclass(frozen=True)
class Accuracy:
    """Every closed form, or, in `problem`, why there is none; `changed` are the sources that are not those measured."""

    rows: tuple[Row, ...] = ()
    edges: tuple[float, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)
    revision: str = "unknown"
    changed: tuple[str, ...] = ()
    problem: str | None = None

    @property
    def ticks(self) -> tuple[int, ...]:
        """The bits that the axis names."""
        return TICKS

    @property
    def groups(self) -> list[tuple[str, list[Row]]]:
        """The rows under their groups, in the order of the record."""
        return [(name, list(rows)) for name, rows in itertools.groupby(self.rows, key=lambda row: row.group)]

    @property
    def points(self) -> int:
        """At how many points something was measured."""
        return sum(row.points for row in self.rows)

    @property
    def poor(self) -> list[Row]:
        """The forms that lose more than 8 bits that no condition number explains."""
        return [row for row in self.rows if row.unexplained.excess > MANY]

    @property
    def largest(self) -> Row:
        """The form that loses most beyond conditioning."""
        return max(self.rows, key=lambda row: row.unexplained.excess)

    def strip(self, row: Row) -> Markup:
        """The distribution of a form's losses as the inside of a drawing, its worst points marked."""
        total = sum(row.counts) or 1
        bars = zip(self.edges[1:], row.counts, strict=True)
        stairs = "".join(f"V{_top(count / total):g}H{place(high):g}" for high, count in bars)
        most, beyond = place(row.worst.bits), place(row.unexplained.excess)
        return Markup(
            '<path class="bars" d="M{:g} {}{}V{}z"/><circle class="most" cx="{:g}" cy="12" r="4"/>'
            '<path class="beyond" d="M{:g} 7l4 5-4 5-4-5z"/>'
        ).format(place(self.edges[0]), FLOOR, stairs, FLOOR, most, beyond)


def place(bits: float) -> float:
    """Where a number of bits stands on the axis of the strips: few bits have more room than many."""
    return round(6 + (WIDTH - 12) * math.sqrt(min(max(bits, 0.0), ALL_BITS) / ALL_BITS), 1)


def percent(share: float) -> str:
    """A share for readers; 100 % only where it is all."""
    return "100 %" if share == 1 else f"{math.floor(1000 * share) / 10:.1f} %"


def load(path: Path = RECORD, root: Path = ROOT) -> Accuracy:
    """The record at `path`; one that is missing, damaged or of another schema says so in its `problem`."""
    found = read_record(path, "the accuracy of the closed forms", SCHEMA, MAX_BYTES, lambda data: _parsed(data, root))
    return Accuracy(problem=found) if isinstance(found, str) else found


def _top(share: float) -> float:
    # The root of a share: what a hundredth of all points do is still to be seen.
    return FLOOR - max(LEAST, round((FLOOR - 1) * math.sqrt(share), 1)) if share else FLOOR


def _parsed(data: dict[str, Any], root: Path) -> Accuracy:
    rows, edges = data.get("rows"), data.get("edges")
    versions, sources = data.get("versions", {}), data.get("sources", {})
    if not isinstance(rows, list) or not 0 < len(rows) <= MAX_ROWS:
        raise ValueError("it must hold a list of rows")
    if not isinstance(edges, list) or not all(map(_is_number, edges)) or edges != sorted(edges):
        raise ValueError("it must hold increasing edges")
    if not isinstance(versions, dict) or not isinstance(sources, dict):
        raise ValueError("it must hold versions and sources")
    return Accuracy(
        rows=tuple(_row(row, len(edges) - 1) for row in rows),
        edges=tuple(map(float, edges)),
        versions={str(name): str(value) for name, value in versions.items()},
        revision=str(data.get("revision", "unknown")),
        changed=changed_sources(sources, root),
    )


def _row(row: Any, bins: int) -> Row:
    if not isinstance(row, dict) or not all(isinstance(row.get(name), str) for name in TEXTS):
        raise ValueError(f"every row must have the texts {', '.join(TEXTS)}, got {str(row)[:80]}")
    counts, within = row.get("counts"), row.get("within")
    if not isinstance(counts, list) or len(counts) != bins or not all(_is_count(count) for count in counts):
        raise ValueError(f"every row must have {bins} counts, got {str(counts)[:80]}")
    if not isinstance(within, dict) or not all(_is_number(within.get(bits)) for bits in ("1", "2", "4")):
        raise ValueError(f"every row must say what is within 1, 2 and 4 bits, got {str(within)[:80]}")
    numbers = {name: row.get(name) for name in ("points", "undecided", "infinite", "undefined")}
    if not all(map(_is_count, numbers.values())):
        raise ValueError(f"every row must have the counts {', '.join(numbers)}, got {numbers}")
    return Row(
        name=row["name"],
        group=row["group"],
        code=row["code"],
        domain=row["domain"],
        points=row["points"],
        undecided=row["undecided"],
        infinite=row["infinite"],
        undefined=row["undefined"],
        claim=str(row.get("claim") or ""),
        counts=tuple(counts),
        within={bits: float(within[bits]) for bits in ("1", "2", "4")},
        worst=_extreme(row.get("worst")),
        unexplained=_extreme(row.get("unexplained")),
    )


def _extreme(data: Any) -> Extreme:
    if not isinstance(data, dict) or not all(_is_number(data.get(name)) for name in ("bits", "condition", "excess")):
        raise ValueError(f"every worst point must have bits, condition and excess, got {str(data)[:80]}")
    bits, condition, excess = (float(data[name]) for name in ("bits", "condition", "excess"))
    return Extreme(bits, condition, excess, *(str(data.get(name, "")) for name in ("point", "value", "exact")))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
