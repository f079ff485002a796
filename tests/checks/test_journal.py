"""checks.journal: what is finished stays finished, whatever happens to the process, the disk or the file."""

import errno
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

import checks.journal
from checks.journal import Journal

KEY = {"code": "abc", "numpy": "2.4"}
PIECES = {"first": {"outcome": "holds", "numbers": {"gap": 1e-17}}, "second": ["β → 0", None, True], "third": 3}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal with all PIECES, closed."""
    journal = Journal(tmp_path / "journal", KEY)
    for name, data in PIECES.items():
        journal.add(name, data)
    journal.close()
    return journal.path


def reopened(path: Path, key: dict[str, str] = KEY) -> Journal:
    journal = Journal(path, key)
    journal.close()
    return journal


def test_a_later_run_finds_every_piece_once(path: Path) -> None:
    journal = Journal(path, KEY)
    assert journal.finished == PIECES
    assert list(journal.finished) == list(PIECES)
    assert journal.damage == ()
    with pytest.raises(ValueError, match="new to the journal, got 'first' again"):
        journal.add("first", 1)
    journal.remove()
    assert not path.exists()


def test_cut_off_at_any_byte_it_keeps_every_whole_line(path: Path) -> None:
    content = path.read_bytes()
    ends = [place + 1 for place, byte in enumerate(content) if byte == ord("\n")]
    for size in range(len(content)):
        path.write_bytes(content[:size])
        journal = Journal(path, KEY)
        whole = sum(end <= size for end in ends)
        assert list(journal.finished) == list(PIECES)[: max(whole - 1, 0)], size
        cut = size not in {0, *ends}
        assert len(journal.damage) == cut, size
        assert not cut or "ends in the middle of a line" in journal.damage[0]
        journal.add("fourth", size)
        journal.close()
        again = reopened(path)
        assert again.finished == journal.finished, size
        assert again.damage == (), size
        assert os.listdir(path.parent) == [path.name]


def test_an_altered_byte_costs_its_line_and_is_named(path: Path) -> None:
    content = path.read_bytes()
    for place in range(content.index(b"\n") + 1, len(content) - 1):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        journal = reopened(path)
        assert journal.damage, place
        assert journal.finished.items() <= PIECES.items(), place
        assert len(journal.finished) >= len(PIECES) - 2, place  # a lost line end costs both its lines


def test_a_piece_that_stands_there_twice_counts_once(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines, lines[1]]))
    journal = reopened(path)
    assert journal.finished == PIECES
    assert journal.damage == (f"line 5 of {path} has 'first' again; it is left out",)


@pytest.mark.parametrize(
    "content", [b'{"claims": []}\n', b"\x00\xff" * 100, b"[" * 100_000, b"0" * 16 + b' ["a", 1]\n']
)
def test_a_foreign_file_is_set_aside_and_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "journal"
    path.write_bytes(content)
    (tmp_path / "journal.1").write_text("an older one")
    journal = reopened(path)
    assert journal.damage == (f"{path} is no journal; it is kept as {path}.2",)
    assert journal.finished == {}
    assert Path(f"{path}.2").read_bytes() == content
    assert Path(f"{path}.1").read_text() == "an older one"


def test_a_journal_of_another_run_is_set_aside_and_says_what_differs(path: Path) -> None:
    content = path.read_bytes()
    journal = reopened(path, KEY | {"code": "xyz"})
    assert journal.finished == {}
    assert journal.damage == (f"{path} is of another run: code is 'xyz', there 'abc'; it is kept as {path}.1",)
    assert Path(f"{path}.1").read_bytes() == content
    assert reopened(Path(f"{path}.1")).finished == PIECES


def test_too_large_a_file_is_set_aside_unread(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checks.journal.MAX_BYTES", 10)
    assert f"{path} has {path.stat().st_size} bytes, and a journal at most 10" in reopened(path).damage[0]


def test_a_folder_is_no_place_for_a_journal(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"journal cannot be read: .*: Is a directory"):
        Journal(tmp_path, KEY)


FILL = """
import sys
from pathlib import Path
import checks.journal
checks.journal.PATIENCE = float(sys.argv[2])
journal = checks.journal.Journal(Path(sys.argv[1]), {"code": "abc", "numpy": "2.4"})
for number in range(1000):
    journal.add(f"piece {number}", "x" * 50)
    print(number, flush=True)
"""


def test_two_processes_cannot_write_the_same_journal(path: Path) -> None:
    journal = Journal(path, KEY)
    command = [sys.executable, "-c", FILL, str(path), "0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "journal must be used by one run at a time, got a second one" in done.stderr
    with subprocess.Popen([*command[:-1], "60"], stdout=subprocess.PIPE, text=True) as waiting:
        journal.close()  # as when the run before has been killed a moment ago
        assert (waiting.stdout.readline() if waiting.stdout else "") == "0\n"
        waiting.kill()


def test_a_journal_that_is_removed_while_it_is_opened_is_made_anew(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    locked, runs = checks.journal._locked, list[int]()

    def removed(file: int) -> bool:
        if not runs:
            path.unlink()
        runs.append(file)
        return locked(file)

    monkeypatch.setattr(checks.journal, "_locked", removed)
    journal = Journal(path, KEY)
    journal.add("fourth", 4)
    journal.close()
    monkeypatch.undo()
    assert reopened(path).finished == {"fourth": 4}


def test_a_full_disk_is_named_and_what_was_finished_stays(tmp_path: Path) -> None:
    path = tmp_path / "journal"

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))

    command = [sys.executable, "-c", FILL, str(path), "0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=limit)
    written = len(done.stdout.split())
    assert 0 < written < 1000
    error = f"journal cannot be written: {path}: File too large; the {written} pieces finished before are kept"
    assert error in done.stderr
    journal = reopened(path)
    assert len(journal.finished) == written
    assert journal.damage == ()


def test_a_line_of_which_half_fits_on_the_disk_is_taken_back(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(path, KEY)
    before = path.read_bytes()
    write, calls = os.write, []

    def half(file: int, data: memoryview) -> int:
        calls.append(len(data))
        if len(calls) > 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(file, data[: len(data) // 2])

    monkeypatch.setattr(os, "write", half)
    with pytest.raises(ValueError, match="No space left on device; the 3 pieces finished before are kept"):
        journal.add("fourth", 4)
    monkeypatch.undo()
    assert path.read_bytes() == before
    journal.add("fourth", 4)
    journal.close()
    assert reopened(path).finished == PIECES | {"fourth": 4}
