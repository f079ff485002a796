"""checks.power: planted mutants are noticed or survive as they must, and a killed session goes on where it was."""

import dataclasses
import math
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from checks.power import session as sessions
from checks.power.grid import GRID, constants, smallest
from checks.power.judge import changed
from checks.power.record import interval, record
from checks.power.sample import drawn, every, shares
from checks.power.session import Judged, Session
from checks.power.sites import sites
from checks.power.suite import Suite
from checks.result import WHOLE_DOMAIN, Evidence, Kind, Outcome, Verdict
from tests.checks import toy

ROOT = Path(__file__).resolve().parents[2]
HOLDS, FAILS, UNSURE = (
    Evidence(Kind.SAMPLED, o, "a case", "", {}) for o in (Outcome.HOLDS, Outcome.FAILS, Outcome.INCONCLUSIVE)
)
PROOF = Evidence(Kind.SYMBOLIC, Outcome.HOLDS, WHOLE_DOMAIN, "", {})


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Suite:
    return toy.planted(tmp_path_factory.mktemp("suite"))


@pytest.fixture(scope="module")
def begun(suite: Suite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with toy.session(suite, tmp_path_factory.mktemp("kept")) as (session, _):
        yield session


@pytest.mark.parametrize(
    ("before", "after", "fate", "turn"),
    [
        ("return a * b", "return a - b", "verdict", "supported to refuted"),
        ("return SIDES * (a + b)", "return SIDES * (a * b)", "survived", ""),
        ("return SIDES * (a + b)", "return SIDES * (a - b)", "verdict", "supported to refuted"),
        ("SIDES = 2", "SIDES = 3", "verdict", "supported to refuted"),
        ("return values[2]", "return values[1]", "verdict", "supported to refuted"),
        ("return values[2]", "return values[3]", "crash", "supported to open"),
        ("return a + 7", "return a - 7", "survived", ""),
    ],
)
def test_a_planted_mutant_has_its_fate(
    suite: Suite, begun: Session, before: str, after: str, fate: str, turn: str
) -> None:
    (judged,) = begun.judge([toy.mutant(suite, before, after)]).values()
    assert (judged.fate, judged.turn, judged.before, judged.after) == (fate, turn, before, after), judged


def test_a_refuted_claim_that_a_mutant_would_save_notices_it(suite: Suite, begun: Session) -> None:
    only = [baseline for baseline in begun.baselines if baseline.named.claim == "toy.wrong"]
    (judged,) = (
        dataclasses.replace(begun, baselines=tuple(only))
        .judge([toy.mutant(suite, "return a * b", "return a + b")])
        .values()
    )
    assert judged.turn == "refuted to supported"


def test_a_check_that_no_longer_tells_is_noticed_beside_a_proof(tmp_path: Path) -> None:
    suite = toy.planted(tmp_path / "suite")
    area = (suite.root / "toyclaims" / "area.py").read_text(encoding="utf-8")
    proof = 'Evidence(Kind.SYMBOLIC, Outcome.HOLDS, "the claim\'s whole domain", "", {})'
    area = area.replace("Outcome.FAILS", "Outcome.INCONCLUSIVE")
    area = area.replace('(Check("c', f'(Check("proof", Kind.SYMBOLIC, lambda formula, budget: {proof}), Check("c')
    (suite.root / "toyclaims" / "area.py").write_text(area, encoding="utf-8")
    with toy.session(suite, tmp_path / "kept") as (session, _):
        (judged,) = session.judge([toy.mutant(suite, "return a * b", "return a - b")]).values()
    assert (judged.fate, judged.claim, judged.check, judged.turn) == (
        "check",
        "toy.area",
        "compare",
        "proved to proved",
    )


def test_a_check_that_no_longer_ends_is_stopped(suite: Suite, begun: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "LIMIT", (0.0, 0.5))
    (judged,) = begun.judge([toy.mutant(suite, "n = n - 1", "n = n + 1")]).values()
    assert (judged.fate, judged.claim) == ("time-out", "toy.countdown")


def test_only_checks_that_run_the_line_are_asked(suite: Suite, begun: Session) -> None:
    def asked(before: str, after: str) -> set[str]:
        return {each.named.claim for each in begun.summoned(toy.mutant(suite, before, after))}

    assert asked("return a * b", "return a + b") == {"toy.area", "toy.wrong"}
    assert asked("SIDES = 2", "SIDES = 3") == {f"toy.{name}" for name in toy.TESTS}
    assert asked("return a + 7", "return a - 7") == set()


def test_a_mutant_that_was_never_in_place_has_no_fate(suite: Suite, begun: Session) -> None:
    misplaced = dataclasses.replace(toy.mutant(suite, "return a * b", "return a + b"), file="toy/elsewhere.py")
    area = next(baseline for baseline in begun.baselines if baseline.named.claim == "toy.area")
    elsewhere = dataclasses.replace(area, run={"toy/elsewhere.py": area.run["toy/shapes.py"]})
    with pytest.raises(RuntimeError, match="must end with a finding"):
        dataclasses.replace(begun, baselines=(elsewhere,)).judge([misplaced])


def test_verdicts_change_as_the_suite_decides_them() -> None:
    for before, found, waiting, after in [
        ({"a": HOLDS, "b": HOLDS}, {"a": FAILS}, True, Verdict.REFUTED),
        ({"a": HOLDS, "b": HOLDS}, {"a": None}, True, Verdict.OPEN),
        ({"a": HOLDS, "b": HOLDS}, {"a": HOLDS}, False, None),
        ({"a": PROOF, "b": HOLDS}, {"b": FAILS}, True, Verdict.OPEN),  # a contradiction
        ({"a": PROOF, "b": HOLDS}, {"b": UNSURE}, False, None),
        ({"a": PROOF, "b": HOLDS}, {"a": HOLDS}, False, Verdict.SUPPORTED),
        ({"a": FAILS, "b": HOLDS}, {"a": HOLDS}, True, None),
        ({"a": FAILS, "b": HOLDS}, {"a": HOLDS}, False, Verdict.SUPPORTED),
        ({"a": FAILS, "b": HOLDS}, {"a": HOLDS, "b": FAILS}, False, None),
        ({"a": UNSURE}, {"a": None}, False, None),
    ]:
        assert changed(before, found, waiting) is after, (before, found)


def test_nothing_is_written_to_the_tree_that_is_mutated(tmp_path: Path) -> None:
    suite = toy.planted(tmp_path / "suite")
    before = {path: path.read_bytes() for path in suite.root.rglob("*") if path.is_file()}
    with toy.session(suite, tmp_path / "kept") as (session, _):
        session.judge([toy.mutant(suite, "return a * b", "return a + b")])
    assert {path: path.read_bytes() for path in suite.root.rglob("*") if path.is_file()} == before


def test_what_an_edit_leaves_alone_is_not_judged_again(tmp_path: Path) -> None:
    suite = toy.planted(tmp_path / "suite")
    mutants = [toy.mutant(suite, *lines) for lines in (("return a * b", "return a + b"), ("SIDES = 2", "SIDES = 3"))]
    for edited, lines in ((None, 7), ("last", 2), (None, 0), ("countdown", 2)):
        if edited:  # the verdicts of other claims rest on nothing new
            with (suite.root / f"toyclaims/{edited}.py").open("a") as file:
                file.write("# a comment\n")
        with toy.session(suite, tmp_path / "kept") as (session, said):
            assert [judged.fate for judged in session.judge(mutants).values()] == ["verdict", "verdict"]
        assert len(said) == lines - bool(edited), (edited, said)


def test_a_killed_session_goes_on_where_it_was(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.checks.toy", str(tmp_path)]
    said: list[list[str]] = []
    for killed_after in (3, 8, None):
        said.append([])
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
            for line in process.stdout or ():
                said[-1].append(line)
                if len(said[-1]) == killed_after:
                    os.killpg(process.pid, signal.SIGKILL)
    done, of = said[-1][-1].split(" ")[0].split("/")
    assert done == of  # the last has come to its end
    pieces = Counter(line.partition(" ")[2] for run in said for line in run)
    assert max(pieces.values()) == 1  # and nothing was done twice
    assert len(said[-1]) <= len(pieces) - 3 - 8


def test_when_the_time_is_up_nothing_is_begun_and_what_is_known_stays(suite: Suite, tmp_path: Path) -> None:
    first, second = (
        toy.mutant(suite, *lines) for lines in (("return a * b", "return a + b"), ("SIDES = 2", "SIDES = 3"))
    )
    with toy.session(suite, tmp_path) as (session, _):
        session.judge([first])
        assert list(session.judge([first, second], until=-math.inf)) == [first]
        assert smallest(session, constants(toy.places(suite), "toy/", None, 1), until=-math.inf) == []


def test_a_sample_is_the_same_for_the_same_seed_and_has_every_stratum(suite: Suite) -> None:
    places = toy.places(suite)
    first, again, other = (drawn(places, 8, seed) for seed in (1, 1, 2))
    assert first == again != other
    assert {m.family for m in first} == {"arithmetic", "constant", "comparison", "index"}
    assert len(first) == 8
    assert len(drawn(places, 10**6, 1)) == len(places)  # one a site
    assert len(every(places)) > len(places)


def test_an_edit_elsewhere_leaves_most_of_a_sample_as_it_was(suite: Suite, tmp_path: Path) -> None:
    edited = toy.planted(tmp_path, "# one line more\n" + toy.SHAPES.replace("return a + 7", "return a + 8"))
    before, after = ({m.key for m in drawn(toy.places(s), 6, 1)} for s in (suite, edited))
    assert len(before & after) >= 5


def test_places_go_to_strata_by_size_and_none_is_left_out() -> None:
    sizes = {("a", "x"): 100, ("a", "y"): 1, ("b", "x"): 49}
    assert shares(sizes, 50) == {("a", "x"): 33, ("a", "y"): 1, ("b", "x"): 16}
    assert shares(sizes, 1000) == sizes
    assert sum(shares(sizes, 2).values()) == 2
    assert shares(sizes, 0) == dict.fromkeys(sizes, 0)


def test_sites_are_operators_numbers_comparisons_and_what_stands_in_brackets() -> None:
    text = '''"""1 + 1"""
from os import *


def f(a, *rest, axis=-1, **more):
    if len(rest) < 2:
        raise ValueError(f"{len(rest) + 1} is too few")
    return g(*rest, **more)[a[0] - 1 : 3] + a**2 @ [4]
'''
    found = [(site.family, site.token, site.line, site.first, site.last) for site in sites("f.py", text)]
    assert found == [
        ("arithmetic", "-", 5, 5, 5),
        ("constant", "1", 5, 5, 5),
        ("comparison", "<", 6, 6, 6),
        ("constant", "2", 6, 6, 6),
        ("index", "0", 8, 8, 8),
        ("index", "-", 8, 8, 8),
        ("index", "1", 8, 8, 8),
        ("index", "3", 8, 8, 8),
        ("arithmetic", "+", 8, 8, 8),
        ("arithmetic", "**", 8, 8, 8),
        ("constant", "2", 8, 8, 8),
        ("constant", "4", 8, 8, 8),
    ]


def test_a_mutant_of_a_statement_over_several_lines_has_them_all() -> None:
    text = "def f(a):\n    return g(\n        a,\n        a + 1,\n    )\n"
    plus = next(site for site in sites("f.py", text) if site.token == "+")
    mutant = plus.mutant(*plus.ways[0])
    assert mutant is not None
    assert (mutant.first, mutant.last, mutant.line) == (2, 5, 4)
    assert (mutant.function, mutant.before, mutant.after) == ("f", "a + 1,", "a - 1,")


def test_a_constant_is_as_wrong_as_its_claims_can_tell(tmp_path: Path) -> None:
    suite = toy.planted(tmp_path / "suite", toy.SHAPES.replace("a * b", "a * 1.0 * b * 4 / 4.0"))
    tolerant = suite.root / "toyclaims" / "area.py"
    tolerant.write_text(toy.CLAIM.format(name="area", test="abs(shapes.rectangle(3, 4) / 12 - 1) < 3e-4"))
    numbers = constants(toy.places(suite), "toy/", None, 1)
    assert sorted(site.token for site in numbers) == ["1", "1.0", "4", "4.0", "7"]
    assert all(mutant.is_scaled for site in numbers if (mutant := site.scaled(1.5)))
    assert not any(mutant.is_scaled for mutant in every(toy.places(suite)))
    with toy.session(suite, tmp_path / "kept") as (session, _):
        found = {constant.token: constant for constant in smallest(session, numbers)}
    assert {token: constant.caught for token, constant in found.items()} == {
        "1": GRID[0], "1.0": 1e-3, "4": 1e-3, "4.0": 1e-3, "7": None,
    }  # fmt: skip
    assert (found["1.0"].claim, found["1.0"].fate) == ("toy.area", "verdict")


def test_the_record_counts_every_mutant_once(suite: Suite) -> None:
    place = ("toy/shapes.py", "f", "arithmetic", "core", 3)
    judged = [
        Judged(*place, "a", "b", "verdict", 2, "toy.area"),
        Judged(*place, "a", "c", "crash", 2, "toy.area"),
        Judged(*place, "a", "d", "survived", 2),
        Judged(*place, "a", "e", "survived", 2),
        Judged(*place, "a", "f", "survived", 0),
    ]
    known = {("toy/shapes.py", "f", "a", "d"): "equivalent: a = d", ("toy/shapes.py", "f", "a", "e"): "tested: by t"}
    made = record(suite, judged, [], known, {"seed": 1})
    (row,) = made["modules"]
    assert row == made["totals"][0] | {"name": "toy/shapes.py"}
    counts = dict.fromkeys(("verdict", "crash", "equivalent", "tested", "open"), 1) | {"check": 0, "timeout": 0}
    assert {name: row[name] for name in ("judged", *counts)} == {"judged": 5, **counts}
    assert (row["low"], row["high"]) == tuple(round(end, 4) for end in interval(2, 4))
    assert [survivor["why"] for survivor in made["survivors"]] == ["equivalent: a = d", "tested: by t", ""]


def test_an_interval_covers_the_rates_under_which_what_was_seen_is_not_rare() -> None:
    low, high = interval(9, 10)
    at_most = 1 - sum(math.comb(10, k) * low**k * (1 - low) ** (10 - k) for k in range(9))
    at_least = sum(math.comb(10, k) * high**k * (1 - high) ** (10 - k) for k in range(10))
    assert at_most == pytest.approx(0.025)
    assert at_least == pytest.approx(0.025)
    assert interval(0, 5)[0] == 0
    assert interval(5, 5)[1] == 1


def test_a_check_that_fails_on_the_code_as_it_is_ends_the_session(tmp_path: Path) -> None:
    suite = toy.planted(tmp_path / "suite", toy.SHAPES.replace("values[2]", "values[5]"))
    with (
        pytest.raises(ValueError, match=r"as it is, but not toy.last-compare: IndexError"),
        toy.session(suite, tmp_path / "kept"),
    ):
        pass
