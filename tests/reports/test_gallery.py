"""reports.gallery: every figure and table of a paper once, what it comes from, and what it still lacks."""

import dataclasses
from urllib.parse import unquote

import pytest

from checks.result import Chart, ClaimResult, Evidence, Kind, Recording, Series, Table
from reports.gallery import Missing, gallery
from reports.page import render
from tests.reports.example import example_run
from tests.reports.reader import Node, read
from tests.reports.runs import HOSTILE, UNSURE, check, claim, evidence, run

CURVES = Chart("Losses", "step", "loss", (Series("ours", (1.0, 2.0), (3.0, 4.0)),))
POINT = Chart("One epoch", "epoch", "accuracy", (Series("ours", (20.0,), (3.0,), (2.0,), (4.0,)),))
STATED = Table("Published figures", ("Accuracies", "standard"), (("paper, benchmark", "84.3"), ("others", "88.7")))
OURS = Table("All figures", ("Accuracies", "standard"), (("ours", "84.1"),))
RECORD = Recording("fig4.json", "advtheory train fig4 --seeds 0-9", (("Made by", "me"), ("Data", "sha256:01")))
ABSENT = dataclasses.replace(RECORD, name="fig9.json", facts=(), lacks="there is no record fig9.json yet", cost="a day")


def exhibited(name: str, *found: Evidence, **changes: object) -> ClaimResult:
    checks = tuple(check(f"check_{i}", item, {}) for i, item in enumerate(found))
    return claim(name, checks, **({"locator": "Figure 4"} | changes))


def trained(**changes: object) -> Evidence:
    return evidence(Kind.TRAINED, **changes)


@pytest.fixture(scope="module")
def page() -> Node:
    return read(render(example_run()))


def test_claims_about_a_figure_or_table_are_gathered_in_the_order_of_the_run() -> None:
    claims = [
        exhibited(f"c{i}", locator=locator)
        for i, locator in enumerate(["Table 2", "Lemma 1", "Figure 1", "Table 2", "Configure 3"])
    ]
    second = exhibited("d", locator="Figure 1", paper="Another paper")
    found = gallery(run(*claims, second))
    assert [(paper, [item.name for item in items]) for paper, items in found] == [
        (claims[0].paper, ["Table 2", "Figure 1"]),
        ("Another paper", ["Figure 1"]),
    ]
    assert [claim.id for claim in found[0][1][0].claims] == ["xing2021.c0", "xing2021.c3"]


def test_a_chart_of_two_claims_is_shown_once_and_names_the_first_evidence() -> None:
    claims = [exhibited(name, trained(charts=(CURVES,), record=RECORD)) for name in ("a", "b")]
    ((_, (shown,)),) = gallery(run(*claims))
    assert [(p.evidence, p.chart) for s in shown.sources for p in s.charts] == [
        ("xing2021.a-check_0", "xing2021.a-check_0-chart-1")
    ]


def test_a_chart_whose_curves_are_single_points_is_left_to_its_table() -> None:
    ((_, (shown,)),) = gallery(run(exhibited("a", trained(charts=(POINT, CURVES), tables=(OURS,), record=RECORD))))
    (source,) = shown.sources
    assert [(p.title, p.chart[-1]) for p in source.charts] == [("Losses", "2")]
    assert [p.title for p in source.tables] == ["All figures"]


def test_evidence_of_one_record_has_one_chip_with_every_command_that_makes_it() -> None:
    other = dataclasses.replace(RECORD, command="advtheory train fig4 --case n=20")
    titled = dataclasses.replace(CURVES, title="Others")
    ((_, (shown,)),) = gallery(
        run(exhibited("a", trained(charts=(CURVES,), record=RECORD), trained(charts=(titled,), record=other)))
    )
    (source,) = shown.sources
    assert source.commands == [RECORD.command, other.command]
    assert source.facts == (("Data", "sha256:01"),)
    assert source.run_time is None


def test_a_picture_without_a_record_is_told_by_the_run() -> None:
    ((_, (shown,)),) = gallery(run(exhibited("a", trained(charts=(CURVES,)))))
    (source,) = shown.sources
    facts = dict(source.facts)
    assert source.commands == ["advtheory reproduce xing2021.a check_0"]
    assert (facts["Seed"], facts["Revision"], source.run_time) == ("20210413", "3f2c1a9", "400 ms")


def test_live_trainings_of_the_same_record_add_up_their_times() -> None:
    live = dataclasses.replace(RECORD, live=True)
    ((_, (shown,)),) = gallery(
        run(exhibited("a", trained(charts=(CURVES,), record=live), trained(tables=(OURS,), record=live)))
    )
    assert [source.run_time for source in shown.sources] == ["800 ms"]


def test_what_was_published_stands_apart_from_what_a_record_shows_and_a_missing_one_is_named() -> None:
    blank = trained(outcome=UNSURE, tables=(STATED,), record=ABSENT)
    claims = [exhibited(name, blank, blank) for name in ("a", "b")]
    ((_, (shown,)),) = gallery(run(*claims, exhibited("c", trained(tables=(OURS, STATED), record=RECORD))))
    assert shown.stated == (STATED,)
    assert [[p.title for p in source.tables] for source in shown.sources] == [["All figures"]]
    (missing,) = shown.missing
    assert (missing.cost, missing.claims) == ("a day", ["xing2021.a", "xing2021.b"])
    assert missing.sentence == "There is no record fig9.json yet."
    assert Missing("fig4.json lacks n = 50", "", "").sentence == "fig4.json lacks n = 50."


def test_the_page_shows_verdicts_links_chips_and_commands(page: Node) -> None:
    section = page.one("section", class_="gallery")
    assert [s.one("h3").text for s in section.every("section", class_="exhibit")] == [
        "Figure 1",
        "Figure 2",
        "Figure 4",
    ]
    text = section.text
    for words in (
        "There is no record fig2.json yet. 1 claim waits for it. advtheory train fig2 --data DIR --seeds 0-9",
        "Data mnist, official, sha256:0123",
        "stale: the trainer changed since",
        "Command advtheory train fig4 --data DIR --seeds 0-29",
    ):
        assert words in text
    ids = {node.attributes["id"] for node in page.every() if "id" in node.attributes}
    assert {figure.attributes["data-chart"] for figure in section.every("figure")} < ids
    assert {unquote(link.attributes["href"][1:]) for link in section.every("a")} <= ids


def test_no_chart_is_in_the_page_twice(page: Node) -> None:
    assert not list(page.one("section", class_="gallery").every("svg", role="img"))
    assert not list(page.one("section", class_="gallery").every("script"))


def test_the_contents_lead_to_every_section_that_is_there(page: Node) -> None:
    links = {link.text: link.attributes["href"][1:] for link in page.one("nav").every("a")}
    optional = {"Figures": "figures", "Explore": "explore", "What could it miss?": "missed", "Notation": "notation"}
    assert {"Map": "map", "Claims": "claims", "Conformance": "conformance"}.items() | optional.items() <= links.items()
    assert set(links.values()) <= {node.attributes.get("id") for node in page.every("h2")}
    bare = read(render(run()))
    assert not {link.text for link in bare.one("nav").every("a")} & {*optional, "History"}
    assert not {node.attributes.get("id") for node in bare.every("h2")} & set(optional.values())


def test_hostile_figures_stay_texts() -> None:
    chart = dataclasses.replace(CURVES, title=HOSTILE)
    table = Table(HOSTILE, (HOSTILE, HOSTILE), ((HOSTILE, HOSTILE),))
    record = Recording(HOSTILE, HOSTILE, ((HOSTILE, HOSTILE),), (HOSTILE,), HOSTILE, cost=HOSTILE)
    blank = dataclasses.replace(record, facts=())
    found = trained(charts=(chart,), tables=(table,), record=record), trained(tables=(table,), record=blank)
    page = read(render(run(exhibited("x", *found, id=HOSTILE, locator=f"Figure {HOSTILE}"))))
    section = page.one("section", class_="gallery")
    assert not list(section.every("img")) + list(section.every("script"))
    assert section.one("h3").text.startswith("Figure </script>")


def test_notation_is_a_table_of_letters_meanings_and_claims(page: Node) -> None:
    rows = [
        [cell.text for cell in (letter, row.one("th"), claims)]
        for row in page.one("section", class_="notation").one("tbody").every("tr")
        for letter, claims in [row.every("td")]
    ]
    assert rows[0][0] == "s"
    assert rows[0][1] == "standard deviation of the residual, s² = ‖θ − θ₀‖² Σ + σ²"
    assert rows[0][2].startswith("Risk has closed form , Risk is convex ,")
    assert rows[0][2].endswith("and 2 more")
    assert rows[1][2] == ""
    bare = read(render(dataclasses.replace(example_run(), notation=())))
    assert not list(bare.every("section", class_="notation"))
