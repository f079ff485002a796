"""A browser for tests that need one; a module that imports this is skipped where there is none."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")

STATIC = Path(__file__).parents[2] / "reports" / "static"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
NEEDED = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found"),
    pytest.mark.xdist_group("browser"),
]

VIEWPORTS = {"phone": {"width": 360, "height": 740}, "desktop": {"width": 1280, "height": 900}}


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


def complaints(browser: Any, address: str, section: str, scheme: str, viewport: str) -> list[str]:
    """What axe finds in a section with all of it unfolded, what the console says, and whether it is too wide."""
    said: list[str] = []
    with browser.new_context(color_scheme=scheme, viewport=VIEWPORTS[viewport]) as context:
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(address)
        page.locator(f"{section} details").evaluate_all("all => all.forEach(details => { details.open = true; })")
        found = [rule["id"] for rule in axe.Axe().run(page, context=section).response["violations"]]
        wide = page.locator(section).evaluate("element => element.scrollWidth - element.clientWidth")
    return found + said + ([f"{wide} pixels too wide"] if wide else [])
