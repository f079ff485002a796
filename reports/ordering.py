"""The order of claims within the bands of a map: barycentres, and as few crossings as they give."""

import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from reports.crossings import Link, Place, crossings

Section = tuple[str, str]  # a paper and a place in it


@dataclass(frozen=True, eq=False)
class Block:
    """Claims that stand together, a printed one and what amends it, with their offsets in columns and rows."""

    offsets: dict[str, tuple[int, int]]

    @property
    def first(self) -> str:
        """The claim that the others amend."""
        return next(iter(self.offsets))

    @property
    def width(self) -> int:
        """How many columns the block takes."""
        return 1 + max(column for column, _ in self.offsets.values())

    def at(self, column: int, row: int) -> dict[str, Place]:
        """The places of its claims when it starts at `column` and `row`."""
        return {name: Place(column + across, row + down) for name, (across, down) in self.offsets.items()}


Arrangement = tuple[dict[str, Place], dict[Section, tuple[int, int]]]


def ordered(
    groups: Mapping[Section, list[Block]], columns: Mapping[Block, int], links: Sequence[Link], sweeps: int
) -> Arrangement:
    """The places and bands of the best of several orders: the given one, and each after one more sweep."""
    best = found = _stacked(groups, columns)
    fewest = crossings(links, found[0])
    before, after = defaultdict(list), defaultdict(list)
    for link in links:
        before[link.target].append(link.source)
        after[link.source].append(link.target)
    for sweep in range(sweeps):
        neighbours, places = (before, after)[sweep % 2], found[0]
        groups = {
            section: sorted(blocks, key=lambda block: _barycentre(block, neighbours, places))
            for section, blocks in groups.items()
        }
        found = _stacked(groups, columns)
        count = crossings(links, found[0])
        if count < fewest:
            best, fewest = found, count
    return best


def _barycentre(block: Block, neighbours: Mapping[str, list[str]], places: Mapping[str, Place]) -> Fraction:
    """The mean row of what a block is linked with, else its own."""
    rows = [places[other].row for name in block.offsets for other in neighbours[name] if other not in block.offsets]
    return Fraction(sum(rows), len(rows)) if rows else Fraction(places[block.first].row)


def _stacked(groups: Mapping[Section, list[Block]], columns: Mapping[Block, int]) -> Arrangement:
    """Every block in the first row of its band with room for it, wide ones first."""
    places: dict[str, Place] = {}
    bands = {}
    top = 0
    for section, blocks in groups.items():
        taken: set[Place] = set()
        for block in sorted(blocks, key=lambda block: block.width == 1):
            tries = (block.at(columns[block], row) for row in itertools.count(top))
            found = next(places for places in tries if taken.isdisjoint(places.values()))
            places |= found
            taken |= set(found.values())
        rows = 1 + max(place.row for place in taken) - top
        bands[section] = (top, rows)
        top += rows
    return places, bands
