"""From the evidence of a run to its results: verdicts, mutant matrices and everything a page needs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from checks import catalogue
from checks.claim import Check, Claim
from checks.result import (
    CheckResult,
    ClaimResult,
    Contradiction,
    Evidence,
    Expectation,
    MutantRun,
    Outcome,
    Verdict,
    decide,
    refutation_strength,
    settle,
)
from checks.runner import rejects


@dataclass
class Findings:
    """What came in: evidence and problems by (claim, check), and outcomes by (claim, check, mutant)."""

    evidence: dict[tuple[str, str], Evidence] = field(default_factory=dict)
    problems: dict[tuple[str, str], str] = field(default_factory=dict)
    mutants: dict[tuple[str, str, str], Outcome] = field(default_factory=dict)
    times: dict[str, float] = field(default_factory=dict)


def assemble(
    claims: Iterable[Claim[Any]], findings: Findings, expected: Mapping[str, Expectation]
) -> tuple[ClaimResult, ...]:
    """The results of `claims`, each in the light of those it uses; `expected` stands in for claims that did not run."""
    results = [_claim_result(claim, findings, expected.get(claim.id)) for claim in claims]
    verdicts = {id_: entry.verdict for id_, entry in expected.items()} | {r.id: r.verdict for r in results}
    uses = {claim.id: claim.uses for claim in catalogue.claims()}
    settled = settle(verdicts, uses)
    return tuple(replace(r, verdict=settled[r.id][0], given=settled[r.id][1]) for r in results)


def _claim_result(claim: Claim[Any], findings: Findings, expected: Expectation | None) -> ClaimResult:
    checks = tuple(_check_result(claim, check, findings) for check in claim.checks)
    evidence = [check.evidence for check in checks if check.evidence is not None]
    verdict, problem = _verdict(checks, evidence)
    digest = catalogue.digest(claim)
    return ClaimResult(
        id=claim.id,
        paper=claim.reference.paper.title,
        locator=claim.reference.locator,
        statement=claim.statement.strip(),
        formula=getattr(claim.formula, "latex", None),
        assumptions=tuple((item.name, item.sentence) for item in claim.assumptions),
        uses=claim.uses,
        erratum=claim.erratum,
        reading=claim.reading,
        amends=claim.amends,
        ours=claim.ours,
        digest=digest,
        mutants=tuple(mutant.name for mutant in claim.mutants),
        checks=checks,
        verdict=verdict,
        given=(),
        strength=refutation_strength(evidence) if verdict is Verdict.REFUTED else None,
        problem=problem,
        expected=expected.verdict if expected else None,
        expected_reason=expected.reason if expected else None,
        edited=expected is not None and expected.digest != digest,
        closing_command=expected.command if expected else None,
    )


def _check_result(claim: Claim[Any], check: Check[Any], findings: Findings) -> CheckResult:
    key = (claim.id, check.name)
    evidence = findings.evidence.get(key)
    problem = None if evidence else findings.problems.get(key, "never reported")
    runs = tuple(_mutant_run(key, mutant.name, evidence, findings) for mutant in claim.mutants)
    return CheckResult(
        check.name, check.kind, evidence, problem, f"advtheory reproduce {claim.id} {check.name}", runs
    )  # fmt: skip


def _mutant_run(key: tuple[str, str], mutant: str, own: Evidence | None, findings: Findings) -> MutantRun:
    outcome = findings.mutants.get((*key, mutant))
    rejected = outcome is not None and own is not None and rejects(outcome, own.outcome)
    return MutantRun(mutant, outcome, rejected)


def _verdict(checks: tuple[CheckResult, ...], evidence: list[Evidence]) -> tuple[Verdict, str | None]:
    missing = [f"{check.name}: {check.problem}" for check in checks if check.evidence is None]
    try:
        verdict = decide(evidence, planned=len(checks))
    except Contradiction as error:
        return Verdict.OPEN, f"contradictory evidence: {error}"
    return verdict, "; ".join(missing) or None
