"""reports.comparison: what changed between two runs, and which change is a regression."""

import dataclasses

from checks.result import ClaimResult, Kind, Outcome, Run, Verdict
from reports.comparison import Comparison, compare
from tests.reports.example import example_run
from tests.reports.runs import check, claim, evidence, run


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
        "xing2021.one: statement digest: 0123456789abcdef -> fedcba",
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
