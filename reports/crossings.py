"""Links between claims on a map as lines that go beside columns and over rows, and how often these cross."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# A line: where it is, and from where to where it goes, in halves of a column and of a row. Even numbers are the
# middles of boxes, odd ones the gaps after columns and before rows. A line that is not needed has no length.
Line = tuple[int, int, int]
NONE = (0, 0, 0)


@dataclass(frozen=True)
class Link:
    """`target` uses or amends `source`."""

    source: str
    target: str
    amends: bool = False


@dataclass(frozen=True)
class Place:
    """Column and row of a claim; rows are counted through all sections."""

    column: int
    row: int


def route(source: Place, target: Place) -> tuple[tuple[Line, Line], tuple[Line, Line, Line]]:
    """The lines down and the lines across that join two places.

    Down beside the column of the source, then across over the row of the target, unless that stands in the next column.
    """
    gap, start, row = 2 * source.column + 1, 2 * source.row, 2 * target.row
    leaving = (start, gap - 1, gap)
    if target.column == source.column + 1:
        return (_down(gap, start, row), NONE), (leaving, (row, gap, gap + 1), NONE)
    last = 2 * target.column - 1
    down = _down(gap, start, row - 1), (last, row - 1, row)
    return down, (leaving, (row - 1, gap, last), (row, last, last + 1))


def _down(at: int, start: int, end: int) -> Line:
    return at, min(start, end), max(start, end)


class Drawing:
    """The lines of all links, as arrays, whose crossings can be counted."""

    def __init__(self, links: Sequence[Link], places: Mapping[str, Place]) -> None:
        names = {name: number for number, name in enumerate(places)}
        self._links = links
        self._source = np.array([names[link.source] for link in links], dtype=np.int64)
        self._down = np.zeros((len(links), 2, 3), dtype=np.int64)
        self._across = np.zeros((len(links), 3, 3), dtype=np.int64)
        self.draw(range(len(links)), places)

    def draw(self, numbers: Sequence[int], places: Mapping[str, Place]) -> None:
        """Draw the links with these numbers anew."""
        for number in numbers:
            link = self._links[number]
            self._down[number], self._across[number] = route(places[link.source], places[link.target])

    def crossings(self) -> int:
        """How many crossings there are."""
        return self._count(slice(None), slice(None))

    def cost(self, numbers: Sequence[int]) -> tuple[int, int]:
        """How many crossings the links with these numbers take part in, and how long these links are."""
        own, every = list(numbers), slice(None)
        crossed = self._count(own, every) + self._count(every, own) - self._count(own, own)
        lines = np.concatenate([self._down[own], self._across[own]], axis=1)
        return crossed, int((lines[..., 2] - lines[..., 1]).sum())

    def _count(self, down: slice | list[int], across: slice | list[int]) -> int:
        """How often lines down of some links cross lines across of others; those of one source run together."""
        x, top, bottom = np.moveaxis(self._down[down], 2, 0)[:, :, :, None, None]
        y, left, right = np.moveaxis(self._across[across], 2, 0)[:, None, None]
        apart = self._source[down][:, None, None, None] != self._source[across][:, None]
        found: NDArray[np.bool_] = (left < x) & (x < right) & (top < y) & (y < bottom) & apart
        return int(found.sum())


def crossings(links: Sequence[Link], places: Mapping[str, Place]) -> int:
    """How many crossings the drawing of `links` has."""
    return Drawing(links, places).crossings()
