"""Files and texts that someone else may have written: read up to a size, as JSON alone, and shown on one line."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

LONGEST = 2000  # characters of a sentence about what went wrong


def read_bytes(path: Path, most: int) -> bytes:
    """The content of a regular file; ValueError where it is another kind or has more than `most` bytes, else OSError.

    Its kind is asked of what was opened, without waiting: a pipe that nobody writes to must not stop a run.
    """
    if "\0" in str(path):
        raise ValueError(f"must have a path without a NUL byte, got {str(path)!r}")
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        if not stat.S_ISREG(mode):
            raise ValueError(f"must be a regular file, got another kind: {path}")
        content = file.read(most + 1)
    if len(content) > most:
        raise ValueError(f"must have at most {most} bytes, got more: {path}")
    return content


def read_json(path: Path, what: str, most: int) -> Any:
    """The JSON value in the file; ValueError that names `what` and the path where it cannot be read or is damaged."""
    try:
        content = read_bytes(path, most)
    except OSError as error:
        raise ValueError(f"{what} cannot be read: {path}: {error.strerror}") from error
    except ValueError as error:
        raise ValueError(f"{what} {error}") from None
    try:
        return json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{what} must be whole JSON, got a damaged or truncated file: {path}: {error}") from error


def one_line(text: str) -> str:
    """`text` for a terminal: on one line, without characters that steer it, its middle left out where it is long."""
    words = " ".join(text.split())
    plain = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in words)
    return plain if len(plain) <= LONGEST else f"{plain[: LONGEST // 2]} ... {plain[-LONGEST // 2 :]}"
