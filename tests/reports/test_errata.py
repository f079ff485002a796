"""reports.errata: every refuted statement is at the top of the page, with the reason and what holds in its place."""

import dataclasses

import pytest

from checks.catalogue import claims
from checks.result import ClaimResult, Kind, Outcome, Verdict
from reports.errata import LONGEST, SHORTEST, divided
from reports.page import render
from tests.reports.example import example_run
from tests.reports.reader import Node, read
from tests.reports.runs import HOSTILE, check, claim, evidence, hostile_run, run

SO = "It is so " * 20
FAILS = evidence(Kind.SAMPLED, Outcome.FAILS, counterexample="theta = 0.56", summary="It fails there.")


def refuted(name: str, **changes: object) -> ClaimResult:
    return claim(name, (check("search", FAILS, {}),), **changes)


def rows(page: Node) -> list[list[str]]:
    table = page.one("table", class_="errata")
    return [[cell.text for cell in row.children if isinstance(cell, Node)] for row in table.one("tbody").every("tr")]


def test_every_refuted_claim_of_a_run_has_a_row_above_the_map_and_no_other_has() -> None:
    example = example_run()
    page = read(render(example))
    table = page.one("table", class_="errata")
    assert [link.attributes["href"] for link in table.every("a", class_="name")] == [
        f"#{item.id}" for item in example.claims if item.verdict is Verdict.REFUTED
    ]
    headings = [heading.attributes["id"] for heading in page.one("main").every("h2")]
    assert headings.index("wrong") < headings.index("map")
    assert page.one("nav", class_="contents").one("a").attributes["href"] == "#wrong"


def test_a_row_says_where_why_and_what_holds_instead() -> None:
    wrong = refuted("wrong", locator="Theorem 2", erratum="False at $\\theta = 1$.", strength="certified")
    better = claim("better", (check("search", evidence(Kind.SAMPLED), {}),), amends=wrong.id)
    assert rows(read(render(run(wrong, better)))) == [
        ["Theorem 2 · certified Wrong", "False at θ = 1 .", "Better"],
    ]


def test_without_an_erratum_the_counterexample_is_the_reason() -> None:
    (row,) = rows(read(render(run(refuted("wrong")))))
    assert row[1:] == ["theta = 0.56", "nothing yet"]


def test_statements_of_the_paper_are_counted_apart_from_ours() -> None:
    found = (refuted("printed"), refuted("ours", ours=True), claim("fine", (), ours=True), claim("open", ()))
    lead = read(render(run(*found))).one("section", class_="wrong").one("p", class_="lead").text
    assert lead.startswith("1 of 2 statements are refuted as the paper prints them, and 1 of 2 that we add.")


def test_papers_have_groups_of_their_own() -> None:
    found = (refuted("one"), refuted("two"), refuted("three", id="other2030.three", paper="Another paper"))
    names = [cells[0] for cells in rows(read(render(run(*found))))]
    assert [name for name in names if not name.startswith("Section 2.1")] == [found[0].paper, "Another paper"]
    assert names.index("Another paper") == 3


def test_without_a_refuted_claim_there_is_no_such_section() -> None:
    page = read(render(run(claim("fine", (check("search", evidence(Kind.SAMPLED), {}),)))))
    assert not list(page.every("table", class_="errata"))
    assert page.one("nav", class_="contents").one("a").attributes["href"] == "#map"


@pytest.mark.parametrize(
    ("reason", "more"),
    [
        ("Short. Sentences.", ""),
        (f"{SO}at d = 1.5 (e.g. Here. There.) and i.e. all.", "The rest"),
        (f"{SO}in $a. B$ and `c. D`!", "The rest"),
        (f"No. {SO}or not?", "(It is.) Rest."),
    ],
)
def test_a_reason_ends_with_the_first_sentence_that_makes_it_long_enough(reason: str, more: str) -> None:
    assert divided(f"{reason} {more}".strip()) == (reason, more)


def test_a_sentence_as_long_as_a_page_is_folded_whole() -> None:
    assert divided("so " * LONGEST) == ("", "so " * LONGEST)


def test_reasons_of_the_present_suite_are_sentences_and_none_is_folded_whole() -> None:
    for item in claims():
        if item.erratum:
            reason, more = divided(item.erratum)
            assert reason.endswith((".", ")", "?"))
            assert not more or SHORTEST <= len(reason) <= LONGEST


def test_hostile_texts_stay_texts() -> None:
    item = dataclasses.replace(hostile_run().claims[0], verdict=Verdict.REFUTED, erratum=HOSTILE * 30)
    section = read(render(run(item))).one("section", class_="wrong")
    assert not [node for tag in ("script", "img", "b") for node in section.every(tag)]
    assert "{{ 7*7 }}" in section.text
