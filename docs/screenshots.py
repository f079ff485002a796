"""The pictures of the README, from the page of the last run: `make screenshots`."""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
PAGE = HERE.parent / "build" / "verify" / "index.html"
SECTIONS = ("map", "explore")
VIEW = {"width": 1280, "height": 800}


def main() -> int:
    """Take a picture of the top of each of SECTIONS; 2 when there is no page or no browser."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None or not PAGE.is_file():
        missing = f"{PAGE}; run make verify" if chromium else "chromium on the PATH"
        print(f"screenshots: there is no {missing}", file=sys.stderr)
        return 2
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport=VIEW, color_scheme="light")
        page.goto(PAGE.as_uri())
        for name in SECTIONS:
            page.evaluate("name => document.getElementById(name).scrollIntoView()", name)
            page.wait_for_timeout(500)  # charts are drawn when they come near the window
            page.screenshot(path=HERE / f"{name}.png")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
