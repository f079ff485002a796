"""The map of the claims: where each box, band and link of the layout is drawn, and what is written in it."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from checks.result import ClaimResult
from reports.crossings import Link, Place
from reports.graph import Item, Layout, layout
from reports.lettering import SIZE, wrapped
from reports.wording import title

# Lengths are in CSS pixels: at 1280 pixels the map is drawn at its own size.
PAGE, NAMES, GAP = 1216, 96, 22  # the room that the page gives; the sections' names in it; between two boxes
WIDEST, NARROWEST, MARK = 160, 130, 28  # a box, and what in it is no label
LINE, PADDING = 12, 9  # from line to line; above and below the lines of a box
ROW_GAP, BAND_GAP, HEADING, EDGE = 6, 12, 34, 2  # the last beside the outer boxes, for their borders
LANES, CORNER = (6.0, 9.0, 12.0, 15.0), 5.0  # where links go up and down beside a column; their corners' radius
WORDS = {"printed": "as printed", "amended": "amended", "ours": "ours"}
PAIR = 1.6  # half the distance of the two lines between a printed claim and what amends it


@dataclass(frozen=True)
class Box:
    """A claim on the map; `over` is the height at which links pass over its row."""

    claim: ClaimResult
    x: float
    y: float
    width: float
    height: float
    over: float
    lines: tuple[str, ...]
    label: str

    @property
    def status(self) -> str:
        """Whose words the claim is in."""
        return status(self.claim)

    @property
    def words(self) -> str:
        """The same for readers."""
        return WORDS[self.status]

    @property
    def baseline(self) -> float:
        """The height in the box of the label's first line."""
        return round((self.height - LINE * (len(self.lines) - 1)) / 2 + 0.35 * SIZE)


@dataclass(frozen=True)
class Band:
    """A section of the paper on the map; `paper` where another paper begins."""

    lines: tuple[str, ...]
    y: float
    paper: str | None


@dataclass(frozen=True)
class Path:
    """A link on the map, between the boxes with these numbers."""

    d: str
    source: int
    target: int
    amends: bool


@dataclass(frozen=True)
class Map:
    """The map as its template draws it."""

    boxes: tuple[Box, ...]
    bands: tuple[Band, ...]
    paths: tuple[Path, ...]
    width: float
    height: float
    circular: int
    box: float
    names: int = NAMES
    line: int = LINE

    @property
    def sections(self) -> list[tuple[str, list[Box]]]:
        """The claims under their sections, in the order of the bands."""
        groups: dict[tuple[str, str], list[Box]] = {}
        for box in self.boxes:
            groups.setdefault((box.claim.paper, box.claim.locator), []).append(box)
        return [(locator, boxes) for (_, locator), boxes in groups.items()]


def coordinate(value: float) -> str:
    """A length to a tenth of a pixel, as short as it can be written."""
    return f"{value:.1f}".removesuffix(".0")


def status(claim: ClaimResult) -> str:
    """Whose words a claim is in: printed, amended, or ours."""
    return "amended" if claim.amends else "ours" if claim.ours else "printed"


def claim_map(claims: Sequence[ClaimResult]) -> Map:
    """The map of `claims`, whose sections are their locators in the order of the run."""
    found = layout([Item(c.id, (c.paper, c.locator), c.uses, c.amends) for c in claims])
    by_row: dict[int, list[ClaimResult]] = {}
    for claim in claims:
        by_row.setdefault(found.places[claim.id].row, []).append(claim)
    box = max(NARROWEST, min(WIDEST, (PAGE - NAMES - 2 * EDGE + GAP) // max(found.columns, 1) - GAP))
    heights = [_height(by_row[row], box) for row in sorted(by_row)]
    tops, bands, bottom = _rows(found, heights)
    rows = list(zip(tops, heights, strict=True))
    boxes = [_box(claim, found.places[claim.id], rows, box) for claim in claims]
    number = {claim.id: place for place, claim in enumerate(claims)}
    ends = [(link, number[link.source], number[link.target]) for link in found.links]
    lanes = _lanes(found)
    paths = tuple(Path(_path(boxes[a], boxes[b], link, lanes[link.source]), a, b, link.amends) for link, a, b in ends)
    width = 2 * EDGE + max(found.columns * (box + GAP) - GAP, 0)
    return Map(tuple(boxes), tuple(bands), paths, width, bottom, len(found.circular), box)


def _rows(found: Layout, heights: Sequence[float]) -> tuple[list[float], list[Band], float]:
    """The top of every row, the bands, and where the last one ends."""
    several = len({paper for paper, _ in found.bands}) > 1
    tops: list[float] = []
    bands = []
    y, last = 0.0, None
    for (paper, locator), (_, rows) in found.bands.items():
        heading = several and paper != last
        y += HEADING if heading else 0
        bands.append(Band(wrapped(locator, NAMES - 6), y, paper if heading else None))
        y += BAND_GAP / 2
        for height in heights[len(tops) : len(tops) + rows]:
            tops.append(y)
            y += height + ROW_GAP
        y += BAND_GAP / 2 - ROW_GAP
        last = paper
    return tops, bands, y


def _height(claims: Sequence[ClaimResult], box: int) -> float:
    return LINE * max(len(wrapped(title(claim.id), box - MARK)) for claim in claims) + PADDING


def _box(claim: ClaimResult, place: Place, rows: Sequence[tuple[float, float]], box: int) -> Box:
    lines = wrapped(title(claim.id), box - MARK)
    label = f"{title(claim.id)}: {claim.verdict.value}, {WORDS[status(claim)]}, {claim.locator}"
    (top, room), height = rows[place.row], LINE * len(lines) + PADDING
    x, y = EDGE + (box + GAP) * place.column, top + (room - height) // 2
    return Box(claim, x, y, box, height, top - ROW_GAP / 2, lines, label)


def _lanes(found: Layout) -> dict[str, int]:
    """A lane beside its column for every claim that links begin at: neighbours have different ones."""
    lanes: dict[str, int] = {}
    used: Counter[int] = Counter()
    for name in sorted({link.source for link in found.links}, key=lambda name: (found.places[name].row, name)):
        column = found.places[name].column
        lanes[name] = used[column]
        used[column] += 1
    return lanes


def _path(source: Box, target: Box, link: Link, lane: int) -> str:
    """A line from the right of `source` to the left of `target` that passes no box, double when it amends.

    It goes up or down beside the column of `source`, and over the row of `target` where other columns lie between.
    """
    x1, y1 = source.x + source.width, source.y + source.height / 2
    x2, y2 = target.x, target.y + target.height / 2
    bus, over, last = x1 + LANES[lane % len(LANES)], target.over, x2 - LANES[0]
    turns = [(bus, y1), (bus, y2)]
    if x2 - x1 > GAP:
        turns = [(bus, y1), (bus, over), (last, over), (last, y2)]
    offsets = (-PAIR, PAIR) if link.amends else (0.0,)
    return " ".join(_rounded([(x1, y1 + o), *((x + o, y + o) for x, y in turns), (x2, y2 + o)]) for o in offsets)


def _rounded(points: Sequence[tuple[float, float]]) -> str:
    """A line across and down through `points`, its corners rounded, in steps, which take half the bytes of places."""
    parts = [f"M{coordinate(points[0][0])} {coordinate(points[0][1])}"]
    here = points[0]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        radius = min(CORNER, math.dist(before, corner) / 2, math.dist(corner, after) / 2)
        if radius > 0 and before[1] != after[1]:
            start, end = _towards(corner, before, radius), _towards(corner, after, radius)
            parts += [_straight(here, start), f"q{_step(start, corner)} {_step(start, end)}"]
            here = end
    return "".join([*parts, _straight(here, points[-1])])


def _towards(start: tuple[float, float], end: tuple[float, float], length: float) -> tuple[float, float]:
    """The point so far from `start`, to a tenth, as steps are written."""
    share = length / math.dist(start, end)
    return round(start[0] + share * (end[0] - start[0]), 1), round(start[1] + share * (end[1] - start[1]), 1)


def _straight(start: tuple[float, float], end: tuple[float, float]) -> str:
    across, down = end[0] - start[0], end[1] - start[1]
    return f"h{coordinate(across)}" if abs(across) > abs(down) else f"v{coordinate(down)}"


def _step(start: tuple[float, float], end: tuple[float, float]) -> str:
    return f"{coordinate(end[0] - start[0])} {coordinate(end[1] - start[1])}"
