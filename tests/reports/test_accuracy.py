"""reports.accuracy: the bits that closed forms lose, and one sentence in their place when there is nothing to show."""

from pathlib import Path
from typing import Any

import pytest

from reports.accuracy import load, percent, place
from reports.page import render
from tests.reports.example import example_run
from tests.reports.losses import (
    EDGES,
    SOURCE,
    accuracy,
    hostile_accuracy,
    measured_sources,
    point,
    record,
    row,
    written,
)
from tests.reports.reader import Node, read
from tests.reports.runs import run


def section(folder: Path, *rows: dict[str, Any]) -> Node:
    return read(render(run(), accuracy=accuracy(folder, *rows))).one("section", class_="accuracy")


def test_a_row_says_its_losses_in_numbers_and_as_a_drawing(tmp_path: Path) -> None:
    table = section(tmp_path).one("table", class_="losses")
    lines = [line for line in table.every("tr") if list(line.every("td"))]
    assert [line.one("th").text for line in lines] == ["Risk", "Hessian", "M"]
    assert [cell.text for cell in lines[0].every("td")][1:] == ["12.2", "1.8", "90.0 %", "99.9 %"]
    drawing = lines[0].one("svg")
    assert drawing.attributes["aria-hidden"] == "true"
    assert drawing.one("circle").attributes["cx"] == f"{place(12.25):g}"
    assert f"M{place(1.75):g} " in drawing.one("path", class_="beyond").attributes["d"]
    assert [line.text for line in table.every("tr", class_="group")] == ["Adversarial risk", "Moments"]


def test_bars_end_at_the_edges_and_taller_ones_have_more_points(tmp_path: Path) -> None:
    found = accuracy(tmp_path)
    d = str(found.strip(found.rows[0])).partition('d="')[2].partition('"')[0]
    steps = [step.split("H") for step in d.split("V")[1:-1]]
    assert [float(end) for _, end in steps] == [place(edge) for edge in EDGES[1:]]
    tops = [float(top) for top, _ in steps]
    assert 0 < tops[0] < tops[1] < tops[2] < 22


def test_an_empty_bin_has_no_bar(tmp_path: Path) -> None:
    found = accuracy(tmp_path, row("Risk", counts=[100, 0, 0]))
    assert "V22H" in found.strip(found.rows[0])


def test_the_axis_gives_few_bits_more_room() -> None:
    assert place(0) < place(1) < place(53) == place(99)
    assert place(2) - place(0) > place(53) - place(40)


def test_all_is_all_only_where_it_is_all() -> None:
    assert [percent(share) for share in (1.0, 0.99999, 0.5, 0.0)] == ["100 %", "99.9 %", "50.0 %", "0.0 %"]


def test_worst_points_are_folded_and_a_second_one_is_shown_only_when_it_matters(tmp_path: Path) -> None:
    rows = [row("Risk"), row("Hessian", unexplained=point(9.0, 7.5, "s = 5.0"))]
    details = section(tmp_path, *rows).one("details", class_="extremes")
    lines = [line.text for line in details.one("tbody").every("tr")]
    assert len(lines) == 3
    assert "theory.risk.adversarial_risk" in lines[0]
    assert "100 points: d up to 4" in lines[0]
    assert "s = 3.0 2.0000000000000004 1.9999999999999998 12.2 1234.5 1.5" in " ".join(lines[0].split())
    assert lines[2].startswith("Hessian, most beyond conditioning s = 5.0")


def test_the_largest_loss_beyond_conditioning_is_named(tmp_path: Path) -> None:
    good = section(tmp_path).one("p", class_="good").text
    assert "At 300 points no form loses more than 1.8 bits beyond conditioning (Risk)" in good


def test_a_form_that_loses_many_bits_is_named_as_a_problem(tmp_path: Path) -> None:
    shown = section(tmp_path, row("Risk"), row("Cost", unexplained=point(30, 25.5, "x"), infinite=2, undefined=1))
    assert "More than 8 bits beyond conditioning are lost by Cost (25.5)." in shown.one("p", class_="bad").text
    assert "2 infinite, 1 not a number" in shown.one("table").text
    assert not list(shown.every("p", class_="good"))


def test_a_name_leads_to_the_claim_of_its_formula_where_the_run_has_it(tmp_path: Path) -> None:
    made = example_run()
    found = accuracy(tmp_path, row("Risk", claim=made.claims[0].id), row("Other", claim="not.there"))
    shown = read(render(made, accuracy=found)).one("section", class_="accuracy")
    links = [link.text for link in shown.one("table").every("a")]
    assert links == ["Risk"]


def test_index_leads_to_the_section(tmp_path: Path) -> None:
    page = read(render(run(), accuracy=accuracy(tmp_path)))
    assert page.one("h2", id="accuracy").text == "Accuracy of the closed forms"
    assert "#accuracy" in {link.attributes.get("href") for link in page.one("nav", class_="contents").every("a")}


def test_a_changed_source_is_named(tmp_path: Path) -> None:
    whole = record() | {"sources": measured_sources(tmp_path) | {"theory/gone.py": "0123"}}
    assert load(written(tmp_path, whole), tmp_path).changed == ("theory/gone.py",)
    (tmp_path / SOURCE).write_text("RISK = 2\n", encoding="utf-8")
    found = load(written(tmp_path, whole), tmp_path)
    assert found.changed == (SOURCE, "theory/gone.py")
    text = read(render(run(), accuracy=found)).one("section", class_="accuracy").one("p", class_="note").text
    assert text.startswith("Changed since it was measured: theory/risk.py")


def test_a_missing_record_is_one_sentence(tmp_path: Path) -> None:
    page = read(render(run(), accuracy=load(tmp_path / "accuracy.json"))).one("section", class_="accuracy")
    assert "There is no record of the accuracy of the closed forms yet" in page.text
    assert not list(page.every("table"))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"schema": 9}, "it must have schema 1, got 9"),
        ([], "it must have schema 1, got None"),
        (record() | {"rows": []}, "it must hold a list of rows"),
        (record() | {"edges": [1, 0, 2, 3]}, "it must hold increasing edges"),
        (record() | {"edges": ["a"]}, "it must hold increasing edges"),
        (record() | {"sources": "all"}, "it must hold versions and sources"),
        (record("row"), "every row must have the texts"),  # type: ignore[arg-type]
        (record(row("Risk", counts=[1, 2])), "every row must have 3 counts"),
        (record(row("Risk", counts=[1, 2, -3])), "every row must have 3 counts"),
        (record(row("Risk", within={"1": None})), "every row must say what is within"),
        (record(row("Risk", infinite=1.5)), "every row must have the counts"),
        (record(row("Risk", worst={"bits": "many"})), "every worst point must have bits"),
        (record(row("Risk", worst=point(float("inf"), 1, ""))), "every worst point must have bits"),
    ],
)
def test_a_damaged_record_is_one_sentence(tmp_path: Path, data: object, reason: str) -> None:
    found = load(written(tmp_path, data))
    assert found.problem is not None
    assert reason in found.problem
    assert str(tmp_path) not in found.problem
    assert not found.rows


@pytest.mark.parametrize("text", ["", "{", "\udc80"])
def test_what_is_no_json_is_one_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "accuracy.json"
    path.write_bytes(text.encode("utf-8", errors="surrogateescape"))
    assert "cannot be read" in str(load(path).problem)


def test_hostile_texts_stay_texts(tmp_path: Path) -> None:
    found = read(render(run(), accuracy=hostile_accuracy(tmp_path))).one("section", class_="accuracy")
    assert not list(found.every("script"))
    assert not list(found.every("img"))
    assert "{{ 7*7 }}" in found.text


def test_the_same_record_gives_the_same_bytes(tmp_path: Path) -> None:
    first, again = (render(run(), accuracy=accuracy(tmp_path)) for _ in range(2))
    assert first == again


def test_the_committed_record_is_shown() -> None:
    found = load()
    assert found.problem is None
    assert len(found.rows) > 40
    assert not found.poor
