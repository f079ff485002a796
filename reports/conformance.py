"""The attack conformance record: which attack has which property; a file that cannot be read is a sentence."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reports.records import read_record

RECORD = Path(__file__).with_name("recorded") / "attack_conformance.json"
SCHEMA = 1
SHORT = {"not applicable": "n/a"}
MAX_BYTES = 2**22  # a few hundred sentences have 0.1 MiB
TEXTS = ("library", "version", "attack", "property", "outcome", "sentence")


@dataclass(frozen=True)
class Finding:
    """What one property found of one attack; `number` is what decided, as text."""

    library: str
    version: str
    attack: str
    property: str
    outcome: str
    sentence: str
    number: str


@dataclass(frozen=True)
class Conformance:
    """Every finding, or, in `problem`, why there is none; `versions` of what it ran with."""

    findings: tuple[Finding, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)
    problem: str | None = None

    @property
    def properties(self) -> list[str]:
        """The properties, in the order of the record."""
        return list(dict.fromkeys(found.property for found in self.findings))

    @property
    def libraries(self) -> list[str]:
        """The libraries, in the order of the record."""
        return list(dict.fromkeys(found.library for found in self.findings))

    @property
    def attacks(self) -> list[list[Finding]]:
        """The findings of each attack of each library, in the order of the record."""
        groups: dict[tuple[str, str], list[Finding]] = {}
        for found in self.findings:
            groups.setdefault((found.library, found.attack), []).append(found)
        return list(groups.values())

    @staticmethod
    def row(findings: list[Finding], properties: list[str]) -> list[str]:
        """The outcome of each property, empty where it was not asked."""
        outcomes = {found.property: found.outcome for found in findings}
        return [SHORT.get(outcome, outcome) for outcome in (outcomes.get(name, "") for name in properties)]

    @staticmethod
    def tally(findings: list[Finding]) -> str:
        """How many properties have each outcome, in words, the worst first."""
        counts = sorted(Counter(f.outcome for f in findings).items())
        return ", ".join(f"{count} {outcome}" for outcome, count in counts)


def load(path: Path = RECORD) -> Conformance:
    """The record at `path`; one that is missing, damaged or of another schema says so in its `problem`."""
    found = read_record(path, "attack conformance", SCHEMA, MAX_BYTES, _parsed)
    return Conformance(problem=found) if isinstance(found, str) else found


def _parsed(data: dict[str, Any]) -> Conformance:
    rows, versions = data.get("rows"), data.get("versions", {})
    if not isinstance(rows, list) or not rows or not isinstance(versions, dict):
        raise ValueError("it must hold versions and a list of rows")
    return Conformance(tuple(map(_finding, rows)), {str(name): str(value) for name, value in versions.items()})


def _finding(row: Any) -> Finding:
    if not isinstance(row, dict) or not all(isinstance(row.get(name), str) for name in TEXTS):
        raise ValueError(f"every row must have the texts {', '.join(TEXTS)}, got {str(row)[:80]}")
    number = row.get("number")
    shown = f"{number:.3g}" if isinstance(number, int | float) else str(number or "")
    return Finding(**{name: row[name] for name in TEXTS}, number=shown)
