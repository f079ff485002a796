"""The report's first contentful paint, cold, beside that of coverage.py's index page of the same code."""

import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Playwright, sync_playwright

from benchmarks.timing import Row

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "build" / "verify" / "index.html"
VIEWPORTS = ((1280, 900), (360, 740))
ROUNDS = 10
LIMIT = 0.5  # seconds that the paint may take
PAINT = "performance.getEntriesByName('first-contentful-paint').map(entry => entry.startTime / 1000)[0]"
LOADED = "performance.getEntriesByType('navigation')[0].loadEventEnd / 1000"


def peer_page(folder: Path) -> Path:
    """coverage.py's index page of what a list of the claims runs."""
    data = f"--data-file={folder / 'data'}"
    for command in (["run", data, "--source=.", "-m", "advtheory", "list"], ["html", data, "--dir", str(folder)]):
        subprocess.run([sys.executable, "-m", "coverage", *command], check=True, capture_output=True, cwd=ROOT)
    return folder / "index.html"


def painted(driver: Playwright, chromium: str, page: Path, viewport: tuple[int, int]) -> tuple[float, float]:
    """Seconds from the navigation of a fresh browser to the first contentful paint, and to the end of loading."""
    browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
    tab = browser.new_page(viewport={"width": viewport[0], "height": viewport[1]})
    tab.goto(page.as_uri(), wait_until="load", timeout=0)
    tab.wait_for_function(PAINT, timeout=0)
    times = tab.evaluate(PAINT), tab.evaluate(LOADED)
    browser.close()
    return times


def rows() -> Iterator[Row]:
    """A line for each width of the window; none without a page of a run or without Chromium, which it says."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None or not PAGE.is_file():
        print(f"the page is not timed: {'make verify makes it' if chromium else 'no chromium found'}", file=sys.stderr)
        return
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        pages = PAGE, peer_page(Path(folder))
        for viewport in VIEWPORTS:
            rounds = [[painted(driver, chromium, page, viewport) for page in pages] for _ in range(ROUNDS)]
            paints, loads = zip(*(ours for ours, _ in rounds), strict=True)
            peer = statistics.median(paint for _, (paint, _) in rounds)
            size, worst, load = pages[0].stat().st_size / 1e6, max(paints), statistics.median(loads)
            yield Row(
                name=f"first contentful paint of the report, {viewport[0]} px",
                ours=statistics.median(paints),
                peer=peer,
                peer_name=f"coverage.py's index page, {pages[1].stat().st_size / 1e3:.0f} kB",
                goal=peer / LIMIT,
                note=f"{size:.2f} MB; worst of {ROUNDS} {worst:.2f} s, loaded after {load:.1f} s; goal {LIMIT} s",
            )
