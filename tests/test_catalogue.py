"""The catalogue is whole: ids are unique and say where they live, what is used exists, every claim can fail."""

import pkgutil
import re
from graphlib import TopologicalSorter
from typing import Any

import pytest

from checks import catalogue
from checks.claim import Claim
from checks.result import Kind
from checks.xing2021 import images

CLAIMS = catalogue.claims()
IDS = {claim.id for claim in CLAIMS}
EXACT = {Kind.SYMBOLIC, Kind.CERTIFIED, Kind.SAMPLED}
IMAGES = {f"xing2021.{module.name}" for module in pkgutil.iter_modules(images.__path__)}
each_claim = pytest.mark.parametrize("claim", [pytest.param(claim, id=claim.id) for claim in CLAIMS])


def test_there_are_claims_and_their_ids_are_unique() -> None:
    assert CLAIMS
    assert len(IDS) == len(CLAIMS)


def test_uses_and_amends_name_claims_and_uses_have_no_cycle() -> None:
    named = {name for claim in CLAIMS for name in (*claim.uses, *([claim.amends] if claim.amends else []))}
    assert named <= IDS
    tuple(TopologicalSorter({claim.id: claim.uses for claim in CLAIMS}).static_order())


@each_claim
def test_claim_has_two_checks_of_different_kinds_one_of_them_exact_and_two_mutants(claim: Claim[Any]) -> None:
    kinds = {check.kind for check in claim.checks}
    if claim.empirical:  # nothing exact decides what training finds: two evaluations of the same networks instead
        assert kinds == {Kind.TRAINED}
        assert len(claim.checks) >= 2
    else:
        assert len(kinds) >= 2
        assert kinds & EXACT
    assert len(claim.mutants) >= 2


@each_claim
def test_only_claims_about_images_are_empirical(claim: Claim[Any]) -> None:
    assert claim.empirical == (claim.id in IMAGES)


@each_claim
def test_names_of_checks_and_mutants_are_plain_and_unique(claim: Claim[Any]) -> None:
    for names in ([check.name for check in claim.checks], [mutant.name for mutant in claim.mutants]):
        assert len(set(names)) == len(names)
        assert all(re.fullmatch(r"[a-z0-9_]+", name) for name in names)


@each_claim
def test_statement_is_the_docstring_of_the_claims_own_module(claim: Claim[Any]) -> None:
    assert claim.statement.strip()
    assert re.fullmatch(r"[a-z0-9]+\.[a-z0-9_]+", claim.id)


@each_claim
def test_a_refuted_claim_has_a_corrected_one_beside_it(claim: Claim[Any]) -> None:
    if claim.erratum is not None:
        assert any(other.amends == claim.id for other in CLAIMS)


@each_claim
def test_only_printed_claims_have_errata(claim: Claim[Any]) -> None:
    assert claim.erratum is None or not (claim.amends or claim.ours)
