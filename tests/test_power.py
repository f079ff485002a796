"""Every check rejects at least one mutant, and every mutant is rejected by at least one check.

Recorded runs that are missing or too few decide nothing, and the claim is then expected to be open. A check rejects
mutants from the moment that its record exists; only the mutants that the runs cannot tell from the claim may survive.
"""

from typing import Any

import pytest

from checks import catalogue
from checks.claim import Claim
from checks.codec import encode
from checks.result import Evidence, Outcome
from checks.runner import rejects
from checks.tasks import Task
from tests.found import Found, expected_open, whole

CLAIMS = [pytest.param(claim, id=claim.id, marks=pytest.mark.xdist_group(claim.id)) for claim in catalogue.claims()]


@pytest.mark.parametrize("claim", CLAIMS)
def test_checks_tell_the_claim_from_its_mutants(claim: Claim[Any], found: Found, record: dict[str, Any]) -> None:
    piece = found(Task(claim.id))
    record.update(encode(piece))
    outcomes = whole(piece).mutants or {}
    own = {check.name: found.evidence(claim.id, check.name) for check in claim.checks}
    rejected: dict[str, set[str]] = {check.name: set() for check in claim.checks}
    for names, outcome in outcomes.items():
        check, mutant = names.split("/")
        if rejects(outcome, own[check].outcome):
            rejected[check].add(mutant)
    accepting = [name for name, names in rejected.items() if not names and not own[name].awaits_record]
    surviving = {mutant.name for mutant in claim.mutants} - set().union(*rejected.values())
    assert not accepting, f"these checks accept every mutant: {accepting}"
    if any(map(undecided, own.values())):
        assert expected_open(claim.id), f"recorded runs decide nothing, and the ledger does not say so: {claim.id}"
    else:
        assert not surviving, f"these mutants survive every check: {sorted(surviving)}"


def undecided(evidence: Evidence) -> bool:
    return evidence.record is not None and evidence.outcome is Outcome.INCONCLUSIVE
