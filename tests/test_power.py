"""Every check rejects at least one mutant, and every mutant is rejected by at least one check."""

import time
from typing import Any

import pytest

from checks import catalogue
from checks.claim import Budget, Claim
from checks.runner import rejects, run_mutant
from tests.found import found

CLAIMS = [pytest.param(claim, id=claim.id, marks=pytest.mark.xdist_group(claim.id)) for claim in catalogue.claims()]


@pytest.mark.parametrize("claim", CLAIMS)
def test_checks_tell_the_claim_from_its_mutants(claim: Claim[Any], budget: Budget, record: dict[str, Any]) -> None:
    record["mutants"], record["times"] = {}, {}
    rejected: dict[str, set[str]] = {check.name: set() for check in claim.checks}
    for check in claim.checks:
        own = found(claim.id, check.name, budget).outcome
        for mutant in claim.mutants:
            begun = time.perf_counter()
            outcome = run_mutant(claim, check, mutant, budget)
            record["mutants"][f"{check.name}/{mutant.name}"] = outcome.value
            record["times"][f"{claim.id}-{check.name}-{mutant.name}"] = round(time.perf_counter() - begun, 4)
            if rejects(outcome, own):
                rejected[check.name].add(mutant.name)
    accepting = [name for name, names in rejected.items() if not names]
    surviving = {mutant.name for mutant in claim.mutants} - set().union(*rejected.values())
    assert not accepting, f"these checks accept every mutant: {accepting}"
    assert not surviving, f"these mutants survive every check: {sorted(surviving)}"
