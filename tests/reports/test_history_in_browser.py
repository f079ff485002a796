"""The history in a real browser: accessible, light and dark, on a phone, in hostile words."""

from collections.abc import Iterator
from typing import Any

import pytest

from reports.page import render
from tests.reports.chromium import NEEDED, VIEWPORTS, complaints, launched
from tests.reports.earlier import earlier_runs, hostile_past
from tests.reports.example import example_run
from tests.reports.runs import hostile_run

pytestmark = NEEDED
RUNS = {"example": lambda: (example_run(), earlier_runs()), "hostile": lambda: (hostile_run(), [hostile_past()])}


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
    assert complaints(browser, address, "section.history", scheme, viewport) == []


def test_a_claims_name_leads_to_the_claim(browser: Any, address: str) -> None:
    with browser.new_context(viewport=VIEWPORTS["desktop"]) as context:
        page = context.new_page()
        page.goto(address)
        link = page.locator("table.strips th a").first
        name = link.inner_text()
        link.click()
        assert name in page.locator("article:target h3").inner_text()
