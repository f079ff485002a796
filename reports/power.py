"""The power record: mutants of the code under the claims and their fates; a file that cannot be read is a sentence."""

import math
from dataclasses import dataclass, field, fields
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

from reports.records import changed_sources, read_record

RECORD = Path(__file__).with_name("recorded") / "power.json"
ROOT = Path(__file__).parents[1]
SCHEMA = 1
MAX_BYTES = 2**24  # a sample of 400 has 0.1 MiB, all mutants of a hundred modules some 5
MAX_ROWS = 50_000
KINDS = ("open", "tested", "equivalent")  # what a reason, which begins with the word, makes of a survivor

Item = TypeVar("Item")


@dataclass(frozen=True)
class Row:
    """The fates of the mutants of a module, or of all modules of a folder.

    `low` and `high` enclose the rate at which mutants that are not equivalent are noticed, with the confidence of the
    record for this one row.
    """

    name: str
    judged: int
    verdict: int
    check: int
    crash: int
    timeout: int
    equivalent: int
    tested: int
    open: int
    low: float
    high: float

    @property
    def noticed(self) -> int:
        """Mutants that a run of the suite shows, however it does."""
        return self.verdict + self.check + self.crash + self.timeout

    @property
    def counted(self) -> int:
        """Mutants that are not equivalent."""
        return self.judged - self.equivalent

    @property
    def rate(self) -> float | None:
        """Noticed among those that are not equivalent; None where there are none."""
        return self.noticed / self.counted if self.counted else None

    @property
    def raw_rate(self) -> float | None:
        """Noticed among all."""
        return self.noticed / self.judged if self.judged else None


@dataclass(frozen=True)
class Survivor:
    """A mutant that changed no verdict, and why: nothing in `why` marks a hole."""

    file: str
    function: str
    line: int
    family: str
    before: str
    after: str
    checks: int
    reached: int | None
    why: str

    @property
    def kind(self) -> str:
        """What the reason makes of it; a hole where there is none."""
        return next((kind for kind in KINDS if self.why.startswith(f"{kind}: ")), "open")

    @property
    def reason(self) -> str:
        """The reason without its kind; where there is none, what is known."""
        if self.kind == "open":
            if not self.checks:
                return "no check runs the line"
            reached = f", it makes a difference there in {self.reached or 'none'}" if self.reached is not None else ""
            return f"{self.checks} checks run the line{reached}"
        return self.why.partition(": ")[2]


@dataclass(frozen=True)
class Constant:
    """A number in a formula, and the smallest relative error of it that was noticed; None when not even the largest."""

    file: str
    function: str
    line: int
    source: str
    token: str
    caught: float | None
    claim: str
    check: str
    fate: str


@dataclass(frozen=True)
class Power:
    """All fates, or, in `problem`, why there are none; `changed` are the sources that are not those mutated."""

    rows: tuple[Row, ...] = ()
    totals: tuple[Row, ...] = ()
    survivors: tuple[Survivor, ...] = ()
    constants: tuple[Constant, ...] = ()
    grid: tuple[float, ...] = ()
    confidence: float = 0.0
    mutants: int = 0
    sites: int = 0
    numbers: int = 0
    versions: dict[str, str] = field(default_factory=dict)
    revision: str = "unknown"
    changed: tuple[str, ...] = ()
    problem: str | None = None

    @property
    def judged(self) -> int:
        """How many mutants were judged."""
        return sum(row.judged for row in self.totals)

    @property
    def open(self) -> int:
        """How many survive without a reason."""
        return sum(row.open for row in self.totals)

    @property
    def reasons(self) -> list[tuple[str, list[Survivor]]]:
        """The survivors by what their reasons make of them, holes first."""
        ordered = sorted(self.survivors, key=lambda mutant: (KINDS.index(mutant.kind), mutant.file, mutant.line))
        return [(kind, list(group)) for kind, group in groupby(ordered, key=lambda mutant: mutant.kind)]

    @property
    def errors(self) -> list[tuple[float | None, list[Constant]]]:
        """The constants by the smallest error noticed, the largest first: what is not noticed at all begins."""
        ordered = sorted(self.constants, key=lambda c: (-(c.caught or math.inf), c.file, c.line))
        return [(caught, list(group)) for caught, group in groupby(ordered, key=lambda constant: constant.caught)]


def load(path: Path = RECORD, root: Path = ROOT) -> Power:
    """The record at `path`; one that is missing, damaged or of another schema says so in its `problem`."""
    found = read_record(path, "mutants", SCHEMA, MAX_BYTES, lambda data: _parsed(data, root))
    return Power(problem=found) if isinstance(found, str) else found


def _parsed(data: dict[str, Any], root: Path) -> Power:
    versions, sources, grid = data.get("versions", {}), data.get("sources", {}), data.get("grid")
    if not isinstance(versions, dict) or not isinstance(sources, dict):
        raise ValueError("it must hold versions and sources")
    if not isinstance(grid, list) or not grid or not all(_fits(float, error) for error in grid):
        raise ValueError("it must hold a grid of errors")
    counts = [data.get(name) for name in ("mutants", "sites", "numbers")]
    if not all(_fits(int, count) for count in counts) or not _fits(float, data.get("confidence")):
        raise ValueError("it must hold a confidence, and how many mutants, sites and numbers there are")
    mutants, sites, numbers = (int(count or 0) for count in counts)
    return Power(
        rows=_items(Row, data.get("modules")),
        totals=_items(Row, data.get("totals")),
        survivors=_items(Survivor, data.get("survivors")),
        constants=_items(Constant, data.get("constants")),
        grid=tuple(map(float, grid)),
        confidence=float(data["confidence"]),
        mutants=mutants,
        sites=sites,
        numbers=numbers,
        versions={str(name): str(value) for name, value in versions.items()},
        revision=str(data.get("revision", "unknown")),
        changed=changed_sources(sources, root),
    )


def _items(kind: type[Item], data: Any) -> tuple[Item, ...]:
    """A list of records; ValueError for a field that is missing or of another type."""
    if not isinstance(data, list) or len(data) > MAX_ROWS:
        raise ValueError(f"it must hold a list of at most {MAX_ROWS} {kind.__name__.lower()}s")
    names = {each.name: each.type for each in fields(kind)}  # type: ignore[arg-type]
    for item in data:
        fitting = isinstance(item, dict) and all(_fits(type_, item.get(name)) for name, type_ in names.items())
        if not fitting:
            raise ValueError(
                f"every {kind.__name__.lower()} must have the fields {', '.join(names)}, got {str(item)[:80]}"
            )
    return tuple(kind(**{name: item[name] for name in names}) for item in data)


def _fits(kind: Any, value: Any) -> bool:
    if kind is str:
        return isinstance(value, str)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0
    if kind == int | None:
        return value is None or _fits(int, value)
    return number or (value is None and kind == float | None)
