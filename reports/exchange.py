"""Exchanges of claims within the sections of a map, as long as one leads to fewer crossings or shorter links."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import product

from reports.crossings import Drawing, Link, Place

PASSES = 3  # the second one finds little


class Board:
    """Claims at their places, of which the movable ones may change theirs."""

    def __init__(self, places: Mapping[str, Place], links: Sequence[Link], columns: int) -> None:
        self.places = dict(places)
        self.columns = columns
        self._drawing = Drawing(links, places)
        self._holder = {place: name for name, place in places.items()}
        self._in_row = Counter(place.row for place in places.values())
        self._touching: dict[str, set[int]] = defaultdict(set)
        self._before, self._after = defaultdict(list), defaultdict(list)
        for number, link in enumerate(links):
            self._touching[link.source].add(number)
            self._touching[link.target].add(number)
            self._after[link.source].append(link.target)
            self._before[link.target].append(link.source)

    def improve(self, sections: Iterable[Sequence[str]], movable: frozenset[str]) -> None:
        """Let the movable claims of each section, given by all its claims, look for better places in its rows."""
        rows = [(names, sorted({self.places[name].row for name in names})) for names in sections]
        for _ in range(PASSES):
            moves = [
                self._move(name, Place(column, row), movable)
                for names, own in rows
                for name in names
                if name in movable and self._touching[name]
                for row, column in product(own, range(self.columns))
            ]
            if not any(moves):
                return

    def _move(self, name: str, place: Place, movable: frozenset[str]) -> bool:
        """Move a claim if that is allowed and helps; who stands there takes its place."""
        here, other = self.places[name], self._holder.get(place)
        if place == here or not self._fits(name, place):
            return False
        if other is None and self._in_row[here.row] == 1:
            return False  # no row may be left empty
        if other is not None and not (other in movable and self._fits(other, here)):
            return False
        touched = sorted(self._touching[name] | (set() if other is None else self._touching[other]))
        before = self._drawing.cost(touched)
        self._put(name, place, other, here)
        self._drawing.draw(touched, self.places)
        if self._drawing.cost(touched) < before:
            return True
        self._put(name, here, other, place)
        self._drawing.draw(touched, self.places)
        return False

    def _fits(self, name: str, place: Place) -> bool:
        """Whether a claim would stand right of all it uses, and left of all that use it."""
        before = (self.places[other].column for other in self._before[name])
        after = (self.places[other].column for other in self._after[name])
        return max(before, default=-1) < place.column < min(after, default=self.columns)

    def _put(self, name: str, place: Place, other: str | None, its: Place) -> None:
        """Place `name`, and `other` at `its` place."""
        old = self.places[name]
        if other is None:
            self._in_row.update({place.row: 1})
            self._in_row.subtract({old.row: 1})
        del self._holder[old]
        for moved, to in ((other, its), (name, place)):
            if moved is not None:
                self.places[moved] = to
                self._holder[to] = moved
