"""The accuracy of the closed forms in a real browser: accessible, light and dark, on a phone, in hostile words."""

from collections.abc import Iterator
from typing import Any

import pytest

from reports.page import render
from tests.reports.chromium import NEEDED, launched
from tests.reports.example import example_run
from tests.reports.losses import accuracy, hostile_accuracy

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")

pytestmark = NEEDED
RECORDS = {"example": accuracy, "hostile": hostile_accuracy}
VIEWPORTS = {"phone": {"width": 360, "height": 740}, "desktop": {"width": 1280, "height": 900}}
OPEN_ALL = "document.querySelectorAll('section.accuracy details').forEach(d => d.open = true)"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module", params=RECORDS)
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("site")
    path = folder / "index.html"
    page = render(example_run(), accuracy=RECORDS[request.param](folder))
    path.write_bytes(page.encode("utf-8", errors="replace"))
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
        found = axe.Axe().run(page, context="section.accuracy").response["violations"]
        room = page.locator("section.accuracy").evaluate("section => section.clientWidth - section.scrollWidth")
    assert [rule["id"] for rule in found] == []
    assert said == []
    assert room == 0


def test_every_form_has_its_drawing_under_the_axis(browser: Any, address: str) -> None:
    with browser.new_context(viewport=VIEWPORTS["desktop"]) as context:
        page = context.new_page()
        page.goto(address)
        drawn = page.locator(".losses td.drawn svg").evaluate_all("all => all.map(x => x.getBoundingClientRect().x)")
        axis = page.locator(".losses th.drawn svg").bounding_box()
        tops = page.locator(".losses .bars").evaluate_all("all => all.map(x => x.getBoundingClientRect().height)")
    assert drawn
    assert max(abs(x - axis["x"]) for x in drawn) < 1
    assert min(tops) > 5
