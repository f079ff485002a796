"""How the generated cases are spread, as bars: their heights follow the counts, and the worst case's bar is marked."""

import math
import re

import pytest

from checks.result import Distribution
from reports.distributions import bars
from reports.page import render
from tests.reports.example import CASES, example_run
from tests.reports.reader import read
from tests.reports.runs import HOSTILE, hostile_run

DIMENSION = CASES[0]


def heights(path: str) -> list[int]:
    return [int(height) for height in re.findall(r"M\d+ 30v-(\d+)", path)]


def test_heights_follow_the_counts_and_the_worst_bin_is_marked() -> None:
    (found,) = bars((Distribution("d", (1.0, 2.0, 3.0), (1.0, 2.0, 3.0), (10, 20, 5), 2.0),))
    assert heights(found.others) == [15, 8]
    assert heights(found.marked) == [30]
    assert found.words == "1: 10, 2: 20, 3: 5"


def test_an_empty_bin_shows_nothing_unless_the_worst_case_is_there_and_few_cases_are_seen() -> None:
    (found,) = bars((Distribution("d", (1.0, 2.0, 3.0), (1.0, 2.0, 3.0), (1000, 1, 0), 3.0),))
    assert heights(found.others) == [30, 2]
    assert heights(found.marked) == [2]
    (unmarked,) = bars((Distribution("d", (1.0, 2.0, 3.0), (1.0, 2.0, 3.0), (1000, 1, 0)),))
    assert (unmarked.marked, unmarked.worst, len(heights(unmarked.others))) == ("", None, 2)


@pytest.mark.parametrize(("worst", "place"), [(0.0, 0), (1e-7, 1), (1e-5, 2), (4.0, 3)])
def test_a_worst_case_is_marked_in_the_bin_that_holds_it(worst: float, place: int) -> None:
    (found,) = bars((Distribution("ε", CASES[1].low, CASES[1].high, CASES[1].counts, worst),))
    assert found.marked.startswith(f"M{place * 10 + 4} ")


def test_a_bin_that_begins_where_one_ended_names_its_end() -> None:
    (found,) = bars((Distribution("gap", (0.0, 1.0, 3.0, 5.0, 7.0), (0.0, 3.0, 5.0, 7.0, 9.0), (4, 3, 2, 0, 1)),))
    assert found.words == "0: 4, 1 to 3: 3, to 5: 2, 7 to 9: 1"


def test_one_value_needs_no_bars() -> None:
    (found,) = bars((Distribution("ξ", (0.0,), (0.0,), (60,), 0.0),))
    assert found.only == "0"


@pytest.mark.parametrize(
    ("low", "high", "counts", "words"),
    [
        ((1.0, 2.0), (1.0, 2.0), (1,), "one entry a bin"),
        ((), (), (), "one entry a bin"),
        ((2.0, 1.0), (2.0, 1.0), (1, 1), "in order"),
        ((1.0, 2.0), (3.0, 2.0), (1, 1), "in order"),
        ((math.nan,), (1.0,), (1,), "in order"),
    ],
)
def test_bins_that_contradict_themselves_are_refused(
    low: tuple[float, ...], high: tuple[float, ...], counts: tuple[int, ...], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        bars((Distribution("radius", low, high, counts),))


def test_the_page_names_quantity_ends_and_worst_case() -> None:
    spread = read(render(example_run())).one("details", class_="spread")
    texts = [item.text for item in spread.one("dl").every("div")]
    assert texts == [
        "dimension d 1 5 worst: 3",
        "radius ε 0 4 worst: 0.001",
        "condition number of Σ 1 ∞ worst: ∞",
        "smoothing ξ always 0",
    ]
    assert spread.one("svg").attributes["aria-label"] == "1: 23, 2: 6, 5: 31"


def test_hostile_names_stay_texts() -> None:
    spread = read(render(hostile_run())).one("details", class_="spread")
    assert {node.tag for node in spread.every()} <= {
        "summary",
        "dl",
        "div",
        "dt",
        "dd",
        "svg",
        "path",
        "small",
        "span",
        "b",
    }
    assert "alert(1)" in spread.one("dt").text
    assert "counterexample: not a number" in spread.text
    assert HOSTILE.split()[0] in spread.text
