"""advtheory: what each command prints, what it leaves behind, and how it ends."""

import json
import subprocess
import sys
from pathlib import Path

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
    done = run("verify", "-k", f"xing2021.{CLAIM}", "-n", "0", "--results", str(path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert CLAIM in done.stdout
    assert str(path.with_name("index.html")) in done.stdout
    assert "[" in done.stderr
    return path


def test_verify_leaves_results_and_a_report(results: Path) -> None:
    assert [claim.id for claim in load(results).claims] == [f"xing2021.{CLAIM}"]
    assert results.with_name("index.html").is_file()


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


@pytest.mark.parametrize("arguments", [["list"], ["--help"]])
def test_light_commands_do_not_load_torch(arguments: list[str]) -> None:
    program = f"""
import sys, advtheory
try:
    advtheory.main({arguments})
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
    assert Path(capsys.readouterr().out.strip()).read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_report_of_a_truncated_file_is_a_clear_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "results.json"
    path.write_text('{"schema"')
    assert advtheory.main(["report", str(path), str(tmp_path)]) == 2
    assert "truncated" in capsys.readouterr().err


def test_diff_of_a_run_with_itself_finds_nothing(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert advtheory.main(["diff", str(results), str(results)]) == 0
    assert capsys.readouterr().out.strip() == "nothing changed"


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
