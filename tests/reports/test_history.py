"""reports.history: several runs on one page, what each changed, and every claim's verdicts over them."""

import dataclasses
from pathlib import Path
from urllib.parse import unquote

import pytest

from checks.result import Kind, Outcome, Run, Verdict, save
from reports.history import History, Stretch, load_runs
from reports.page import render
from tests.reports.earlier import earlier_runs, hostile_past
from tests.reports.example import example_run
from tests.reports.reader import Node, read
from tests.reports.runs import HOSTILE, check, claim, evidence, hostile_run, run

PROVED, SUPPORTED, OPEN = Verdict.PROVED, Verdict.SUPPORTED, Verdict.OPEN


@pytest.fixture(scope="module")
def section() -> Node:
    return read(render(example_run(), earlier=earlier_runs())).one("section", class_="history")


def one(verdict: Verdict = SUPPORTED, **changes: object) -> Run:
    found = claim("one", (check("search", evidence(Kind.SAMPLED), {"m": Outcome.FAILS}),), verdict=verdict)
    return run(dataclasses.replace(found, **changes))  # type: ignore[arg-type]


def stretches(*runs: Run) -> tuple[Stretch, ...]:
    return History(runs).strips[0].stretches


def rows(table: Node) -> list[list[str]]:
    return [[cell.text for cell in line.children if isinstance(cell, Node)] for line in table.one("tbody").every("tr")]


def test_a_page_of_one_run_has_no_history() -> None:
    assert "history" not in {node.attributes.get("id") for node in read(render(example_run())).every()}


def test_verdicts_in_a_row_are_one_stretch() -> None:
    assert stretches(one(), one(), one(PROVED)) == (Stretch(SUPPORTED, 2), Stretch(PROVED, 1))


def test_an_edit_begins_a_stretch_of_its_own() -> None:
    edited = one(digest="new")
    assert stretches(one(), edited, edited) == (Stretch(SUPPORTED, 1), Stretch(SUPPORTED, 2, edited=True))


def test_a_claim_that_was_away_is_absent_there() -> None:
    assert stretches(one(), run(), one()) == (Stretch(SUPPORTED, 1), Stretch(None, 1), Stretch(SUPPORTED, 1))


def test_every_strip_covers_every_run_and_claims_that_left_come_last() -> None:
    history = History((*earlier_runs(), example_run()))
    assert {sum(part.runs for part in strip.stretches) for strip in history.strips} == {3}
    names = [strip.claim for strip in history.strips]
    assert names == [*(item.id for item in example_run().claims), "xing2021.risk_is_smooth"]


def test_runs_stand_in_a_table_with_what_made_them(section: Node) -> None:
    found = rows(section.one("table", class_="runs"))
    assert [row[0] for row in found] == [
        "1 2026-01-03 09:12 UTC 11aa22b",
        "2 2026-01-04 18:40 UTC 77cc88d",
        "3 this page 2026-01-05 14:03 UTC 3f2c1a9",
    ]
    assert [row[1:5] for row in found] == [["3", "2", "1", "4"], ["1", "4", "1", "4"], ["2", "3", "1", "4"]]
    assert [row[5:] for row in found] == [
        ["61.2 s", "quick", "–"],
        ["91.0 s", "quick", "sympy 1.13.3 → 1.14.0"],
        ["83.4 s", "quick", "numpy 2.4.5 → 2.4.6"],
    ]


def test_strips_show_the_verdicts_and_unchanged_ones_are_folded(section: Node) -> None:
    moving, still = section.every("table", class_="strips")
    assert rows(moving) == [
        ["Risk has closed form", "proved", "supported", "proved"],
        ["Lasso raises accuracy", "not there", "supported"],
        ["xing2021.risk_is_smooth (not in this run)", "proved", "not there"],
    ]
    assert ["Risk is convex", "supported", "supported edited"] in rows(still)
    assert ["Surrogate risk is convex", "refuted"] in rows(still)
    spans = [cell.attributes.get("colspan", "1") for cell in moving.one("tbody").every("td")]
    assert spans == ["1", "1", "1", "1", "2", "1", "2"]


def test_what_changed_is_listed_newest_first_and_only_the_newest_is_open(section: Node) -> None:
    steps = list(section.every("details", class_="step"))
    assert ["open" in step.attributes for step in steps] == [True, False]
    assert steps[0].one("summary").text == (
        "Run 3, after run 2: verdicts changed (1), how it was run (2), times (1)"
    )  # fmt: skip
    topics = {div.one("h4").text: rows(div.one("table")) for div in steps[1].every("div", class_="topic")}
    assert topics["Verdicts changed 1"] == [["Risk has closed form", "proved", "supported"]]
    assert topics["Claims removed 1"] == [["xing2021.risk_is_smooth (not in this run)", "proved", "not there"]]
    assert topics["Claims edited 1"][0][:2] == ["Risk is convex statement", "Convex everywhere."]
    assert topics["Gaps and other numbers 2"][0] == [
        "Risk has closed form search: worst gap", "5e-15 (35% of tolerance)", "3.1e-15 (22% of tolerance)",
    ]  # fmt: skip
    assert topics["Times 1"] == [["Optimum is null beyond threshold", "1.4 s", "7.0 s"]]


def test_links_lead_to_claims_of_the_page() -> None:
    page = read(render(example_run(), earlier=earlier_runs()))
    ids = {node.attributes["id"] for node in page.every() if "id" in node.attributes}
    links = [link.attributes["href"] for link in page.one("section", class_="history").every("a")]
    assert {unquote(link[1:]) for link in links} <= ids
    assert "#history" in [link.attributes["href"] for link in page.one("ul", class_="notices").every("a")]


def test_a_long_list_is_cut_with_a_count() -> None:
    def many(digest: str) -> Run:
        return run(*(claim(f"c{i}", (check("k", evidence(Kind.SAMPLED), {}),), digest=digest) for i in range(30)))

    section = read(render(many("new"), earlier=[many("old")])).one("section", class_="history")
    topic = section.one("div", class_="topic")
    assert len(rows(topic.one("table"))) == 25
    assert "… and 5 more" in topic.text


def test_other_budgets_are_said() -> None:
    full = dataclasses.replace(one(), budget=one().budget | {"name": "full", "examples": 1000.0})
    page = render(one(), earlier=[full])
    assert "Their budgets differ" in page
    assert "Their budgets differ" not in render(one(), earlier=[one(PROVED)])


def test_hostile_texts_stay_texts() -> None:
    page = read(render(hostile_run(), earlier=[hostile_past()]))
    section = page.one("section", class_="history")
    assert not list(section.every("script"))
    assert not list(section.every("img"))
    assert "alert(1)</script>" in section.text
    assert len(list(section.every("div", class_="topic"))) == 5


def test_the_same_runs_give_the_same_bytes() -> None:
    assert render(example_run(), earlier=earlier_runs()) == render(example_run(), earlier=earlier_runs())


def test_a_history_with_empty_runs_is_a_page() -> None:
    assert "2 runs" in read(render(run(), earlier=[run()])).one("section", class_="history").text


def test_the_same_run_twice_is_refused_by_its_files(tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        save(one(), tmp_path / name)
    with pytest.raises(ValueError, match=r"different runs, got the same one twice: .*a\.json and .*b\.json"):
        load_runs([tmp_path / "a.json", tmp_path / "b.json"])


def test_runs_of_different_papers_are_refused() -> None:
    with pytest.raises(ValueError, match="one paper, got 'Another' and 'On the Generalization"):
        render(one(), earlier=[one(paper="Another")])


def test_one_run_is_no_history() -> None:
    with pytest.raises(ValueError, match="at least two to have a history, got 1"):
        History((one(),))


def test_hostile_words_are_in_the_hostile_past() -> None:
    assert hostile_past().claims[0].statement.endswith(HOSTILE)
