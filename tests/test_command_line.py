"""advtheory: what each command prints, what it leaves behind, and how it ends."""

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

import advtheory
from checks import catalogue
from checks.codec import encode
from checks.result import load, save
from reports import ledger

ROOT = Path(advtheory.__file__).parent
CLAIM = "risk_has_closed_form"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "advtheory", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of a run of one claim."""
    path = tmp_path_factory.mktemp("verify") / "results.json"
    junit = str(path.with_name("junit.xml"))
    done = run("verify", "-k", f"xing2021.{CLAIM}", "-n", "0", "--results", str(path), "--junit", junit)
    assert done.returncode == 0, done.stdout + done.stderr
    assert CLAIM in done.stdout
    assert str(path.with_name("index.html")) in done.stdout
    assert "[" in done.stderr
    return path


def test_verify_leaves_results_and_a_report(results: Path) -> None:
    assert [claim.id for claim in load(results).claims] == [f"xing2021.{CLAIM}"]
    assert results.with_name("index.html").is_file()


def test_verify_leaves_a_junit_case_for_every_check(results: Path) -> None:
    cases = {case.get("name"): case for case in ElementTree.parse(results.with_name("junit.xml")).iter("testcase")}
    claim = load(results).claims[0]
    for check in claim.checks:
        assert check.evidence is not None
        case = cases[f"risk has closed form: {check.name} finds what the claim says"]
        assert case.get("classname") == claim.id
        assert case.findtext("system-out") == check.evidence.summary
    assert len(cases) == len(claim.checks) + 1


def test_verify_of_nothing_cannot_run() -> None:
    done = run("verify", "-k", "no_such_claim", "-n", "0", "--results", "build/none/results.json")
    assert done.returncode == 2
    assert done.stderr.strip().endswith("`advtheory list` shows them all")


def test_verify_refuses_a_selection_it_cannot_read() -> None:
    done = run("verify", "-k", "risk and", "-n", "0", "--results", "build/none/results.json")
    assert done.returncode == 2
    assert "must be a pytest -k expression, got 'risk and'" in done.stderr
    assert "Traceback" not in done.stderr


def test_list_is_in_paper_order(capsys: pytest.CaptureFixture[str]) -> None:
    assert advtheory.main(["list"]) == 0
    text = capsys.readouterr().out
    names = [claim.id.split(".")[1] for claim in catalogue.claims()]
    assert [line.split()[0] for line in text.splitlines() if line.startswith("  ")] == names


def test_help_does_not_load_torch() -> None:
    program = """
import sys, advtheory
try:
    advtheory.main(["--help"])
except SystemExit:
    pass
print('torch' in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"


def test_show_tells_statement_mutants_and_last_evidence(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert advtheory.main(["show", CLAIM, "--results", str(results)]) == 0
    text = capsys.readouterr().out
    assert "analytical form" in text
    assert "c0_inverted" in text
    assert "last evidence" in text


def test_an_unknown_claim_is_answered_with_the_nearest_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert advtheory.main(["show", "risk_has_closed_from"]) == 2
    assert f"did you mean {CLAIM}" in capsys.readouterr().err


def test_report_writes_the_page(results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert advtheory.main(["report", str(results), str(tmp_path / "site")]) == 0
    assert Path(capsys.readouterr().out.strip()).read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.fixture
def changed(results: Path, tmp_path: Path) -> Path:
    """Results of an earlier run in which the claim was only supported."""
    data = encode(load(results))
    data["claims"][0]["verdict"] = "supported"
    path = tmp_path / "earlier.json"
    path.write_text(json.dumps(data))
    return path


def test_report_of_several_runs_has_their_history(
    results: Path, changed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert advtheory.main(["report", str(changed), str(results), str(tmp_path / "site")]) == 0
    page = Path(capsys.readouterr().out.strip()).read_text(encoding="utf-8")
    assert "id=history" in page
    assert "2 runs, oldest first" in page
    command = [sys.executable, "-m", "reports", str(changed), str(results), str(tmp_path / "same")]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    assert (tmp_path / "same" / "index.html").read_text(encoding="utf-8") == page


def test_report_refuses_what_is_no_history(
    results: Path, changed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert advtheory.main(["report", str(results), str(results), str(tmp_path)]) == 2
    assert f"got the same one twice: {results} and {results}" in capsys.readouterr().err
    data = encode(load(results))
    data["claims"][0]["paper"] = "Another paper"
    (tmp_path / "other.json").write_text(json.dumps(data))
    assert advtheory.main(["report", str(tmp_path / "other.json"), str(results), str(tmp_path)]) == 2
    assert "runs must be of one paper, got 'Another paper' and" in capsys.readouterr().err
    assert advtheory.main(["report", str(results), str(changed)]) == 2
    assert f"site must be a folder, got the file {changed}" in capsys.readouterr().err


def test_report_of_a_truncated_file_is_a_clear_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "results.json"
    path.write_text('{"schema"')
    assert advtheory.main(["report", str(path), str(tmp_path)]) == 2
    assert "truncated" in capsys.readouterr().err


def test_diff_of_a_run_with_itself_finds_nothing(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert advtheory.main(["diff", str(results), str(results)]) == 0
    assert capsys.readouterr().out.strip() == "nothing changed"


def test_diff_has_three_formats(results: Path, changed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(changed), str(results)]
    assert advtheory.main(["diff", *files, "--format", "text"]) == 1
    assert capsys.readouterr().out == f"xing2021.{CLAIM}: verdict: supported -> proved\n"
    assert advtheory.main(["diff", *files, "--format", "json"]) == 1
    assert [change["new"] for change in json.loads(capsys.readouterr().out)["changes"]] == ["proved"]
    assert advtheory.main(["diff", *files, "--format", "md", "--page", "https://example.org/"]) == 1
    text = capsys.readouterr().out
    assert text.startswith("## advtheory: 1 verdict changed\n")
    assert f"https://example.org/#xing2021.{CLAIM}" in text


def test_diff_of_runs_of_different_papers_is_a_clear_error(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = encode(load(results))
    data["claims"][0]["paper"] = "Another paper"
    (tmp_path / "other.json").write_text(json.dumps(data))
    assert advtheory.main(["diff", str(results), str(tmp_path / "other.json")]) == 2
    assert "runs must be of one paper, got 'On the Generalization" in capsys.readouterr().err


def test_show_of_no_claim_is_the_run(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert advtheory.main(["show", "--results", str(results)]) == 0
    text = capsys.readouterr().out
    assert "1 claim: 1 proved" in text
    assert "\x1b" not in text
    assert advtheory.main(["show", "--results", str(results), "--format", "md"]) == 0
    assert capsys.readouterr().out.startswith("## advtheory: no verdict differs from the ledger\n")
    assert advtheory.main(["show", CLAIM, "--format", "md"]) == 2
    assert "--format md is for a whole run, got the claim" in capsys.readouterr().err


@pytest.mark.parametrize("change", ["verdict", "claim"])
def test_diff_reports_a_changed_verdict_or_a_vanished_claim(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], change: str
) -> None:
    data = encode(load(results))
    if change == "verdict":
        data["claims"][0]["verdict"] = "refuted"
    else:
        data["claims"] = []
    path = tmp_path / "new.json"
    path.write_text(json.dumps(data))
    assert advtheory.main(["diff", str(results), str(path)]) == 1
    assert CLAIM in capsys.readouterr().out


def test_accept_writes_the_found_verdict_and_the_reason(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "reports").mkdir()
    monkeypatch.setattr(advtheory, "ROOT", tmp_path)
    assert advtheory.main(["accept", CLAIM, "--reason", "because", "--results", str(results)]) == 0
    entry = ledger.load(tmp_path / "reports" / "ledger.json")[f"xing2021.{CLAIM}"]
    assert (entry.verdict.value, entry.reason) == ("proved", "because")


def test_accept_refuses_results_of_an_edited_claim(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = encode(load(results))
    data["claims"][0]["digest"] = "0" * 16
    path = tmp_path / "old.json"
    path.write_text(json.dumps(data))
    assert advtheory.main(["accept", CLAIM, "--reason", "because", "--results", str(path)]) == 2
    assert "was edited since" in capsys.readouterr().err


def test_reproduce_runs_one_check_again(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert advtheory.main(["reproduce", CLAIM, "quadrature"]) == 0
    text = capsys.readouterr().out
    evidence = next(check.evidence for check in load(results).claims[0].checks if check.name == "quadrature")
    assert evidence is not None
    assert f"worst gap: {evidence.numbers['worst gap']:.10g}" in text


def test_reproduce_of_an_unknown_check_names_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert advtheory.main(["reproduce", CLAIM, "nothing"]) == 2
    assert "derivation, enclosure, quadrature, simulation" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["verify", "list", "show", "report", "diff", "accept", "reproduce"])
def test_every_command_has_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        advtheory.main([command, "--help"])
    assert f"example:\n  advtheory {command}" in capsys.readouterr().out


def test_workers_do_not_change_the_evidence(results: Path, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    run("verify", "-k", f"xing2021.{CLAIM}", "-n", "2", "--results", str(path))
    assert load(path).claims == load(results).claims


def test_a_changed_verdict_ends_with_one_and_is_named(results: Path, tmp_path: Path) -> None:
    found = load(results)
    path = tmp_path / "results.json"
    data = encode(found)
    data["claims"][0]["verdict"] = "refuted"
    path.write_text(json.dumps(data))
    save(load(path), path)
    assert advtheory._conclude(path, 0, tmp_path / "pytest.log") == 1
