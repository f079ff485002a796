"""The accuracy of the closed forms in a real browser: accessible, light and dark, on a phone, in hostile words."""

from collections.abc import Iterator
from typing import Any

import pytest

from reports.page import render
from tests.reports.chromium import NEEDED, VIEWPORTS, complaints, launched
from tests.reports.example import example_run
from tests.reports.losses import accuracy, hostile_accuracy

pytestmark = NEEDED
RECORDS = {"example": accuracy, "hostile": hostile_accuracy}


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
    assert complaints(browser, address, "section.accuracy", scheme, viewport) == []


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
