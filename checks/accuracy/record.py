"""The record of the measured accuracy: one row a closed form, with its provenance, in one file."""

import hashlib
import json
import platform
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from checks.accuracy.measure import EDGES, Loss, Measurement
from models.revision import ROOT, revision

SCHEMA = 1
PACKAGES = ("numpy", "python-flint", "scipy", "sympy")
DIGITS = 20  # of an enclosure: three more than a float64 has
ENTRIES = 4  # of a vector's or a matrix's values that are kept
NOT_MEASURED = {"theory.notation", "theory.validation"}  # names, and refusals of wrong arguments


def record(measurements: Sequence[Measurement], points: int, measured: dict[str, str]) -> dict[str, Any]:
    """The record of all measurements, which were asked for `points` points each, with the `measured` sources."""
    return {
        "schema": SCHEMA,
        "versions": {"python": platform.python_version()} | {name: version(name) for name in PACKAGES},
        "platform": f"{platform.system()} {platform.machine()}",
        "revision": revision(),
        "sources": measured,
        "points": points,
        "edges": list(EDGES),
        "rows": [_row(measurement) for measurement in measurements],
    }


def save(whole: dict[str, Any], path: Path) -> None:
    """Write a record whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(path)


def sources() -> dict[str, str]:
    """A digest of every module of `theory/` that the closed forms run."""
    names = sorted(name for name in sys.modules if name.startswith("theory.") and name not in NOT_MEASURED)
    paths = [f"{name.replace('.', '/')}.py" for name in names if not name.startswith("theory.derivations")]
    return {path: hashlib.sha256((ROOT / path).read_bytes()).hexdigest()[:12] for path in paths}


def _row(found: Measurement) -> dict[str, Any]:
    form = found.form
    return {
        "name": form.name,
        "group": form.group,
        "code": form.code,
        "domain": form.domain,
        "claim": form.claim,
        "points": len(found.losses),
        "undecided": found.undecided,
        "counts": found.counts,
        "within": {str(bits): round(found.share(bits), 6) for bits in (1, 2, 4)},
        "infinite": found.infinite,
        "undefined": found.undefined,
        "worst": _point(found, found.worst),
        "unexplained": _point(found, found.unexplained),
    }


def _point(found: Measurement, loss: Loss) -> dict[str, Any]:
    return {
        "bits": round(loss.bits, 3),
        "condition": float(f"{loss.condition:.4g}"),
        "excess": round(loss.excess, 3),
        "point": found.form.describe(loss.point),
        "value": _shortened([repr(x) for x in loss.value]),
        "exact": _shortened([x.str(DIGITS, radius=False) for x in loss.exact]),
    }


def _shortened(entries: Sequence[str]) -> str:
    """One number as it is, several in brackets, no more than fit a line."""
    if len(entries) == 1:
        return entries[0]
    return f"({', '.join(entries[:ENTRIES])}{', …' if len(entries) > ENTRIES else ''})"
