"""Runs before the example, made by hand: every kind of change lies between two of them."""

from dataclasses import replace

from checks.result import ClaimResult, Run, Verdict
from tests.reports.example import example_run
from tests.reports.runs import HOSTILE, hostile_run


def earlier_runs() -> list[Run]:
    """Two runs, oldest first, after which the example comes."""
    return [_first(), _second()]


def hostile_past() -> Run:
    """A run before the hostile one that differs from it in every way, each time in hostile words."""
    now = hostile_run()
    found = now.claims[0]
    gone = replace(found, id="gone" + HOSTILE, amends=None)
    was = replace(
        found, verdict=Verdict.PROVED, statement="was " + HOSTILE, digest=HOSTILE, given=(), mutants=(),
        checks=tuple(replace(check, evidence=None, problem=HOSTILE, mutants=()) for check in found.checks),
    )  # fmt: skip
    return replace(now, claims=(was, gone), revision="old" + HOSTILE, packages={"x" + HOSTILE: HOSTILE}, seconds=1.0)


def _first() -> Run:
    run = example_run()
    claims = tuple(item for item in run.claims if item.locator != "Figure 4")
    gone = replace(claims[0], id="xing2021.risk_is_smooth", amends=None, uses=())
    claims = tuple(_with_gap(item, 5e-15) if item.id.endswith("risk_has_closed_form") else item for item in claims)
    claims = tuple(
        replace(item, statement="Convex everywhere.", digest="old") if item.id.endswith(".risk_is_convex") else item
        for item in claims
    )
    return replace(
        run, claims=(*claims, gone), revision="11aa22b", started="2026-01-03 09:12 UTC", seconds=61.2,
        packages=run.packages | {"numpy": "2.4.5", "sympy": "1.13.3"},
    )  # fmt: skip


def _second() -> Run:
    run = example_run()
    claims = tuple(
        replace(item, verdict=Verdict.SUPPORTED) if item.id.endswith("risk_has_closed_form") else item
        for item in run.claims
    )
    times = {key: 5 * time if "null_beyond" in key else time for key, time in run.times.items()}
    return replace(
        run, claims=claims, times=times, revision="77cc88d", started="2026-01-04 18:40 UTC", seconds=91.0,
        packages=run.packages | {"numpy": "2.4.5"},
    )  # fmt: skip


def _with_gap(claim: ClaimResult, gap: float) -> ClaimResult:
    def moved(numbers: dict[str, float]) -> dict[str, float]:
        return numbers | {"worst gap": gap} if "worst gap" in numbers else numbers

    checks = tuple(
        replace(check, evidence=replace(check.evidence, numbers=moved(check.evidence.numbers)))
        for check in claim.checks
        if check.evidence
    )
    return replace(claim, checks=checks)
