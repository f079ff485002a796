"""An attack conformance record made by hand, and one whose every text is hostile."""

import json
from itertools import cycle, product
from pathlib import Path
from typing import Any

from reports.conformance import Conformance, load
from tests.reports.runs import HOSTILE

LIBRARIES = {"ours": "0.1.0", "foolbox": "3.3.4", "adversarial-robustness-toolbox": "1.20.1", "cleverhans": "4.0.0"}
ATTACKS = ("PGD, l2", "PGD, linf")
PROPERTIES = (
    "linear regression", "linear margin", "batch size", "logit scale", "label shape", "float64", "feasible",
    "monotone in steps", "monotone in radius",
)  # fmt: skip


def record() -> dict[str, Any]:
    """The record as plain data."""
    outcomes = cycle(("pass", "pass", "fail", "not applicable", "pass"))
    rows = [
        {
            "library": library, "version": LIBRARIES[library], "attack": attack, "property": name,
            "outcome": next(outcomes), "number": 0.3617, "sentence": "attains 63.83% of the largest mean squared error",
        }
        for library, attack, name in product(LIBRARIES, ATTACKS, PROPERTIES)
    ]  # fmt: skip
    return {"schema": 1, "versions": {"python": "3.11.9", "torch": "2.13.0"}, "rows": rows}


def written(folder: Path, data: object) -> Path:
    """`data` as a record in `folder`."""
    path = folder / "attack_conformance.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def conformance(folder: Path) -> Conformance:
    return load(written(folder, record()))


def hostile_conformance(folder: Path) -> Conformance:
    row = dict.fromkeys(("library", "version", "attack", "property", "outcome", "sentence"), HOSTILE)
    return load(written(folder, {"schema": 1, "versions": {HOSTILE: HOSTILE}, "rows": [row | {"number": HOSTILE}]}))
