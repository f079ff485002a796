"""Calls of every target with drawn arguments, and what came of them."""

import reprlib
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.fuzz.arguments import calls
from tests.fuzz.oracle import DEFECT, Outcome, outcome
from tests.fuzz.surface import Target

SHOW = reprlib.Repr()
SHOW.maxother, SHOW.maxstring, SHOW.maxlong = 120, 60, 40


@dataclass
class Tally:
    """Calls of one target by how they ended, and the shortest arguments of every kind of defect."""

    target: str
    ended: Counter[str] = field(default_factory=Counter)
    defects: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def calls(self) -> int:
        """How many there were."""
        return sum(self.ended.values())

    def add(self, other: "Tally") -> None:
        """Count the calls of `other` too."""
        self.ended.update(other.ended)
        self.defects = other.defects | self.defects

    def note(self, found: Outcome, arguments: dict[str, Any]) -> None:
        """Count a call."""
        self.ended[found.status] += 1
        if found.status == DEFECT:
            key, text = (found.kind, found.detail[:60]), described(arguments)
            if key not in self.defects or len(text) < len(self.defects[key]):
                self.defects[key] = text


def described(arguments: dict[str, Any]) -> str:
    """The arguments as text that can be pasted, shortened."""
    return ", ".join(f"{name}={_shown(value)}" for name, value in arguments.items())


def _shown(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"array({SHOW.repr(value.tolist())}, {value.dtype})"
    return SHOW.repr(value) if not hasattr(value, "__dataclass_fields__") else repr(value)[:300]


def fuzzed(target: Target, examples: int, start: int | None) -> Tally:
    """Call `target` so many times with arguments drawn from `start`; None draws the same ones in every run."""
    tally = Tally(target.name)

    @settings(
        max_examples=examples, database=None, deadline=None, phases=[Phase.generate], derandomize=start is None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(calls(target))
    def run(arguments: dict[str, Any]) -> None:
        tally.note(outcome(target, arguments), arguments)

    (run if start is None else seed(start)(run))()
    return tally
