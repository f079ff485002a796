"""reports.graph: nothing overlaps, links go one way, fewer of them cross, and the same claims have the same places."""

import os
import random
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from checks.catalogue import claims
from reports.crossings import Link, Place, crossings
from reports.exchange import Board
from reports.graph import COLUMNS, Item, layout


def invented(seed: int, count: int = 90, sections: int = 20) -> list[Item]:
    """Claims that use up to three others each, before and behind them in the paper, and amend some."""
    rng = random.Random(seed)
    rank = rng.sample(range(count), count)  # a claim uses those of a lower rank, wherever they stand
    items = []
    for i in range(count):
        lower = [f"c{j}" for j in range(count) if rank[j] < rank[i]]
        uses = tuple(rng.sample(lower, min(rng.choice((0, 0, 1, 1, 2, 3)), len(lower))))
        amends = f"c{i - 1}" if i % 9 == 1 else None
        items.append(Item(f"c{i}", ("paper", f"Section {i * sections // count}"), uses, amends))
    return items


@cache
def present() -> list[Item]:
    """The claims of the present suite."""
    return [Item(c.id, (c.reference.paper.id, c.reference.locator), tuple(c.uses), c.amends) for c in claims()]


@pytest.fixture(params=["present suite", 0, 1, 2])
def items(request: pytest.FixtureRequest) -> list[Item]:
    return present() if request.param == "present suite" else invented(request.param)


def test_every_claim_has_a_place_of_its_own_in_the_rows_of_its_section(items: list[Item]) -> None:
    found = layout(items)
    assert set(found.places) == {item.name for item in items}
    assert max(Counter(found.places.values()).values()) == 1
    for item in items:
        top, rows = found.bands[item.section]
        assert top <= found.places[item.name].row < top + rows
        assert 0 <= found.places[item.name].column < found.columns


def test_sections_follow_each_other_in_reading_order_and_no_row_is_empty(items: list[Item]) -> None:
    found = layout(items)
    assert list(found.bands) == list(dict.fromkeys(item.section for item in items))
    end = 0
    for top, rows in found.bands.values():
        assert top == end
        end = top + rows
    assert {place.row for place in found.places.values()} == set(range(end))


def test_links_go_from_left_to_right(items: list[Item]) -> None:
    found = layout(items)
    for link in found.links:
        assert found.places[link.source].column < found.places[link.target].column


def test_every_link_is_drawn_once_or_named_as_circular(items: list[Item]) -> None:
    names = {item.name for item in items}
    stated = {(used, item.name) for item in items for used in (*item.uses, item.amends) if used in names}
    found = layout(items)
    drawn = [(link.source, link.target) for link in (*found.links, *found.circular)]
    assert sorted(drawn) == sorted(stated)


def test_sweeps_and_exchanges_leave_fewer_crossings_than_the_order_of_the_paper(items: list[Item]) -> None:
    first, best = layout(items, sweeps=0), layout(items)
    assert best.crossings < 0.85 * first.crossings
    assert best.columns == first.columns


def test_the_present_suite_has_no_circles_and_its_corrections_stand_beside_what_they_amend() -> None:
    found = layout(present())
    assert found.circular == ()
    section = {item.name: item.section for item in present()}
    pairs = [(item.amends, item.name) for item in present() if item.amends and section.get(item.amends) == item.section]
    corrections = Counter(printed for printed, _ in pairs)
    for printed, amended in pairs:
        at, to = found.places[printed], found.places[amended]
        assert to.column - at.column in {1, 2}, amended
        assert 0 <= to.row - at.row < corrections[printed], amended
    assert len(pairs) > 10


def test_a_printed_claim_stands_beside_both_of_its_corrections() -> None:
    place = ("p", "Theorem 1")
    found = layout([Item("printed", place), Item("x", place, amends="printed"), Item("a", place, amends="printed")])
    assert found.places == {"printed": Place(0, 0), "x": Place(1, 0), "a": Place(1, 1)}
    assert all(link.amends for link in found.links)


def test_a_correction_that_rests_on_a_user_of_the_printed_claim_stands_apart() -> None:
    place = ("p", "Theorem 1")
    items = [Item("printed", place), Item("user", place, uses=("printed",)), Item("a", place, ("user",), "printed")]
    columns = [layout(items).places[name].column for name in ("printed", "user", "a")]
    assert columns == [0, 1, 2]


def test_circles_and_claims_that_use_themselves_are_left_out_of_the_drawing() -> None:
    place = ("p", "Theorem 1")
    items = [Item("a", place, ("b", "a", "absent")), Item("b", place, ("a",), "b")]
    found = layout(items)
    assert [(link.source, link.target) for link in found.links] == [("b", "a")]
    assert {(link.source, link.target) for link in found.circular} == {("a", "a"), ("a", "b"), ("b", "b")}


def test_a_chain_longer_than_the_usual_columns_takes_more_of_them() -> None:
    chain = [Item(f"c{i}", ("p", "s"), (f"c{i - 1}",) if i else ()) for i in range(COLUMNS + 4)]
    found = layout(chain)
    assert found.columns == COLUMNS + 4
    assert [found.places[item.name].column for item in chain] == list(range(COLUMNS + 4))


def test_no_claims_have_a_layout() -> None:
    assert layout([]).places == {}


def test_a_line_over_a_row_crosses_a_line_beside_a_column_once_unless_both_begin_at_one_claim() -> None:
    places = {"a": Place(0, 0), "far": Place(3, 1), "b": Place(1, 0), "low": Place(2, 3), "next": Place(1, 2)}
    assert crossings([Link("a", "far"), Link("b", "low")], places) == 1
    assert crossings([Link("a", "next"), Link("b", "low")], places) == 0
    assert crossings([Link("a", "far"), Link("a", "next"), Link("a", "low")], places) == 0


def test_an_exchange_shortens_links_but_leaves_no_row_empty() -> None:
    links = [Link("a", "b")]
    board = Board({"a": Place(0, 0), "b": Place(1, 1)}, links, columns=2)
    board.improve([["a", "b"]], frozenset({"b"}))
    assert board.places["b"] == Place(1, 1)
    board = Board({"a": Place(0, 0), "b": Place(1, 1), "other": Place(0, 1)}, links, columns=2)
    board.improve([["a", "b", "other"]], frozenset({"b"}))
    assert board.places["b"] == Place(1, 0)


def test_fresh_interpreters_with_other_hashes_find_the_same_layout() -> None:
    items = invented(1)
    program = f"from reports.graph import *; print(layout({items!r}))"
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", program]
        done = subprocess.run(
            command, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[2], env=environment
        )
        assert done.stdout.strip() == str(layout(items))
