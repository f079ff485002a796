"""Committed records of long measurements: untrusted data, marked where the code that they measured has changed."""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from checks.result import read_bytes, read_json

MAX_SOURCE = 2**24  # bytes of one file of ours

Record = TypeVar("Record")


def read_record(
    path: Path, what: str, schema: int, most: int, parse: Callable[[dict[str, Any]], Record]
) -> Record | str:
    """The record `what` at `path`, as `parse` makes it; else a sentence that says why there is none.

    Refused are a file of more than `most` bytes or of another schema, and what `parse` raises ValueError for.
    """
    if not path.is_file():
        return f"There is no record of {what} yet ({path.name})."
    try:
        data = read_json(path, "it", most)
        if not isinstance(data, dict) or data.get("schema") != schema:
            found = data.get("schema") if isinstance(data, dict) else None
            raise ValueError(f"it must have schema {schema}, got {found!r}")
        return parse(data)
    except (OSError, ValueError, RecursionError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        return f"The record of {what} cannot be read: {path.name}: {reason}."


def changed_sources(sources: Mapping[str, object], root: Path) -> tuple[str, ...]:
    """The files below `root` whose digests are not those that the record has; a name that leads out of it is one."""
    return tuple(str(name) for name, digest in sources.items() if _digest(root, str(name)) != digest)


def _digest(root: Path, name: str) -> str | None:
    try:
        if not (root / name).resolve().is_relative_to(root.resolve()):
            return None
        return hashlib.sha256(read_bytes(root / name, MAX_SOURCE)).hexdigest()[:12]
    except (OSError, ValueError):
        return None
