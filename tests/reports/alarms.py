"""A calibration record made by hand, and one whose every text is hostile."""

import json
from pathlib import Path
from typing import Any

from reports.calibration import Calibration, load
from tests.reports.runs import HOSTILE

COUNTS = [30, 30, 20, 20]


def row(check: str, **changes: Any) -> dict[str, Any]:
    return {
        "claim": "xing2021.risk_has_closed_form", "check": check, "kind": "Monte Carlo", "refuted": False, "seeds": 100,
        "announced": 0.05, "outcomes": {"fails": 6, "holds": 94}, "alarm_interval": [0.01, 0.2], "numbers": 3,
        "bias": 0.1, "spread": 1.0, "caught": 98, "caught_interval": [0.9, 1], "counts": COUNTS, "problem": "",
        "defects": [],
    } | changes  # fmt: skip


REFUTED = {"refuted": True, "alarm_interval": None, "outcomes": {"fails": 100}, "kind": "trend"}
BARE = {"caught": None, "caught_interval": None, "counts": [], "numbers": 0, "bias": None, "spread": None}


def record(*rows: dict[str, Any]) -> dict[str, Any]:
    """The record as plain data."""
    return {
        "schema": 1, "revision": "abc123", "base": 7, "block": 20, "error_rate": 1e-3, "power": 0.99,
        "budget": {"name": "quick", "replicates": 4, "samples": 500, "examples": 5, "error_rate": 0.05},
        "versions": {"python": "3.11.9", "scipy": "1.17.1"}, "sources": {}, "rests": {"recorded runs": ["a/b", "a/c"]},
        "tails": [{"at_most": 0.1, "found": 11, "expected": 10.0}], "bands": {"100": [[15, 35, 60], [40, 65, 85]]},
        "rows": list(rows) or [row("simulation"), row("from_zero", **REFUTED), row("search", **BARE)],
    }  # fmt: skip


def written(folder: Path, data: object) -> Path:
    """`data` as a record in `folder`."""
    path = folder / "calibration.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def calibration(folder: Path, *rows: dict[str, Any]) -> Calibration:
    return load(written(folder, record(*rows)))


def hostile_calibration(folder: Path) -> Calibration:
    texts = dict.fromkeys(("claim", "check", "kind", "problem"), HOSTILE)
    outcomes = {HOSTILE: 94, "fails": 6}
    whole = record(row("") | texts | {"defects": [HOSTILE, HOSTILE], "outcomes": outcomes}, row("search"))
    named = {key: {HOSTILE: HOSTILE} for key in ("versions", "sources")} | {"rests": {HOSTILE: [HOSTILE]}}
    return load(written(folder, whole | named | {"revision": HOSTILE}))
