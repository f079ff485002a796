"""The gallery in a real browser: the charts and tables of evidence, shown where their figure is."""

import dataclasses
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from checks.result import Chart, Kind, Recording, Run, Series, Table
from reports.page import render
from tests.reports.attacks import conformance
from tests.reports.chromium import NEEDED, launched
from tests.reports.example import diagram, example_run
from tests.reports.runs import HOSTILE, check, claim, evidence, hostile_run, run

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")

pytestmark = NEEDED
PHONE, DESKTOP = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
OPEN_ALL = "document.querySelectorAll('details').forEach(d => d.open = true)"
IDS = "[...document.querySelectorAll('[id]')].map(element => element.id)"
DANGLING = """[...document.querySelectorAll('.gallery svg *')].flatMap(element => [...element.attributes])
  .map(({ value }) => /^(?:url\\()?#(.*?)\\)?$/.exec(value)?.[1])
  .filter(id => id !== undefined && !document.getElementById(id))"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as browser:
        yield browser


def illustrated() -> Run:
    """Charts of every kind about one table, whose texts are hostile."""
    line = Series(HOSTILE, (1.0, 2.0, 3.0), (1.0, 4.0, 9.0), (0.5, 3.0, 8.0), (2.0, 5.0, 10.0))
    charts = (
        Chart(HOSTILE, HOSTILE, HOSTILE, (line, dataclasses.replace(line, label="dots", points=True))),
        Chart("Where it is convex", "radius", "smoothing", grid=diagram(True, 6, 8), y_log=True),
    )
    tables = (Table(f"First {HOSTILE}", ("a", "b"), (("x", "1"),)), Table("Second", ("a", HOSTILE), ((HOSTILE, "2"),)))
    record = Recording("r.json", HOSTILE, (("Data", "sha256:01"),))
    found = evidence(Kind.TRAINED, charts=charts, tables=tables, record=record)
    return run(claim("x", (check('of it\'s "own"', found, {}),), locator="Table 1"))


RUNS = {"example": example_run, "illustrated": illustrated, "hostile": hostile_run}


@pytest.fixture(params=["example", "illustrated"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return written(tmp_path, RUNS[request.param]())


def written(folder: Path, made: Run) -> str:
    path = folder / "index.html"
    path.write_bytes(render(made, conformance(folder)).encode("utf-8", errors="replace"))
    return path.as_uri()


def test_every_picture_is_shown_with_ids_of_its_own_and_refers_to_itself(browser: Any, address: str) -> None:
    with browser.new_context(viewport=DESKTOP) as context:
        page = context.new_page()
        said = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(address)
        figures = page.locator(".gallery figure.chart")
        for figure in figures.all():
            figure.scroll_into_view_if_needed()
            figure.locator("svg[role=img]").wait_for()
        assert figures.count() == page.locator(".gallery figure svg[role=img]").count() > 0
        assert max(Counter(page.evaluate(IDS)).values()) == 1
        assert page.evaluate(DANGLING) == []
    assert said == []


def test_a_picture_of_the_gallery_is_alive_and_offers_its_data(browser: Any, tmp_path: Path) -> None:
    with browser.new_context(viewport=DESKTOP) as context:
        page = context.new_page()
        page.goto(written(tmp_path, illustrated()))
        first, last = page.locator(".gallery figure.chart").all()
        first.scroll_into_view_if_needed()
        first.locator(".plot-area").focus()
        page.keyboard.press("End")
        assert "9" in first.locator(".plot-value").first.inner_text()
        with page.expect_download() as download:
            last.get_by_role("button", name="JSON").click()
        data = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
        assert data["title"] == "Where it is convex"
        assert page.locator("article figure.chart").count() == 2  # what the gallery shows has not left its evidence


def test_tables_are_shown_where_their_titles_are(browser: Any, tmp_path: Path) -> None:
    with browser.new_context(viewport=DESKTOP) as context:
        page = context.new_page()
        page.goto(written(tmp_path, illustrated()))
        shown = page.locator(".gallery .figures")
        assert shown.count() == 2
        assert [shown.nth(i).locator("tbody td").inner_text() for i in range(2)] == ["1", "2"]
        assert page.locator(".gallery img").count() == 0
        assert page.locator("article table.side").count() == 2


def test_without_javascript_a_title_leads_to_its_evidence(browser: Any, address: str) -> None:
    with browser.new_context(java_script_enabled=False, viewport=DESKTOP) as context:
        page = context.new_page()
        page.goto(address)
        assert page.locator(".gallery svg[role=img]").count() == 0
        page.locator(".gallery figcaption a").first.click()
        assert page.locator("section.evidence:target svg[role=img]").first.is_visible()


@pytest.mark.parametrize("address", RUNS, indirect=True)
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_a_phone_never_scrolls_sideways(
    browser: Any, address: str, scheme: str, viewport: dict[str, int]
) -> None:
    with browser.new_context(color_scheme=scheme, viewport=viewport) as context:
        page = context.new_page()
        page.goto(address)
        page.evaluate(OPEN_ALL)
        assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
        parts = [part for part in (".contents", ".gallery", ".missed", ".notation") if page.locator(part).count()]
        found = axe.Axe().run(page, context={"include": [[part] for part in parts]}).response["violations"]
    assert [(rule["id"], rule["nodes"][0]["html"][:200]) for rule in found] == []
