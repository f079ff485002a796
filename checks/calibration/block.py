"""A block of seeds: what a check finds under each, as plain JSON."""

import math
import time
import warnings
from dataclasses import asdict, astuple
from statistics import median
from typing import Any

from checks.calibration.subjects import Subject
from checks.claim import CALIBRATION, Budget
from checks.result import Evidence

BASE = 20210413  # the first seed; the others follow
PROBLEM = "problem"
DIGITS = 12  # of a figure; differences of figures, in standard errors, need fewer


class Asked(Budget):
    """A budget that notes whether a check asks for its seed: one that never does draws nothing."""

    asked = False

    def derive(self, *names: str) -> Budget:
        """The check's own budget; deriving its seed is no asking."""
        derived = super().derive(*names)
        Asked.asked = False
        return derived

    def __getattribute__(self, name: str) -> Any:
        """The attribute, noted where it is the seed."""
        if name == "seed":
            Asked.asked = True
        return super().__getattribute__(name)


def run_block(subject: Subject, first: int, count: int, budget: Budget = CALIBRATION) -> dict[str, Any]:
    """What `subject` finds under `count` seeds, from number `first` on, of which no two share a draw.

    `outcomes` are words, one a seed, and `tested` the figures of every number that was tested under that seed;
    `problems` says what went wrong under seeds that have no outcome, and `seconds` of processor time is the median over
    seeds. A check that `rests` on recorded runs, or draws nothing, is run under one seed, as another would find the
    same. `announced` is the error rate that the evidence states, None where it states none.
    """
    found: dict[str, Any] = {"outcomes": [], "tested": [], "problems": [], "rests": None, "announced": None}
    times = []
    for number in range(first, first + count):
        begun = time.process_time()
        evidence = _evidence(subject, Asked(**asdict(budget) | {"seed": BASE + number}), found["problems"])
        times.append(time.process_time() - begun)
        found["outcomes"].append(evidence.outcome.value if evidence else PROBLEM)
        found["tested"].append([list(map(_plain, astuple(item))) for item in evidence.tested] if evidence else [])
        if evidence:
            found["announced"] = evidence.numbers.get("error rate")
            found["rests"] = "recorded runs" if evidence.record else None if Asked.asked else "no draws"
            if found["rests"]:
                break
    return found | {"seconds": round(median(times), 4)}


def _evidence(subject: Subject, budget: Budget, problems: list[str]) -> Evidence | None:
    """What the check finds; None when it raises an exception or a warning, which is added to `problems`."""
    try:
        with warnings.catch_warnings(action="error"):
            return subject.run(budget)
    except Exception as error:
        problems.append(f"seed {budget.seed}: {type(error).__name__}: {error}")
        return None


def _plain(value: float) -> float | str:
    """A figure as JSON can hold it."""
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else str(value)
