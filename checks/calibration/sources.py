"""Which modules of ours a module rests on, and a fingerprint of their code."""

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from models.revision import ROOT

OURS = ("theory", "models", "checks")
DIGITS = 12


@cache
def fingerprint(module: str) -> str:
    """A digest of the code of a module and of every module of ours that it imports, however indirectly."""
    digests = "".join(f"{path} {digest(path)}\n" for path in sorted(sources(module)))
    return hashlib.sha256(digests.encode()).hexdigest()[:DIGITS]


@cache
def sources(module: str) -> frozenset[str]:
    """The files of a module and of every module of ours that it imports, relative to the project."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        path = _path(name)
        if path and path not in found:
            found.add(path)
            waiting.extend((name.rpartition(".")[0], *_imports(path)))
    return frozenset(found)


@cache
def digest(path: str) -> str:
    """A digest of the file at `path`, relative to the project, as this process first saw it."""
    return hashlib.sha256((ROOT / path).read_bytes()).hexdigest()[:DIGITS]


@cache
def _imports(path: str) -> tuple[str, ...]:
    return tuple(_imported(ast.parse((ROOT / path).read_text(encoding="utf-8"))))


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _path(module: str) -> str | None:
    parts = module.split(".")
    if parts[0] not in OURS:
        return None
    for path in (Path(*parts).with_suffix(".py"), Path(*parts) / "__init__.py"):
        if (ROOT / path).is_file():
            return path.as_posix()
    return None
