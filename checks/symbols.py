"""The symbols of the formulas: what each one means, and the claims that it stands in.

A letter does not tell: n is a norm in one formula and a number of samples in another. The symbols do.
"""

from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from typing import Any

import sympy as sp

from checks.claim import Claim
from checks.result import Symbol
from theory.notation import MEANING


def notation(claims: Iterable[Claim[Any]]) -> tuple[Symbol, ...]:
    """Every symbol of `theory.notation`, with those of `claims` whose formulas hold it."""
    found = {claim.id: symbols(claim.formula) for claim in claims}
    return tuple(
        Symbol(sp.latex(symbol), meaning, tuple(id_ for id_, held in found.items() if symbol in held))
        for symbol, meaning in MEANING.items()
    )


def symbols(formula: Any) -> set[sp.Basic]:
    """The free symbols of an expression, or of all expressions that a record or a tuple is made of."""
    if isinstance(formula, sp.Basic):
        return set(formula.free_symbols)
    if isinstance(formula, tuple):
        parts = formula
    elif is_dataclass(formula) and not isinstance(formula, type):
        parts = tuple(getattr(formula, field.name) for field in fields(formula))
    else:
        return set()
    return {symbol for part in parts for symbol in symbols(part)}
