"""checks.result and checks.codec: verdicts, and results files that survive the trip to disk and refuse damage."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from checks.codec import decode, encode
from checks.result import (
    SCHEMA,
    WHOLE_DOMAIN,
    Chart,
    Contradiction,
    Evidence,
    Kind,
    Outcome,
    Run,
    Series,
    Symbol,
    Verdict,
    decide,
    load,
    refutation_strength,
    save,
    settle,
)


def evidence(kind: Kind, outcome: Outcome, scope: str = WHOLE_DOMAIN) -> Evidence:
    return Evidence(kind, outcome, scope, "summary", {"gap": 0.5})


PROOF = evidence(Kind.SYMBOLIC, Outcome.HOLDS)
PARTIAL = evidence(Kind.SYMBOLIC, Outcome.HOLDS, "d = 2")
SEARCH = evidence(Kind.SAMPLED, Outcome.HOLDS)
FAILURE = evidence(Kind.MONTE_CARLO, Outcome.FAILS)
UNDECIDED = evidence(Kind.CERTIFIED, Outcome.INCONCLUSIVE)


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        ([PROOF, SEARCH], Verdict.PROVED),
        ([PARTIAL, SEARCH], Verdict.SUPPORTED),
        ([SEARCH, UNDECIDED], Verdict.OPEN),
        ([PROOF, UNDECIDED], Verdict.PROVED),
        ([SEARCH, SEARCH], Verdict.SUPPORTED),
        ([UNDECIDED, UNDECIDED], Verdict.OPEN),
        ([SEARCH, FAILURE], Verdict.REFUTED),
        ([PARTIAL, FAILURE], Verdict.REFUTED),
    ],
)
def test_verdict_follows_from_the_evidence(found: list[Evidence], verdict: Verdict) -> None:
    assert decide(found, planned=len(found)) is verdict


def test_a_check_that_did_not_report_leaves_the_claim_open() -> None:
    assert decide([PROOF], planned=2) is Verdict.OPEN
    assert decide([], planned=0) is Verdict.OPEN


def test_a_proof_beside_a_counterexample_is_an_error_of_the_suite() -> None:
    with pytest.raises(Contradiction):
        decide([PROOF, FAILURE], planned=2)


def test_the_strongest_failure_names_the_refutation() -> None:
    assert refutation_strength([FAILURE, SEARCH]) == "statistical"
    assert refutation_strength([FAILURE, evidence(Kind.CERTIFIED, Outcome.FAILS)]) == "certified"
    assert refutation_strength([SEARCH]) is None


def test_a_proof_is_conditional_on_what_it_uses_at_any_depth() -> None:
    verdicts = {"a": Verdict.PROVED, "b": Verdict.PROVED, "c": Verdict.SUPPORTED}
    settled = settle(verdicts, {"a": ("b",), "b": ("c",)})
    assert settled["a"] == (Verdict.PROVED, ("c",))
    assert settled["c"] == (Verdict.SUPPORTED, ())


def test_nothing_is_proved_from_a_refuted_claim() -> None:
    settled = settle({"a": Verdict.PROVED, "b": Verdict.REFUTED}, {"a": ("b",)})
    assert settled["a"][0] is Verdict.SUPPORTED


def run() -> Run:
    return Run(SCHEMA, "p", {"name": "quick", "seed": 1.0}, {}, "r", "l", "s", 1.0, 2, 0.0, (), {"a": 0.5})


def test_evidence_survives_the_trip_with_its_non_finite_numbers() -> None:
    chart = Chart("t", "x", "y", (Series("s", (1.0,), (float("inf"),)),))
    item = replace(SEARCH, numbers={"gap": float("-inf"), "nan": float("nan")}, charts=(chart,), counterexample="<&>")
    again = decode(Evidence, json.loads(json.dumps(encode(item), allow_nan=False)))
    assert encode(again) == encode(item)
    assert again.charts[0].series[0].y == (float("inf"),)


def test_results_survive_the_trip_to_disk(tmp_path: Path) -> None:
    path = tmp_path / "new" / "results.json"
    save(run(), path)
    assert load(path) == run()
    assert [item.name for item in path.parent.iterdir()] == ["results.json"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "whole JSON"),
        ('{"schema": 1, "cla', "whole JSON"),
        ("[" * 100_000, "whole JSON"),
        ('{"schema": 99}', "schema 2, got schema 99"),
        ("[]", "schema 2, got schema None"),
        ('{"schema": 2}', "results must be the keys"),
    ],
)
def test_a_damaged_or_foreign_results_file_is_a_clear_error(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "results.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        load(path)


def test_a_missing_results_file_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        load(tmp_path / "none.json")


@pytest.mark.parametrize("place", ["seconds", "workers", "claims", "times"])
@pytest.mark.parametrize("value", ["text", True, {"a": "b"}, [1]])
def test_a_value_of_the_wrong_type_is_refused_by_its_place(tmp_path: Path, place: str, value: object) -> None:
    path = tmp_path / "results.json"
    path.write_text(json.dumps(encode(run()) | {place: value}))
    with pytest.raises(ValueError, match=rf"results\.{place}"):
        load(path)


def test_a_file_from_before_a_field_with_a_default_loads_and_one_without_a_needed_field_does_not(
    tmp_path: Path,
) -> None:
    path = tmp_path / "results.json"
    known = encode(run())
    path.write_text(json.dumps({name: value for name, value in known.items() if name != "notation"}))
    assert load(path).notation == ()
    path.write_text(json.dumps(known | {"notation": [{"latex": "s", "meaning": "a length"}]}))
    assert load(path).notation == (Symbol("s", "a length"),)
    path.write_text(json.dumps({name: value for name, value in known.items() if name != "claims"}))
    with pytest.raises(ValueError, match="results must be the keys"):
        load(path)
    path.write_text(json.dumps(known | {"unheard of": 1}))
    with pytest.raises(ValueError, match="results must be the keys"):
        load(path)
