"""What is mutated and who judges it: the sources of a suite, its claims, and a copy of both that nobody edits."""

import compileall
import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from checks.catalogue import PAPERS
from models.revision import ROOT


@dataclass(frozen=True)
class Suite:
    """A suite under test: `folders` of `root` are copied, the files that match `sources` are mutated.

    `papers` are the packages whose modules hold a CLAIM; `preload` are packages of other people that a judge has in
    memory before it starts.
    """

    root: Path
    folders: tuple[str, ...]
    sources: tuple[str, ...]
    papers: tuple[str, ...]
    preload: tuple[str, ...] = ()

    def files(self) -> list[str]:
        """The files to be mutated, relative to `root`, in order; ValueError when there is none."""
        found = {path.relative_to(self.root).as_posix() for glob in self.sources for path in self.root.glob(glob)}
        if not found:
            raise ValueError(f"sources must match a file of {self.root}, got {self.sources}")
        return sorted(found)

    def copy(self, place: Path) -> "Suite":
        """The same suite in a fresh copy at `place`: whoever edits meanwhile, judges see one state of the code."""
        shutil.rmtree(place, ignore_errors=True)
        for folder in self.folders:
            shutil.copytree(self.root / folder, place / folder, ignore=shutil.ignore_patterns("__pycache__"))
            compileall.compile_dir(place / folder, quiet=2)  # once, not in every process
        return Suite(place, self.folders, self.sources, self.papers, self.preload)


def module_name(file: str) -> str:
    """The dotted name of the module in a file that is given relative to its root."""
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def digest(path: Path) -> str:
    """A short digest of a file's bytes; "" where there is none."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    except OSError:
        return ""


OURS = Suite(
    root=ROOT,
    folders=("theory", "models", "checks", "reports"),
    sources=("theory/**/*.py", "models/linear/*.py", "models/attacks/linear.py"),
    papers=tuple(f"checks.{paper}" for paper in PAPERS),
    preload=("numpy", "scipy.stats", "scipy.optimize", "sympy", "flint", "torch", "hypothesis.strategies", "sklearn"),
)
