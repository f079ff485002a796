"""checks.symbols: which letters stand in which formulas."""

from dataclasses import dataclass
from typing import Any

import sympy as sp

from checks import catalogue
from checks.symbols import notation, symbols
from theory.notation import MEANING, coefficient_norm, radius, residual_std, sample_size


@dataclass(frozen=True)
class Pair:
    first: Any
    rest: tuple[Any, ...] = ()


def test_the_expressions_of_a_formula_are_found_in_records_and_tuples() -> None:
    formula = Pair(radius * 2, (Pair(sp.sqrt(residual_std)), "epsilon", None))
    assert symbols(formula) == {radius, residual_std}
    assert symbols(symbols) == symbols("n") == symbols(Pair) == set()


def test_every_symbol_is_listed_and_one_letter_of_two_meanings_is_two_symbols() -> None:
    claims = [claim for claim in catalogue.claims() if claim.id in {"xing2021.risk_has_closed_form"}]
    found = notation([*claims, *(c for c in catalogue.claims() if c.id == "xing2021.interpolator_norm_has_exact_mean")])
    assert [symbol.meaning for symbol in found] == list(MEANING.values())
    norm, size = (next(s for s in found if s.meaning == MEANING[symbol]) for symbol in (coefficient_norm, sample_size))
    assert norm.latex == size.latex == "n"
    assert norm.claims == ("xing2021.risk_has_closed_form",)
    assert size.claims == ("xing2021.interpolator_norm_has_exact_mean",)
