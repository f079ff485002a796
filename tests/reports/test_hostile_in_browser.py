"""Texts without an end, and texts that turn round what stands beside them: on the page they are texts like others."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from checks.codec import decode, encode
from checks.result import Run, Verdict
from reports.page import render
from reports.styles import minified
from tests.reports.attacks import conformance
from tests.reports.chromium import NEEDED, VIEWPORTS, launched
from tests.reports.runs import HOSTILE, hostile_run

pytestmark = NEEDED
# A text without a space, and one that begins with the mark after which a line runs from right to left.
TEXTS = {"long": "Abcdefghij" * 400, "reversed": "\u202eTXET \u05d0\u05d1\u05d2"}
PLACES = {
    "a statement": "article .statement",
    "a counterexample": ".counterexample pre",
    "a record": ".record dd",
    "a chart's name": ".chart figcaption",
    "an erratum": ".errata td",
    "a claim's name on the map": ".map-table tbody th",
}
# Words that the page itself writes, by the places of their first and last letters: all read from left to right.
TURNED = r"""() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  const place = (node, at) => {
    const range = document.createRange();
    range.setStart(node, at);
    range.setEnd(node, at + 1);
    return range.getBoundingClientRect();
  };
  for (let node; (node = walker.nextNode());) {
    for (const word of node.data.matchAll(/[a-z]{4,}/g)) {
      const first = place(node, word.index), last = place(node, word.index + word[0].length - 1);
      if (first.width && first.top === last.top && last.left < first.left) found.push(node.data.trim());
    }
  }
  return found;
}"""


def run_of(text: str) -> Run:
    """The hostile run with `text` for every hostile one, and its claim refuted."""
    written, hostile = json.dumps(encode(hostile_run())), json.dumps(HOSTILE)[1:-1]
    data = json.loads(written.replace(hostile, json.dumps(text)[1:-1]))
    data["claims"][0] |= {"verdict": Verdict.REFUTED.value, "amends": None}
    found: Run = decode(Run, data)
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module", params=TEXTS)
def text(request: pytest.FixtureRequest) -> str:
    return TEXTS[request.param]


@pytest.fixture(scope="module")
def address(text: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("site")
    path = folder / "index.html"
    path.write_text(minified(render(run_of(text), conformance(folder))), encoding="utf-8")
    return path.as_uri()


def opened(browser: Any, address: str, viewport: str) -> Any:
    page = browser.new_page(viewport=VIEWPORTS[viewport])
    page.goto(address)
    page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true; })")
    return page


@pytest.mark.parametrize("place", PLACES)
def test_the_text_stands_whole_where_it_belongs(browser: Any, address: str, text: str, place: str) -> None:
    page = opened(browser, address, "desktop")
    texts = page.locator(PLACES[place]).all_text_contents()
    page.close()
    assert any(text.replace("\u202e", "<202E>") in found for found in texts)


@pytest.mark.parametrize("viewport", VIEWPORTS)
def test_the_page_never_scrolls_sideways(browser: Any, address: str, viewport: str) -> None:
    page = opened(browser, address, viewport)
    wide = page.evaluate("document.documentElement.scrollWidth")
    page.close()
    assert wide == VIEWPORTS[viewport]["width"]


def test_what_the_page_says_itself_reads_from_left_to_right(browser: Any, address: str) -> None:
    page = opened(browser, address, "desktop")
    turned = page.evaluate(TURNED)
    page.close()
    assert turned == []


def test_labels_of_a_chart_stay_in_it(browser: Any, address: str, text: str) -> None:
    page = browser.new_page(viewport=VIEWPORTS["desktop"])
    page.goto(address)
    picture = page.locator(".chart svg[role=img]").first
    picture.evaluate("picture => picture.scrollIntoView()")
    page.wait_for_timeout(500)  # charts are drawn anew when they come near the window
    frame = picture.bounding_box()
    labels = [label.bounding_box() for label in picture.locator("text").all()]
    described = picture.get_attribute("aria-label")
    page.close()
    assert text.replace("\u202e", "<202E>")[:100] in described
    assert len(labels) > 4
    for label in labels:
        assert frame["x"] - 1 <= label["x"]
        assert label["x"] + label["width"] <= frame["x"] + frame["width"] + 1
