"""The command line with hostile paths, names and numbers: a documented exit status, one line that says why."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import advtheory
from checks.result import save
from tests.fuzz.oracle import limited
from tests.reports.example import example_run

NAMES = (
    "", "no_such_claim", "../../etc/passwd", "<b>claim</b>", "risk_is_convex\nrisk", "risk\0", "\ud800", "\u202eksir",
    "%s%n{0}", "x" * 100_000, "xing2021.", ".", "*", "-1",
)  # fmt: skip
NUMBERS = (
    "-1",
    "0",
    "nan",
    "1e999",
    "²",
    "9" * 5000,
    "1.5",
    "",
    " 1",
    "0x10",
    "1-99999999999",
    "0-4000000000",
    "3-1",
    "٣",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    save(example_run(), folder / "good.json")
    (folder / "deep.json").write_text("[" * 100_000, encoding="utf-8")
    (folder / "digits.json").write_text('{"schema": ' + "9" * 10_000 + "}", encoding="utf-8")
    (folder / "large.json").write_bytes(b"")
    os.truncate(folder / "large.json", 2**27)  # a hole
    (folder / "loop").symlink_to(folder / "loop")
    os.mkfifo(folder / "pipe")
    (folder / "directory").mkdir()
    return folder


def paths(folder: Path) -> Iterator[str]:
    inside = (
        "missing.json",
        "deep.json",
        "digits.json",
        "large.json",
        "loop",
        "pipe",
        "directory",
        "good.json/x",
        "a\nb",
        "\ud800",
    )
    yield from (str(folder / name) for name in inside)
    yield from (
        "",
        "a\0b",
        "/dev/full",
        "/dev/null",
        "/dev/zero",
        "x" * 5000,
        "../" * 200 + "nowhere",
        "\u202e.json",
        "-",
    )


def ends_cleanly(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> int:
    """Run the command in this process; the exit status, after looking at what it said."""
    try:
        with limited(60):
            status = advtheory.main(arguments)
    except SystemExit as exit_:  # argparse's own
        status = exit_.code if isinstance(exit_.code, int) else 1
    said = capsys.readouterr()
    assert status in {0, 1, 2}, arguments
    assert "Traceback" not in said.err + said.out
    if status == 2:
        last = said.err.rstrip("\n").rpartition("\n")[2]
        assert last.startswith("advtheory"), said.err[:500]
        usage = said.err.startswith("usage:")
        assert usage or said.err.count("\n") == 1, said.err[:500]
        assert not usage or said.err.count("\nadvtheory") == 1, said.err[:500]
        assert "\0" not in said.err
        assert usage or len(last) < 2100, last[:300]
    return status


def listing(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    "command",
    [
        ["show", "--results", "PATH"], ["show", "risk_is_convex", "--results", "PATH"], ["diff", "PATH", "GOOD"],
        ["diff", "GOOD", "PATH"], ["report", "PATH", "SITE"],
        ["accept", "risk_is_convex", "--reason", "x", "--results", "PATH"],
        ["train", "--replay", "PATH"],
    ],
    ids=lambda command: " ".join(command),
)  # fmt: skip
def test_a_file_that_is_no_results_file(command: list[str], folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = listing(folder)
    for path in paths(folder):
        values = {"PATH": path, "GOOD": str(folder / "good.json"), "SITE": str(folder / "site")}
        status = ends_cleanly([values.get(word, word) for word in command], capsys)
        assert status == 2 or command[:2] == ["show", "risk_is_convex"], (command, path)
    assert listing(folder) == before


def test_a_folder_that_cannot_be_written_to(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = listing(folder)
    for path in (*paths(folder),):
        if path in {"", "-"} or path.endswith(
            ("missing.json", "directory", "a\nb", "\ud800", "nowhere", "\u202e.json")
        ):
            continue  # a folder of that name can be made
        assert ends_cleanly(["report", str(folder / "good.json"), path], capsys) == 2, path
    assert listing(folder) == before


@pytest.mark.parametrize("command", ["show", "reproduce", "accept"])
def test_a_name_that_is_no_claim(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    for name in NAMES:
        reason = ["--reason", "because"] if command == "accept" else []
        assert ends_cleanly([command, *reason, "--", name], capsys) == 2


def test_a_name_that_is_no_check(capsys: pytest.CaptureFixture[str]) -> None:
    for name in filter(None, NAMES):
        assert ends_cleanly(["reproduce", "--", "risk_is_convex", name], capsys) == 2


@pytest.mark.parametrize(
    "option", ["--seeds", "--epochs", "--jobs", "--threads", "--case", "--arms", "--device", "--scale"]
)
def test_a_setting_of_a_training_that_is_none(
    option: str, folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for value in (*NUMBERS, *NAMES):
        if option in {"--jobs", "--threads", "--seeds", "--arms"} and value in {"0", "1"}:
            continue  # a good one
        command = [
            "train",
            "fig4",
            f"{option}={value}",
            "--data",
            str(folder / "missing"),
            "--out",
            str(tmp_path / "out"),
        ]
        assert ends_cleanly(command, capsys) == 2, value
    assert not (tmp_path / "out").exists()


def test_a_folder_of_data_that_is_none(folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for path in paths(folder):
        if path in {"", "-"}:
            continue
        assert ends_cleanly(["train", "fig4", "--data", path, "--out", str(tmp_path / "out")], capsys) == 2, path


@pytest.mark.parametrize("workers", [*NUMBERS, "99999", "auto2"])
def test_a_number_of_workers_that_is_none(workers: str, capsys: pytest.CaptureFixture[str]) -> None:
    if workers == "0":
        return  # a good one: in this process
    assert ends_cleanly(["verify", f"-n={workers}", "--results", "/dev/null/x"], capsys) == 2


def test_results_that_cannot_be_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = listing(folder)
    for path in (
        "/dev/null/x.json",
        "a\0b.json",
        "x" * 5000,
        str(folder / "loop" / "r.json"),
        str(folder / "good.json" / "r"),
    ):
        assert ends_cleanly(["verify", "-n", "0", "--results", path], capsys) == 2, path
    assert listing(folder) == before


@pytest.mark.parametrize(
    "arguments", [["show", "\udcff\n\x1b[31m"], ["diff", "a\n", "/dev/zero"], ["train", "--seeds", "²"]]
)
def test_a_process_of_its_own_ends_the_same_way(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "advtheory", *map(os.fsencode, arguments)]
    root = Path(advtheory.__file__).parent
    done = subprocess.run(command, cwd=root, capture_output=True, check=False, timeout=120)  # type: ignore[arg-type]
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert b"\x1b" not in done.stderr
    assert done.stderr.strip().rpartition(b"\n")[2].startswith(b"advtheory")
