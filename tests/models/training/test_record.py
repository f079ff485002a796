"""Records: round trip, append-only runs, damage, and the trainer's fingerprint."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from models.training import record as records
from models.training.record import Record, Run, load_record, save_record, trainer_digest


def run(seed: int = 0, arm: str = "lasso", n: float = 10.0, **changes: Any) -> Run:
    device = {"kind": "cpu", "name": "x86_64", "threads": 1, "deterministic": True, "members": [f"{arm} {seed}"]}
    figures = {"epoch": 2.0, "clean": 0.9, "apgd": 0.5}
    fields = {
        "case": {"n": n}, "arm": arm, "seed": seed, "resumed": 0, "started": "2026-01-01 00:00:00 UTC", "seconds": 1.5,
        "images_per_second": 10.0, "device": device, "versions": {"torch": "2.11"},
        "epochs": {"epoch": [1.0, 2.0], "train_loss": [0.7, 0.6]}, "first": {"train_loss": 0.7}, "last": figures,
        "best": figures,
    }  # fmt: skip
    return Run(**(fields | changes))


def record(*runs: Run) -> Record:
    data = {"name": "mnist", "source": "folder", "checksum": "sha256:00", "official": True, "dropped": 0, "note": ""}
    return Record(
        "fig4", "paper", "", {"name": "fig4"}, data, {"digest": trainer_digest(), "revision": "abc"}, "x", runs
    )


def test_a_record_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    written = record(run(0), run(1, "none"))
    save_record(written, tmp_path / "deep" / "record.json")
    assert load_record(tmp_path / "deep" / "record.json") == written
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["record.json"]


def test_numbers_that_are_not_finite_are_written_as_null_and_read_as_nan(tmp_path: Path) -> None:
    save_record(record(run(last={"epoch": 2.0, "clean": math.inf})), tmp_path / "r.json")
    assert math.isnan(load_record(tmp_path / "r.json").runs[0].last["clean"])


def test_a_finished_run_is_never_replaced() -> None:
    before = record(run(3), run(1))
    after = before.with_runs([run(3, seconds=99.0), run(2), run(0, n=5.0)])
    assert [(r.case["n"], r.seed) for r in after.runs] == [(5.0, 0), (10.0, 1), (10.0, 2), (10.0, 3)]
    assert after.runs[-1].seconds == 1.5


def damaged(tmp_path: Path, change: dict[str, Any]) -> Path:
    save_record(record(run()), tmp_path / "r.json")
    data = json.loads((tmp_path / "r.json").read_text())
    data["runs"][0] |= {key: value for key, value in change.items() if key in data["runs"][0]}
    data |= {key: value for key, value in change.items() if key not in data["runs"][0]}
    (tmp_path / "r.json").write_text(json.dumps(data))
    return tmp_path / "r.json"


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 2}, {"runs": {}}, {"runs": [1]}, {"stranger": 1}, {"seed": "0"}, {"seed": True},
        {"case": {"n": "x"}}, {"epochs": {"a": [1.0], "b": [1.0, 2.0]}}, {"epochs": {"a": 1.0}},
        {"last": {"clean": [True]}}, {"device": []}, {"config": None},
    ],
)  # fmt: skip
def test_a_record_that_is_not_one_is_refused_with_its_name(tmp_path: Path, change: dict[str, Any]) -> None:
    path = damaged(tmp_path, change)
    with pytest.raises(ValueError, match=r"r\.json"):
        load_record(path)


def test_a_truncated_missing_or_doubled_record_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    with pytest.raises(ValueError, match="cannot be read"):
        load_record(path)
    save_record(record(run()), path)
    path.write_text(path.read_text()[:-30])
    with pytest.raises(ValueError, match="damaged"):
        load_record(path)
    save_record(replace(record(run()), runs=(run(), run())), path)
    with pytest.raises(ValueError, match="one twice"):
        load_record(path)


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, *_: Any, **__: Any) -> None:
        self.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(ValueError, match="No space left"):
        save_record(record(run()), tmp_path / "r.json")
    assert not list(tmp_path.iterdir())


def test_the_fingerprint_sees_code_and_not_its_layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "ROOT", tmp_path)
    monkeypatch.setattr(records, "TRAINER", ("step.py",))
    source = tmp_path / "step.py"

    def digest(text: str) -> str:
        source.write_text(text)
        return trainer_digest()

    one = digest('"""Doc."""\ndef f(x):\n    """Doc."""\n    return x + 1\n')
    assert digest("def f( x ):\n    # why\n    return (x\n            + 1)\n") == one
    assert digest("def f(x):\n    return x - 1\n") != one
    assert digest("def f(x):\n    return x + 1.0\n") != one


def test_a_field_with_an_endless_name_is_told_in_one_short_line(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    save_record(record(run()), path)
    data = json.loads(path.read_text(encoding="utf-8"))
    data["runs"][0]["\ud800\n" + "x" * 10_000] = 1
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ValueError, match="run must have the fields case") as raised:
        load_record(path)
    assert len(str(raised.value)) < 1000
    assert str(raised.value).isprintable()
