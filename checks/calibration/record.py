"""The record of a calibration: one row a check, with its defects, and the provenance of all, in one file."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from checks.calibration.bands import BINS, band
from checks.calibration.figures import Sample, interval, sample
from checks.calibration.run import Found, key
from checks.calibration.sources import digest, sources
from checks.calibration.subjects import Subject
from checks.claim import BUDGETS
from checks.evidence.noncentral import POWER
from models.revision import revision

SCHEMA = 1
ERROR_RATE = 1e-3  # of all intervals, or bands, of one kind together
TAILS = (0.1, 0.01, 0.001, 0.0001)
RESTS = ("recorded runs", "no draws")
ALARMS, MISSES, SMALL, PROBLEMS, UNUSED = (
    "raises more false alarms than announced", "catches less than announced", "has too many small p-values",
    "has no outcome under some seeds", "holds beyond its stated margin",
)  # fmt: skip
Calibrated = tuple[Subject, Sequence[Found]]


@dataclass(frozen=True)
class Levels:
    """The error rates of one alarm interval, one power interval and one band, so that all of a kind hold together."""

    alarm: float
    power: float
    band: float


def record(calibrated: Sequence[Calibrated]) -> dict[str, Any]:
    """The record of all checks and what was found of each; those of which nothing is finished are left out."""
    begun = [(subject, found) for subject, found in calibrated if found]
    drawn = [(subject, found) for subject, found in begun if not found[0]["rests"]]
    samples = [sample(found, subject.refuted) for subject, found in drawn]
    levels = _levels(samples)
    rows = [_row(subject, found, item, levels) for (subject, found), item in zip(drawn, samples, strict=True)]
    files = sorted({path for subject, _ in drawn for path in sources(subject.module)})
    bands = {len(item.p_values): band(len(item.p_values), levels.band) for item in samples if item.figures.size}
    return {
        "schema": SCHEMA,
        "revision": revision(),
        **key(),
        "sources": {path: digest(path) for path in files},
        "error_rate": ERROR_RATE,
        "power": POWER,
        "rests": {why: [subject.name for subject, found in begun if found[0]["rests"] == why] for why in RESTS},
        "tails": _tails(samples),
        "bands": {str(count): [side.tolist() for side in bands[count]] for count in sorted(bands)},
        "rows": rows,
    }


def save(whole: dict[str, Any], path: Path) -> None:
    """Write a record, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    entries = ",\n".join(f" {json.dumps(name)}: {_written(value)}" for name, value in whole.items())
    part.write_text(f"{{\n{entries}\n}}\n", encoding="utf-8")
    part.replace(path)


def _written(value: Any) -> str:
    """JSON with a line for each entry of an object or a list of objects."""
    if isinstance(value, dict):
        return "{\n" + ",\n".join(f"  {json.dumps(name)}: {json.dumps(item)}" for name, item in value.items()) + "\n }"
    if isinstance(value, list):
        return "[\n" + ",\n".join(f"  {json.dumps(item)}" for item in value) + "\n ]"
    return json.dumps(value)


def _levels(samples: Sequence[Sample]) -> Levels:
    true = sum(not item.refuted for item in samples)
    plants = sum(item.plants for item in samples)
    tested = sum(item.figures.size > 0 for item in samples)
    return Levels(*(ERROR_RATE / max(1, count) for count in (true, plants, tested)))


def _row(subject: Subject, found: Sequence[Found], item: Sample, levels: Levels) -> dict[str, Any]:
    seeds, tested = len(item.outcomes), len(item.figures)
    # A rule that states no error rate has, whatever the budget says, the one that it adds to a run's.
    announced = next((block["announced"] for block in found if block["announced"]), BUDGETS["quick"].error_rate)
    alarms = None if item.refuted else _rounded(*interval(item.alarms, seeds, levels.alarm))
    caught = None if item.caught is None else _rounded(*interval(item.caught, tested, levels.power))
    values = item.p_values if item.figures.size else np.zeros(0)
    counts = np.bincount(np.minimum((values * BINS).astype(int), BINS - 1), minlength=BINS)
    defects = {
        ALARMS: alarms is not None and alarms[0] > announced,
        MISSES: caught is not None and caught[1] < POWER,
        SMALL: bool(len(values)) and bool(np.any(np.cumsum(counts)[:-1] > band(len(values), levels.band)[1])),
        PROBLEMS: bool(item.problems),
        UNUSED: bool(item.contradictions),
    }
    return {
        "claim": subject.claim,
        "check": subject.check,
        "kind": subject.kind,
        "refuted": subject.refuted,
        "seeds": seeds,
        "announced": announced,
        "outcomes": {outcome: item.outcomes.count(outcome) for outcome in sorted(set(item.outcomes))},
        "alarm_interval": alarms,
        "numbers": item.figures.shape[1] if tested else 0,
        "bias": _short(item.bias),
        "spread": _short(item.spread),
        "caught": item.caught,
        "caught_interval": caught,
        "counts": counts.tolist() if len(values) else [],
        "problem": next((text for block in found for text in block["problems"]), ""),
        "defects": [words for words, present in defects.items() if present],
    }


def _tails(samples: Sequence[Sample]) -> list[dict[str, float]]:
    """How many p-values of all checks together are at most so small, and how many uniform ones would be."""
    values = np.concatenate([np.zeros(0), *(item.p_values for item in samples if item.figures.size)])
    return [{"at_most": t, "found": int((values <= t).sum()), "expected": round(t * len(values), 4)} for t in TAILS]


def _rounded(*values: float) -> list[float]:
    return [float(f"{value:.6g}") for value in values]


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")
