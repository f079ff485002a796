"""Intervals in the data of a chart: cut to fewer digits they still contain what they did."""

import math

from checks.result import Chart, Series
from reports.charts import draw


def test_an_interval_of_a_chart_is_cut_outwards() -> None:
    y = (0.43350563, -1.23456789, 0.25, 99999.4, 0.0, math.inf)
    low, high = (tuple(math.nextafter(value, end) for value in y) for end in (-math.inf, math.inf))
    series = Series("certified", tuple(map(float, range(len(y)))), y, low, high)
    shown = draw(Chart("title", "x", "y", (series,)), "name").data["series"][0]  # type: ignore[index]
    assert shown["low"][:4] == [0.4335, -1.235, 0.2499, 99990.0]
    assert shown["high"][:4] == [0.4336, -1.234, 0.2501, 100000.0]
    assert shown["y"] == [0.4335, -1.235, 0.25, 100000.0, 0.0, "inf"]
    assert all(float(a) <= b for a, b in zip(shown["low"], low, strict=True))
    assert all(float(a) >= b for a, b in zip(shown["high"], high, strict=True))
