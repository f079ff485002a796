"""A browser for tests that need one; a module that imports this is skipped where there is none."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

STATIC = Path(__file__).parents[2] / "reports" / "static"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
NEEDED = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found"),
    pytest.mark.xdist_group("browser"),
]


@contextmanager
def launched() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def scripted(browser: Any, *names: str) -> Any:
    """An empty page that holds these scripts of `reports/static`."""
    page = browser.new_page()
    page.add_script_tag(content="\n".join((STATIC / f"{name}.js").read_text(encoding="utf-8") for name in names))
    return page
