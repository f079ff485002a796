"""An accuracy record made by hand, and one whose every text is hostile."""

import hashlib
import json
from pathlib import Path
from typing import Any

from reports.accuracy import Accuracy, load
from tests.reports.runs import HOSTILE

EDGES = [0, 1, 8, 53]
SOURCE = "theory/risk.py"


def point(bits: float, excess: float, where: str) -> dict[str, Any]:
    return {
        "bits": bits, "condition": 1234.5, "excess": excess, "point": where, "value": "2.0000000000000004",
        "exact": "1.9999999999999998",
    }  # fmt: skip


def row(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "name": name, "group": "Adversarial risk", "code": "theory.risk.adversarial_risk", "domain": "d up to 4",
        "claim": "xing2021.risk_has_closed_form", "points": 100, "undecided": 0, "counts": [90, 9, 1],
        "within": {"1": 0.9, "2": 0.95, "4": 0.9999}, "infinite": 0, "undefined": 0,
        "worst": point(12.25, 1.5, "s = 3.0"), "unexplained": point(2.0, 1.75, "s = 4.0"),
    } | changes  # fmt: skip


def record(*rows: dict[str, Any]) -> dict[str, Any]:
    """The record as plain data."""
    return {
        "schema": 1, "versions": {"python": "3.11.9", "python-flint": "0.8.0"}, "revision": "abc123", "edges": EDGES,
        "sources": {}, "points": 100,
        "rows": list(rows) or [row("Risk"), row("Hessian"), row("M", group="Moments", claim=None)],
    }  # fmt: skip


def written(folder: Path, data: object) -> Path:
    """`data` as a record in `folder`."""
    path = folder / "accuracy.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def accuracy(folder: Path, *rows: dict[str, Any]) -> Accuracy:
    return load(written(folder, record(*rows)))


def measured_sources(folder: Path) -> dict[str, str]:
    """A source in `folder` and its digest."""
    path = folder / SOURCE
    path.parent.mkdir()
    path.write_text("RISK = 1\n", encoding="utf-8")
    return {SOURCE: hashlib.sha256(path.read_bytes()).hexdigest()[:12]}


def hostile_accuracy(folder: Path) -> Accuracy:
    texts = dict.fromkeys(("name", "group", "code", "domain", "claim"), HOSTILE)
    at = point(53, 53, HOSTILE) | {"value": HOSTILE, "exact": HOSTILE}
    whole = record(row("") | texts | {"worst": at, "unexplained": at, "infinite": 3})
    return load(
        written(folder, whole | {"versions": {HOSTILE: HOSTILE}, "revision": HOSTILE, "sources": {HOSTILE: "0"}})
    )
