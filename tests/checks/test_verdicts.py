"""checks.verdicts: from what came in to results, with what is missing named and nothing counted that is not there."""

import pytest

from checks import catalogue
from checks.result import WHOLE_DOMAIN, Evidence, Expectation, Outcome, Recording, Verdict
from checks.verdicts import Findings, assemble

CLAIM = catalogue.claim("risk_has_closed_form")
IMAGE_CLAIM = catalogue.claim("lasso_raises_robust_accuracy")


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


def recorded(outcome: Outcome, record: Recording) -> Findings:
    """Evidence of that outcome from every check of a claim about recorded runs, whose mutants it decides nothing of."""
    found = Findings()
    for check in IMAGE_CLAIM.checks:
        found.evidence[IMAGE_CLAIM.id, check.name] = Evidence(check.kind, outcome, "scope", "s", {}, record=record)
        for mutant in IMAGE_CLAIM.mutants:
            found.mutants[IMAGE_CLAIM.id, check.name, mutant.name] = Outcome.INCONCLUSIVE
    return found


def test_a_claim_without_a_record_is_open_waits_and_has_no_hole() -> None:
    record = Recording("fig4.json", "advtheory train fig4", lacks="there is no record fig4.json yet")
    [result] = assemble([IMAGE_CLAIM], recorded(Outcome.INCONCLUSIVE, record), {})
    assert result.verdict is Verdict.OPEN
    assert result.awaits_record
    assert not result.has_hole
    assert result.closed_by == "advtheory train fig4"


def test_the_ledgers_command_closes_an_open_claim_and_none_a_decided_one() -> None:
    expected = {IMAGE_CLAIM.id: Expectation(Verdict.OPEN, "d", "no record yet", "make records")}
    record = Recording("fig4.json", "advtheory train fig4")
    [waiting] = assemble([IMAGE_CLAIM], recorded(Outcome.INCONCLUSIVE, record), expected)
    assert (waiting.undecided, waiting.awaits_record, waiting.closed_by) == (True, False, "make records")
    [decided] = assemble([IMAGE_CLAIM], recorded(Outcome.HOLDS, record), expected)
    assert (decided.verdict, decided.closed_by, decided.has_hole) == (Verdict.SUPPORTED, None, True)
