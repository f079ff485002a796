"""reports.svg: a drawing with fewer bytes looks as matplotlib draws it."""

import io
import math
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from checks.result import Chart, Series
from reports import svg
from reports.charts import draw
from tests.reports import chromium
from tests.reports.example import boxes, curve, diagram

pytestmark = chromium.NEEDED

COLOURS = ("#1d5fa8", "#b3450e", "#17704a", "#8a3d94", "#7a6200", "#4d5560")
SCALE = 2  # pixels a point
# Rounding moves a point by 0.05 points along an axis, simpler curves by a ninth; an edge in a pixel is at most √2 long.
LIMIT = 255 * math.sqrt(2) * SCALE * (0.05 * math.sqrt(2) + 1 / 9)
LONE = Series("lone", (1.0, 2.0), (2.0, math.nan))  # a curve through one point draws nothing
STATED = Series("stated", (1.0, 2.0), (63.0, 64.0), points=True)
CHARTS = {  # without dashes, whose rounding adds up
    "a curve in its band": Chart("t", "x", "y", (curve("a", math.sin, 80, spread=0.2),)),
    "every kind of marker": Chart("t", "x", "y", tuple(
        curve(str(i), lambda x, i=i: x + i, 7, 0.3, points=True) for i in range(6)), x_log=True),  # type: ignore[misc]
    "a curve of one point": Chart("t", "x", "y", (LONE, curve("b", math.cos, 5, points=True))),
    "boxes and points": Chart("t", "x", "y", (STATED,), boxes=(boxes("b", 0.0),)),
    "a map": Chart("t", "x", "y", grid=diagram(True), y_log=True),
}  # fmt: skip


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    with chromium.launched() as browser:
        yield browser.new_page(viewport={"width": 800, "height": 800})


@pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS)
def test_a_drawing_looks_as_matplotlib_draws_it(page: Any, chart: Chart, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = ""
    render = svg.render

    def both(figure: Figure, name: str, label: str, dpi: int) -> Any:
        nonlocal plain
        small = render(figure, name, label, dpi)
        buffer = io.BytesIO()
        with svg.settings():
            figure.savefig(buffer, format="svg", dpi=dpi, transparent=True)
        plain = buffer.getvalue().decode()
        return small

    monkeypatch.setattr(svg, "render", both)
    small = str(draw(chart, "name").svg)
    for drawn, shown in zip((svg.INK, *svg.SERIES), ("#000000", *COLOURS), strict=True):
        plain = plain.replace(drawn, shown)
    assert len(small) < 0.6 * len(plain)
    before, after = (pixels(page, text) for text in (plain[plain.index("<svg") :], small))
    assert before.min() < 128  # something is drawn
    assert np.abs(after - before).max() <= LIMIT
    assert [text for text, *_ in texts(small)] == [text for text, *_ in texts(plain)]
    assert [place for _, *place in texts(small)] == [
        pytest.approx(place, abs=0.05 + 1e-9) for _, *place in texts(plain)
    ]


def pixels(page: Any, drawing: str) -> Any:
    """The brightness of every pixel of a drawing alone on a page, without texts, which stand on whole pixels."""
    names = "".join(f"--series-{i}: {colour};" for i, colour in enumerate(COLOURS, start=1))
    style = f"width: {374.4 * SCALE}px; height: auto; font-family: 'DejaVu Sans'; color: #000;"
    page.set_content(
        f"<!DOCTYPE html><style>:root {{ {names} }} svg {{ {style} }} text {{ opacity: 0 }}</style>{drawing}"
    )
    return np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("L")).astype(int)


def texts(drawing: str) -> list[tuple[str, float, float]]:
    """The texts of a drawing, and where they stand."""
    found = [item for item in ElementTree.fromstring(drawing).iter() if item.tag.endswith("text")]
    return [(item.text or "", float(item.attrib["x"]), float(item.attrib["y"])) for item in found]
