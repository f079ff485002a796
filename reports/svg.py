"""A matplotlib figure as an SVG element that can stand in a page: small, themed by the page, its ids its own."""

import hashlib
import io
import itertools
import re
import warnings
from contextlib import AbstractContextManager
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from reports.path_data import moved, relative

# Colours that the page decides: matplotlib draws with the left one, the page shows the right one.
INK = "#010203"
SERIES = ("#010301", "#010302", "#010303", "#010304", "#010305", "#010306")
THEME = {INK: "currentColor"} | {colour: f"var(--series-{i + 1})" for i, colour in enumerate(SERIES)}

POINTS = 72  # units of a drawing in an inch
SETTINGS = {
    "svg.fonttype": "none",
    "svg.hashsalt": "advtheory",  # with no date this makes the output a function of the chart
    "font.size": 11,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.formatter.use_mathtext": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": INK,
    "grid.alpha": 0.12,
    "legend.frameon": False,
}
NUMBER = re.compile(r"-?\d+\.\d{2,}+(?!e)")
REFERENCE = re.compile(r"url\(#([^)]+)\)")
DISC = re.compile(r"M 0 ([\d.]+)( C [-\d. ]+){8} z$")
PAINT = re.compile(r"fill:([^;]+);stroke:\1")
HASHED = re.compile(r"[a-z][0-9a-f]{10}$")
LINK = "{http://www.w3.org/1999/xlink}href"


def render(figure: Figure, name: str, label: str, dpi: int) -> Markup:
    """`figure` as an SVG element of id `name`, read aloud as `label`; images have `dpi`."""
    FigureCanvasSVG(figure)
    buffer = io.BytesIO()
    with settings(), warnings.catch_warnings():
        # A glyph the measuring font lacks is drawn by the browser's; a figure with no room is drawn tight.
        warnings.simplefilter("ignore", UserWarning)
        figure.savefig(buffer, format="svg", dpi=dpi, transparent=True, metadata={"Date": None, "Creator": None})
    root = ElementTree.fromstring(buffer.getvalue())
    _prune(root)
    names = _names(root, name)
    for element in root.iter():
        _adapt(element, names)
    _stamp(root)
    _flatten(root)
    _join(root)
    _gather_texts(root)
    for path in root.iter("path"):
        path.set("d", relative(path.get("d", "")))
    root.attrib |= {"id": name, "role": "img", "aria-label": label}
    for attribute in ("width", "height", "version"):
        del root.attrib[attribute]
    return Markup(ElementTree.tostring(root, encoding="unicode"))


def settings() -> AbstractContextManager[None]:
    """The context in which figures for the page are drawn."""
    context: AbstractContextManager[None] = mpl.rc_context(SETTINGS)
    return context


def _prune(root: Element) -> None:
    """Drop the metadata, the style sheet, whose `*` would reach the whole page, and what draws nothing."""
    for parent in reversed(list(root.iter())):  # children first: what only held a style sheet is then empty
        for child in list(parent):
            empty = child.tag.endswith("}defs") and not len(child)
            if child.tag.endswith(("}metadata", "}style")) or empty or child.get("style") == "fill: none":
                parent.remove(child)


def _names(root: Element, name: str) -> dict[str, str]:
    """The page's ids for what the drawing itself refers to."""
    prefix = "c" + hashlib.sha256(name.encode(errors="replace")).hexdigest()[:8]
    found = [element.get("id", "") for element in root.iter()]
    return {old: f"{prefix}-{i}" for i, old in enumerate(found) if HASHED.match(old)}


def _adapt(element: Element, names: dict[str, str]) -> None:
    element.tag = element.tag.rpartition("}")[2]
    element.tail = None
    element.text = (element.text or "").strip() or None
    for key, value in list(element.attrib.items()):
        del element.attrib[key]
        if key == LINK:
            element.set("href", f"#{names[value[1:]]}" if value.startswith("#") else value)
        elif key != "id" and not value.startswith("rotate(-0 "):  # which turns nothing
            element.set(key, _value(value, names))
        elif value in names:
            element.set("id", names[value])


def _value(text: str, names: dict[str, str]) -> str:
    text = REFERENCE.sub(lambda match: f"url(#{names[match[1]]})", text)
    text = re.sub(r"font-family:[^;]*;?\s*", "", text)
    text = re.sub(r"([:;])\s+", r"\1", text)
    for drawn, shown in THEME.items():
        text = text.replace(drawn, shown)
    # A tenth of a point is a sixth of a screen's pixel where charts are largest.
    return " ".join(NUMBER.sub(lambda match: f"{float(match[0]):.1f}".removesuffix(".0"), text).split())


def _stamp(root: Element) -> None:
    """Draw every marker where it stands, not as a reference to its shape: those of a series then join to one path."""
    shapes = {f"#{shape.get('id')}": shape.get("d", "") for shape in root.iter("path") if shape.get("id")}
    for parent in list(root.iter()):
        parent[:] = [child for child in parent if child.tag != "defs" or any(inner.tag != "path" for inner in child)]
        for place, child in enumerate(parent):
            if child.tag == "use":
                x, y = (float(child.get(axis, "0")) for axis in "xy")
                d, style = _dot(shapes[child.get("href", "")], child.get("style", ""))
                parent[place] = Element("path", {"style": style, "d": moved(d, x, y)})


def _dot(d: str, style: str) -> tuple[str, str]:
    """A disc as a stroke of no length with round ends, a tenth of its bytes; other markers stay as they are."""
    disc = DISC.match(d)
    paint = PAINT.fullmatch(style)
    if not disc or not paint:
        return d, style
    width = f"{2 * float(disc[1]) + 1:g}"  # the outline is 1 wide, half of it outside
    return "M 0 0 L 0 0", f"fill:none;stroke:{paint[1]};stroke-width:{width};stroke-linecap:round"


def _gather_texts(root: Element) -> None:
    """Put neighbouring texts of one style, such as the labels of an axis, into a group that has the style."""
    for parent in list(root.iter()):
        runs = itertools.groupby(parent, key=lambda child: child.get("style") if child.tag == "text" else None)
        gathered: list[Element] = []
        for style, run in runs:
            children = list(run)
            if style and len(children) > 1:
                group = Element("g", {"style": style})
                group.extend(children)
                for child in children:
                    del child.attrib["style"]
                gathered.append(group)
            else:
                gathered += children
        parent[:] = gathered


def _join(root: Element) -> None:
    """Draw what stands side by side and looks alike, such as the lines of a grid, as one path."""
    for parent in root.iter():
        first: dict[tuple[tuple[str, str], ...], Element] = {}
        for child in list(parent):
            style = child.get("style", "")
            # Fills that one looks through would be darker where two of them overlap.
            if child.tag != "path" or child.get("id") or ("opacity" in style and not style.startswith("fill:none")):
                continue
            kind = tuple(sorted((key, value) for key, value in child.attrib.items() if key != "d"))
            if kind in first:
                first[kind].set("d", f"{first[kind].get('d')} {child.get('d')}")
                parent.remove(child)
            else:
                first[kind] = child


def _flatten(root: Element) -> None:
    """Put the children of a group that says nothing in its place."""
    for parent in list(root.iter()):
        while any(child.tag == "g" and not child.attrib for child in parent):
            parent[:] = [
                inner for child in parent for inner in (child if child.tag == "g" and not child.attrib else [child])
            ]
