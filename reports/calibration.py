"""The calibration record: how often checks accuse falsely and what they catch; an unreadable file is a sentence."""

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from markupsafe import Markup

from checks.result import decode
from reports.path_data import relative
from reports.records import changed_sources, read_record

RECORD = Path(__file__).with_name("recorded") / "calibration.json"
ROOT = Path(__file__).parents[1]
SCHEMA = 1
MAX_BYTES = 2**22  # 150 checks have 0.2 MiB
MAX_ROWS = 5000

WIDTH = 260  # of a strip, in its own units
TICKS = (0.0, 0.01, 0.05, 0.2, 0.5, 1.0)
SPAN, HALF = 40, 6  # width and half the height of a picture of p-values
ROOM = 1.4  # what is shown above and below, in units of the widest place of the band

Interval = tuple[float, float]
Ends = tuple[int, ...]


@dataclass(frozen=True)
class Row:
    """What one check did under many seeds; intervals are those of the record, which hold for all rows together.

    `counts` are p-values by equal bins; `bias` and `spread` are in standard errors.
    """

    claim: str
    check: str
    kind: str
    refuted: bool
    seeds: int
    announced: float
    outcomes: dict[str, int]
    alarm_interval: Interval | None
    numbers: int
    bias: float | None
    spread: float | None
    caught: int | None
    caught_interval: Interval | None
    counts: tuple[int, ...]
    problem: str
    defects: tuple[str, ...]

    @property
    def name(self) -> str:
        """The check's name in words."""
        return self.check.replace("_", " ")

    @property
    def alarms(self) -> int:
        """Under how many seeds it failed."""
        return self.outcomes.get("fails", 0)

    @property
    def tested(self) -> int:
        """Under how many seeds it had p-values."""
        return sum(self.counts)


@dataclass(frozen=True)
class Tail:
    """How many p-values are at most so small, and how many of as many uniform ones would be."""

    at_most: float
    found: int
    expected: float


@dataclass(frozen=True)
class Calibration:
    """The record as it is written; `problem` says why there is none.

    `rests` names the checks that are not calibrated, by what they rest on, and `bands` the least and largest numbers of
    p-values at or below the inner ends of the bins, by how many there are. `changed` are the sources that are not those
    calibrated.
    """

    schema: int = SCHEMA
    revision: str = "unknown"
    budget: dict[str, float | str | bool] = field(default_factory=dict)
    base: int = 0
    block: int = 0
    versions: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    error_rate: float = 0.0
    power: float = 0.0
    rests: dict[str, tuple[str, ...]] = field(default_factory=dict)
    tails: tuple[Tail, ...] = ()
    bands: dict[str, tuple[Ends, Ends]] = field(default_factory=dict)
    rows: tuple[Row, ...] = ()
    changed: tuple[str, ...] = ()
    problem: str | None = None

    @property
    def ticks(self) -> tuple[float, ...]:
        """The rates that the axis names."""
        return TICKS

    @property
    def groups(self) -> list[tuple[str, list[Row]]]:
        """The rows by kind of evidence, those with a defect and then those that fail most often first."""
        ordered = sorted(self.rows, key=lambda row: (row.kind, not row.defects, row.refuted, -row.alarms / row.seeds))
        return [(kind, list(rows)) for kind, rows in itertools.groupby(ordered, key=lambda row: row.kind)]

    @property
    def defective(self) -> list[Row]:
        """The checks that have a defect."""
        return [row for row in self.rows if row.defects]

    @property
    def fewest(self) -> int:
        """The least number of seeds of a check."""
        return min(row.seeds for row in self.rows)

    @property
    def most(self) -> int:
        """The largest number of seeds of a check."""
        return max(row.seeds for row in self.rows)

    @property
    def runs(self) -> int:
        """How many times a check was run."""
        return sum(row.seeds for row in self.rows)

    @property
    def announced(self) -> list[float]:
        """The rates that some check announces."""
        return sorted({row.announced for row in self.rows})

    @property
    def drawn(self) -> list[int]:
        """For how many p-values a band is drawn."""
        return sorted({row.tested for row in self.rows if row.counts})

    def strip(self, row: Row) -> Markup:
        """The interval of a rate of alarms, and the rate, as the inside of a drawing; nothing for a refuted claim."""
        if row.alarm_interval is None:
            return Markup("")
        low, high = map(place_rate, row.alarm_interval)
        text = '<path class="{}" d="M{:g} 10H{:g}"/><circle cx="{:g}" cy="10" r="3.5"/>'
        return Markup(text).format("beyond" if row.defects else "within", low, high, place_rate(row.alarms / row.seeds))

    def band(self, seeds: int) -> Markup:
        """The outline of the band for so many p-values."""
        low, high = self._differences(seeds)
        ends = (*zip(_across(high), high, strict=True), *reversed([*zip(_across(low), low, strict=True)]))
        outline = _line((x, _height(y, max(high))) for x, y in ends)
        return Markup(f"{outline}zM0 {HALF}h{SPAN}")

    def curve(self, row: Row) -> Markup:
        """The share of p-values up to each point less that of uniform ones, as a line."""
        shares = [total / row.tested for total in itertools.accumulate(row.counts)]
        values = [share - (index + 1) / len(shares) for index, share in enumerate(shares)]
        widest = max(self._differences(row.tested)[1])
        inner = zip(_across(values[:-1]), (_height(value, widest) for value in values), strict=False)
        return Markup(_line([(0, HALF), *inner, (SPAN, HALF)]))

    def _differences(self, seeds: int) -> tuple[list[float], list[float]]:
        """The band's ends less the uniform distribution, at its inner points."""
        low, high = self.bands[str(seeds)]
        size = len(low) + 1
        least, most = ([count / seeds - (i + 1) / size for i, count in enumerate(side)] for side in (low, high))
        return least, most


def place_rate(rate: float) -> float:
    """Where a rate stands on the axis of the strips: small ones have more room."""
    return round(6 + (WIDTH - 12) * math.sqrt(min(max(rate, 0.0), 1.0)), 1)


def load(path: Path = RECORD, root: Path = ROOT) -> Calibration:
    """The record at `path`; one that is missing, damaged or of another schema says so in its `problem`."""
    found = read_record(path, "a calibration", SCHEMA, MAX_BYTES, lambda data: _parsed(data, root))
    return Calibration(problem=found) if isinstance(found, str) else found


def _parsed(data: dict[str, Any], root: Path) -> Calibration:
    found: Calibration = decode(Calibration, data, "record")
    if not 0 < len(found.rows) <= MAX_ROWS:
        raise ValueError("it must hold rows")
    for row in found.rows:
        _check(row, found)
    changed = changed_sources(found.sources, root)
    return replace(found, changed=changed)


def _check(row: Row, whole: Calibration) -> None:
    """Refuse a row that cannot be drawn."""
    counts = [*row.outcomes.values(), *row.counts]
    if row.seeds < 1 or sum(row.outcomes.values()) != row.seeds or min(counts) < 0:
        raise ValueError(f"every row must have an outcome for each seed, got {row.outcomes} of {row.seeds}")
    rates = [row.announced, *(row.alarm_interval or ()), *(row.caught_interval or ())]
    if not all(0 <= rate <= 1 for rate in rates):
        raise ValueError(f"every rate must be from 0 to 1, got {rates}")
    band = whole.bands.get(str(row.tested), ((), ()))
    if row.counts and (not row.tested or {len(side) + 1 for side in band} != {len(row.counts)}):
        raise ValueError(f"every row must have a band for its {row.tested} p-values in {len(row.counts)} bins")


def _across(values: list[float]) -> list[float]:
    return [round(SPAN * (index + 1) / (len(values) + 1), 1) for index in range(len(values))]


def _line(points: Iterable[tuple[float, float]]) -> str:
    return relative("M" + "L".join(f"{x:g} {y:g}" for x, y in points))


def _height(value: float, widest: float) -> float:
    share = value / (ROOM * widest) if widest else 0.0
    return round(HALF - HALF * min(max(share, -1.0), 1.0), 1)
