"""A journal of finished pieces of work: what a killed run leaves for the next one."""

import fcntl
import hashlib
import json
import os
import time
import typing
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

MAX_BYTES = 2**28  # a full run of a few hundred claims writes 1 to 10 MiB
PATIENCE = 15.0  # seconds that a run waits for the one before it, which may have been killed just now
FORMAT = "advtheory journal 1"
HEADER = "header"


class Journal:
    """The pieces finished so far, one line of JSON each behind its checksum, in the file at `path`.

    `key`, plain JSON, is what decides the pieces (code, versions, budget): a file with another key, or one that is no
    journal, is set aside under another name. `finished` holds the pieces by name. `damage` says in sentences what was
    set aside or left out: a line cut off by a kill, which is then removed, or one that was altered.

    Raises ValueError when the file cannot be read or written, or when another process has it open.
    """

    def __init__(self, path: Path, key: Mapping[str, Any]) -> None:
        self.path = path
        self.finished: dict[str, Any] = {}
        self._damage: list[str] = []
        self._key = json.loads(json.dumps(key))
        self._header = _line(HEADER, {"format": FORMAT, "key": self._key})
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._open()
            reason = self._foreign()
            if reason:
                self._set_aside(reason)
                self._file = self._open()
            self._resume()
        except OSError as error:
            raise ValueError(f"journal cannot be read: {path}: {error.strerror}") from error

    @property
    def damage(self) -> tuple[str, ...]:
        """What was set aside or left out when the journal was opened, in sentences."""
        return tuple(self._damage)

    def add(self, name: str, data: Any) -> None:
        """Note that the piece `name` has finished with `data`, plain JSON; it is on the disk when this returns.

        Raises ValueError for a piece that is there already, and when it cannot be written, on a full disk say: the
        pieces before it stay.
        """
        if name in self.finished:
            raise ValueError(f"piece must be new to the journal, got {name!r} again: {self.path}")
        self._append(_line(name, data))
        self.finished[name] = data

    def close(self) -> None:
        """Let another process open the journal."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def remove(self) -> None:
        """Delete the file: its pieces have reached their results."""
        self.path.unlink(missing_ok=True)
        self.close()

    def _open(self) -> int:
        deadline = time.monotonic() + PATIENCE
        while True:
            file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
            if _locked(file) and os.fstat(file).st_nlink:  # a run that has just finished removes its journal
                return file
            os.close(file)
            if time.monotonic() >= deadline:
                raise ValueError(f"journal must be used by one run at a time, got a second one: {self.path}")
            time.sleep(0.1)

    def _foreign(self) -> str | None:
        """Why the file belongs to no run with this key; None when it does, or is new or cut off in its first line."""
        size = os.fstat(self._file).st_size
        if size > MAX_BYTES:
            return f"has {size} bytes, and a journal at most {MAX_BYTES}"
        first = _read(self._file, size).partition(b"\n")
        if first[0] + first[1] == self._header or (not first[1] and self._header.startswith(first[0])):
            return None
        name, header = _parsed(first[0]) or (None, None)
        if name != HEADER or not isinstance(header, dict) or header.get("format") != FORMAT:
            return "is no journal"
        return f"is of another run: {differences(header.get('key'), self._key)}"

    def _set_aside(self, reason: str) -> None:
        kept = set_aside(self.path)
        os.close(self._file)
        self._damage.append(f"{self.path} {reason}; it is kept as {kept}")

    def _resume(self) -> None:
        content = _read(self._file, os.fstat(self._file).st_size)
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            self._damage.append(f"{self.path} ends in the middle of a line; that line is dropped")
            os.ftruncate(self._file, whole)
        lines = content[:whole].split(b"\n")[:-1]
        for number, line in enumerate(lines[1:], 2):
            piece = _parsed(line)
            if piece is None or piece[0] in self.finished:
                what = "is damaged" if piece is None else f"has {piece[0]!r} again"
                self._damage.append(f"line {number} of {self.path} {what}; it is left out")
            else:
                self.finished[piece[0]] = piece[1]
        if not lines:
            self._append(self._header)

    def _append(self, line: bytes) -> None:
        end = os.fstat(self._file).st_size
        rest = memoryview(line)
        try:
            while rest:
                rest = rest[os.write(self._file, rest) :]
            os.fsync(self._file)
        except OSError as error:
            os.ftruncate(self._file, end)
            kept = f"the {len(self.finished)} pieces finished before are kept"
            raise ValueError(f"journal cannot be written: {self.path}: {error.strerror}; {kept}") from error


def _locked(file: int) -> bool:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # which of the two depends on the system
        return False
    return True


def set_aside(path: Path) -> Path:
    """Rename the file at `path` to a name that is free, `path` with a number; OSError when that fails."""
    names = (path.with_name(f"{path.name}.{number}") for number in count(1))
    return path.rename(next(name for name in names if not os.path.lexists(name)))


def differences(theirs: Any, ours: Mapping[str, Any]) -> str:
    """What two keys differ in, by name; empty when they are the same."""
    if not isinstance(theirs, dict):
        return "it has no key"
    names = [name for name in sorted({*theirs, *ours}) if theirs.get(name) != ours.get(name)]
    return "; ".join(f"{name} is {ours.get(name)!r:.200}, there {theirs.get(name)!r:.200}" for name in names)


def _line(name: str, data: Any) -> bytes:
    text = json.dumps([name, data], allow_nan=False).encode()
    return _checksum(text) + b" " + text + b"\n"


def _parsed(line: bytes) -> tuple[str, Any] | None:
    """The name and data of a line; None when it is no whole line of a journal."""
    checksum, _, text = line.partition(b" ")
    if checksum != _checksum(text):
        return None
    try:
        piece = json.loads(text)
    except (ValueError, RecursionError):
        return None
    named = isinstance(piece, list) and len(piece) == 2 and isinstance(piece[0], str)
    return typing.cast(tuple[str, Any], tuple(piece)) if named else None


def _checksum(text: bytes) -> bytes:
    return hashlib.sha256(text).hexdigest()[:16].encode()


def _read(file: int, size: int) -> bytes:
    """The first `size` bytes; by this descriptor, since closing another one would give up the lock."""
    with open(file, "rb", closefd=False) as content:
        content.seek(0)
        return content.read(size)
