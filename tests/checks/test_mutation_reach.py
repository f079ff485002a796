"""checks.power: a mutant that makes no difference where it stands need not run, and no other is left out."""

import builtins
import marshal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from checks.power.probe import HOOK, alike, hook, instrumented
from checks.power.sites import sites
from tests.checks import toy

TEXT = '''
import numpy as np

def at_least_zero(x):
    """The positive part."""
    if x < 0:
        return 0.0
    return x * 1

def picked(values, k):
    return values[:, k - 1] + values[0, 0] * 2

def drawn(rng):
    return rng.normal() - 3

def added(x, *, by: "3 + 4" = 2):
    x += by
    return f"{x + 1:>{by}}", x
'''


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Callable[..., set[tuple[str, str]]]:
    """The mutants of TEXT, line before and after, that make a difference when a function of it is called."""

    def call(function: str, *arguments: Any, text: str = TEXT) -> set[tuple[str, str]]:
        mutants = {
            f"{m.line} {m.before} -> {m.after}": m for s in sites("t.py", text) for w in s.ways if (m := s.mutant(*w))
        }
        code, names = instrumented(text, {name: mutant.text for name, mutant in mutants.items()}, "t.py")
        reached: set[str] = set()
        monkeypatch.setattr(builtins, HOOK, hook(reached), raising=False)
        space: dict[str, Any] = {}
        exec(marshal.loads(code), space)
        plain: dict[str, Any] = {}
        exec(text, plain)
        generators = [np.random.default_rng(1) if each is np.random else each for each in arguments]
        again = [np.random.default_rng(1) if each is np.random else each for each in arguments]
        assert alike_or_equal(space[function](*generators), plain[function](*again))
        return {(mutants[n].before, mutants[n].after) for n in reached} | {
            (m.before, m.after) for n, m in mutants.items() if n not in names
        }

    return call


def alike_or_equal(one: Any, other: Any) -> bool:
    return alike(one, other) or np.array_equal(one, other)


def test_a_comparison_is_reached_where_its_truth_is_another_one(watched: Callable[..., set[tuple[str, str]]]) -> None:
    guard = ("if x < 0:", "if x <= 0:")
    assert guard in watched("at_least_zero", 0.0)
    assert guard not in watched("at_least_zero", 1.0)
    assert ("if x < 0:", "if x > 0:") in watched("at_least_zero", 1.0)


def test_an_operator_is_reached_where_its_value_is_another_one(watched: Callable[..., set[tuple[str, str]]]) -> None:
    quotient = ("return x * 1", "return x / 1")
    assert quotient not in watched("at_least_zero", 2.0)
    assert quotient in watched("at_least_zero", 2)  # 2 is not 2.0


def test_what_stands_in_brackets_is_compared_by_the_whole_expression(
    watched: Callable[..., set[tuple[str, str]]],
) -> None:
    values = np.array([[1.0, 1.0], [2.0, 2.0]])
    found = watched("picked", values, 1)
    line = "return values[:, k - 1] + values[0, 0] * 2"
    assert (line, line.replace("k - 1", "k - 0")) not in found  # the columns are the same
    assert (line, line.replace("0, 0", "1, 0")) in found
    assert (line, line.replace("* 2", "** 2")) in found  # 1 ** 2 is not 1 * 2


def test_operands_are_evaluated_once(watched: Callable[..., set[tuple[str, str]]]) -> None:
    assert ("return rng.normal() - 3", "return rng.normal() + 3") in watched("drawn", np.random)  # the draw is the same


def test_what_is_no_operation_counts_as_reached(watched: Callable[..., set[tuple[str, str]]]) -> None:
    found = watched("at_least_zero", -1.0)
    assert ("return 0.0", "return 1.0") in found


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (1.0, 1.0, True), (0.0, -0.0, False), (1, 1.0, False), (True, 1, False), (float("nan"), float("nan"), True),
        (np.array([1.0, np.nan]), np.array([1.0, np.nan]), True), (np.array([0.0]), np.array([-0.0]), False),
        (np.zeros((2, 1)), np.zeros((1, 2)), False), (np.zeros((2, 3)), np.zeros((3, 2)).T, False),
        (np.float32(1), np.float64(1), False), ((1, 2.0), (1, 2.0), True), ([1], [1], False), (object, object, False),
        (np.array([None]), np.array([None]), False),
    ],
)  # fmt: skip
def test_values_are_alike_when_nothing_can_tell_them_apart(one: Any, other: Any, same: bool) -> None:
    assert alike(one, other) is same


def test_a_view_counts_as_another_value() -> None:
    reached: set[str] = set()
    array = np.zeros(3)
    report = hook(reached)
    report(("view",), array[:2], lambda: array[1:])
    report(("copy",), array + 0, lambda: array - 0)
    assert reached == {"view"}


def test_watched_mutants_have_the_fates_that_they_have_unwatched(tmp_path: Path) -> None:
    shapes = toy.SHAPES.replace("return a * b", "if a < 0:\n        return -b\n    return a * b")
    suite = toy.planted(tmp_path / "suite", shapes)
    mutants = [m for s in toy.places(suite) if s.function != "countdown" for w in s.ways if (m := s.mutant(*w))]
    with toy.session(suite, tmp_path / "kept") as (session, _):
        every = session.judge(mutants)
    with toy.session(suite, tmp_path / "again") as (session, _):
        session.watch(mutants)
        watched = session.judge(mutants)
    assert {m: found.fate for m, found in every.items()} == {m: found.fate for m, found in watched.items()}
    guard = next(found for m, found in watched.items() if m.after == "if a <= 0:")
    assert (guard.fate, guard.checks, guard.reached) == ("survived", 2, 0)
    assert {found.reached for found in watched.values()} > {0, 1, None}


def test_watching_is_not_done_again_and_a_check_without_an_answer_is_asked(tmp_path: Path) -> None:
    suite = toy.planted(tmp_path / "suite")
    mutants = [toy.mutant(suite, "return a * b", "return a - b")]
    for lines in (2, 0):
        with toy.session(suite, tmp_path / "kept") as (session, said):
            session.watch(mutants)
            assert len([line for line in said if "watched" in line]) == lines
    with toy.session(suite, tmp_path / "late") as (session, _):
        session.watch(mutants, until=-1.0)
        (judged,) = session.judge(mutants).values()
        assert (judged.fate, judged.reached) == ("verdict", 2)
