"""checks.provenance: a run's false-alarm probability is the sum of what its evidence states."""

import time

import pytest

from checks import provenance
from checks.claim import BUDGETS
from checks.result import CheckResult, Evidence, Kind, Outcome, Recording, Run
from tests.reports.runs import claim

QUICK = BUDGETS["quick"]


def check(name: str, kind: Kind, record: Recording | None = None, **numbers: float) -> CheckResult:
    stated = {key.replace("_", " "): value for key, value in numbers.items()}
    found = Evidence(kind, Outcome.HOLDS, "scope", "summary", stated, record=record)
    return CheckResult(name, kind, found, None, "", ())


def run(*checks: CheckResult) -> Run:
    return provenance.run((claim("c", checks),), QUICK, time.time(), 2, {})


def test_rates_that_evidence_states_are_summed() -> None:
    found = run(check("a", Kind.MONTE_CARLO, error_rate=1e-6), check("b", Kind.TREND, error_rate=3e-6))
    assert found.false_alarm_probability == pytest.approx(4e-6)
    assert found.recorded_false_alarm_probability == 0


def test_statistical_evidence_that_states_none_has_the_budgets_and_exact_evidence_has_none() -> None:
    found = run(check("a", Kind.TRAINED), check("b", Kind.SAMPLED), check("c", Kind.SYMBOLIC))
    assert found.false_alarm_probability == QUICK.error_rate


def test_a_check_that_did_not_report_counts_as_one_that_states_nothing() -> None:
    silent = CheckResult("a", Kind.MONTE_CARLO, None, "TimeoutError", "", ())
    assert run(silent).false_alarm_probability == QUICK.error_rate


def test_recorded_evidence_is_summed_apart_and_raises_no_alarm_without_a_record() -> None:
    found = run(
        check("a", Kind.TRAINED, Recording("fig4.json", "train"), error_rate=1e-3),
        check("b", Kind.TRAINED, Recording("fig2.json", "train", lacks="there is no record fig2.json yet")),
    )
    assert found.false_alarm_probability == 0
    assert found.recorded_false_alarm_probability == pytest.approx(1e-3)
