"""reports.comparison: what changed between two runs, and which change is a regression."""

import dataclasses
import json
import math

import pytest

from checks.result import ClaimResult, Kind, Outcome, Run, Verdict
from reports.comparison import Comparison, Topic, as_json, claim_seconds, compare
from tests.reports.example import example_run
from tests.reports.runs import HOSTILE, check, claim, evidence, hostile_run, run


def one(kind: Kind = Kind.SAMPLED, gap: float = 1e-15, detectable: float = 0.01, **changes: object) -> ClaimResult:
    numbers = {"cases": 60.0, "worst gap": gap, "detectable relative difference": detectable}
    found = evidence(kind, numbers=numbers)
    return claim("one", (check("search", found, {"mutant": Outcome.FAILS}),), **changes)


def between(old: ClaimResult, new: ClaimResult) -> Comparison:
    return compare(run(old), run(new))


def test_a_run_does_not_differ_from_itself() -> None:
    assert compare(example_run(), example_run()) == Comparison(())


def test_a_changed_verdict_is_a_regression_whatever_its_direction() -> None:
    for old, new in ((Kind.SAMPLED, Kind.SYMBOLIC), (Kind.SYMBOLIC, Kind.SAMPLED)):
        found = between(one(old), one(new))
        assert found.is_regression
        assert found.lines[0].startswith("xing2021.one: verdict: ")
    assert between(one(), one(Kind.SYMBOLIC)).lines == ("xing2021.one: verdict: supported -> proved",)


def test_a_vanished_claim_is_a_regression_and_an_added_one_is_not() -> None:
    alone, none = run(one()), run()
    assert compare(alone, none).is_regression
    assert compare(alone, none).lines == ("xing2021.one: claim: supported -> absent",)
    assert not compare(none, alone).is_regression
    assert compare(none, alone).lines == ("xing2021.one: claim: absent -> supported",)


def test_gaps_detectable_differences_and_statements_are_news_only() -> None:
    found = between(one(), one(gap=2e-15, detectable=0.5, digest="fedcba"))
    assert found.lines == (
        "xing2021.one: code, by its fingerprint: 0123456789abcdef -> fedcba",
        "xing2021.one-search: worst gap: 1e-15 -> 2e-15",
        "xing2021.one-search: detectable relative difference: 0.01 -> 0.5",
    )
    assert not found.is_regression


def test_a_gap_that_moved_in_its_last_digits_is_no_news() -> None:
    assert between(one(gap=1.0001e-15), one(gap=1.0002e-15)).lines == ()


def test_outcomes_mutants_and_conditions_are_news() -> None:
    other = dataclasses.replace(one(), given=("xing2021.two",))
    quiet = dataclasses.replace(other.checks[0], evidence=None, problem="crashed", mutants=())
    found = between(one(), dataclasses.replace(other, checks=(quiet,)))
    assert found.lines == (
        "xing2021.one: given: nothing -> xing2021.two",
        "xing2021.one: mutants rejected: 1 of 1 -> 0 of 1",
        "xing2021.one-search: outcome: holds -> no evidence (crashed)",
    )


def test_checks_that_come_and_go_are_news() -> None:
    renamed = dataclasses.replace(one(), checks=(dataclasses.replace(one().checks[0], name="sweep"),))
    assert between(one(), renamed).lines == (
        "xing2021.one-search: outcome: holds -> absent",
        "xing2021.one-sweep: outcome: absent -> holds",
    )


def test_another_seed_or_package_is_said() -> None:
    old: Run = run(one())
    new = dataclasses.replace(old, budget=old.budget | {"seed": 1.0}, packages=old.packages | {"scipy": "1.17.1"})
    assert compare(old, new).lines == (
        "run: budget, seed: 20210413.0 -> 1.0",
        "run: packages, scipy: absent -> 1.17.1",
    )


def test_regressions_come_first() -> None:
    first = dataclasses.replace(one(), id="xing2021.first", digest="new")
    old, new = run(dataclasses.replace(first, digest="old"), one()), run(first, one(Kind.SYMBOLIC))
    changes = compare(old, new).changes
    assert [change.is_regression for change in changes] == [True, False]
    assert changes[0].new == Verdict.PROVED.value


def with_numbers(**numbers: float) -> ClaimResult:
    found = evidence(Kind.SAMPLED, numbers={key.replace("_", " "): value for key, value in numbers.items()})
    return claim("one", (check("search", found, {}),))


def timed(seconds: float, whole: float = 83.4) -> Run:
    return dataclasses.replace(run(one()), times={"xing2021.one-search": seconds}, seconds=whole)


def test_a_gap_is_held_against_what_is_allowed() -> None:
    found = between(with_numbers(worst_gap=1e-15, tolerance=1e-14), with_numbers(worst_gap=9e-15, tolerance=1e-14))
    assert found.lines == ("xing2021.one-search: worst gap: 1e-15 (10% of tolerance) -> 9e-15 (90% of tolerance)",)


def test_a_gap_that_moved_by_less_than_a_hundredth_of_what_is_allowed_is_no_news() -> None:
    old, new = (with_numbers(worst_gap=gap, tolerance=1e-12) for gap in (1e-15, 2e-15))
    assert between(old, new).lines == ()


def test_a_tightened_tolerance_moves_the_share_too() -> None:
    old, new = (with_numbers(worst_gap=1e-15, tolerance=tolerance) for tolerance in (1e-13, 1e-14))
    assert between(old, new).lines == (
        "xing2021.one-search: worst gap: 1e-15 (1% of tolerance) -> 1e-15 (10% of tolerance)",
        "xing2021.one-search: tolerance: 1e-13 -> 1e-14",
    )


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_none_are_news_once(odd: float) -> None:
    plain, none = with_numbers(worst_gap=1e-15, tolerance=1.0), with_numbers(worst_gap=odd, tolerance=1.0)
    assert len(between(plain, none).lines) == 1
    assert between(none, none).lines == ()


def test_counts_of_the_effort_are_news_only_within_one_budget() -> None:
    old, new = run(with_numbers(cases=60.0)), run(with_numbers(cases=50.0))
    assert compare(old, new).lines == ("xing2021.one-search: cases: 60 -> 50",)
    other = dataclasses.replace(new, budget=new.budget | {"name": "full"})
    assert compare(old, other).lines == ("run: budget, name: quick -> full",)


def test_edits_are_named_by_their_part() -> None:
    found = between(one(), one(statement="Another.", formula="x", digest="new"))
    assert found.lines == (
        "xing2021.one: statement: A statement. -> Another.",
        "xing2021.one: formula: absent -> $x$",
    )
    assert set(found.by_topic) == {Topic.EDITED}


def test_times_are_news_when_they_moved_by_half_and_by_a_second() -> None:
    assert compare(timed(2.0), timed(4.0)).lines == ("xing2021.one: time: 2.0 s -> 4.0 s",)
    assert compare(timed(4.0), timed(2.0)).lines == ("xing2021.one: time: 4.0 s -> 2.0 s",)
    assert compare(timed(0.2), timed(0.9)).lines == ()
    assert compare(timed(20.0), timed(25.0)).lines == ()
    assert compare(timed(2.0, 60.0), timed(2.0, 90.0)).lines == ("run: time: 60.0 s -> 90.0 s",)


def test_a_claims_time_is_that_of_its_checks_and_mutants_alone() -> None:
    found = run(one(), dataclasses.replace(one(), id="xing2021.one-search"))
    assert claim_seconds(found, found.claims[0]) == pytest.approx(0.4 + 0.15)
    assert claim_seconds(dataclasses.replace(found, times={}), found.claims[0]) is None


def test_topics_come_in_the_order_of_their_weight() -> None:
    old = run(one(), dataclasses.replace(one(), id="xing2021.gone"))
    new = run(one(Kind.SYMBOLIC, digest="new"), dataclasses.replace(one(), id="xing2021.new"), revision="other")
    assert list(compare(old, new).by_topic) == [
        Topic.VERDICT, Topic.REMOVED, Topic.ADDED, Topic.EDITED, Topic.RUN,
    ]  # fmt: skip


def test_runs_of_different_papers_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="runs must be of one paper, got 'Another' and 'On the"):
        between(one(paper="Another"), one())
    both = run(one(paper="Another"), dataclasses.replace(one(), id="xing2021.two"))
    assert not compare(run(one(paper="Another")), both).is_regression


def test_json_says_the_same_to_programs() -> None:
    old, new = run(one()), run(one(Kind.SYMBOLIC))
    data = json.loads(as_json(old, new, compare(old, new)))
    assert data["regression"] is True
    assert data["changes"] == [
        {"topic": "verdict", "claim": "xing2021.one", "check": None, "what": "verdict", "old": "supported",
         "new": "proved"},
    ]  # fmt: skip


def test_json_of_hostile_runs_is_json() -> None:
    old, new = hostile_run(), run()
    data = json.loads(as_json(old, new, compare(old, new)), parse_constant=pytest.fail)
    assert data["changes"][0]["claim"] == HOSTILE
