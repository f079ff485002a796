"""checks.verdicts: from what came in to results, with what is missing named and nothing counted that is not there."""

import pytest

from checks import catalogue
from checks.result import WHOLE_DOMAIN, Evidence, Expectation, Outcome, Verdict
from checks.verdicts import Findings, assemble

CLAIM = catalogue.claim("risk_has_closed_form")


def findings(**outcomes: Outcome) -> Findings:
    """Evidence of the named outcomes, and of HOLDS for every check that is not named."""
    found = Findings()
    for check in CLAIM.checks:
        outcome = outcomes.get(check.name, Outcome.HOLDS)
        found.evidence[CLAIM.id, check.name] = Evidence(check.kind, outcome, WHOLE_DOMAIN, "summary", {})
    return found


def test_a_check_that_crashed_leaves_the_claim_open_and_is_named() -> None:
    found = findings()
    del found.evidence[CLAIM.id, "quadrature"]
    found.problems[CLAIM.id, "quadrature"] = "MemoryError: no"
    [result] = assemble([CLAIM], found, {})
    assert result.verdict is Verdict.OPEN
    assert result.problem == "quadrature: MemoryError: no"


def test_a_check_that_never_reported_leaves_the_claim_open_and_is_named() -> None:
    found = findings()
    del found.evidence[CLAIM.id, "simulation"]
    [result] = assemble([CLAIM], found, {})
    assert (result.verdict, result.problem) == (Verdict.OPEN, "simulation: never reported")


def test_contradictory_evidence_leaves_the_claim_open_and_says_so() -> None:
    [result] = assemble([CLAIM], findings(simulation=Outcome.FAILS), {})
    assert result.verdict is Verdict.OPEN
    assert result.problem is not None
    assert result.problem.startswith("contradictory evidence")


@pytest.mark.parametrize(
    ("outcome", "rejected"), [(Outcome.FAILS, True), (Outcome.HOLDS, False), (Outcome.INCONCLUSIVE, False)]
)
def test_a_mutant_is_rejected_by_a_decisive_different_outcome_only(outcome: Outcome, rejected: bool) -> None:
    found = findings()
    found.mutants[CLAIM.id, "quadrature", "c0_inverted"] = outcome
    [result] = assemble([CLAIM], found, {})
    runs = {run.mutant: run for check in result.checks if check.name == "quadrature" for run in check.mutants}
    assert runs["c0_inverted"].rejected is rejected
    assert runs["c0_five_percent_off"].outcome is None
    assert not runs["c0_five_percent_off"].rejected


def test_a_changed_fingerprint_marks_the_claim_as_edited_and_changes_no_verdict() -> None:
    expected = {CLAIM.id: Expectation(Verdict.PROVED, "0" * 16, "reason")}
    [result] = assemble([CLAIM], findings(), expected)
    assert result.edited
    assert result.as_expected
