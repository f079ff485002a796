"""The record and the command: rows that add up over environments, a table that fits, and the committed record."""

import json
from pathlib import Path

import pytest

import models.conformance.__main__ as command
from models.conformance import record as records
from models.conformance.adapters import LIBRARIES
from models.conformance.attack import Attack, Library
from models.conformance.measures import FAIL, NOT_APPLICABLE, PASS
from models.conformance.properties import PROPERTIES
from models.conformance.record import Row, record, save
from models.conformance.table import WIDTH, table

COMMITTED = Path(__file__).resolve().parents[3] / "reports" / "recorded" / "attack_conformance.json"


def rows(library: str, version: str = "1.0", outcome: str = FAIL) -> list[Row]:
    return [Row(library, version, "PGD, l2", name, outcome, 0.5, f"a sentence of {version}") for name in PROPERTIES]


def test_a_record_keeps_the_rows_of_libraries_that_were_not_measured_now(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "record.json"
    save([*rows("art"), *rows("foolbox")], path)
    whole = save([*rows("advtheory"), *rows("foolbox", "2.0", PASS)], path)
    assert json.loads(path.read_text(encoding="utf-8")) == whole
    found = {(row["library"], row["version"], row["outcome"]) for row in whole["rows"]}
    assert found == {("advtheory", "1.0", FAIL), ("foolbox", "2.0", PASS), ("art", "1.0", FAIL)}
    assert [row["library"] for row in whole["rows"][:: len(PROPERTIES)]] == ["advtheory", "foolbox", "art"]
    assert all(tolerance["reason"] and tolerance["value"] >= 0 for tolerance in whole["tolerances"].values())


@pytest.mark.parametrize("name", ["schema", "versions", "platform", "tolerances", "notes", "properties"])
def test_rows_of_another_kind_of_record_are_not_mixed_in(name: str, tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    path.write_text(json.dumps(record(rows("art")) | {name: "other"}), encoding="utf-8")
    with pytest.raises(ValueError, match=f"{name} must be .* for rows to be added, got 'other'"):
        save(rows("foolbox"), path)


def test_a_number_without_bound_is_written_as_text() -> None:
    infinite = Row("art", "1.0", "PGD, l2", next(iter(PROPERTIES)), FAIL, float("inf"), "")
    assert record([infinite])["rows"][0]["number"] == "inf"


def test_the_table_fits_its_width_and_tells_every_failure() -> None:
    long = Row("art", "1.0", "PGD, l2", next(iter(PROPERTIES)), FAIL, None, "word " * 60)
    text = table(record([long, *rows("art")[1:]]))
    assert max(map(len, text.splitlines())) <= WIDTH
    assert text.count("NO") == len(PROPERTIES) + 1  # and once in the legend
    assert all(name in text for name in PROPERTIES)


def test_a_library_that_is_not_there_is_said_not_to_be(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(records, "version", _missing)
    assert command.main(["--library", "art"]) == 1
    assert capsys.readouterr().err == "art: not installed\n"
    assert records.installed(LIBRARIES["advtheory"]) == "source tree"


def test_a_library_that_cannot_be_imported_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def attacks() -> tuple[Attack, ...]:
        raise ImportError("no module named torchvision")

    monkeypatch.setitem(LIBRARIES, "art", Library("art", "torch", attacks))
    assert command.main(["--library", "art"]) == 1
    assert capsys.readouterr().err.endswith("art: cannot be imported: no module named torchvision\n")


def _missing(distribution: str) -> str:
    raise records.PackageNotFoundError(distribution)


def test_the_command_measures_prints_and_keeps(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(command, "measure", lambda library: iter(rows(library.name)))
    monkeypatch.setattr(command, "installed", lambda library: "1.0")
    path = tmp_path / "record.json"
    assert command.main(["--library", "art", "foolbox", "--out", str(path)]) == 0
    assert capsys.readouterr().out.startswith(" " * 30)
    assert len(json.loads(path.read_text(encoding="utf-8"))["rows"]) == 2 * len(PROPERTIES)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["--library", "nothing"], "invalid choice: 'nothing'"), (["--out", "{}"], "could not be written")],
)
def test_wrong_arguments_are_one_sentence(
    arguments: list[str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(command, "measure", lambda library: iter(rows(library.name)))
    (tmp_path / "record.json").write_text("[]", encoding="utf-8")
    with pytest.raises(SystemExit, match="2"):
        command.main([argument.format(tmp_path / "record.json") for argument in arguments])
    assert message in capsys.readouterr().err


def test_the_committed_record_holds_every_library_and_reproduces_the_known_failures() -> None:
    whole = json.loads(COMMITTED.read_text(encoding="utf-8"))
    outcomes = {(row["library"], row["attack"], row["property"]): row["outcome"] for row in whole["rows"]}
    assert {library for library, _, _ in outcomes} == set(LIBRARIES)
    assert set(outcomes.values()) == {PASS, FAIL, NOT_APPLICABLE}
    assert all({name for *key, name in outcomes if key == attack} == set(PROPERTIES) for attack in _attacks(outcomes))
    assert whole["properties"] == list(PROPERTIES)
    assert max(map(len, table(whole).splitlines())) <= WIDTH
    scale = "invariant to the scale of the logits"
    known = [
        ("art", "PGD, L2", "exact on linear regression, targets (n, 1)"),
        ("art", "PGD, Linf", "exact on linear regression, targets (n, 1)"),
        ("cleverhans", "PGD(2)", "invariant to the batch size"),
        ("cleverhans", "PGD(2)", "no floor under the gradient norm"),
        ("advertorch", "L2PGDAttack", "no floor under the gradient norm"),
        ("torchattacks", "PGDL2", "no floor under the gradient norm"),
        ("foolbox", "L2PGD", scale),
        ("torchattacks", "PGDL2", scale),
        ("cleverhans", "PGD(2)", scale),
        ("pyautoattack", "APGD-CE, L2", scale),
        ("pyautoattack", "APGD-DLR, L2", "attacks two classes"),
        ("pyautoattack", "standard, L2", "attacks two classes"),
    ]
    assert [outcomes[failure] for failure in known] == [FAIL] * len(known)
    assert not [
        key
        for key, outcome in outcomes.items()
        if key[1].startswith(("PGD, margin, linf", "APGD, m")) and outcome == FAIL
    ]
    assert not [
        key for key, outcome in outcomes.items() if key[:2] == ("advtheory", "PGD, margin, l2") and outcome == FAIL
    ]


def _attacks(outcomes: dict[tuple[str, str, str], str]) -> list[list[str]]:
    return [list(key) for key in dict.fromkeys((library, attack) for library, attack, _ in outcomes)]
