"""The record of a session: kill rates with their intervals, survivors with their explanations, the grid's table."""

import json
import platform
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from scipy.stats import beta

from checks.codec import encode
from checks.power.grid import GRID, Constant
from checks.power.session import Judged
from checks.power.suite import Suite, digest
from models.revision import revision

SCHEMA = 1
CONFIDENCE = 0.95
PACKAGES = ("cosmic-ray", "coverage", "hypothesis", "numpy", "scipy", "sympy", "torch")
SURVIVORS = Path(__file__).with_name("survivors.json")
EQUIVALENT, TESTED = "equivalent: ", "tested: "
Key = tuple[str, str, str, str]


def explanations(path: Path = SURVIVORS) -> dict[Key, str]:
    """Why each known survivor survives, by file, function, line before and line after.

    "equivalent: ..." when no input tells the mutant from the code but by time, memory or rounding, "tested: ..." when
    no claim is sharp enough on those that do, and which test fails on it. Raises ValueError for anything else.
    """
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        found = {(e["file"], e["function"], e["before"], e["after"]): str(e["why"]) for e in entries}
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ValueError(
            f"explanations must be a list of file, function, before, after, why: {path}: {error}"
        ) from error
    for key, why in found.items():
        if not why.startswith((EQUIVALENT, TESTED)):
            raise ValueError(f"why must start with {EQUIVALENT!r} or {TESTED!r}, got {why!r} of {key}")
    return found


def record(
    suite: Suite,
    judged: Sequence[Judged],
    constants: Sequence[Constant],
    known: Mapping[Key, str],
    whole: dict[str, Any],
) -> dict[str, Any]:
    """The record as plain JSON; `whole` says of what the mutants and constants are a sample."""
    survivors = [mutant for mutant in judged if not mutant.noticed]
    return {
        "schema": SCHEMA,
        "versions": {"python": platform.python_version()} | {name: version(name) for name in PACKAGES},
        "revision": revision(),
        "sources": {file: digest(suite.root / file) for file in suite.files()},
        **whole,
        "judged": len(judged),
        "confidence": CONFIDENCE,
        "modules": [_row(file, rows, known) for file, rows in _grouped(judged)],
        "totals": [
            _row(folder, [m for m in judged if m.file.startswith(folder)], known) for folder in _folders(judged)
        ],
        "survivors": [_survivor(mutant, known) for mutant in survivors],
        "grid": list(GRID),
        "constants": [encode(constant) for constant in constants],
    }


def interval(killed: int, judged: int) -> tuple[float, float]:
    """The exact (Clopper-Pearson) interval for a rate, of the given confidence for this one rate."""
    tail = (1 - CONFIDENCE) / 2
    low = float(beta.ppf(tail, killed, judged - killed + 1)) if killed else 0.0
    high = float(beta.isf(tail, killed + 1, judged - killed)) if killed < judged else 1.0
    return low, high


def why(mutant: Judged, known: Mapping[Key, str]) -> str:
    """The explanation of a survivor; "" where there is none."""
    return known.get((mutant.file, mutant.function, mutant.before, mutant.after), "")


def _row(name: str, judged: Sequence[Judged], known: Mapping[Key, str]) -> dict[str, Any]:
    """Counts of fates; the rate is of the mutants that are not explained as equivalent."""
    fates = Counter(mutant.fate for mutant in judged)
    reasons = [why(mutant, known) for mutant in judged if not mutant.noticed]
    equivalent = sum(reason.startswith(EQUIVALENT) for reason in reasons)
    counted, noticed = len(judged) - equivalent, len(judged) - len(reasons)
    low, high = interval(noticed, counted) if counted else (0.0, 1.0)
    return {
        "name": name,
        "judged": len(judged),
        "verdict": fates["verdict"],
        "check": fates["check"],
        "crash": fates["crash"],
        "timeout": fates["time-out"],
        "equivalent": equivalent,
        "tested": sum(reason.startswith(TESTED) for reason in reasons),
        "open": sum(not reason for reason in reasons),
        "low": round(low, 4),
        "high": round(high, 4),
    }


def _survivor(mutant: Judged, known: Mapping[Key, str]) -> dict[str, Any]:
    names = ("file", "function", "line", "family", "before", "after", "checks", "reached")
    return {name: getattr(mutant, name) for name in names} | {"why": why(mutant, known)}


def _grouped(judged: Iterable[Judged]) -> list[tuple[str, list[Judged]]]:
    files: dict[str, list[Judged]] = defaultdict(list)
    for mutant in judged:
        files[mutant.file].append(mutant)
    return sorted(files.items())


def _folders(judged: Iterable[Judged]) -> list[str]:
    return sorted({mutant.file.split("/")[0] for mutant in judged}, reverse=True)
