"""A suite of a few lines, in a folder of its own, whose mutants are known to be noticed or to survive."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from checks.power.session import Session, opened
from checks.power.sites import Mutant, Site, sites
from checks.power.suite import Suite

SHAPES = '''"""Shapes."""

SIDES = 2


def rectangle(a, b):
    return a * b


def perimeter(a, b):
    return SIDES * (a + b)


def last(values):
    return values[2]


def countdown(n):
    while n > 0:
        n = n - 1
    return n


def unheard(a):
    return a + 7
'''
CLAIM = '''"""{name}"""

from checks.claim import Check, Claim, Paper, Reference
from checks.result import Evidence, Kind, Outcome
from toy import shapes

PAPER = Paper("toy", "Toys", (), "", ("Here",))


def compare(formula, budget):
    outcome = Outcome.HOLDS if {test} else Outcome.FAILS
    return Evidence(Kind.SAMPLED, outcome, "one case", "compared", {{}})


CLAIM = Claim("toy.{name}", __doc__, Reference(PAPER, "Here"), None, (Check("compare", Kind.SAMPLED, compare),), ())
'''
TESTS = {
    "area": "shapes.rectangle(3, 4) == 12",
    "perimeter": "shapes.perimeter(2, 2) == 8",  # 2 + 2 = 2 * 2: a hole
    "last": "shapes.last((5, 6, 7)) == 7",
    "countdown": "shapes.countdown(3) == 0",
    "wrong": "shapes.rectangle(1, 1) == 2",  # refuted, and supported when 1 * 1 becomes 1 + 1
}


def planted(folder: Path, shapes: str = SHAPES) -> Suite:
    """The suite, written to `folder`."""
    texts = {"toy/__init__.py": "", "toy/shapes.py": shapes, "toyclaims/__init__.py": ""}
    texts |= {f"toyclaims/{name}.py": CLAIM.format(name=name, test=test) for name, test in TESTS.items()}
    for file, text in texts.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text, encoding="utf-8")
    return Suite(folder, ("toy", "toyclaims"), ("toy/shapes.py",), ("toyclaims",), ("numpy",))


@contextmanager
def session(suite: Suite, folder: Path, jobs: int = 1) -> Iterator[tuple[Session, list[str]]]:
    """A session on `suite` with its journal in `folder`, and what it has said."""
    said: list[str] = []
    with opened(suite, folder, jobs, said.append) as begun:
        yield begun, said


def places(suite: Suite) -> list[Site]:
    return [site for file in suite.files() for site in sites(file, (suite.root / file).read_text(encoding="utf-8"))]


def mutant(suite: Suite, before: str, after: str) -> Mutant:
    """The mutant that turns one line into another."""
    found = (site.mutant(*way) for site in places(suite) for way in site.ways)
    return next(m for m in found if m and (m.before, m.after) == (before, after))


if __name__ == "__main__":  # judge every mutant and say so, for a test that kills this
    suite = planted(Path(sys.argv[1]) / "suite")
    with opened(suite, Path(sys.argv[1]) / "kept", 1, lambda line: print(line, flush=True)) as begun:
        ending = [site for site in places(suite) if site.function != "countdown"]
        begun.judge([m for site in ending for way in site.ways if (m := site.mutant(*way))])
