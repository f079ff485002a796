"""tests.plugin beside pytest's --junitxml: one sentence a check, its evidence, and the counterexample of a failure."""

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from checks.codec import encode
from checks.result import Kind, Outcome
from tests.reports.runs import HOSTILE, evidence

ROOT = Path(__file__).resolve().parent.parent
TEST = """
import json
from pathlib import Path
from types import SimpleNamespace
import pytest

CASES = json.loads(Path(__file__).with_name("cases.json").read_text())

@pytest.mark.parametrize("index", range(len(CASES)))
@pytest.mark.parametrize("claim", [SimpleNamespace(id="xing2021.risk_is_convex")], ids=["claim"])
@pytest.mark.parametrize("check", [SimpleNamespace(name="two_points")], ids=["check"])
def test_check(claim, check, index, record):
    record["evidence"] = CASES[index]
    assert CASES[index]["outcome"] == "holds", CASES[index]["summary"]
"""
GOOD = evidence(Kind.SAMPLED)
BAD = evidence(
    Kind.SAMPLED, Outcome.FAILS, summary=HOSTILE, scope=HOSTILE, counterexample=f"x = 1]]>\x1b[31m {HOSTILE}",
    numbers={HOSTILE: float("nan")},
)  # fmt: skip
READABLE = HOSTILE.replace("\x07", "#x07").replace("\ud800", r"\ud800")


@pytest.fixture(scope="module", params=["0", "2"], ids=["one process", "two workers"])
def cases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Element]:
    """The test cases of a check that holds and of one that fails with hostile texts."""
    folder = tmp_path_factory.mktemp("junit")
    (folder / "cases.json").write_text(json.dumps([encode(GOOD), encode(BAD)]))
    (folder / "test_it.py").write_text(TEST)
    command = [
        sys.executable, "-m", "pytest", "-p", "tests.plugin", "-p", "no:cacheprovider", "--rootdir", str(folder),
        "-n", request.param, "--junitxml", str(folder / "junit.xml"), str(folder / "test_it.py"),
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 1, done.stdout + done.stderr
    found = list(ElementTree.parse(folder / "junit.xml").iter("testcase"))
    return sorted(found, key=lambda case: case.find("failure") is not None)


def properties(case: Element) -> dict[str | None, str | None]:
    return {item.get("name"): item.get("value") for item in case.iter("property")}


def test_a_check_is_a_case_named_as_a_sentence(cases: list[Element]) -> None:
    assert [case.get("classname") for case in cases] == ["xing2021.risk_is_convex"] * 2
    assert {case.get("name") for case in cases} == {"risk is convex: two points finds what the claim says"}


def test_a_case_carries_its_evidence(cases: list[Element]) -> None:
    assert cases[0].findtext("system-out") == GOOD.summary
    assert properties(cases[0]) == {
        "kind": "sampled", "outcome": "holds", "scope": GOOD.scope, "cases": "60.0", "worst gap": "3.1e-15",
        "tolerance": str(GOOD.numbers["tolerance"]),
        "reproduce": "advtheory reproduce xing2021.risk_is_convex two_points",
    }  # fmt: skip


def test_a_failure_carries_the_counterexample(cases: list[Element]) -> None:
    assert [case.find("failure") is not None for case in cases] == [False, True]
    failure = cases[1].findtext("failure") or ""
    assert "counterexample" in failure
    assert f"x = 1]]>#x1B[31m {READABLE}" in failure


def test_hostile_texts_stay_texts(cases: list[Element]) -> None:
    found = properties(cases[1])
    assert found["scope"] == READABLE
    assert found[READABLE] == "nan"
    assert (cases[1].findtext("system-out") or "").startswith(READABLE)
