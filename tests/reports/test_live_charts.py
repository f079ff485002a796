"""Charts of evidence with a script: values under a cursor, switches, and downloads of what they show."""

import csv
import dataclasses
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from checks.result import Boxes, Chart, Kind, Run, Series, Table
from reports.boxes import summarise
from reports.page import render
from reports.wording import number
from tests.reports import chromium
from tests.reports.example import diagram, example_run
from tests.reports.reader import unpacked
from tests.reports.runs import HOLDS, HOSTILE, check, claim, evidence, hostile_run, run

pytestmark = chromium.NEEDED
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")

CURVES = Chart(
    "Curves", "radius", "risk",
    (
        Series("falling", (0.0, 1.0, 2.0, 4.0), (8.0, 4.0, 2.0, 0.5)),
        Series("measured", (1.0, 3.0), (4.125, 1.062), (4.0, 1.0), (4.25, 1.125), True),
        Series("=cmd|' /C calc'!A0, \"quoted\"", (0.0, 4.0), (-1.0, math.nan)),
    ),
)  # fmt: skip
VALUES = ((97.0, 98.5, 99.0, 99.25), (90.0, 95.0), ())
GROUPS = ("10", "20", "a much longer name")
STATED = Series("paper", (1.0, 2.0), (97.5, 91.0), points=True)
BOXED = Chart("Boxes", "images", "accuracy", (STATED,), boxes=(Boxes("plain", GROUPS, VALUES),))
MAP = Chart("Map", "radius", "smoothing", grid=diagram(True, 4, 5), y_log=True)


HOSTILE_LINE = " ".join(HOSTILE.encode(errors="replace").decode().split())
TABLES = (
    Table("First", ("run", "gap"), (("a", "1"),)),
    Table("Second", ("run", r"at $\epsilon$"), (("=A1", "1e-3"), ("b", "-2"), ("c", HOSTILE))),
)


def charted(*charts: Chart) -> Run:
    return run(claim("a", (check("c", evidence(Kind.TRAINED, HOLDS, charts=charts), {}),)))


def tabled() -> Run:
    found = evidence(Kind.TRAINED, HOLDS, tables=TABLES, charts=(CURVES,))
    return run(claim("a", (check("c", found, {}),), locator="Table 1"))


def several() -> Run:
    return run(*(dataclasses.replace(item, id=f"a{i}") for i in range(6) for item in charted(CURVES, BOXED).claims))


RUNS = {"charts": lambda: charted(CURVES, BOXED, MAP), "example": example_run, "hostile": hostile_run}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium.launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder: Path = tmp_path_factory.mktemp("site")
    made = RUNS | {"several": several, "tables": tabled}
    for name, make in made.items():
        (folder / f"{name}.html").write_bytes(render(make()).encode("utf-8", errors="replace"))
    return {name: (folder / f"{name}.html").as_uri() for name in made}


@pytest.fixture
def page(browser: Any, addresses: dict[str, str]) -> Iterator[Any]:
    with opened(browser, addresses["charts"]) as (page, said):
        yield page
    assert said == []


class opened:  # noqa: N801
    """A page whose charts have all been seen, and what it said on the console or in dialogs."""

    def __init__(self, browser: Any, address: str, **options: Any) -> None:
        self.context = browser.new_context(**({"viewport": {"width": 1280, "height": 900}} | options))
        self.address, self.said = address, list[str]()

    def __enter__(self) -> tuple[Any, list[str]]:
        page = self.context.new_page()
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("dialog", lambda dialog: (self.said.append(dialog.message), dialog.dismiss()))
        page.goto(self.address)
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        page.add_style_tag(content=".claim { content-visibility: visible !important }")  # else a place is a guess
        for chart in page.locator("figure.chart").all():
            chart.scroll_into_view_if_needed()
            chart.locator(".plot-tools").wait_for()
        return page, self.said

    def __exit__(self, *_: object) -> None:
        self.context.close()


def figure(page: Any, title: str) -> Any:
    return page.locator("figure.chart").filter(has=page.locator("figcaption", has_text=title)).first


def values(chart: Any) -> list[str]:
    return list(chart.locator(".plot-value").all_inner_texts())


def held(page: Any, number: int) -> Any:
    """The data of the page's `number`-th chart."""
    return list(unpacked(page.locator("#chart-data").text_content()).values())[number]


def saved(page: Any, chart: Any, kind: str) -> tuple[str, str]:
    with page.expect_download() as download:
        chart.get_by_role("button", name=kind).click()
    return download.value.suggested_filename, Path(download.value.path()).read_text(encoding="utf-8")


def test_every_point_under_the_cursor_shows_the_values_that_the_data_hold(page: Any) -> None:
    chart = figure(page, "Curves")
    series = held(page, 0)["series"]
    chart.locator(".plot-area").focus()
    for x in (0.0, 1.0, 2.0, 3.0, 4.0):
        page.keyboard.press("ArrowRight")
        assert chart.locator(".plot-at").inner_text() == f"radius: {number(x)}"
        shown = values(chart)
        if x in series[0]["x"]:
            assert shown[0] == number(series[0]["y"][series[0]["x"].index(x)])
    assert values(chart) == ["0.5", "1.062 (1 to 1.125) at 3", "not a number"]
    page.keyboard.press("PageUp")
    assert values(chart)[0] == "8"


def test_hover_finds_the_nearest_point(page: Any) -> None:
    chart = figure(page, "Curves")
    area = chart.locator(".plot-area")
    width = area.bounding_box()["width"]
    area.hover(position={"x": width - 16, "y": 50})
    assert values(chart)[0] == "0.5"
    area.hover(position={"x": 45, "y": 50})
    assert values(chart)[0] == "8"
    assert "falling: 8" in chart.locator("[aria-live]").inner_text()


def test_a_series_switch_hides_its_group_and_its_values(page: Any) -> None:
    chart = figure(page, "Curves")
    group = chart.locator("[data-part=series-1]")
    assert group.is_visible()
    assert group.locator("[data-part=bounds-1]").count() == 1
    entry = chart.locator(".plot-legend button").nth(1)
    entry.click()
    assert not group.is_visible()
    assert entry.get_attribute("aria-pressed") == "false"
    chart.locator(".plot-area").focus()
    page.keyboard.press("End")
    assert values(chart)[1] == ""
    entry.click()
    assert group.is_visible()


def test_a_logarithmic_axis_moves_the_curve_and_says_what_it_cannot_show(page: Any) -> None:
    chart = figure(page, "Curves")
    curve = chart.locator("[data-part=series-0] path")
    before = curve.get_attribute("d")
    assert before.count("L") == 3
    button = chart.get_by_role("button", name="log horizontal")
    button.click()
    assert curve.get_attribute("d").count("L") == 2  # 0 is not on the axis
    assert button.get_attribute("aria-pressed") == "true"
    assert "3 of 8 points cannot be drawn" in chart.locator(".plot-note").inner_text()
    button.click()
    assert curve.get_attribute("d") == before


def test_points_of_equal_distance_on_a_logarithmic_axis_have_equal_ratios(page: Any) -> None:
    chart = figure(page, "Curves")
    chart.get_by_role("button", name="log vertical").click()
    chart.locator(".plot-legend button").nth(2).click()
    d = chart.locator("[data-part=series-0] path").get_attribute("d")
    heights = [float(point.split()[1]) for point in d.replace("L", "M").split("M")[1:]]
    assert heights[1] - heights[0] == pytest.approx(heights[2] - heights[1], abs=0.02)
    assert heights[3] - heights[2] == pytest.approx(2 * (heights[1] - heights[0]), abs=0.03)


def test_downloads_hold_the_data_of_the_chart(page: Any) -> None:
    chart = figure(page, "Curves")
    data = held(page, 0)
    name, text = saved(page, chart, "JSON")
    assert (name, json.loads(text)) == ("xing2021.a-c-chart-1.json", data)
    name, text = saved(page, chart, "CSV")
    assert name == "xing2021.a-c-chart-1.csv"
    header, *rows = csv.reader(text.splitlines())
    assert header == ["series", "radius", "risk", "low", "high"]
    assert rows[4] == ["measured", "1", "4.125", "4", "4.25"]
    assert rows[-1] == ["'" + data["series"][2]["label"], "4", "nan", "", ""]  # a spreadsheet runs nothing
    assert len(rows) == sum(len(item["x"]) for item in data["series"])


def test_boxes_show_and_save_what_their_groups_hold(page: Any) -> None:
    chart = figure(page, "Boxes")
    chart.locator(".plot-area").focus()
    page.keyboard.press("Home")
    assert chart.locator(".plot-at").inner_text() == "images: 10"
    assert values(chart) == ["median 98.75, middle half 98.125 to 99.063, 4 values", "97.5"]
    page.keyboard.press("End")
    assert values(chart) == ["no values", "91 at 20"]
    assert chart.locator("[data-part=boxes-0] .box-plot").count() == 2
    _, text = saved(page, chart, "CSV")
    rows = list(csv.reader(text.splitlines()))
    assert rows[:2] == [["label", "images", "accuracy"], ["plain", "10", "97"]]
    assert rows[-2:] == [["paper", "10", "97.5"], ["paper", "20", "91"]]
    assert len(rows) == 9


def test_a_map_offers_its_cells(page: Any) -> None:
    chart = figure(page, "Map")
    assert chart.locator("image").count() == 1
    _, text = saved(page, chart, "CSV")
    rows = list(csv.reader(text.splitlines()))
    assert rows[0] == ["radius", "smoothing", "value"]
    assert len(rows) == 1 + 4 * 5
    assert {row[2] for row in rows[1:]} <= {"not convex", "undecided", "convex"}


def test_the_pointer_reads_the_cell_of_a_map_that_it_is_on(page: Any) -> None:
    chart, grid = figure(page, "Map"), MAP.grid
    assert grid is not None
    chart.scroll_into_view_if_needed()
    image = chart.locator("image").bounding_box()  # which fills the axes: a check on where the data say these are
    width, height = image["width"] / len(grid.x), image["height"] / len(grid.y)
    for i, y in enumerate(grid.y):
        for j, x in enumerate(grid.x):
            across, up = image["x"] + (j + 0.5) * width, image["y"] + image["height"] - (i + 0.5) * height
            page.mouse.move(across, up)
            assert reading(chart) == [number(x), number(float(f"{y:.4g}")), grid.labels[int(grid.values[i][j])]]
            mark = chart.locator(".cell :first-child").bounding_box()
            assert [mark["x"] + mark["width"] / 2, mark["y"] + mark["height"] / 2] == pytest.approx([across, up], abs=1)
            assert width <= mark["width"] <= width + 6  # and its stroke
    page.mouse.move(0, 0)
    assert reading(chart) == ["–", "–", "–"]


def test_the_arrow_keys_move_from_cell_to_cell_of_a_map_and_stop_at_its_borders(page: Any) -> None:
    chart, grid = figure(page, "Map"), MAP.grid
    assert grid is not None
    chart.locator(".plot-area").focus()
    page.keyboard.press("ArrowUp")
    assert reading(chart) == ["0.05", "0.01", grid.labels[int(grid.values[0][0])]]  # the first press shows the cursor
    for key, x, y in (("ArrowUp", 0, 1), ("ArrowRight", 1, 1), ("End", 4, 1), ("ArrowRight", 4, 1), ("PageUp", 4, 3),
                      ("ArrowDown", 4, 2), ("Home", 0, 2), ("PageDown", 0, 0)):  # fmt: skip
        page.keyboard.press(key)
        assert reading(chart)[:2] == [number(grid.x[x]), number(float(f"{grid.y[y]:.4g}"))]
    assert reading(chart)[2] in chart.locator("[aria-live]").inner_text()
    page.keyboard.press("Escape")
    assert reading(chart) == ["–", "–", "–"]
    assert not chart.locator(".cell").is_visible()


def reading(chart: Any) -> list[str]:
    return list(chart.locator(".plot-cell dd").all_inner_texts())


def test_a_map_without_finite_values_says_so(browser: Any, addresses: dict[str, str]) -> None:
    with opened(browser, addresses["hostile"]) as (page, _):
        chart = page.locator("figure.chart").filter(has=page.locator(".plot-map")).first
        chart.locator(".plot-area").focus()
        page.keyboard.press("Home")
        assert reading(chart) == ["1", "1", "no finite value"]
        assert chart.locator("dt").first.text_content() == HOSTILE


def test_tables_of_evidence_and_of_the_gallery_are_files_too(browser: Any, addresses: dict[str, str]) -> None:
    with opened(browser, addresses["tables"]) as (page, said):
        for section, name in ((".evidence", "xing2021.a-c-table-2"), (".gallery .figures", "xing2021.a-c-table-2")):
            table = page.locator(section).filter(has=page.locator("table", has_text="1e-3")).last
            assert table.locator("a[download]").count() == 0
            with page.expect_download() as download:
                table.get_by_role("button", name="JSON: data of Second").click()
            assert download.value.suggested_filename == f"{name}.json"
            whole = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
            rows = [["=A1", "1e-3"], ["b", "-2"], ["c", HOSTILE_LINE]]
            assert whole == {"title": "Second", "columns": ["run", "at ϵ"], "rows": rows}
            with page.expect_download() as download:
                table.get_by_role("button", name="CSV: data of Second").click()
            text = Path(download.value.path()).read_text(encoding="utf-8")
            assert list(csv.reader(text.splitlines())) == [["run", "at ϵ"], ["'=A1", "1e-3"], *rows[1:]]
    assert said == []


def test_an_old_browser_keeps_the_pictures_as_they_are(browser: Any, addresses: dict[str, str]) -> None:
    said = []
    with browser.new_context() as context:
        context.add_init_script("delete globalThis.DecompressionStream")
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(addresses["charts"])
        page.wait_for_load_state("networkidle")
        assert page.locator("figure.chart > svg[role=img]").count() == 3
    assert said == []


def test_quartiles_and_numbers_are_those_of_the_drawings_without_a_script(browser: Any) -> None:
    rng = np.random.default_rng(0)
    groups = [np.round(rng.standard_cauchy(count), 2).tolist() for count in (1, 2, 3, 4, 5, 20, 101)]
    samples = [0.0, 60.0, -2.5, 1e5, 1234567.25, 1e-6, -3.25e-12, 0.1 + 0.2, 999_999.9999, 1e-3, 9.99e-4, 1e9, math.inf]
    page = chromium.scripted(browser, "axes", "box_plots")
    found = page.evaluate("groups => groups.map(boxPlots.summarise)", groups)
    texts = page.evaluate("samples => samples.map(value => axes.number(value, 6))", samples)
    for group, box in zip(groups, found, strict=True):
        expected = summarise(tuple(group))
        assert expected is not None
        assert {name: box[name] for name in vars(expected)} == pytest.approx(vars(expected), rel=1e-14)
    assert texts == [number(value) for value in samples]


def test_charts_that_come_alive_do_not_move_the_claim_that_a_link_leads_to(
    browser: Any, addresses: dict[str, str]
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(addresses["several"] + "#a3")
    page.locator("#a3 .plot-tools").first.wait_for()
    assert abs(page.evaluate("document.getElementById('a3').getBoundingClientRect().top")) < 60
    assert page.locator("#a2 .plot-tools").count() == 0  # above the window: as it was
    page.close()


def test_hostile_labels_stay_texts_in_every_control(browser: Any, addresses: dict[str, str]) -> None:
    with opened(browser, addresses["hostile"]) as (page, said):
        chart = page.locator("figure.chart").first
        assert chart.locator(".plot-name").text_content() == HOSTILE
        chart.get_by_role("button", name="log horizontal").click()  # off: then one of its points can be drawn
        chart.locator(".plot-area").focus()
        page.keyboard.press("Home")
        assert HOSTILE in chart.locator("[aria-live]").text_content()
        name, text = saved(page, chart, "JSON")
        assert len(name) < 150
        assert json.loads(text)["title"] == HOSTILE
        assert page.locator("figure img, figure b, figure script:not([type])").count() == 0
    assert said == []


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_live_charts_are_accessible_and_fit_a_phone(
    browser: Any, addresses: dict[str, str], name: str, scheme: str
) -> None:
    phone = {"width": 360, "height": 740}
    with opened(browser, addresses[name], color_scheme=scheme, viewport=phone) as (page, said):
        assert page.evaluate("document.documentElement.scrollWidth") == phone["width"]
        found = axe.Axe().run(page).response["violations"]
    assert [(rule["id"], rule["nodes"][0]["html"][:200]) for rule in found] == []
    assert said == []
