"""The record as text: a table of at most 100 columns, and a sentence for every failure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from models.conformance.measures import FAIL, PASS

WIDTH, NAME, CELL = 100, 30, 4


def table(record: dict[str, Any]) -> str:
    """The outcomes, an attack a line and a property a column; the properties; notes and failures in sentences."""
    numbers = {name: place for place, name in enumerate(record["properties"], 1)}
    lines = [" " * NAME + "".join(f"{place:>{CELL}}" for place in numbers.values())]
    for library, rows in groupby(record["rows"], key=lambda row: f"{row['library']} {row['version']}"):
        lines.append(library)
        for attack, findings in groupby(rows, key=lambda row: row["attack"]):
            cells = {row["property"]: row["outcome"] for row in findings}
            lines.append(f"  {attack}".ljust(NAME) + "".join(f"{_mark(cells[name]):>{CELL}}" for name in numbers))
    lines += ["", "ok: passes, NO: fails, -: does not apply", ""]
    lines += [f"{place:>2}  {name}" for name, place in numbers.items()]
    measured = {row["library"] for row in record["rows"]}
    notes = (f"{name}: {note}" for name, note in record["notes"].items() if name in measured)
    failures = (
        f"{row['library']} {row['attack']}, {numbers[row['property']]}: {row['sentence']}"
        for row in record["rows"]
        if row["outcome"] == FAIL
    )
    return "\n".join([*lines, *_listed("Notes", notes), *_listed("Failures", failures)])


def _listed(title: str, sentences: Iterable[str]) -> Iterator[str]:
    for place, sentence in enumerate(sentences):
        yield from ["", title] if place == 0 else []
        yield from textwrap.wrap(sentence, WIDTH, initial_indent="  ", subsequent_indent="      ")


def _mark(outcome: str) -> str:
    return {PASS: "ok", FAIL: "NO"}.get(outcome, "-")
