"""The page in a real browser: accessible, light and dark, on a phone, without JavaScript and without a network."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from checks.result import Run
from reports.page import render
from reports.styles import minified
from tests.reports.attacks import conformance, hostile_conformance
from tests.reports.example import example_run
from tests.reports.runs import hostile_run

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found"),
    pytest.mark.xdist_group("browser"),
]
PAGES = {"example": (example_run, conformance), "hostile": (hostile_run, hostile_conformance)}
PHONE, DESKTOP = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
TREE = r"""
const plain = (text) => text.trim().replace(/\s+/g, ' ');
return [...document.body.querySelectorAll('*')].filter((e) => !['SCRIPT', 'STYLE'].includes(e.tagName)).map((e) => [
  e.tagName,
  [...e.attributes].filter((a) => a.value).map((a) => `${a.name}=${plain(a.value)}`).sort().join('|'),
  plain([...e.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data).join(' ')),
].join(' '))"""
OPEN_ALL = "document.querySelectorAll('details').forEach(d => d.open = true)"
WIDTH = "document.documentElement.scrollWidth"
# Also what is far from the window, which a browser puts off. Without scripts one waits for a style sheet in vain.
LAY_OUT = "document.querySelectorAll('.claim').forEach(claim => { claim.style.contentVisibility = 'visible' })"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module", params=PAGES)
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    run, attacks = PAGES[request.param]
    folder = tmp_path_factory.mktemp("site")
    path = folder / "index.html"
    path.write_bytes(minified(render(run(), attacks(folder))).encode())
    return path.as_uri()


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_violation(browser: Any, address: str, scheme: str, viewport: dict[str, int]) -> None:
    with browser.new_context(color_scheme=scheme, viewport=viewport) as context:
        page = context.new_page()
        page.goto(address)
        page.evaluate(LAY_OUT)
        page.evaluate(OPEN_ALL)
        found = axe.Axe().run(page).response["violations"]
    assert [rule["id"] for rule in found if rule["impact"] in {"serious", "critical"}] == []


def test_phone_never_scrolls_sideways(browser: Any, address: str) -> None:
    with browser.new_context(viewport=PHONE) as context:
        page = context.new_page()
        page.goto(address)
        assert page.evaluate(WIDTH) == PHONE["width"]
        page.evaluate(OPEN_ALL)
        assert page.evaluate(WIDTH) == PHONE["width"]


def test_page_asks_the_network_for_nothing_and_says_nothing_on_the_console(browser: Any, address: str) -> None:
    asked, said = [], []
    with browser.new_context(viewport=DESKTOP) as context:
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
        page.goto(address)
        page.wait_for_load_state("networkidle")
    assert [url for url in asked if not url.startswith("data:")] == [address]
    assert said == []


def test_page_is_whole_without_javascript(browser: Any, address: str) -> None:
    """All that the page says without a script it says with one too: scripts only add controls."""
    shown = []
    for enabled in (True, False):
        with browser.new_context(java_script_enabled=enabled, viewport=DESKTOP) as context:
            page = context.new_page()
            page.goto(address)
            page.evaluate(LAY_OUT)
            text = page.locator("body").inner_text()
            shown.append(Counter(" ".join(line.split()) for line in text.splitlines()))
            assert page.locator("article h3").first.is_visible()
            assert page.locator("article .chart svg[role=img]").first.is_visible()
            assert page.locator(".map-drawing a").first.is_visible()
            for statement in page.locator("article .statement").all_inner_texts():
                assert statement.strip() in text
    with_script, without = shown
    assert not without - with_script
    assert sum(without.values()) > 60


def test_keyboard_reaches_the_skip_link_first_and_it_leads_to_the_claims(browser: Any, address: str) -> None:
    with browser.new_context(viewport=DESKTOP) as context:
        page = context.new_page()
        page.goto(address)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "claims"


def test_link_of_a_claim_leads_to_its_section(browser: Any, address: str) -> None:
    with browser.new_context(viewport=DESKTOP) as context:
        page = context.new_page()
        page.goto(address)
        page.locator("table.index a.name").first.click()
        assert (
            abs(page.evaluate("document.querySelector('article').getBoundingClientRect().top")) < DESKTOP["height"] / 2
        )


def test_print_opens_what_is_folded(browser: Any, address: str) -> None:
    with browser.new_context(viewport=DESKTOP) as context:
        page = context.new_page()
        page.goto(address)
        page.emulate_media(media="print")
        assert page.locator("ol.steps math, ol.steps code").first.is_visible()


@pytest.mark.parametrize("run", [example_run, hostile_run])
def test_the_small_page_is_the_same_tree_to_a_browser(browser: Any, run: Callable[[], Run]) -> None:
    whole = render(run()).encode("utf-8", errors="replace").decode()
    assert len(minified(whole)) < 0.95 * len(whole)
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        trees = []
        for text in (whole, minified(whole)):
            page.set_content(text)
            trees.append(page.evaluate(f"() => {{{TREE}}}"))
    assert trees[0] == trees[1]
