"""Heat maps: one image of cells, what they hold in words and as data, and where a cursor finds them in the drawing."""

import math

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from checks.result import Grid
from reports import svg
from reports.thinning import drawable, numbers

MAX_CELLS = 2_500  # cells of a heat map kept as data: 20 KB


def describe(grid: Grid) -> str:
    """What `grid` shows, in words."""
    return f"A map of {len(grid.y)} by {len(grid.x)} cells. {_shares(grid)}".strip()


def _shares(grid: Grid) -> str:
    cells = np.array(grid.values)
    if grid.labels:
        counts = [f"{label}: {np.mean(cells == i):.0%}" for i, label in enumerate(grid.labels)]
        return "Share of each kind: " + ", ".join(counts) + "."
    finite = cells[np.isfinite(cells)]
    return f"Values from {finite.min():.3g} to {finite.max():.3g}." if finite.size else "No finite values."


def draw_grid(figure: Figure, axes: Axes, grid: Grid, x_log: bool, y_log: bool) -> list[Artist]:
    """Draw `grid` as one image; a handle for the legend of each of its labels."""
    cells = np.ma.masked_invalid(np.array([drawable(row, log=False) for row in grid.values]))
    x, y = _edges(grid.x, x_log), _edges(grid.y, y_log)
    colours = mpl.colormaps["cividis"]
    if not grid.labels:
        mesh = axes.pcolormesh(x, y, cells, cmap=colours, rasterized=True)
        solids = figure.colorbar(mesh, ax=axes).solids
        if solids is not None:
            solids.set_rasterized(True)
        return []
    levels = len(grid.labels)
    shades = [colours(i / max(levels - 1, 1)) for i in range(levels)]
    steps = BoundaryNorm(np.arange(levels + 1) - 0.5, levels)
    axes.pcolormesh(x, y, cells, cmap=ListedColormap(shades), norm=steps, rasterized=True)
    return [Patch(facecolor=shade, edgecolor=svg.INK, linewidth=0.5) for shade in shades]


def _edges(centres: tuple[float, ...], log: bool) -> NDArray[np.float64]:
    """The borders of cells around `centres`, half way between them on the axis' own scale."""
    places = drawable(centres, log)
    if not np.isfinite(places).all():
        raise ValueError(f"centres of a grid must be finite, and positive on a logarithmic axis, got {centres}")
    places = np.log(places) if log else places
    if len(places) == 1:
        edges = places[0] + np.array([-0.5, 0.5])
    else:
        inner = (places[1:] + places[:-1]) / 2
        edges = np.concatenate([[2 * places[0] - inner[0]], inner, [2 * places[-1] - inner[-1]]])
    return np.asarray(np.exp(edges) if log else edges)


def data(grid: Grid, figure: Figure) -> dict[str, object]:
    """The cells, every `stride`-th of each axis, and the frame of the figure that `grid` was drawn in."""
    stride = max(1, math.ceil(math.sqrt(len(grid.x) * len(grid.y) / MAX_CELLS)))
    return {
        "stride": stride,
        "x": numbers(grid.x[::stride]),
        "y": numbers(grid.y[::stride]),
        "values": [numbers(row[::stride]) for row in grid.values[::stride]],
        "labels": list(grid.labels),
        "frame": _frame(figure),
    }


def _frame(figure: Figure) -> dict[str, dict[str, list[float]]]:
    """The ends of each axis of a drawn figure, and where they stand in the drawing."""
    axes = figure.axes[0]
    width, height = figure.get_size_inches() * svg.POINTS
    box = axes.get_position()
    places = {"x": (box.x0 * width, box.x1 * width), "y": ((1 - box.y0) * height, (1 - box.y1) * height)}
    ends = {"x": axes.get_xlim(), "y": axes.get_ylim()}
    return {name: {"ends": list(ends[name]), "at": [round(float(at), 1) for at in places[name]]} for name in ends}
