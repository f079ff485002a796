"""The history in a real browser: accessible, light and dark, on a phone, in hostile words."""

from collections.abc import Iterator
from typing import Any

import pytest

from reports.page import render
from tests.reports.chromium import NEEDED, launched
from tests.reports.earlier import earlier_runs, hostile_past
from tests.reports.example import example_run
from tests.reports.runs import hostile_run

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")

pytestmark = NEEDED
RUNS = {"example": lambda: (example_run(), earlier_runs()), "hostile": lambda: (hostile_run(), [hostile_past()])}
VIEWPORTS = {"phone": {"width": 360, "height": 740}, "desktop": {"width": 1280, "height": 900}}
OPEN_ALL = "document.querySelectorAll('details').forEach(d => d.open = true)"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module", params=RUNS)
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    run, earlier = RUNS[request.param]()
    path = tmp_path_factory.mktemp("site") / "index.html"
    path.write_bytes(render(run, earlier=earlier).encode("utf-8", errors="replace"))
    return path.as_uri()


@pytest.mark.parametrize("viewport", VIEWPORTS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation_and_nothing_is_said(browser: Any, address: str, scheme: str, viewport: str) -> None:
    said: list[str] = []
    with browser.new_context(color_scheme=scheme, viewport=VIEWPORTS[viewport]) as context:
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(address)
        page.evaluate(OPEN_ALL)
        found = axe.Axe().run(page, context="section.history").response["violations"]
        room = page.locator("section.history").evaluate("section => section.clientWidth - section.scrollWidth")
    assert [rule["id"] for rule in found] == []
    assert said == []
    assert room == 0


def test_a_claims_name_leads_to_the_claim(browser: Any, address: str) -> None:
    with browser.new_context(viewport=VIEWPORTS["desktop"]) as context:
        page = context.new_page()
        page.goto(address)
        link = page.locator("table.strips th a").first
        name = link.inner_text()
        link.click()
        assert name in page.locator("article:target h3").inner_text()
