"""Every claim of every paper, found by walking the papers' folders; the only list is PAPERS."""

import hashlib
import inspect
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from functools import lru_cache
from importlib import import_module
from types import ModuleType
from typing import Any

import sympy as sp

from checks.claim import Claim

PAPERS = ("xing2021", "javanmard2020")


@lru_cache(maxsize=1)
def claims() -> tuple[Claim[Any], ...]:
    """All claims in the order of their papers: by place, printed before amended, then by name."""
    found = [module.CLAIM for paper in PAPERS for module in _claim_modules(paper)]
    papers = {id_: rank for rank, id_ in enumerate(PAPERS)}
    found.sort(
        key=lambda c: (
            papers[c.reference.paper.id],
            c.reference.position,
            _family(c),
            c.amends is not None,
            c.id,
        )
    )
    return tuple(found)


def claim(id_: str) -> Claim[Any]:
    """The claim called `id_`, with or without its paper; ValueError, with the nearest names, when there is none."""
    for candidate in claims():
        if id_ in {candidate.id, candidate.id.split(".", 1)[1]}:
            return candidate
    names = [candidate.id for candidate in claims()]
    near = get_close_matches(id_, names + [name.split(".", 1)[1] for name in names], n=3)
    hint = f"; did you mean {' or '.join(near)}?" if near else "; `advtheory list` shows them all"
    raise ValueError(f"claim must be the id of a claim, got {id_!r}{hint}")


def digest(item: Claim[Any]) -> str:
    """A fingerprint of a claim's statement, assumptions and formula: it marks a claim as edited, nothing more."""
    parts = [item.statement, *(a.sentence for a in item.assumptions), formula_text(item.formula)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def formula_text(formula: Any) -> str:
    """The text that a formula's fingerprint is taken of: expressions as SymPy writes them, code as its source."""
    if isinstance(formula, sp.Basic):
        return str(sp.srepr(formula))
    if is_dataclass(formula) and not isinstance(formula, type):
        return "\n".join(f"{field.name}: {formula_text(getattr(formula, field.name))}" for field in fields(formula))
    if isinstance(formula, Mapping):
        return "\n".join(f"{key}: {formula_text(item)}" for key, item in formula.items())
    if isinstance(formula, tuple | list):
        return "\n".join(map(formula_text, formula))
    return inspect.getsource(formula) if inspect.isroutine(formula) else repr(formula)


def _family(item: Claim[Any]) -> str:
    return item.amends or item.id


def _claim_modules(paper: str) -> Iterator[ModuleType]:
    package = import_module(f"checks.{paper}")
    for info in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not info.ispkg:
            module = import_module(info.name)
            if hasattr(module, "CLAIM"):
                yield module
