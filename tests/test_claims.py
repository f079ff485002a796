"""Every check of every claim finds what the claim says it should find."""

import time
from typing import Any

import pytest

from checks import catalogue
from checks.claim import Budget, Check, Claim
from checks.codec import encode
from checks.result import Outcome
from tests.found import expected_open, found

CHECKS = [
    pytest.param(claim, check, id=f"{claim.id}-{check.name}", marks=pytest.mark.xdist_group(claim.id))
    for claim in catalogue.claims()
    for check in claim.checks
]


@pytest.mark.parametrize(("claim", "check"), CHECKS)
def test_check_finds_what_the_claim_expects(
    claim: Claim[Any], check: Check[Any], budget: Budget, record: dict[str, Any]
) -> None:
    begun = time.perf_counter()
    evidence = found(claim.id, check.name, budget)
    record["evidence"] = encode(evidence)
    record["times"] = {f"{claim.id}-{check.name}": round(time.perf_counter() - begun, 4)}
    assert evidence.kind is check.kind
    if evidence.outcome is Outcome.INCONCLUSIVE:
        assert expected_open(claim.id), evidence.summary
    else:
        assert evidence.outcome is (Outcome.FAILS if claim.erratum else Outcome.HOLDS), evidence.summary
