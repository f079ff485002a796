"""Charts of evidence as SVG: at most 200 points a series and 25 KB a chart, with the data that scripts read."""

import math
import textwrap
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN

import numpy as np
from markupsafe import Markup
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatter, MaxNLocator
from numpy.typing import NDArray

from checks.result import Chart, Series
from reports import boxes, heat_maps, svg
from reports.thinning import drawable, numbers, thin
from reports.wording import number

MAX_BYTES = 25_000
EFFORTS = ((200, 100), (160, 80), (120, 60), (80, 45), (40, 15))  # points a series and image resolution, best first
ROUNDING = {"low": ROUND_FLOOR, "high": ROUND_CEILING}  # so that an interval still contains what it did
WIDTH, HEIGHT, LEGEND_ROW = 5.2, 3.1, 0.22  # inches; small enough to be read on a phone
LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)))
MARKERS = ("o", "s", "^", "D", "v", "P")


@dataclass(frozen=True)
class Drawing:
    """A chart ready for the page: an SVG element, what it shows as plain data, and remarks."""

    svg: Markup
    data: dict[str, object]
    notes: tuple[str, ...]


def draw(chart: Chart, name: str) -> Drawing:
    """`chart` as a drawing whose ids all begin with `name`; ValueError when its columns differ in length."""
    _validate(chart)
    for points, dpi in EFFORTS:
        thinned = tuple(_seen(thin(series, points)) for series in chart.series)
        figure = _figure(chart, thinned, points)
        picture = svg.render(figure, name, describe(chart), dpi)
        if len(picture) <= MAX_BYTES:
            break
    return Drawing(picture, _data(chart, thinned, figure), tuple(_notes(chart, thinned, points)))


def _seen(series: Series) -> Series:
    """`series`, as a mark where it is one point, through which no curve can be drawn."""
    return replace(series, points=True) if len(series.x) == 1 else series


def describe(chart: Chart) -> str:
    """What `chart` shows, in words."""
    parts = [f"{chart.title}. Horizontal: {chart.x_label}. Vertical: {chart.y_label}."]
    parts += [boxes.describe(item) for item in chart.boxes]
    for series in chart.series:
        shown = [value for value in series.y if math.isfinite(value)]
        reach = f"from {min(shown):.3g} to {max(shown):.3g}" if shown else "none of them finite"
        parts.append(f"{series.label}: {len(series.y)} points, {reach}.")
    if chart.grid is not None:
        parts.append(heat_maps.describe(chart.grid))
    return " ".join(parts)


def _validate(chart: Chart) -> None:
    for series in chart.series:
        for name in ("y", "low", "high"):
            column = getattr(series, name)
            if len(column) != len(series.x) and (column or name == "y"):
                raise ValueError(
                    f"{name} of series {series.label!r} must have {len(series.x)} entries, got {len(column)}"
                )
    for item in chart.boxes:
        if item.groups != chart.boxes[0].groups or len(item.values) != len(item.groups):
            raise ValueError(f"boxes {item.label!r} must have values for each of the groups {chart.boxes[0].groups}")
    grid = chart.grid
    if grid is not None and {len(row) for row in grid.values} | {len(grid.x)} != {len(grid.x)}:
        raise ValueError(f"every row of the grid {chart.title!r} must have {len(grid.x)} values")
    if grid is not None and not (grid.x and grid.y):
        raise ValueError(f"the grid {chart.title!r} must have at least one cell, got {len(grid.x)} by {len(grid.y)}")
    if grid is not None and len(grid.values) != len(grid.y):
        raise ValueError(f"the grid {chart.title!r} must have {len(grid.y)} rows, got {len(grid.values)}")


def _figure(chart: Chart, thinned: tuple[Series, ...], points: int) -> Figure:
    rows = len(chart.boxes) + len(chart.series) + (len(chart.grid.labels) if chart.grid else 0)
    with svg.settings():
        figure = Figure(figsize=(WIDTH, HEIGHT + LEGEND_ROW * rows), layout="constrained")
        axes = figure.subplots()
        _scale(axes, chart)
        handles = _map(figure, axes, chart) + _boxes(axes, chart, points)
        for index, series in enumerate(thinned, start=len(chart.boxes)):
            _curve(axes, series, index, chart)
        axes.set_xlabel(_plain(chart.x_label), parse_math=False)
        axes.set_ylabel(_plain(chart.y_label), parse_math=False)
        handles += axes.get_legend_handles_labels()[0]
        if handles:
            legend = figure.legend(handles=handles, loc="outside upper left")
            for text in legend.get_texts():
                text.set_parse_math(False)
    return figure


def _scale(axes: Axes, chart: Chart) -> None:
    axes.set_xscale("log" if chart.x_log else "linear")
    axes.set_yscale("log" if chart.y_log else "linear")
    for axis, log in ((axes.xaxis, chart.x_log), (axes.yaxis, chart.y_log)):
        if log:
            axis.set_major_formatter(PlainLog(labelOnlyBase=True))
            axis.set_minor_formatter(PlainLog(minor_thresholds=(1, 0.4)))
    if not chart.x_log and all(float(x).is_integer() for series in chart.series for x in series.x):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if chart.grid is None:  # the lines of the grid are the marks, and need no clipping
        axes.grid(True, clip_on=False)
        axes.tick_params(which="both", length=0, bottom=False, left=False)


class PlainLog(LogFormatter):
    """Labels of a logarithmic axis in words of the page."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """The label at `x`, empty where matplotlib would write none."""
        return number(x) if super().__call__(x, pos) else ""


def _curve(axes: Axes, series: Series, index: int, chart: Chart) -> None:
    colour = svg.SERIES[index % len(svg.SERIES)]
    x, y = drawable(series.x, chart.x_log), drawable(series.y, chart.y_log)
    style = (
        {"linestyle": "none", "marker": MARKERS[index % len(MARKERS)], "markersize": 4.5}
        if series.points
        else {"linestyle": LINES[index % len(LINES)], "linewidth": 1.6}
    )
    (line,) = axes.plot(x, y, color=colour, label=_plain(series.label), clip_on=False, **style)
    line.get_path().should_simplify = not series.points  # matplotlib does so by itself from 128 points on
    if series.low and series.high:
        _bounds(axes, series.points, x, drawable(series.low, chart.y_log), drawable(series.high, chart.y_log), colour)


def _map(figure: Figure, axes: Axes, chart: Chart) -> list[Artist]:
    """Draw the heat map; the handles of its legend when it is categorical."""
    if chart.grid is None:
        return []
    handles = heat_maps.draw_grid(figure, axes, chart.grid, chart.x_log, chart.y_log)
    for handle, label in zip(handles, chart.grid.labels, strict=True):
        handle.set_label(_plain(label))
    return handles


def _boxes(axes: Axes, chart: Chart, points: int) -> list[Artist]:
    """Draw the boxes over an axis of groups; the handles of their legend."""
    if not chart.boxes:
        return []
    groups = chart.boxes[0].groups
    axes.set_xticks(range(1, len(groups) + 1), [_plain(group) for group in groups])
    axes.set_xlim(0.5, len(groups) + 0.5)
    for tick in axes.get_xticklabels():
        tick.set_parse_math(False)
    handles: list[Artist] = []
    for index, item in enumerate(chart.boxes):
        style = {"color": svg.SERIES[index % len(svg.SERIES)], "linestyle": LINES[index % len(LINES)]}
        handles.append(boxes.draw_boxes(axes, item, index, len(chart.boxes), style, points))
        handles[-1].set_label(_plain(item.label))
    return handles


def _bounds(
    axes: Axes,
    bars: bool,
    x: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    colour: str,
) -> None:
    """Bars, as one broken line, or a band."""
    if bars:
        gap = np.full_like(x, np.nan)
        ends = np.column_stack([low, high, gap]).ravel()
        axes.plot(np.column_stack([x, x, gap]).ravel(), ends, color=colour, linewidth=1, clip_on=False)
    else:
        axes.fill_between(x, low, high, color=colour, alpha=0.18, linewidth=0, clip_on=False)


def _plain(text: str) -> str:
    """`text` as a label: no control characters, which XML forbids, and at most four lines, which fit the figure.

    A leading underscore would hide the label from matplotlib's legend.
    """
    visible = "".join(character if character.isprintable() else " " for character in text)
    lines = textwrap.fill(visible, 64, max_lines=4, placeholder="…")
    return lines.replace("_", "\N{ZERO WIDTH SPACE}_", visible.startswith("_")) or " "


def _notes(chart: Chart, thinned: tuple[Series, ...], points: int) -> list[str]:
    notes = [note for item in chart.boxes for note in boxes.notes(item, points)]
    for series, kept in zip(chart.series, thinned, strict=True):
        if len(kept.x) < len(series.x):
            notes.append(
                f"{series.label}: {len(kept.x)} of {len(series.x)} points drawn, the extremes of each stretch."
            )
        shown = np.isfinite(drawable(series.x, chart.x_log) + drawable(series.y, chart.y_log))
        if not shown.all():
            reason = "not finite" + (", or not positive on a logarithmic axis" if chart.x_log or chart.y_log else "")
            notes.append(f"{series.label}: {np.sum(~shown)} of {len(shown)} points cannot be drawn ({reason}).")
    cells = np.array(chart.grid.values if chart.grid else ())
    if not np.isfinite(cells).all():
        notes.append(f"{np.sum(~np.isfinite(cells))} of {cells.size} cells have no finite value and stay empty.")
    return notes


def _data(chart: Chart, thinned: tuple[Series, ...], figure: Figure) -> dict[str, object]:
    """What is drawn, as JSON can hold it: non-finite numbers are strings."""
    return {
        "title": chart.title,
        "x": {"label": chart.x_label, "log": chart.x_log},
        "y": {"label": chart.y_label, "log": chart.y_log},
        "series": [
            {"label": kept.label, "of": len(series.x), "points": kept.points}
            | {
                name: numbers(column, ROUNDING.get(name, ROUND_HALF_EVEN))
                for name in ("x", "y", "low", "high")
                if (column := getattr(kept, name))
            }
            for series, kept in zip(chart.series, thinned, strict=True)
        ],
        "boxes": [
            {"label": item.label, "groups": list(item.groups), "values": [numbers(row) for row in item.values]}
            for item in chart.boxes
        ],
        "grid": None if chart.grid is None else heat_maps.data(chart.grid, figure),
    }
