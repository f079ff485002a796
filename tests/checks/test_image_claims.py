"""The claims about networks trained on images, on records made by hand: they hold, fail and reject their mutants."""

from pathlib import Path
from typing import Any

import pytest

from checks import catalogue
from checks.claim import BUDGETS, Claim
from checks.evidence import runs
from checks.evidence.comparisons import Comparison
from checks.result import Outcome
from checks.runner import run_check, run_mutant
from models.training.record import load_record
from tests.checks import synthetic

QUICK = BUDGETS["quick"]
LIVE = {"digits"}
CLAIMS = [claim for claim in catalogue.claims() if claim.empirical and not LIVE & set(claim.id.split("_"))]
each_claim = pytest.mark.parametrize("claim", [pytest.param(claim, id=claim.id) for claim in CLAIMS])


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Records of a world in which the paper's statements are true."""
    folder = tmp_path_factory.mktemp("printed")
    synthetic.save_all(folder, seeds=range(20))
    return folder


@pytest.fixture(scope="module")
def level(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Records of a world in which neither smoothing nor the penalty does anything."""
    folder = tmp_path_factory.mktemp("level")
    synthetic.save_all(folder, seeds=range(20), figures=lambda arm, case: synthetic.printed("fig2")("plain", case))
    return folder


@each_claim
def test_claim_holds_where_the_paper_is_right_and_every_check_rejects_every_mutant(
    claim: Claim[Any], printed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "FOLDER", printed)
    for check in claim.checks:
        assert run_check(claim, check, QUICK).outcome is Outcome.HOLDS
        assert {run_mutant(claim, check, mutant, QUICK) for mutant in claim.mutants} == {Outcome.FAILS}


@pytest.mark.parametrize(
    "claim",
    [
        pytest.param(claim, id=claim.id)
        for claim in CLAIMS
        if isinstance(claim.formula, Comparison) and not claim.formula.margin
    ],
)
def test_comparison_does_not_hold_where_its_treatment_does_nothing(
    claim: Claim[Any], level: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "FOLDER", level)
    for check in claim.checks:
        assert run_check(claim, check, QUICK).outcome is not Outcome.HOLDS


@each_claim
def test_claim_without_a_record_is_undecided_and_so_are_its_mutants(
    claim: Claim[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "FOLDER", tmp_path)
    for check in claim.checks:
        evidence = run_check(claim, check, QUICK)
        assert evidence.awaits_record
        assert "advtheory train " in evidence.summary
        outcomes = [evidence.outcome, *(run_mutant(claim, check, mutant, QUICK) for mutant in claim.mutants)]
        assert set(outcomes) == {Outcome.INCONCLUSIVE}


RECORDS = sorted(
    path
    for path in runs.FOLDER.glob("*.json")
    if path.stem not in {"accuracy", "attack_conformance", "calibration", "power"}
)


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in RECORDS])
def test_committed_record_is_named_after_what_it_holds(path: Path) -> None:
    made = load_record(path)
    ending = "" if made.scale == "paper" else f"-{made.scale}"
    assert path.name == f"{made.experiment}{ending}.json"
