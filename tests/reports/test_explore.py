"""reports.explore: the formulas behind the pictures one can move stand on the page, with their verdicts."""

import json
from pathlib import Path

from checks.result import ClaimResult, Kind, Outcome
from reports import ledger
from reports.explore import FORMULAS, closed_forms
from reports.page import render
from tests.reports.example import example_run
from tests.reports.reader import Node, read
from tests.reports.runs import HOSTILE, check, claim, evidence, run

RISK, THRESHOLD = "xing2021.risk_has_closed_form", "xing2021.null_threshold_has_closed_form"


def stated(name: str, formula: str | None) -> ClaimResult:
    found = evidence(Kind.SAMPLED)
    return claim(name.partition(".")[2], (check("c", found, {"m": Outcome.FAILS}),), formula=formula)


def section(page: Node) -> Node:
    return page.one("section", class_="explore")


def test_every_formula_behind_the_pictures_is_a_claim_of_the_ledger() -> None:
    known = json.loads((Path(ledger.__file__).parent / "ledger.json").read_text(encoding="utf-8"))
    assert set(FORMULAS) <= set(known.get("claims", known))


def test_formulas_come_in_their_order_and_only_those_of_the_run() -> None:
    found = closed_forms(run(stated(THRESHOLD, "c"), stated("xing2021.other", "x"), stated(RISK, "R")))
    assert [item.id for _, item in found] == [RISK, THRESHOLD]


def test_formulas_stand_beside_their_verdicts_without_a_script() -> None:
    part = section(read(render(example_run())))
    assert [link.attributes["href"] for link in part.every("a")] == [f"#{RISK}"]
    assert part.one("math").attributes["alttext"].startswith(r"R_L(\theta,\epsilon)")
    assert part.one("span", class_="verdict").text == "proved"
    assert list(part.every("input")) == []


def test_a_run_without_closed_forms_has_nothing_to_explore() -> None:
    assert not list(read(render(run(stated("xing2021.other", "x")))).every("section", class_="explore"))


def test_a_claim_without_a_formula_is_still_named() -> None:
    part = section(read(render(run(stated(RISK, None)))))
    assert "Risk has closed form" in part.text
    assert not list(part.every("math"))


def test_a_hostile_formula_stays_text() -> None:
    part = section(read(render(run(stated(RISK, HOSTILE)))))
    assert not list(part.every("script"))
    assert not list(part.every("img"))
    assert "<script>alert(1)</script>" in "".join(part.text.split())  # an element for each letter
