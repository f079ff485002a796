"""reports.conformance: the pass/fail table of attacks, and one sentence in its place when there is none to show."""

from pathlib import Path
from typing import Any

import pytest

from reports.conformance import load
from reports.page import render
from tests.reports.attacks import ATTACKS, LIBRARIES, PROPERTIES, conformance, hostile_conformance, record, written
from tests.reports.reader import Node, read
from tests.reports.runs import run


def section(folder: Path, hostile: bool = False) -> Node:
    found = hostile_conformance(folder) if hostile else conformance(folder)
    return read(render(run(), found)).one("section", class_="conformance")


def test_table_has_every_attack_and_every_property(tmp_path: Path) -> None:
    table = section(tmp_path).one("table")
    assert [cell.text for cell in table.one("thead").every("th")] == ["Attack", *PROPERTIES]
    lines = list(table.one("tbody").every("tr"))
    assert len(lines) == len(LIBRARIES) * len(ATTACKS)
    assert lines[2].one("th").text == "foolbox 3.3.4 PGD, l2"
    assert [cell.text for cell in lines[0].every("td")][:4] == ["pass", "pass", "fail", "n/a"]
    assert table.one("caption").text == "8 attacks of 4 libraries, 9 properties each"


def test_sentences_of_what_fails_are_folded_under_their_attack_and_numbers_stand_beside(tmp_path: Path) -> None:
    first = section(tmp_path).one("details")
    assert first.one("summary").text == "ours, PGD, l2: 2 fail, 2 not applicable, 5 pass"
    assert "batch size : attains 63.83% of the largest mean squared error (0.362)" in first.text
    assert "linear regression" not in first.text  # what passes is in the table


def test_versions_of_everything_are_named(tmp_path: Path) -> None:
    text = section(tmp_path).text
    assert "python 3.11.9, torch 2.13.0" in text
    assert all(version in text for version in LIBRARIES.values())


def test_index_leads_to_the_section(tmp_path: Path) -> None:
    page = read(render(run(), conformance(tmp_path)))
    links = page.one("nav", class_="contents").every("a")
    assert "#conformance" in {link.attributes["href"] for link in links}
    assert page.one("h2", id="conformance").text == "Attack conformance"


def test_a_missing_record_is_one_sentence(tmp_path: Path) -> None:
    found = load(tmp_path / "attack_conformance.json")
    page = read(render(run(), found)).one("section", class_="conformance")
    assert "There is no record of attack conformance yet" in page.text
    assert not list(page.every("table"))


def _with_row(**changes: Any) -> dict[str, Any]:
    data = record()
    data["rows"][0] |= changes
    return data


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"schema": 9}, "it must have schema 1, got 9"),
        ([], "it must have schema 1, got None"),
        (record() | {"rows": []}, "it must hold versions and a list of rows"),
        (record() | {"versions": "3.11"}, "it must hold versions and a list of rows"),
        (_with_row(outcome=None), "every row must have the texts"),
        (record() | {"rows": ["row"]}, "every row must have the texts"),
    ],
)
def test_a_damaged_record_is_one_sentence(tmp_path: Path, data: object, reason: str) -> None:
    found = load(written(tmp_path, data))
    assert found.problem is not None
    assert reason in found.problem
    assert str(tmp_path) not in found.problem
    assert not found.findings


@pytest.mark.parametrize("text", ["", "{", "\udc80"])
def test_what_is_no_json_is_one_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "attack_conformance.json"
    path.write_bytes(text.encode("utf-8", errors="surrogateescape"))
    assert "cannot be read" in str(load(path).problem)


def test_hostile_texts_stay_texts(tmp_path: Path) -> None:
    found = section(tmp_path, hostile=True)
    assert not list(found.every("script"))
    assert not list(found.every("img"))
    assert "{{ 7*7 }}" in found.text
