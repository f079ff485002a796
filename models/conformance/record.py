"""The record of what was measured: rows of several libraries, from as many environments, in one file."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import torch

from models.conformance.adapters import LIBRARIES
from models.conformance.attack import Library
from models.conformance.measures import TOLERANCES
from models.conformance.properties import PROPERTIES, judge
from models.untrusted import read_json

SCHEMA = 1
MAX_BYTES = 2**22
OURS = "advtheory"


@dataclass(frozen=True)
class Row:
    """What one property found about one attack."""

    library: str
    version: str
    attack: str
    property: str
    outcome: str
    number: float | None
    sentence: str


def installed(library: Library) -> str | None:
    """The library's version, or None where it is not installed."""
    try:
        return version(library.distribution)
    except PackageNotFoundError:
        return "source tree" if library.name == OURS else None


def measure(library: Library) -> Iterator[Row]:
    """Judge every attack of an installed library by every property; ImportError where it cannot be imported."""
    found = installed(library) or "unknown"
    for attack in library.attacks():
        for name in PROPERTIES:
            finding = judge(attack, name)
            yield Row(library.name, found, attack.name, name, finding.outcome, finding.number, finding.sentence)


def record(rows: Sequence[Row], earlier: dict[str, Any] | None = None) -> dict[str, Any]:
    """The record of `rows`, and of the rows of an `earlier` record for libraries that were not measured now.

    Raises ValueError where the earlier record is of another schema, platform, versions or list of properties.
    """
    whole: dict[str, Any] = {
        "schema": SCHEMA,
        "versions": {"python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__},
        "platform": f"{platform.system()} {platform.machine()}",
        "tolerances": {name: asdict(tolerance) for name, tolerance in TOLERANCES.items()},
        "notes": {name: library.note for name, library in LIBRARIES.items() if library.note},
        "properties": list(PROPERTIES),
    }
    earlier = whole | {"rows": []} if earlier is None else earlier
    for name, ours in whole.items():
        if earlier.get(name) != ours:
            raise ValueError(f"{name} must be {ours!r} for rows to be added, got {earlier.get(name)!r}")
    measured = {row.library for row in rows}
    kept = [row for row in earlier["rows"] if row["library"] not in measured]
    order = {name: place for place, name in enumerate(LIBRARIES)}
    return whole | {"rows": sorted([*kept, *map(_plain, rows)], key=lambda row: order[row["library"]])}


def save(rows: Sequence[Row], path: Path) -> dict[str, Any]:
    """Write the record of `rows` to a file, keeping what the file holds of other libraries; return it."""
    earlier = read_json(path, "record", MAX_BYTES) if path.exists() else None
    if not isinstance(earlier, dict | None):
        raise ValueError(f"a record must be a JSON object, got {type(earlier).__name__}")
    whole = record(rows, earlier)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return whole


def _plain(row: Row) -> dict[str, Any]:
    """A row as JSON has it: an infinite number is a string, as in the results file."""
    plain = asdict(row)
    if row.number is not None and not np.isfinite(row.number):
        plain["number"] = str(row.number)
    return plain
