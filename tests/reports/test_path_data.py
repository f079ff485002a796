"""reports.path_data: fewer characters for the very same path, as a browser reads both."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.path_data import moved, relative
from tests.reports import chromium

pytestmark = chromium.NEEDED

ROUNDED = 0.05  # of a tenth
PLACES = st.tuples(*[st.integers(-4000, 4000).map(lambda place: place / 10)] * 2)
NEAR = st.tuples(*[st.sampled_from([0.0, 0.1, 1.0, 12.5, 100.0])] * 2)  # runs along an axis, and points that repeat
COMMANDS = st.one_of(
    *(st.tuples(st.just(letter), st.lists(PLACES, min_size=count, max_size=count)) for letter, count in
      (("M", 1), ("L", 1), ("Q", 2), ("C", 3), ("z", 0))),
    st.tuples(st.just("L"), st.lists(NEAR, min_size=1, max_size=1)),
)  # fmt: skip
# The length of a path, and where a pen is at every twentieth of it.
DRAWN = """d => {
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", d);
  const length = path.getTotalLength();
  const places = Array.from({ length: 21 }, (_, i) => path.getPointAtLength((length * i) / 20));
  return [length, ...places.flatMap(({ x, y }) => [x, y])];
}"""


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    with chromium.launched() as browser:
        yield browser.new_page()


def written(commands: list[tuple[str, list[tuple[float, float]]]]) -> str:
    whole = [("M", [(3.5, -0.4)]), *commands]
    return " ".join(" ".join([letter, *(f"{x:g} {y:g}" for x, y in points)]) for letter, points in whole)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(COMMANDS, max_size=12).map(written))
def test_a_browser_draws_the_same(page: Any, d: str) -> None:
    short = relative(d)
    assert page.evaluate(DRAWN, short) == pytest.approx(page.evaluate(DRAWN, d), abs=1e-2, rel=1e-5)  # single precision
    assert [short.count(letter.lower()) for letter in "Mz"] == [d.count(letter) for letter in "Mz"]


@pytest.mark.parametrize(
    ("d", "short"),
    [
        ("M 54.1 53.3 L 58.1 107.3 L 62 107.3 L 62 100", "m54.1 53.3 4 54h3.9v-7.3"),
        ("M 0.5 0.5 L 0.9 0.2 L 1 -0.1", "m.5.5.4-.3.1-.3"),
        ("M 1 2 L 1 2 M 3 2 L 3 2", "m1 2h0m2 0h0"),  # dots: lines of no length with round ends
        ("M 1 2 M 3 2 L 4 4", "m1 2m2 0 1 2"),  # a point that is not drawn stays apart from the next line
        ("M 1 2 L 3 4 L 3 4 L 5 6 z M 1 1", "m1 2 2 2 2 2zm0-1"),
    ],
)
def test_nothing_is_written_that_can_be_left_out(d: str, short: str) -> None:
    assert relative(d) == short


def test_rounding_errors_do_not_add_up() -> None:
    d = " ".join(f"{'L' if i else 'M'} {i * 0.149:.3f} {i * 0.251:.3f}" for i in range(1000))
    steps = [float(step) for step in re.findall(r"\d*\.\d+", relative(d))]  # none is whole, none is 0
    assert len(steps) == 2 * 999
    assert sum(steps[1::2]) == pytest.approx(999 * 0.251, abs=ROUNDED + 1e-9)


def test_a_moved_path_is_the_path_elsewhere(page: Any) -> None:
    d = "M 1 2 L 3.5 -4 Q 1 1 2 2 C 1 2 3 4 5 6 z"
    before, after = (page.evaluate(DRAWN, text) for text in (d, moved(d, 10.5, -2)))
    assert after[0] == pytest.approx(before[0])
    assert [x - y for x, y in zip(after[1:], before[1:], strict=True)] == pytest.approx([10.5, -2.0] * 21, abs=1e-3)


def test_commands_it_does_not_know_are_refused() -> None:
    with pytest.raises(ValueError, match="could not convert"):
        relative("M 1 2 A 3 3 0 0 0 1 1")
