"""reports.calibration: false alarms and power of the checks, and one sentence where there is nothing to show."""

import itertools
import re
from pathlib import Path
from typing import Any

import pytest

from reports.calibration import HALF, RECORD, SPAN, load, place_rate
from reports.page import render
from tests.reports.alarms import BARE, REFUTED, calibration, hostile_calibration, record, row, written
from tests.reports.example import example_run
from tests.reports.reader import Node, read
from tests.reports.runs import HOSTILE, run


def section(folder: Path, *rows: dict[str, Any]) -> Node:
    return read(render(run(), calibration=calibration(folder, *rows))).one("section", class_="calibration")


def test_a_row_says_its_counts_and_draws_its_interval(tmp_path: Path) -> None:
    shown = section(tmp_path, row("simulation"))
    (line, *_) = [line for line in shown.every("tr") if list(line.every("td"))]
    assert line.one("th").text == "Risk has closed form, simulation"
    assert [cell.text for cell in line.every("td", class_="figure")][:2] == ["6 of 100", "98 of 100"]
    strip, shape = line.every("svg")
    assert strip.attributes["aria-hidden"] == shape.attributes["aria-hidden"] == "true"
    assert strip.one("path", class_="within").attributes["d"] == f"M{place_rate(0.01):g} 10H{place_rate(0.2):g}"
    assert strip.one("circle").attributes["cx"] == f"{place_rate(0.06):g}"
    said = shown.one("g", id=strip.one("use").attributes["href"][1:])
    assert said.one("path", class_="said").attributes["d"] == f"M{place_rate(0.05):g} 1v18"
    assert shape.one("use").attributes["href"] == "#band-100"


def points(path: str) -> list[tuple[float, float]]:
    """The points of a path of relative steps."""
    found = [(0.0, 0.0)]
    for letter, numbers in re.findall(r"([Mmlhv])([^a-zA-Z]*)", path):
        steps = [float(number) for number in re.findall(r"-?(?:\d+\.?\d*|\.\d+)", numbers)]
        pairs = {"h": zip(steps, itertools.repeat(0.0)), "v": zip(itertools.repeat(0.0), steps)}
        for x, y in pairs.get(letter, zip(steps[::2], steps[1::2], strict=True)):
            found.append((found[-1][0] + x, found[-1][1] + y))
    return found[1:]


def test_p_values_are_drawn_beside_their_band_on_one_scale(tmp_path: Path) -> None:
    found = calibration(tmp_path, row("simulation"))
    curve, band = points(found.curve(found.rows[0])), points(found.band(100).partition("z")[0])
    assert [x for x, _ in curve] == [0, SPAN / 4, SPAN / 2, 3 * SPAN / 4, SPAN]
    rise = HALF - curve[1][1]  # 0.30 of the values are in the first quarter: 0.05 more than of uniform ones
    assert rise == pytest.approx(curve[2][1] and (HALF - curve[2][1]) / 2, abs=0.1)  # and 0.10 more in the first half
    assert HALF - band[0][1] == pytest.approx(3 * rise, abs=0.2)  # of which 0.40 would be at the end of the band
    assert band[-1] == (SPAN / 4, pytest.approx(HALF + 2 * rise, abs=0.2))


def test_small_rates_have_more_room() -> None:
    assert place_rate(0) < place_rate(0.01) < place_rate(1) == place_rate(7)
    assert place_rate(0.1) - place_rate(0) > place_rate(1) - place_rate(0.9)


def test_without_a_defect_it_says_how_far_that_goes(tmp_path: Path) -> None:
    text = section(tmp_path).one("p", class_="good").text
    assert "In 300 runs none of 3 checks" in text
    assert "as far as 100 seeds a check can tell" in text


def test_a_defect_is_named_at_the_top_and_in_its_row_which_is_unfolded(tmp_path: Path) -> None:
    wrong = row("simulation", defects=["raises more false alarms than announced"], problem="seed 7: ValueError")
    shown = section(tmp_path, row("search", kind="trend"), wrong)
    (item,) = shown.one("div", class_="bad").every("li")
    assert "Risk has closed form, simulation: raises more false alarms than announced; seed 7: ValueError" in item.text
    assert not list(shown.every("p", class_="good"))
    opened = [details.one("summary").text for details in shown.every("details") if "open" in details.attributes]
    assert opened == ["Monte Carlo 1 check"]


def test_a_refuted_claim_has_no_false_alarms_and_a_rule_without_figures_no_picture(tmp_path: Path) -> None:
    shown = section(tmp_path, row("from_zero", **REFUTED), row("search", **BARE))
    refuted, bare = (next(line for line in shown.every("tr") if name in line.text) for name in ("from zero", "search"))
    assert "its claim is refuted" in refuted.text
    assert [use.attributes["href"] for use in bare.every("use")] == ["#said-0"]  # and no band


def test_a_name_leads_to_the_claim_where_the_run_has_it(tmp_path: Path) -> None:
    made = example_run()
    found = calibration(tmp_path, row("simulation", claim=made.claims[0].id), row("other", claim="not.there"))
    shown = read(render(made, calibration=found)).one("section", class_="calibration")
    assert len([link for table in shown.every("table") for link in table.every("a")]) == 1


def test_the_contents_lead_to_the_section(tmp_path: Path) -> None:
    page = read(render(run(), calibration=calibration(tmp_path)))
    assert page.one("h2", id="calibration").text == "False alarms and power, measured"
    assert "#calibration" in {link.attributes.get("href") for link in page.one("nav", class_="contents").every("a")}


def test_a_changed_source_is_named(tmp_path: Path) -> None:
    found = load(written(tmp_path, record() | {"sources": {"theory/gone.py": "0123"}}), tmp_path)
    assert found.changed == ("theory/gone.py",)
    text = read(render(run(), calibration=found)).one("section", class_="calibration").one("p", class_="note").text
    assert "Of 1 files that these checks run, 1 changed since: theory/gone.py" in text


def test_hostile_texts_are_shown_as_text(tmp_path: Path) -> None:
    found = hostile_calibration(tmp_path)
    assert found.problem is None
    plain = read(render(run(), calibration=calibration(tmp_path)))
    hostile = read(render(run(), calibration=found))
    assert len(list(hostile.every("script"))) == len(list(plain.every("script")))
    assert HOSTILE[:20].split("<")[0] in hostile.one("section", class_="calibration").text


def test_a_missing_record_is_one_sentence(tmp_path: Path) -> None:
    page = read(render(run(), calibration=load(tmp_path / "none.json"))).one("section", class_="calibration")
    assert "There is no record of a calibration yet" in page.text
    assert not list(page.every("table"))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"schema": 9}, "it must have schema 1, got 9"),
        ([], "it must have schema 1, got None"),
        (record() | {"rows": []}, "it must hold rows"),
        (record() | {"rows": 3}, "record.rows must be a list"),
        (record() | {"budget": 3}, "record.budget must be an object"),
        (record(row("a", seeds="many")), "record.rows[0].seeds must be a value of type int"),
        (record(row("a", seeds=0, outcomes={})), "an outcome for each seed"),
        (record(row("a", outcomes={"holds": 7})), "an outcome for each seed"),
        (record(row("a", outcomes={"holds": 101, "fails": -1})), "an outcome for each seed"),
        (record(row("a", alarm_interval=[0.1, 1.5])), "every rate must be from 0 to 1"),
        (record(row("a", announced=float("nan"))), "every rate must be from 0 to 1"),
        (record(row("a", counts=[50, 50])), "a band for its 100 p-values in 2 bins"),
        (record(row("a", counts=[1, 1, 1, 1])), "a band for its 4 p-values in 4 bins"),
        (record(row("a", counts=[0, 0, 0, 0])), "a band for its 0 p-values in 4 bins"),
        (record({"claim": "x"}), "record.rows[0] must be the keys"),
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
    path = tmp_path / "calibration.json"
    path.write_bytes(text.encode("utf-8", errors="surrogateescape"))
    assert "cannot be read" in str(load(path).problem)


def test_the_committed_record_can_be_read() -> None:
    if not RECORD.is_file():
        pytest.skip("no calibration is recorded yet")
    found = load()
    assert found.problem is None
    assert len(found.rows) > 100
