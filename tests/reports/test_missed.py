"""reports.missed: verdicts by what they rest on, the weakest first, and the smallest error that each check catches."""

import dataclasses

import pytest

from checks.result import WHOLE_DOMAIN, ClaimResult, Kind, Recording, Step, Verdict
from reports.missed import Tier, missed, size
from reports.page import render
from tests.reports.example import example_run
from tests.reports.reader import read
from tests.reports.runs import FAILS, HOLDS, UNSURE, check, claim, evidence, hostile_run, run

PROOF = evidence(Kind.SYMBOLIC)
SEARCH = evidence(Kind.SAMPLED, scope="d up to 4")
DRAWS = evidence(Kind.MONTE_CARLO, scope="d = 2", numbers={"detectable relative difference": 0.0083})


def tier_of(item: ClaimResult, *others: ClaimResult) -> Tier:
    return next(tier for tier, rows in missed(run(item, *others)) for row in rows if row.claim is item)


@pytest.mark.parametrize(
    ("item", "tier"),
    [
        (claim("a", (check("p", PROOF, {"m": FAILS}),)), Tier.PROVED),
        (claim("a", (check("p", PROOF, {"m": FAILS}),), given=("b",)), Tier.GIVEN),
        (claim("a", (check("p", PROOF, {"m": HOLDS}),)), Tier.HOLE),
        (claim("a", (check("s", SEARCH, {"m": FAILS}), check("d", DRAWS, {"m": FAILS}))), Tier.CASES),
        (claim("a", (check("d", DRAWS, {"m": FAILS}),)), Tier.STATISTICS),
        (claim("a", (check("s", evidence(Kind.SAMPLED, FAILS), {"m": HOLDS}),)), Tier.REFUTED),
        (claim("a", (check("s", evidence(Kind.SAMPLED, UNSURE), {"m": UNSURE}),)), Tier.NOTHING),
    ],
)
def test_a_claim_stands_where_its_verdict_rests(item: ClaimResult, tier: Tier) -> None:
    assert tier_of(item) is tier


@pytest.mark.parametrize(
    ("kind", "numbers", "words", "error"),
    [
        (Kind.CERTIFIED, {"narrowest common bits": 71.0, "points": 9.0}, "8.5 × 10⁻²⁰ %", 2.0**-70),
        (Kind.MONTE_CARLO, {"detectable relative difference": 0.008312}, "0.83 %", 0.008312),
        (Kind.TREND, {"detectable excess": 0.2}, "0.2", 0.2),
        (Kind.SAMPLED, {"tolerance": 64 * 2.0**-52, "cases": 60.0}, "1.4 × 10⁻¹⁴", 64 * 2.0**-52),
        (Kind.TRAINED, {"detectable difference": 0.0}, "no size: all runs agree", float("inf")),
        (
            Kind.TRAINED,
            {"share of seeds that may differ": 0.3617},
            "no size: all seeds agree, 36 % may not",
            float("inf"),
        ),
        (Kind.TRAINED, {"tolerance": 0.0}, "0", 0),
        (Kind.TRAINED, {}, "no size stated", float("inf")),
        (Kind.TRAINED, {"tolerance": float("nan")}, "no size stated", float("inf")),
        (Kind.CERTIFIED, {}, "any error in its scope", 0),
    ],
)
def test_the_smallest_error_is_what_the_evidence_states(
    kind: Kind, numbers: dict[str, float], words: str, error: float
) -> None:
    found = size(check("c", evidence(kind, scope="somewhere", numbers=numbers), {}))
    assert (found.words, found.error) == (words, error)


def test_what_a_check_did_not_find_out_is_no_size() -> None:
    silent, unsure = check("c", None, {}, problem="crashed"), check("c", evidence(Kind.TREND, UNSURE), {})
    assert [size(item).words for item in (silent, unsure)] == ["did not report", "decides nothing"]


def test_the_weakest_claim_of_a_tier_comes_first() -> None:
    def found(name: str, error: float, rejected: str = "ab") -> ClaimResult:
        numbers = {"detectable difference": error}
        item = evidence(Kind.TREND, scope="a sweep", numbers=numbers)
        return claim(name, (check("t", item, dict.fromkeys(rejected, FAILS)),))

    ((_, rows),) = missed(run(found("fine", 1e-3), found("coarse", 0.5), found("blind", 0.0)))
    assert [row.claim.id for row in rows] == ["xing2021.blind", "xing2021.coarse", "xing2021.fine"]


def test_a_statistical_refutation_stands_before_a_certified_one() -> None:
    sure, likely = (claim(k.name, (check("c", evidence(k, FAILS), {}),)) for k in (Kind.CERTIFIED, Kind.TREND))
    ((tier, rows),) = missed(run(sure, likely))
    assert tier is Tier.REFUTED
    assert [(row.claim, row.slips) for row in rows] == [(likely, ("statistical",)), (sure, ("certified",))]


def test_a_row_says_which_mutants_hang_on_one_check_and_what_is_granted() -> None:
    steps = (Step("bound", "x", "cited: Hölder's inequality"), Step("sum", "y", "SymPy"))
    ground = claim("ground", (check("s", SEARCH, {}),))
    proof = check("derivation", evidence(Kind.SYMBOLIC, steps=steps), {"a": FAILS, "b": FAILS})
    draws = check("simulation", DRAWS, {"a": FAILS, "b": UNSURE})
    item = claim(
        "c", (proof, draws), uses=(ground.id,), given=(ground.id,), assumptions=(("no_kink", "It is smooth."),)
    )
    rows = {row.claim.id: row for _, rows in missed(run(ground, item)) for row in rows}
    row = rows[item.id]
    assert row.mutants == "2 of 2, 1 by derivation alone"
    assert row.unproved == (ground.id,)
    assert row.granted == ("assumes no kink", "cited: Hölder's inequality")
    assert row.alarm == 1e-6
    assert rows[ground.id].alarm == 0
    assert list(row.caught) == [WHOLE_DOMAIN, "d = 2"]


def test_a_proof_about_a_refuted_premise_is_named() -> None:
    item = dataclasses.replace(claim("a", (check("p", PROOF, {"m": FAILS}),)), verdict=Verdict.SUPPORTED)
    ((tier, (row,)),) = missed(run(item))
    assert tier is Tier.CASES
    assert "refuted" in row.slips[0]


def test_open_claims_stand_by_what_they_wait_for() -> None:
    record = Recording("r.json", "make it", lacks="there is no record r.json yet")
    blank = check("c", evidence(Kind.TRAINED, UNSURE, record=record), {})
    unsure = check("sweep_up", evidence(Kind.TREND, UNSURE), {})
    names = ("a", "b")
    page = read(render(run(*(claim(name, (blank, blank)) for name in names), claim("c", (unsure,)))))
    rows = [row.text for row in page.one("section", class_="missed").one("tbody").every("tr")]
    assert rows == ["sweep up could not tell C", "there is no record r.json yet A , B"]


def test_every_claim_of_a_run_has_its_place_in_the_page_and_a_link() -> None:
    made = example_run()
    section = read(render(made)).one("section", class_="missed")
    links = [link.attributes["href"][1:] for link in section.every("a")]
    assert {item.id for item in made.claims} <= set(links)
    text = section.text
    for words in ("Nothing decides yet 4 claims", "Refuted 1 claim", "assumes Gaussian data, radius", "certified"):
        assert words in text, words


def test_a_page_without_claims_and_one_of_hostile_texts_have_no_stray_element() -> None:
    assert not list(read(render(run())).every("section", class_="missed"))
    section = read(render(hostile_run())).one("section", class_="missed")
    assert not list(section.every("img")) + list(section.every("script"))
