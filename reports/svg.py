"""A matplotlib figure as an SVG element that can stand in a page: small, themed by the page, its ids its own."""

import hashlib
import io
import re
import warnings
from contextlib import AbstractContextManager
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

# Colours that the page decides: matplotlib draws with the left one, the page shows the right one.
INK = "#010203"
SERIES = ("#010301", "#010302", "#010303", "#010304", "#010305", "#010306")
THEME = {INK: "currentColor"} | {colour: f"var(--series-{i + 1})" for i, colour in enumerate(SERIES)}

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
ADDRESSED = re.compile(r"(series|bounds|boxes)-\d+$")
IMAGE = re.compile(r"image[0-9a-f]+$")
HASHED = re.compile(r"[a-z][0-9a-f]{10}$")
LINK = "{http://www.w3.org/1999/xlink}href"


def render(figure: Figure, name: str, label: str, dpi: int) -> Markup:
    """`figure` as an SVG element of id `name`, read aloud as `label`; images have `dpi`.

    What a script may address in it, series, bounds, boxes and images, has an attribute `data-part`.
    """
    FigureCanvasSVG(figure)
    buffer = io.BytesIO()
    with settings(), warnings.catch_warnings():
        # A glyph the measuring font lacks is drawn by the browser's; a figure with no room is drawn tight.
        warnings.simplefilter("ignore", UserWarning)
        figure.savefig(buffer, format="svg", dpi=dpi, transparent=True, metadata={"Date": None, "Creator": None})
    root = ElementTree.fromstring(buffer.getvalue())
    _prune(root)
    names, parts = _names(root, name), _parts(root)
    for element in root.iter():
        _adapt(element, names, parts)
    _hoist_styles(root)
    _flatten(root)
    _join(root)
    for path in root.iter("path"):
        path.set("d", _terse(path.get("d", "")))
    root.attrib |= {"id": name, "role": "img", "aria-label": label}
    for size in ("width", "height"):
        del root.attrib[size]
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


def _parts(root: Element) -> dict[str, str]:
    """What a script may address, by the ids that matplotlib gave."""
    found = [element.get("id", "") for element in root.iter()]
    images = [old for old in found if IMAGE.match(old)]
    return {old: old for old in found if ADDRESSED.match(old)} | {old: f"image-{i}" for i, old in enumerate(images)}


def _adapt(element: Element, names: dict[str, str], parts: dict[str, str]) -> None:
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
        elif value in parts:
            element.set("data-part", parts[value])


def _value(text: str, names: dict[str, str]) -> str:
    text = REFERENCE.sub(lambda match: f"url(#{names[match[1]]})", text)
    text = re.sub(r"font-family:[^;]*;?\s*", "", text)
    text = re.sub(r"([:;])\s+", r"\1", text)
    for drawn, shown in THEME.items():
        text = text.replace(drawn, shown)
    # A tenth of a point is a sixth of a screen's pixel where charts are largest.
    return " ".join(NUMBER.sub(lambda match: f"{float(match[0]):.1f}".removesuffix(".0"), text).split())


def _hoist_styles(root: Element) -> None:
    """Give a group the style that all its markers share: a marker is then a place and nothing more."""
    for group in root.iter("g"):
        styles = {child.get("style") for child in group}
        if len(styles) == 1 and None not in styles and all(child.tag == "use" for child in group):
            group.set("style", str(styles.pop()))
            for child in group:
                del child.attrib["style"]


def _terse(d: str) -> str:
    """Path data without the spaces that a letter makes needless; after a move, lines need no letter."""
    if "C" not in d and "Q" not in d:
        d = d.replace(" L ", " ")
    return re.sub(r" ?([A-Za-z]) ?", r"\1", d)


def _join(root: Element) -> None:
    """Draw strokes of one kind that stand side by side, such as the lines of a grid, as one path."""
    for parent in root.iter():
        first: dict[tuple[tuple[str, str], ...], Element] = {}
        for child in list(parent):
            style = child.get("style", "")
            if child.tag != "path" or not style.startswith("fill:none") or child.get("id"):
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
