"""Boxes with their points: quartiles, whiskers and raw values of groups that stand side by side."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from numpy.typing import NDArray

from checks.result import Boxes
from reports.thinning import drawable

ROOM = 0.8  # of the distance between two groups, shared by the boxes of one group
REACH = 1.5  # a whisker ends at the last value within so many box lengths of its box
WIDE = 0.42  # half a box, of its share
DOT = 1e-4  # the length of a line whose round ends are a dot: half the bytes of a marker
SMALL, LARGE, CROWD = 2.8, 4.5, 60  # widths of a dot in points, and how many dots are many
GAP = (math.nan, math.nan)  # breaks a line
OFFSETS = (0.0, -1.0, 1.0, -2.0, 2.0)  # neighbours in rank stand beside each other, so that ties are seen


@dataclass(frozen=True)
class Box:
    """The five numbers of one group's values."""

    low: float
    first: float
    median: float
    third: float
    high: float


def summarise(values: tuple[float, ...]) -> Box | None:
    """Quartiles and whiskers of the finite values; None when there are none."""
    shown = _finite(values)
    if not len(shown):
        return None
    first, median, third = np.quantile(shown, (0.25, 0.5, 0.75)).tolist()
    inside = shown[(shown >= first - REACH * (third - first)) & (shown <= third + REACH * (third - first))]
    return Box(float(inside.min()), first, median, third, float(inside.max()))


def describe(boxes: Boxes) -> str:
    """What the boxes of one label show, in words."""
    parts = []
    for group, values in zip(boxes.groups, boxes.values, strict=True):
        box = summarise(values)
        if box is None:
            parts.append(f"{group}: no values")
            continue
        middle = f"{box.first:.3g} to {box.third:.3g}"
        parts.append(f"{group}: {len(values)} values, median {box.median:.3g}, middle half {middle}")
    return f"{boxes.label}: " + "; ".join(parts) + "."


def notes(boxes: Boxes, most: int) -> list[str]:
    """What the boxes of one label leave out when `most` points are drawn."""
    total = sum(len(values) for values in boxes.values)
    finite = sum(len(_finite(values)) for values in boxes.values)
    drawn = sum(len(kept(values, _share(boxes, most))) for values in boxes.values)
    found = []
    if drawn < finite:
        found.append(f"{boxes.label}: {drawn} of {finite} points drawn; the boxes are of all.")
    if finite < total:
        found.append(f"{boxes.label}: {total - finite} of {total} values are not finite and cannot be drawn.")
    return found


def draw_boxes(axes: Axes, boxes: Boxes, place: int, of: int, style: dict[str, Any], most: int) -> Artist:
    """Draw the `place`-th of `of` boxes in every group, with at most `most` points; returns its legend's handle."""
    width = ROOM / of
    centres = [i + 1 + (place - (of - 1) / 2) * width for i in range(len(boxes.groups))]
    found = [(x, box) for x, values in zip(centres, boxes.values, strict=True) if (box := summarise(values))]
    if found:
        path = Path.make_compound_path(*(_rectangle(x, WIDE * width, box) for x, box in found))
        axes.add_patch(PathPatch(path, facecolor=style["color"], alpha=0.18, linewidth=0, clip_on=False))
    lines = [line for x, box in found for line in _outline(x, WIDE * width, box)]
    axes.plot(*_columns(lines), linewidth=1.1, clip_on=False, **style)
    marks = [
        (x + OFFSETS[i % len(OFFSETS)] * width / 12, y)
        for x, values in zip(centres, boxes.values, strict=True)
        for i, y in enumerate(kept(values, _share(boxes, most)))
    ]
    dots = [point for x, y in marks for point in ((x, y), (x + DOT, y), GAP)]
    size = SMALL if len(marks) > CROWD else LARGE
    dotted = {"color": style["color"], "linewidth": size, "alpha": 0.75}
    axes.plot(*_columns(dots), solid_capstyle="round", clip_on=False, **dotted)
    return Line2D([], [], linewidth=1.6, **style)


def kept(values: tuple[float, ...], limit: int) -> list[float]:
    """At most `limit` of the finite values, in order: the ends, and others evenly by rank."""
    ordered = np.sort(_finite(values))
    if len(ordered) > max(limit, 2):
        ordered = ordered[np.unique(np.linspace(0, len(ordered) - 1, max(limit, 2)).round().astype(int))]
    chosen: list[float] = ordered.tolist()
    return chosen


def _share(boxes: Boxes, most: int) -> int:
    return most // max(len(boxes.groups), 1)


def _finite(values: tuple[float, ...]) -> NDArray[np.float64]:
    column = drawable(values, log=False)
    return column[~np.isnan(column)]


def _rectangle(x: float, half: float, box: Box) -> Path:
    left, right = x - half, x + half
    corners = [(left, box.first), (right, box.first), (right, box.third), (left, box.third), (left, box.first)]
    return Path(corners, closed=True)


def _outline(x: float, half: float, box: Box) -> list[tuple[float, float]]:
    """One broken line: the box, its median, and both whiskers."""
    left, right = x - half, x + half
    return [
        (left, box.first), (right, box.first), (right, box.third), (left, box.third), (left, box.first), GAP,
        (left, box.median), (right, box.median), GAP,
        (x, box.low), (x, box.first), GAP, (x, box.third), (x, box.high), GAP,
    ]  # fmt: skip


def _columns(points: list[tuple[float, float]]) -> NDArray[np.float64]:
    return np.array(points).reshape(-1, 2).T
