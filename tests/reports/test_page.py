"""reports.page: everything a run found is on the page, linked, escaped and in one file."""

import dataclasses
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from checks.result import Kind, Outcome, Run, Verdict, save
from reports.__main__ import main
from reports.page import render, write_site
from tests.reports.example import example_run
from tests.reports.reader import Node, read, unpacked
from tests.reports.runs import HOSTILE, check, claim, evidence, hostile_run, run

LIMIT = 3_000_000
VISIBLE = " ".join(HOSTILE.replace("\x07", " ").split())


@pytest.fixture(scope="module")
def example() -> Run:
    return example_run()


@pytest.fixture(scope="module")
def page(example: Run) -> Node:
    return read(render(example))


@pytest.fixture(scope="module")
def hostile() -> Node:
    return read(render(hostile_run()))


def row(page: Node, claim_id: str) -> Node:
    return next(r for r in page.one("table", class_="index").every("tr") if claim_id in linked(r))


def linked(node: Node) -> list[str]:
    return [unquote(link.attributes["href"][1:]) for link in node.every("a")]


def cells(page: Node, claim_id: str) -> dict[str, str]:
    heads = [cell.text for cell in page.one("table", class_="index").one("thead").every("th")]
    return dict(zip(heads[1:], (cell.text for cell in row(page, claim_id).every("td")), strict=True))


def test_page_is_one_file_and_asks_for_nothing(example: Run, tmp_path: Path) -> None:
    path = write_site(example, tmp_path / "deep" / "site")
    assert [p.name for p in path.parent.iterdir()] == ["index.html"]
    assert path.stat().st_size < LIMIT
    for node in read(render(example)).every():
        for name in ("src", "href", "action", "data", "srcset"):
            assert node.attributes.get(name, "#").startswith(("#", "data:")), node
    assert "@import" not in path.read_text(encoding="utf-8")


def test_same_run_gives_the_same_bytes_in_a_fresh_interpreter(example: Run, tmp_path: Path) -> None:
    save(example, tmp_path / "results.json")
    command = [sys.executable, "-m", "reports", str(tmp_path / "results.json"), str(tmp_path / "there")]
    subprocess.run(command, check=True, cwd=Path(__file__).parents[2])
    here = write_site(example, tmp_path / "here")
    assert here.read_bytes() == (tmp_path / "there" / "index.html").read_bytes()


def test_index_lists_claims_in_the_order_of_the_run(example: Run, page: Node) -> None:
    names = [
        unquote(link.attributes["href"][1:]) for link in page.one("table", class_="index").every("a", class_="name")
    ]
    assert names == [item.id for item in example.claims]
    articles = [article.attributes["id"] for article in page.every("article")]
    assert articles == names


def test_every_link_and_reference_leads_somewhere_and_ids_are_unique(page: Node) -> None:
    ids = Counter(node.attributes["id"] for node in page.every() if "id" in node.attributes)
    assert max(ids.values()) == 1
    targets = {unquote(n.attributes["href"][1:]) for n in page.every() if n.attributes.get("href", "").startswith("#")}
    targets |= {n.attributes["aria-labelledby"] for n in page.every() if "aria-labelledby" in n.attributes}
    assert targets <= set(ids)
    clips = {n.attributes["clip-path"][5:-1] for n in page.every() if "clip-path" in n.attributes}
    assert clips <= set(ids)


def test_verdicts_have_a_word_and_an_icon(example: Run, page: Node) -> None:
    for item in example.claims:
        verdict = row(page, item.id).one("span", class_="verdict")
        assert verdict.text.startswith(item.verdict.value)
        assert verdict.one("i", class_="icon").attributes["class"] == f"icon {item.verdict.value}"
    assert cells(page, "xing2021.surrogate_risk_is_convex")["Verdict"] == "refuted , certified"
    assert cells(page, "xing2021.optimum_is_null_beyond_threshold")["Verdict"] == "proved , given Risk is convex"


def test_index_has_one_cell_for_each_kind_of_evidence(page: Node) -> None:
    found = cells(page, "xing2021.low_dimensional_training_converges")
    assert len(list(row(page, "xing2021.low_dimensional_training_converges").every("td"))) == 3 + len(Kind)
    assert {head for head, text in found.items() if text} == {"Verdict", "Mutants rejected", "Time", "sampled", "trend"}
    assert (found["sampled"], found["trend"]) == ("problem", "inconclusive")


def test_mutants_and_times_are_those_of_the_run(page: Node) -> None:
    found = cells(page, "xing2021.risk_has_closed_form")
    assert found["Mutants rejected"] == "3/3"
    assert found["Time"] == "3.4 s"  # 4 checks of 0.4 s and 12 mutants of 0.15 s
    assert cells(page, "xing2021.low_dimensional_training_converges")["Mutants rejected"] == "0/2 hole"


def test_surprises_news_edits_and_holes_are_marked(page: Node) -> None:
    silent = row(page, "xing2021.low_dimensional_training_converges").text
    assert "expected supported" in silent
    assert "problem" in silent
    assert "edited" in row(page, "xing2021.surrogate_risk_is_convex_for_large_smoothing").text
    assert "nothing expected" in row(page, "xing2021.smoothing_stops_fluctuation").text
    notices = page.one("ul", class_="notices").text
    assert "1 verdict differs from the expected one" in notices
    assert "1 claim has a mutant that no check rejects" in notices


def test_a_run_without_surprises_says_so() -> None:
    quiet = read(render(run(claim("a", (check("c", evidence(Kind.SAMPLED), {"m": Outcome.FAILS}),)))))
    assert quiet.one("ul", class_="notices").text == "No verdict differs from the expected one."


def test_summary_tells_how_the_run_was_made(example: Run, page: Node) -> None:
    tally = [item.text for item in page.one("ul", class_="tally").every("li")]
    assert tally == ["2 proved", "3 supported", "1 refuted", "4 open"]
    facts = page.one("dl", class_="facts").text
    for text in ("3 × 10⁻⁶", "quick", "20210413", "2 workers", example.revision, example.platform, example.started):
        assert text in facts
    assert all(f"{name} {version}" in page.text for name, version in example.packages.items())


def test_printed_and_amended_claims_lead_to_each_other(page: Node) -> None:
    printed, amended = "xing2021.surrogate_risk_is_convex", "xing2021.surrogate_risk_is_convex_for_large_smoothing"
    assert amended in linked(page.one("article", id=printed))
    assert printed in linked(page.one("article", id=amended))
    assert "xing2021.risk_is_convex" in linked(page.one("article", id="xing2021.risk_has_closed_form"))


def test_counterexample_is_verbatim_beside_the_command_that_reproduces_it(example: Run, page: Node) -> None:
    found = example.claims[3].checks[0]
    section = page.one("section", id=f"{example.claims[3].id}-certificate")
    blocks = ["".join(child for child in pre.children if isinstance(child, str)) for pre in section.every("pre")]
    assert found.evidence is not None
    assert blocks == [found.evidence.counterexample, found.reproduce]


def test_derivation_numbers_and_mutants_are_written_out(page: Node) -> None:
    section = page.one("section", id="xing2021.risk_has_closed_form-derivation")
    assert len(list(section.one("ol").every("math"))) == 2
    numbers = page.one("section", id="xing2021.risk_has_closed_form-search").one("dl", class_="numbers")
    assert "worst gap 3.1 × 10⁻¹⁵" in numbers.text
    mutants = page.one("article", id="xing2021.risk_has_closed_form").one("table", class_="mutants")
    words = [[cell.text for cell in line.every("td")] for line in mutants.one("tbody").every("tr")]
    assert words[1] == ["rejected", "rejected", "inconclusive", "rejected"]
    assert words[2] == ["rejected", "not rejected", "not rejected", "rejected"]


def test_tables_have_captions_and_headings_that_need_no_scope(page: Node) -> None:
    """HTML takes a heading without `scope` for its column where no row of the head, for its row where no column of
    the body, has a cell of data."""
    for table in page.every("table"):
        assert table.one("caption").text
        assert not list(table.one("thead").every("td"))
        for line in (row for body in table.every("tbody") for row in body.every("tr")):
            first, *others = (node for node in line.every() if node.tag in {"th", "td"})
            assert first.tag == "th" or any("scope" in cell.attributes for cell in others), line.text
            assert all("scope" in cell.attributes for cell in others if cell.tag == "th"), line.text


def test_on_narrow_screens_cells_have_the_names_of_their_columns(page: Node) -> None:
    heads = [cell.text for cell in page.one("table", class_="index").one("thead").every("th")]
    rules = re.findall(r'\.index td:nth-child\((\d+)\)::before \{ content: "(.*?)"', page.one("style").text)
    assert [(str(place), text) for place, text in enumerate(heads[1:], start=2)] == rules


def test_charts_have_data_and_a_text_alternative(page: Node) -> None:
    charts = [svg for svg in page.every("svg") if svg.attributes.get("role") == "img" and "id" in svg.attributes]
    assert len(charts) == 8
    data = chart_data(page)
    assert list(data) == [chart.attributes["id"] for chart in charts]
    for chart, shown in zip(charts, data.values(), strict=True):
        assert len(chart.attributes["aria-label"]) > 40
        assert {"title", "x", "y", "series", "boxes", "grid"} == set(shown)
        assert chart.attributes["aria-label"].startswith(shown["title"])


def chart_data(page: Node) -> Any:
    return unpacked(str(page.one("script", id="chart-data").children[0]))


def test_hostile_texts_stay_texts(hostile: Node) -> None:
    assert len(list(hostile.every("script"))) == 2  # the charts' data, and the page's own at its end
    assert not list(hostile.every("img"))
    assert not [bold for math in hostile.every("math") for bold in math.every("b")]
    handlers = [name for node in hostile.every() for name in node.attributes if name.startswith("on")]
    assert handlers == []
    assert "{{ 7*7 }}" in hostile.text
    assert next(iter(chart_data(hostile).values()))["title"] == HOSTILE


def test_hostile_texts_are_shown_as_they_are(hostile: Node) -> None:
    blocks = [" ".join(pre.text.replace("\x07", " ").split()) for pre in hostile.every("pre")]
    assert blocks[:2] == [VISIBLE, VISIBLE]


def test_numbers_that_are_none_are_named(hostile: Node) -> None:
    numbers = hostile.one("dl", class_="numbers").text
    assert "not a number" in numbers
    assert "−∞" in numbers


def test_a_page_of_hostile_texts_can_be_written(tmp_path: Path) -> None:
    assert write_site(hostile_run(), tmp_path).stat().st_size < LIMIT


def test_several_papers_have_a_group_each(example: Run) -> None:
    second = dataclasses.replace(example.claims[0], id="other2030.claim", paper="Another paper")
    page = read(render(dataclasses.replace(example, claims=(*example.claims, second))))
    assert "Another paper" in [group.text for group in page.every("tr", class_="group")]
    assert "Another paper" in [heading.text for heading in page.every("h2")]


def test_two_claims_of_one_id_are_refused(example: Run) -> None:
    with pytest.raises(ValueError, match=r"claim ids must be unique, got 'xing2021.risk_has_closed_form' twice"):
        render(dataclasses.replace(example, claims=(example.claims[0], example.claims[0])))


def test_a_run_without_claims_is_a_page() -> None:
    assert "0 claims" in read(render(run())).text


def test_command_line_writes_the_page(example: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(example, tmp_path / "results.json")
    assert main([str(tmp_path / "results.json"), str(tmp_path / "site")]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "site" / "index.html")


@pytest.mark.parametrize("content", [None, "{", '{"schema": 99}', "[]"])
def test_command_line_says_in_one_line_what_is_wrong(
    content: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / "results.json").write_text(content, encoding="utf-8")
    assert main([str(tmp_path / "results.json"), str(tmp_path / "site")]) == 2
    message = capsys.readouterr().err
    assert message.startswith("error: results file")
    assert message.count("\n") == 1


def test_site_that_is_a_file_is_one_line(example: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(example, tmp_path / "results.json")
    assert main([str(tmp_path / "results.json"), str(tmp_path / "results.json")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_every_verdict_occurs_in_the_example(example: Run) -> None:
    assert {item.verdict for item in example.claims} == set(Verdict)


WAITING, SHORT, DECIDED = (
    f"xing2021.{name}"
    for name in ("smoothing_raises_accuracy", "lasso_raises_accuracy_everywhere", "lasso_raises_accuracy")
)


def test_a_claim_that_waits_for_a_record_is_no_hole_and_names_the_command_that_closes_it(page: Node) -> None:
    assert cells(page, WAITING)["Mutants rejected"] == "0/2 no record yet"
    assert cells(page, SHORT)["Mutants rejected"] == "0/1 record too small"
    article = page.one("article", id=WAITING)
    assert "No record yet. This closes it: advtheory train fig2 --data DIR --seeds 0-9" in article.text
    matrix = article.one("table", class_="mutants")
    assert {cell.text for cell in matrix.one("tbody").every("td")} == {"no record yet"}
    assert "no check rejects it" not in matrix.text
    assert "advtheory train fig4 --data DIR --seeds 0-29" in page.one("article", id=SHORT).text


def test_claims_that_wait_are_counted_above_and_not_among_the_holes(page: Node) -> None:
    notices = page.one("ul", class_="notices").text
    assert "2 claims wait for a record of trainings" in notices
    assert "1 claim has a mutant that no check rejects" in notices


def test_a_record_shows_its_facts_flags_and_tables(page: Node) -> None:
    section = page.one("section", id=f"{DECIDED}-margin_pgd")
    record = section.one("details", class_="record")
    for text in ("fig4.json", "mnist, official, sha256:0123", "cpu", "stale: the trainer changed since"):
        assert text in record.text
    table = section.one("table", class_="side")
    assert [cell.text for cell in table.one("tbody").every("td")] == ["97.1", "61.5"]
    assert "stale" in row(page, DECIDED).text


def test_error_rates_of_this_run_and_of_records_stand_apart(page: Node) -> None:
    facts = page.one("dl", class_="facts").text
    assert "False alarm, draws of this run 3 × 10⁻⁶" in facts
    assert "False alarm, recorded trainings 0.002" in facts
