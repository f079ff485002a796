"""reports.boxes: quartiles, whiskers and points that say what the raw values are, in words as well."""

import math
from xml.etree import ElementTree

import pytest

from checks.result import Boxes, Chart, Series
from reports.boxes import describe, kept, summarise
from reports.charts import MAX_BYTES, draw
from tests.reports.example import boxes

GROUPS = tuple(map(str, (10, 20, 50, 100, 200, 500, 1000, 2000)))


def chart(*found: Boxes, series: tuple[Series, ...] = ()) -> Chart:
    return Chart("Accuracy of every run", "n", "accuracy (%)", series, boxes=found)


def test_a_box_has_the_quartiles_and_whiskers_that_leave_outliers_out() -> None:
    box = summarise((1.0, 2.0, 3.0, 4.0, 5.0, 60.0))
    assert box is not None
    assert (box.first, box.median, box.third) == (2.25, 3.5, 4.75)
    assert (box.low, box.high) == (1.0, 5.0)


def test_values_that_are_not_finite_are_left_out_and_counted() -> None:
    odd = Boxes("odd", ("10",), ((1.0, math.nan, 2.0, math.inf),))
    drawing = draw(chart(odd), "name")
    assert drawing.notes == ("odd: 2 of 4 values are not finite and cannot be drawn.",)
    assert drawing.data["boxes"] == [{"label": "odd", "groups": ["10"], "values": [[1.0, "nan", 2.0, "inf"]]}]


def test_an_empty_group_has_no_box_and_is_named() -> None:
    empty = Boxes("none", ("10", "20"), ((), (1.0,)))
    assert summarise(()) is None
    assert describe(empty) == "none: 10: no values; 20: 1 values, median 1, middle half 1 to 1."
    ElementTree.fromstring(str(draw(chart(empty), "name").svg))


def test_fewer_points_keep_the_ends() -> None:
    assert kept(tuple(map(float, range(100))), 5) == [0.0, 25.0, 50.0, 74.0, 99.0]
    assert kept((3.0, 1.0), 5) == [1.0, 3.0]


@pytest.mark.parametrize("count", [0, 1, 5, 30, 300])
def test_charts_of_boxes_are_small_and_the_same_each_time(count: int) -> None:
    found = chart(*(boxes(label, shift, GROUPS, count) for label, shift in (("LASSO", 4.0), ("no penalty", 0.0))))
    drawing = draw(found, "name")
    assert len(drawing.svg.encode()) <= MAX_BYTES
    assert drawing == draw(found, "name")
    assert (count < 300) or "of 2400 points drawn; the boxes are of all." in drawing.notes[0]


def test_every_group_and_every_box_is_labelled() -> None:
    svg = str(draw(chart(boxes("LASSO", 4.0, GROUPS), boxes("no penalty", 0.0, GROUPS)), "name").svg)
    texts = [element.text for element in ElementTree.fromstring(svg).iter("text")]
    assert [text for text in texts if text in GROUPS] == list(GROUPS)
    assert {"LASSO", "no penalty"} <= set(texts)


def test_points_of_a_series_stand_on_the_groups() -> None:
    stated = Series("paper", (1.0, 2.0), (84.3, 61.8), points=True)
    drawing = draw(chart(boxes("ours", 0.0), series=(stated,)), "name")
    assert "paper: 2 points, from 61.8 to 84.3." in drawing.svg
    assert "10: 30 values, median" in drawing.svg


@pytest.mark.parametrize(
    "wrong",
    [
        (Boxes("a", ("10",), ((1.0,), (2.0,))),),
        (Boxes("a", ("10",), ((1.0,),)), Boxes("b", ("20",), ((1.0,),))),
    ],
)
def test_groups_that_do_not_match_are_refused(wrong: tuple[Boxes, ...]) -> None:
    with pytest.raises(ValueError, match=r"must have values for each of the groups \('10',\)"):
        draw(chart(*wrong), "name")
