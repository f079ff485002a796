"""reports.power: the fates of mutants and what their survivors mean, and one sentence when there is nothing to show."""

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from reports import power
from reports.page import FILTERS, View
from reports.power import Power, load
from tests.reports.example import example_run
from tests.reports.reader import Node, read
from tests.reports.runs import HOSTILE

TEMPLATES = Path(power.__file__).with_name("templates")


def fates(name: str, **changes: Any) -> dict[str, Any]:
    counts = {"judged": 10, "verdict": 4, "check": 1, "crash": 1, "timeout": 1, "equivalent": 2, "tested": 0, "open": 1}
    return {"name": name, **counts, "low": 0.47, "high": 0.997} | changes


def survivor(why: str, **changes: Any) -> dict[str, Any]:
    place = {
        "file": "theory/risk.py",
        "function": "risk",
        "line": 7,
        "family": "constant",
        "before": "s + 1",
        "after": "s + 2",
    }
    return place | {"checks": 3, "reached": 2, "why": why} | changes


def constant(caught: float | None, **changes: Any) -> dict[str, Any]:
    place = {
        "file": "theory/risk.py",
        "function": "",
        "line": 3,
        "source": "C0 = 0.8",
        "token": "0.8",
        "caught": caught,
    }
    return place | {"claim": "xing2021.risk", "check": "by_hand", "fate": "verdict"} | changes


def record(**changes: Any) -> dict[str, Any]:
    return {
        "schema": 1, "versions": {"cosmic-ray": "8.7.0"}, "revision": "abc123", "sources": {}, "seed": 1,
        "mutants": 24_291, "sites": 5712, "numbers": 900, "judged": 10, "confidence": 0.95,
        "modules": [fates("theory/risk.py")], "totals": [fates("theory")],
        "survivors": [survivor("equivalent: `s + 1` is never read"), survivor(""), survivor("tested: by test_risk")],
        "grid": [1e-12, 1.0], "constants": [constant(1e-12), constant(None, claim="", token="0.9")],
    } | changes  # fmt: skip


def loaded(folder: Path, **changes: Any) -> Power:
    path = folder / "power.json"
    path.write_text(json.dumps(record(**changes)), encoding="utf-8")
    return load(path, folder)


def section(found: Power) -> Node:
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    environment.filters |= FILTERS
    text = '{% import "macros.html" as m %}{% include "power.html" %}'
    return read(environment.from_string(text).render(power=found, view=View(example_run()))).one(
        "section", class_="mutation"
    )


def test_a_row_has_both_rates_and_the_interval(tmp_path: Path) -> None:
    table = section(loaded(tmp_path)).one("table", class_="fates")
    lines = [[cell.text for cell in line.every("td")] for line in table.every("tr")]
    assert lines[1:] == [["7 of 8", "87.5 %", "47.0 % to 99.7 %", "70.0 %", "4, 1, 1, 1", "2, 0, 1"]] * 2
    assert "10 of 24" in table.one("caption").text


def test_a_module_of_which_all_mutants_are_equivalent_has_no_rate(tmp_path: Path) -> None:
    nothing = fates("theory/risk.py", judged=2, verdict=0, check=0, crash=0, timeout=0, equivalent=2, open=0)
    (row,) = loaded(tmp_path, modules=[nothing]).rows
    assert row.rate is None
    assert row.raw_rate == 0


def test_survivors_stand_by_what_is_known_of_them_and_holes_come_first(tmp_path: Path) -> None:
    shown = section(loaded(tmp_path))
    lists = list(shown.every("details", class_="survivors"))
    assert [item.one("summary").text.split(" ")[0] for item in lists] == ["Survivors", "Survivors", "Equivalent"]
    assert ["open" in item.attributes for item in lists] == [True, False, False]
    assert [item.one("li").one("span").text for item in lists] == [
        "3 checks run the line, it makes a difference there in 2",
        "by test_risk",
        "s + 1 is never read",
    ]
    assert "1 mutant changes no verdict" in shown.one("p", class_="bad").text


def test_where_all_are_explained_it_says_so(tmp_path: Path) -> None:
    shown = section(loaded(tmp_path, totals=[fates("theory", open=0)], survivors=[survivor("equivalent: so")]))
    assert "Every survivor of 10 mutants is explained" in shown.one("p", class_="good").text
    assert not list(shown.every("p", class_="bad"))


def test_constants_stand_by_the_smallest_error_and_unnoticed_ones_come_first(tmp_path: Path) -> None:
    bodies = list(section(loaded(tmp_path)).one("details", class_="constants").every("tbody"))
    assert [[line.one("th").text for line in body.every("tr")] for body in bodies] == [
        ["Not noticed", "0.9"],
        ["1 × 10⁻¹²", "0.8"],
    ]


def test_a_claim_of_the_run_is_linked(tmp_path: Path) -> None:
    known = example_run().claims[0].id
    shown = section(loaded(tmp_path, constants=[constant(0.1, claim=known)])).one("details", class_="constants")
    assert [link.attributes["href"] for link in shown.every("a")] == [f"#{known}"]


def test_changed_sources_are_named(tmp_path: Path) -> None:
    source = tmp_path / "risk.py"
    source.write_text("RISK = 1\n")
    sources = {"risk.py": hashlib.sha256(source.read_bytes()).hexdigest()[:12], "gone.py": "0"}
    assert loaded(tmp_path, sources=sources).changed == ("gone.py",)
    source.write_text("RISK = 2\n")
    found = loaded(tmp_path, sources=sources)
    assert found.changed == ("risk.py", "gone.py")
    assert "2 files changed since then: risk.py , gone.py" in section(found).one("p", class_="note").text


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"schema": 2}, "it must have schema 1, got 2"),
        ({"grid": []}, "it must hold a grid"),
        ({"grid": ["a"]}, "it must hold a grid"),
        ({"sources": []}, "it must hold versions and sources"),
        ({"mutants": -1}, "it must hold a confidence, and how many"),
        ({"confidence": None}, "it must hold a confidence"),
        ({"modules": {}}, "a list of at most"),
        ({"modules": [fates("f", open=1.5)]}, "every row must have the fields"),
        ({"totals": [fates("f", low=float("nan"))]}, "every row must have the fields"),
        ({"survivors": [survivor("", line="7")]}, "every survivor must have the fields"),
        ({"constants": [constant(0.1, check=None)]}, "every constant must have the fields"),
    ],
)
def test_a_damaged_record_is_one_sentence(tmp_path: Path, changes: dict[str, Any], reason: str) -> None:
    found = loaded(tmp_path, **changes)
    assert reason in str(found.problem)
    assert str(tmp_path) not in str(found.problem)
    assert not found.rows
    assert reason in section(found).one("p", class_="note").text


@pytest.mark.parametrize("text", ["", "{", "[1]", "\udc80"])
def test_what_is_no_record_is_one_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "power.json"
    path.write_bytes(text.encode("utf-8", errors="surrogateescape"))
    assert "cannot be read" in str(load(path).problem)
    assert "There is no record of mutants yet" in str(load(tmp_path / "none.json").problem)


def test_hostile_texts_stay_texts(tmp_path: Path) -> None:
    texts = dict.fromkeys(("file", "function", "before", "after", "family", "why"), HOSTILE)
    found = loaded(
        tmp_path, modules=[fates(HOSTILE)], survivors=[survivor("") | texts], revision=HOSTILE, sources={HOSTILE: ""},
        constants=[constant(1.0, file=HOSTILE, source=HOSTILE, token=HOSTILE, claim=HOSTILE, check=HOSTILE)],
        versions={HOSTILE: HOSTILE},
    )  # fmt: skip
    shown = section(found)
    assert not list(shown.every("script")) + list(shown.every("img"))
    assert "{{ 7*7 }}" in shown.text


def test_reports_reads_what_checks_writes(tmp_path: Path) -> None:
    from checks.power.grid import Constant
    from checks.power.record import record as written
    from checks.power.session import Judged
    from tests.checks import toy

    place = ("toy/shapes.py", "f", "arithmetic", "core", 3, "a", "b")
    judged = [Judged(*place, "survived", 2), Judged(*place, "verdict", 2, "toy.area", "compare", "supported to open")]
    constants = [Constant("toy/shapes.py", "f", 3, "a * 2", "2", 0.1, "toy.area", "compare", "verdict")]
    whole = {"seed": 1, "mutants": 9, "sites": 3, "numbers": 1}
    path = tmp_path / "power.json"
    suite = toy.planted(tmp_path)
    path.write_text(json.dumps(written(suite, judged, constants, {}, whole)))
    found = load(path, tmp_path)
    assert found.problem is None
    assert (found.judged, found.open, found.changed) == (2, 1, ())
    assert found.constants[0] == power.Constant(**dataclasses.asdict(constants[0]))
