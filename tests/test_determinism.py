"""The same bytes by other workers, in another order and with another hash seed, and what tests.determinism reports."""

from pathlib import Path

import pytest

from checks.result import Kind, Outcome, Run, load
from tests.determinism import decided_differently, different, margins
from tests.forked import start
from tests.kills import SELECTION, same
from tests.reports.runs import check, claim, evidence, run

pytestmark = pytest.mark.xdist_group("resume")  # one process forks all runs


def test_workers_order_and_hash_seed_do_not_change_a_byte(tmp_path: Path, uninterrupted: tuple[Run, float]) -> None:
    results = tmp_path / "results.json"
    # Worker processes are new interpreters, which draw their hashes by this seed.
    start(SELECTION, results, "-n", "2", "--shuffle", "1", environment={"PYTHONHASHSEED": "1"}).join(300)
    found = load(results)
    assert found.workers == 2
    assert different(found, uninterrupted[0]) == []
    assert same(found, uninterrupted[0])


def judged(gap: float, outcome: Outcome = Outcome.HOLDS, mutant: Outcome = Outcome.FAILS) -> Run:
    """A run of one claim, of which the search found a `gap`."""
    found = evidence(Kind.SAMPLED, outcome, numbers={"worst gap": gap, "tolerance": 1e-12})
    return run(claim("one", (check("search", found, {"wrong": mutant}),)))


def test_what_is_decided_differently_is_named() -> None:
    assert decided_differently(judged(1e-15), judged(2e-15)) == []
    assert decided_differently(judged(1e-15), judged(1e-15, mutant=Outcome.HOLDS)) == [
        "xing2021.one search on wrong: fails, then holds"
    ]
    assert decided_differently(judged(1e-15), judged(1e-11, Outcome.FAILS)) == [
        "xing2021.one: supported, then refuted",
        "xing2021.one search: holds, then fails",
    ]


def test_a_byte_that_differs_is_found() -> None:
    assert different(judged(1e-15), judged(1e-15)) == []
    assert different(judged(1e-15), judged(1.0000000000000002e-15)) == ["xing2021.one"]


def test_a_margin_is_the_distance_from_the_threshold_in_changes() -> None:
    (margin,) = margins(judged(2e-13), judged(3e-13))
    assert margin.distance == pytest.approx(8e-13)
    assert margin.changes == pytest.approx(8)
    assert margins(judged(2e-13), judged(2e-13))[0].changes == float("inf")
