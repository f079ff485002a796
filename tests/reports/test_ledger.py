"""reports.ledger: expectations survive the trip to disk, and nothing is accepted without a reason."""

from dataclasses import replace
from pathlib import Path

import pytest

from checks import catalogue
from checks.result import CheckResult, ClaimResult, Evidence, Expectation, Kind, Outcome, Recording, Verdict
from reports import ledger


def claim(verdict: Verdict, problem: str | None = None) -> ClaimResult:
    return ClaimResult(
        id="p.c", paper="p", locator="l", statement="s", formula=None, assumptions=(), uses=(), erratum=None,
        reading=None, amends=None, ours=False, digest="d", mutants=(), checks=(),
        verdict=verdict, given=(), strength=None, problem=problem, expected=None, expected_reason=None, edited=False,
    )  # fmt: skip


def test_expectations_survive_the_trip_to_disk(tmp_path: Path) -> None:
    entries = {
        "p.b": Expectation(Verdict.OPEN, "d", "no machine", "make x"),
        "p.a": Expectation(Verdict.PROVED, "e", "r"),
    }
    ledger.save(entries, tmp_path / "ledger.json")
    assert ledger.load(tmp_path / "ledger.json") == entries
    assert [item.name for item in tmp_path.iterdir()] == ["ledger.json"]


def test_the_committed_ledger_names_exactly_the_claims_there_are() -> None:
    assert set(ledger.load()) == {claim.id for claim in catalogue.claims()}


@pytest.mark.parametrize("text", ["", "{", '{"a": {"verdict": "true"}}', "[]"])
def test_a_damaged_ledger_is_a_clear_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "ledger.json"
    path.write_text(text)
    with pytest.raises(ValueError, match="ledger"):
        ledger.load(path)


def test_a_verdict_needs_a_reason() -> None:
    with pytest.raises(ValueError, match="reason must say why"):
        ledger.accept(claim(Verdict.PROVED), " ")


def test_an_open_verdict_needs_the_command_that_closes_it() -> None:
    with pytest.raises(ValueError, match="needs the command"):
        ledger.accept(claim(Verdict.OPEN), "no machine")
    assert ledger.accept(claim(Verdict.OPEN), "no machine", "make x").command == "make x"


def test_a_problem_is_not_a_verdict() -> None:
    with pytest.raises(ValueError, match="got a problem"):
        ledger.accept(claim(Verdict.OPEN, "simulation: never reported"), "reason", "make x")


def test_an_open_claim_is_closed_by_the_command_that_makes_its_record() -> None:
    record = Recording("fig2.json", "advtheory train fig2", lacks="there is no record fig2.json yet")
    found = Evidence(Kind.TRAINED, Outcome.INCONCLUSIVE, "nothing yet", "s", {}, record=record)
    waiting = replace(claim(Verdict.OPEN), checks=(CheckResult("apgd", Kind.TRAINED, found, None, "", ()),))
    assert ledger.accept(waiting, "no record").command == "advtheory train fig2"
    assert ledger.accept(waiting, "no record", "make x").command == "make x"
