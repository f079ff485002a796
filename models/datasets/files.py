"""Files of a data set: finding them in a folder, and reading them with one clear sentence for whatever goes wrong."""

from __future__ import annotations

import gzip
import hashlib
import importlib
import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.datasets.images import Contents


@dataclass(frozen=True)
class Layout:
    """One form in which a data set lies in a folder: the names of its files, and their reader."""

    files: tuple[str, ...]
    read: Callable[[Path], Contents]


def find(data: Path, folders: Sequence[str], layouts: Sequence[Layout]) -> tuple[Path, Layout]:
    """Return the first of `data` and its `folders` that holds all files of a layout, and that layout.

    Raises ValueError where `data` is no folder, and where none is complete: it says what is missing.
    """
    if not os.path.isdir(data):
        raise ValueError(f"data must be an existing folder, got {data}")
    nearest: tuple[int, str] = (0, "")
    for folder in (data, *(data / name for name in folders)):
        for layout in layouts:
            lacking = [name for name in layout.files if not os.path.isfile(folder / name)]
            if not lacking:
                return folder, layout
            found = len(layout.files) - len(lacking)
            if found > nearest[0]:
                nearest = found, f"{folder} lacks {', '.join(lacking)}"
    if not nearest[1]:
        nearest = 0, f"{data} has none of them, nor has a folder {', '.join(folders)} in it"
    wanted = "; or ".join(_listed(layout.files) for layout in layouts)
    raise ValueError(f"data must hold {wanted}: {nearest[1]}")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 4 else f"{names[0]}, {names[1]}, ..., {names[-1]}"


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn what goes wrong while `path` is read into a ValueError of one sentence."""
    try:
        yield
    except gzip.BadGzipFile as error:
        raise ValueError(f"{path} must be an intact gzip file: {error}") from None
    except EOFError:
        raise ValueError(f"{path} must be a whole gzip file, but it is truncated") from None
    except zlib.error as error:
        raise ValueError(f"{path} must be an intact gzip file: {error}") from None
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror or error}") from None


def content(path: Path) -> bytes:
    """The file's bytes, decompressed where its name ends in .gz; ValueError where they cannot be read."""
    with readable(path):
        if path.suffix != ".gz":
            return path.read_bytes()
        with gzip.open(path) as stream:
            return stream.read()


def sha256(path: Path) -> str:
    """The file's SHA-256; ValueError where it cannot be read."""
    with readable(path), path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def optional_package(module: str, purpose: str) -> Any:
    """Import a module that only this purpose needs; ValueError, naming both, where it is not installed."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ValueError(f"{purpose} needs {error.name or module}, which is not installed") from None
