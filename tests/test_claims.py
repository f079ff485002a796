"""Every check of every claim finds what the claim says it should find."""

from typing import Any

import pytest

from checks import catalogue
from checks.claim import Check, Claim
from checks.codec import encode
from checks.result import Outcome
from checks.tasks import Task
from tests.found import Found, expected_open

CHECKS = [
    pytest.param(claim, check, id=f"{claim.id}-{check.name}", marks=pytest.mark.xdist_group(claim.id))
    for claim in catalogue.claims()
    for check in claim.checks
]


@pytest.mark.parametrize(("claim", "check"), CHECKS)
def test_check_finds_what_the_claim_expects(
    claim: Claim[Any], check: Check[Any], found: Found, record: dict[str, Any]
) -> None:
    record.update(encode(found(Task(claim.id, check.name))))
    evidence = found.evidence(claim.id, check.name)
    assert evidence.kind is check.kind
    if evidence.outcome is Outcome.INCONCLUSIVE:
        assert expected_open(claim.id), evidence.summary
    else:
        assert evidence.outcome is (Outcome.FAILS if claim.erratum else Outcome.HOLDS), evidence.summary
