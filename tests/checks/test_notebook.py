"""checks.notebook: records as HTML fragments that need nothing, hide nothing and let nothing out."""

import dataclasses
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from checks import catalogue
from checks.claim import Assumption, Check, Claim, Mutant, Paper, Reference
from checks.codec import decode, encode
from checks.result import CheckResult, ClaimResult, Evidence, Kind, Run, Step, Verdict
from tests.reports.example import example_run
from tests.reports.reader import Node, read
from tests.reports.runs import FAILS, HOLDS, HOSTILE, check, evidence, hostile_run, run

OURS = {
    "div", "span", "p", "b", "code", "pre", "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "ol",
    "li",
}  # fmt: skip
SEEN = " ".join(HOSTILE.replace("\x07", "\ufffd").replace("\ud800", "\ufffd").split())
RUN = example_run()


def hostile_claim() -> Claim[Any]:
    paper = Paper("hostile", HOSTILE, (HOSTILE,), HOSTILE, (HOSTILE,))
    return Claim(
        id=HOSTILE, statement=HOSTILE, reference=Reference(paper, HOSTILE),
        formula=SimpleNamespace(latex=HOSTILE), checks=(Check(HOSTILE, Kind.SAMPLED, lambda formula, budget: None),),
        mutants=(Mutant(HOSTILE, None),), assumptions=(Assumption(HOSTILE, HOSTILE, bool),), uses=(HOSTILE,),
        erratum=HOSTILE, reading=HOSTILE, amends=HOSTILE,
    )  # type: ignore[arg-type]  # fmt: skip


def shown(record: Any) -> Node:
    return read(record._repr_html_())


FOUND = hostile_run().claims[0]
HOSTILE_RECORDS: dict[str, Any] = {
    "claim": hostile_claim(),
    "run": hostile_run(),
    "claim result": FOUND,
    "check": FOUND.checks[0],
    "silent check": FOUND.checks[1],
    "evidence": FOUND.checks[0].evidence,
}


@pytest.mark.parametrize("name", HOSTILE_RECORDS)
def test_hostile_texts_stay_texts(name: str) -> None:
    page = shown(HOSTILE_RECORDS[name])
    assert {node.tag for node in page.every()} <= OURS
    assert {key for node in page.every() for key in node.attributes} <= {"style", "scope", "tabindex"}
    assert SEEN.split("`")[0].strip() in page.text
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]", page.text)
    HOSTILE_RECORDS[name]._repr_html_().encode("utf-8")


def every_style(page: Node) -> set[str]:
    return {node.attributes["style"] for node in page.every() if "style" in node.attributes}


@pytest.mark.parametrize(
    "record", [RUN, RUN.claims[3], RUN.claims[0].checks[0], catalogue.claim("risk_is_convex")],
    ids=lambda record: type(record).__name__,
)  # fmt: skip
def test_fragments_need_nothing_and_leave_paper_and_ink_to_the_notebook(record: Any) -> None:
    page = shown(record)
    assert not {node.tag for node in page.every()} & {"style", "script", "link", "img"}
    for style in every_style(page):
        assert not re.search(r"(?<!-)\bcolor:|background|url|position|font-family", style), style


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_bars_are_seen_on_white_and_on_dark() -> None:
    colours = {colour for style in every_style(shown(RUN)) for colour in re.findall(r"#[0-9a-f]{6}", style)}
    assert len(colours) == 5
    for colour in colours:
        for paper in ("#ffffff", "#111111"):
            light, dark = sorted((luminance(colour), luminance(paper)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 3, (colour, paper)  # WCAG 1.4.11, for shapes


def test_a_run_shows_its_counts_and_a_row_a_claim() -> None:
    page = shown(RUN)
    assert page.one("b").text == "10 claims: 2 proved, 3 supported, 1 refuted, 4 open"
    rows = [[cell.text for cell in row.every("td")] for row in page.one("tbody").every("tr")]
    assert [row[0] for row in rows] == [item.id for item in RUN.claims]
    assert rows[0][1:] == ["Equation (5)", "proved", "symbolic+ certified+ sampled+ Monte Carlo+"]
    assert rows[5][2:] == ["open (not expected)", "trend? sampled!"]
    assert "no claims" in shown(run()).text


def test_a_claim_result_shows_verdict_conditions_and_folded_evidence() -> None:
    page = shown(RUN.claims[2])
    assert page.one("b").text == "proved, given xing2021.risk_is_convex"
    assert page.one("details").one("summary").text == "+ stationarity (symbolic): holds"
    assert "expected: supported" in shown(RUN.claims[5]).text
    assert "Problem. TimeoutError: no report within 60 s" in shown(RUN.claims[5]).text


def test_evidence_shows_its_numbers_and_counterexample() -> None:
    found = RUN.claims[3].checks[0].evidence
    assert found is not None
    page = shown(found)
    assert page.one("pre").children == [found.counterexample]
    assert "worst gap 3.1e-15" in page.text
    assert page.one("b").text == "certified: fails"


def test_a_check_names_the_mutants_it_rejects() -> None:
    page = shown(check("search", evidence(Kind.SAMPLED), {"half": FAILS, "double": HOLDS}))
    assert "rejects half" in page.text
    assert "double" not in page.text


def test_formulas_stand_between_the_marks_a_notebook_sets() -> None:
    page = shown(RUN.claims[0])
    assert rf"\({RUN.claims[0].formula}\)" in "".join(texts(page))
    assert r"radius $\epsilon$" in page.text
    assert "checks" in shown(catalogue.claim("risk_is_convex")).text


def texts(node: Node) -> list[str]:
    return [text for child in node.children for text in ([child] if isinstance(child, str) else texts(child))]


def test_a_formula_cannot_end_itself() -> None:
    page = shown(evidence(Kind.SYMBOLIC, steps=(Step("s", r"x \) $ <b> \( y \\[2pt] z", "SymPy"),)))
    assert r"\(x  $ <b>  y \\[2pt] z\)" in "".join(texts(page))


def test_every_claim_of_the_catalogue_can_be_shown() -> None:
    for item in catalogue.claims():
        assert item.id in shown(item).text


def test_what_a_notebook_shows_is_no_part_of_the_results_file() -> None:
    again = decode(Run, encode(RUN))
    assert again == RUN
    assert {type(record) for record in (again, again.claims[0], again.claims[0].checks[0])} == {
        Run, ClaimResult, CheckResult,
    }  # fmt: skip
    assert isinstance(again.claims[0].checks[0].evidence, Evidence)


def test_a_verdict_that_nobody_expects_is_said() -> None:
    item = dataclasses.replace(RUN.claims[0], verdict=Verdict.OPEN, expected=None)
    assert "open ; expected: nothing yet" in shown(item).text


def test_the_records_still_load_with_the_standard_library_alone() -> None:
    program = (
        "import sys, checks.result; "
        "print(sorted({name.split('.')[0] for name in sys.modules} - sys.stdlib_module_names - {'__main__', 'checks'}))"
    )
    root = Path(catalogue.__file__).parents[1]
    command = [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(root)!r}); {program}"]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert not set(re.findall(r"\w+", found)) & {"numpy", "sympy", "jinja2", "markupsafe", "matplotlib", "torch"}


def test_the_reader_of_these_tests_sees_markup() -> None:
    seen: list[str] = []

    class Seer(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            seen.append(tag)

    Seer().feed(HOSTILE)
    assert "img" in seen
