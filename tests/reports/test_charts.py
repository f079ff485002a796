"""reports.charts: small, faithful, deterministic pictures of whatever a check hands over."""

import math
from typing import Any
from xml.etree import ElementTree

import pytest

from checks.result import Chart, Grid, Series
from reports.chart_data import packed
from reports.charts import MAX_BYTES, draw
from reports.thinning import thin
from tests.reports.example import curve, diagram
from tests.reports.reader import unpacked

LIMIT = 200


def noisy(count: int) -> Series:
    return Series("noise", tuple(map(float, range(count))), tuple(math.sin(i * i) for i in range(count)))


def test_thinning_keeps_ends_and_extremes() -> None:
    series = noisy(100_000)
    thinned = thin(series, LIMIT)
    assert LIMIT // 2 < len(thinned.x) <= LIMIT
    assert (thinned.x[0], thinned.x[-1]) == (series.x[0], series.x[-1])
    assert (min(thinned.y), max(thinned.y)) == (min(series.y), max(series.y))
    assert set(zip(thinned.x, thinned.y, strict=True)) <= set(zip(series.x, series.y, strict=True))


def test_thinning_keeps_a_lone_spike_a_gap_and_the_bounds() -> None:
    y, low, high = [0.0] * 5000, [-1.0] * 5000, [1.0] * 5000
    y[1234], y[3210], low[77], high[4321] = 9.0, math.nan, -7.0, 8.0
    thinned = thin(Series("s", tuple(map(float, range(5000))), tuple(y), tuple(low), tuple(high)), LIMIT)
    assert 9.0 in thinned.y
    assert any(math.isnan(value) for value in thinned.y)
    assert (min(thinned.low), max(thinned.high)) == (-7.0, 8.0)
    assert len(thinned.x) == len(thinned.y) == len(thinned.low) == len(thinned.high) <= LIMIT


def test_short_series_are_left_alone() -> None:
    assert thin(noisy(LIMIT), LIMIT) == noisy(LIMIT)


CHARTS = {
    "curves": Chart("t", "x", "y", (curve("a", math.sin, 5000), curve("b", math.cos, 5000, spread=0.1), noisy(900))),
    "points": Chart("t", "x", "y", (curve("a", math.exp, LIMIT, 0.1, points=True),), x_log=True, y_log=True),
    "categories": Chart("t", "x", "y", grid=diagram(True), y_log=True),
    "heat map": Chart("t", "x", "y", grid=diagram(False, 120, 160), y_log=True),
    "rough heat map": Chart("t", "x", "y", grid=Grid(
        tuple(map(float, range(90))), tuple(map(float, range(90))),
        tuple(tuple(math.sin(i * i + j**3) for j in range(90)) for i in range(90)))),
    "one cell": Chart("t", "x", "y", grid=Grid((1.0,), (2.0,), ((3.0,),)), x_log=True),
    "nothing": Chart("t", "x", "y"),
}  # fmt: skip


@pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS)
def test_charts_are_small_and_the_same_each_time(chart: Chart) -> None:
    drawing = draw(chart, "name")
    assert len(drawing.svg.encode()) <= MAX_BYTES == 25_000
    assert drawing == draw(chart, "name")
    ElementTree.fromstring(str(drawing.svg))


def test_ids_differ_between_charts() -> None:
    first, second = (ids(str(draw(CHARTS["heat map"], name).svg)) for name in ("one", "two"))
    assert not first & second
    assert "one" in first


def ids(svg: str) -> set[str]:
    return {element.attrib["id"] for element in ElementTree.fromstring(svg).iter() if "id" in element.attrib}


def test_colours_are_left_to_the_page() -> None:
    text = str(draw(CHARTS["curves"], "name").svg)
    assert "var(--series-1)" in text
    assert "currentColor" in text
    assert "#" not in text.replace("url(#", "").replace('href="#', "")


def test_omissions_are_said() -> None:
    odd = Series("odd", (1.0, 2.0, 0.0, 4.0), (math.nan, 1.0, 1.0, math.inf))
    chart = Chart("t", "x", "y", (noisy(5000), odd), x_log=True)
    notes = draw(chart, "name").notes
    assert "of 5000 points drawn" in notes[0]
    assert "1 of 5000 points cannot be drawn" in notes[1]  # 0 on a logarithmic axis
    assert "3 of 4 points cannot be drawn" in notes[2]


def shown(chart: Chart) -> Any:
    """The data of a chart after it went through the page."""
    return unpacked(packed({"name": draw(chart, "name").data}))["name"]


def test_data_says_how_much_there_was_and_names_what_json_cannot() -> None:
    data = shown(Chart("t", "x", "y", (noisy(5000), Series("b", (1.0,), (math.inf,)))))
    assert data["series"][0]["of"] == 5000
    assert len(data["series"][0]["x"]) == len(data["series"][0]["y"]) <= LIMIT
    assert data["series"][1]["y"] == ["inf"]
    grid = shown(CHARTS["heat map"])["grid"]
    assert len(grid["values"]) == len(grid["y"])
    assert len(grid["values"][0]) == len(grid["x"])


def test_a_curve_of_one_point_is_drawn_as_a_mark() -> None:
    chart = Chart("t", "x", "y", (Series("bound", (1.0,), (2.0,), (1.5,), (2.5,)),))
    drawn = [path.attrib["style"] for path in ElementTree.fromstring(str(draw(chart, "name").svg)).iter("path")]
    assert any("stroke-linecap:round" in style and "var(--series-1)" in style for style in drawn)
    assert shown(chart)["series"][0]["points"] is True


def test_heat_map_is_one_embedded_image() -> None:
    svg = str(draw(CHARTS["categories"], "name").svg)
    assert svg.count("data:image/png;base64,") == 1
    assert "undecided" in svg


@pytest.mark.parametrize(
    ("chart", "message"),
    [
        (Chart("t", "x", "y", (Series("s", (1.0, 2.0), (1.0,)),)), "y of series 's' must have 2 entries, got 1"),
        (
            Chart("t", "x", "y", (Series("s", (1.0,), (1.0,), (1.0, 2.0)),)),
            "low of series 's' must have 1 entries, got 2",
        ),
        (Chart("t", "x", "y", grid=Grid((1.0,), (1.0,), ())), "grid 't' must have"),
        (Chart("t", "x", "y", grid=Grid((1.0,), (1.0,), ((1.0, 2.0),))), "grid 't' must have 1 values"),
        (Chart("t", "x", "y", grid=Grid((), (), ())), "at least one cell"),
        (Chart("t", "x", "y", grid=Grid((0.0,), (1.0,), ((1.0,),)), x_log=True), "positive on a logarithmic axis"),
    ],
)
def test_columns_that_do_not_match_are_refused(chart: Chart, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        draw(chart, "name")
