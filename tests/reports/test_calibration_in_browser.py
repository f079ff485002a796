"""False alarms and power in a real browser: accessible, light and dark, on a phone, in hostile words."""

from collections.abc import Iterator
from typing import Any

import pytest

from reports.page import render
from tests.reports.alarms import calibration, hostile_calibration
from tests.reports.chromium import NEEDED, VIEWPORTS, complaints, launched
from tests.reports.example import example_run

pytestmark = NEEDED
RECORDS = {"example": calibration, "hostile": hostile_calibration}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module", params=RECORDS)
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("site")
    path = folder / "index.html"
    page = render(example_run(), calibration=RECORDS[request.param](folder))
    path.write_bytes(page.encode("utf-8", errors="replace"))
    return path.as_uri()


@pytest.mark.parametrize("viewport", VIEWPORTS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation_and_nothing_is_said(browser: Any, address: str, scheme: str, viewport: str) -> None:
    assert complaints(browser, address, "section.calibration", scheme, viewport) == []
