"""The page's tools in a real browser: search, filters, order, links that open what is folded, the map by keyboard."""

import dataclasses
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from checks.result import Run
from reports.page import render
from tests.reports.chromium import NEEDED, launched
from tests.reports.example import example_run
from tests.reports.runs import HOSTILE, hostile_run

pytestmark = NEEDED
PHONE, DESKTOP = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
CONVEX = ["xing2021.risk_is_convex", "xing2021.surrogate_risk_is_convex"]
LARGE = "xing2021.surrogate_risk_is_convex_for_large_smoothing"
CLOSED, NULL = "xing2021.risk_has_closed_form", "xing2021.optimum_is_null_beyond_threshold"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as browser:
        yield browser


def opened(context: Any, folder: Path, run: Run, fragment: str = "") -> Any:
    """The page of `run`; what it says on the console or fails with fails the test when it is closed."""
    path = folder / "index.html"
    if not path.exists():
        path.write_bytes(render(run).encode("utf-8", errors="replace"))
    page = context.new_page()
    page.said = []
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.set_default_timeout(8000)
    page.goto(path.as_uri() + fragment)
    return page


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("site")


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def page(request: pytest.FixtureRequest, browser: Any, folder: Path) -> Iterator[Any]:
    with browser.new_context(viewport=request.param) as context:
        page = opened(context, folder, example_run())
        yield page
        assert page.said == []


@pytest.fixture
def desktop(browser: Any, folder: Path) -> Iterator[Any]:
    with browser.new_context(viewport=DESKTOP, permissions=["clipboard-read", "clipboard-write"]) as context:
        page = opened(context, folder, example_run())
        yield page
        assert page.said == []


def shown(page: Any) -> list[str]:
    """The claims that the table shows, in its order."""
    links = page.locator("table.index a.name").all()
    return [link.get_attribute("href")[1:] for link in links if link.is_visible()]


def dimmed(page: Any) -> set[str]:
    return {link.get_attribute("href")[1:] for link in page.locator(".map-drawing a.out").all()}


def everything() -> list[str]:
    return [item.id for item in example_run().claims]


def test_search_finds_words_of_titles_and_of_statements(page: Any) -> None:
    page.get_by_role("searchbox").fill("convex risk")
    assert shown(page) == [*CONVEX, LARGE]
    page.get_by_role("searchbox").fill("STOPS FLUCTUATING")  # of the statement, not of the title
    assert shown(page) == ["xing2021.smoothing_stops_fluctuation"]
    assert page.locator(".found").inner_text() == "1 of 10 claims"


def test_filters_by_verdict_add_up_and_can_be_taken_back(page: Any) -> None:
    run = example_run()
    page.get_by_role("button", name="refuted").click()
    page.get_by_role("button", name="proved").click()
    wanted = [item.id for item in run.claims if item.verdict.value in {"refuted", "proved"}]
    assert shown(page) == wanted
    assert page.get_by_role("button", name="proved").get_attribute("aria-pressed") == "true"
    page.get_by_role("button", name="refuted").click()
    page.get_by_role("button", name="proved").click()
    assert shown(page) == everything()


@pytest.mark.parametrize(
    ("label", "value", "belongs"),
    [
        ("Section", "Proposition 1", lambda item: item.locator == "Proposition 1"),
        ("Evidence", "certified", lambda item: "certified" in {check.kind.value for check in item.checks}),
        ("Status", "amended", lambda item: item.amends is not None),
        ("Status", "printed", lambda item: item.amends is None),
    ],
)
def test_filters_show_what_belongs_to_them_and_dim_the_rest_of_the_map(
    page: Any, label: str, value: str, belongs: Any
) -> None:
    wanted = [item.id for item in example_run().claims if belongs(item)]
    page.get_by_label(label, exact=True).select_option(value)
    assert shown(page) == wanted
    assert 0 < len(wanted) < len(everything())
    assert dimmed(page) == set(everything()) - set(wanted)


def test_counts_say_what_a_further_choice_would_show(desktop: Any) -> None:
    def chip(verdict: str) -> str:
        return " ".join(desktop.get_by_role("button", name=verdict).inner_text().split())

    assert chip("refuted") == "refuted 1"
    desktop.get_by_label("Section", exact=True).select_option("Proposition 1")
    assert (chip("refuted"), chip("supported")) == ("refuted 0", "supported 1")
    options = desktop.get_by_label("Section", exact=True).locator("option").all_inner_texts()
    assert options[0] == "every section (10)"
    assert "Theorem 2 (1)" in options


def test_nothing_found_is_said_aloud_and_one_button_shows_all_again(page: Any) -> None:
    page.get_by_role("searchbox").fill("no such claim")
    assert shown(page) == []
    assert page.get_by_role("status").filter(has_text="Nothing found").is_visible()
    assert not page.locator("table.index thead").is_visible()
    page.get_by_role("button", name="Show all").click()
    assert shown(page) == everything()
    assert page.evaluate("document.activeElement.type") == "search"
    assert dimmed(page) == set()


def test_orders_are_those_of_the_results_and_the_order_of_the_paper_comes_back(page: Any) -> None:
    run = example_run()
    worst = ["refuted", "open", "supported", "proved"]
    seconds = {c.id: sum(t for key, t in run.times.items() if key.startswith(c.id + "-")) for c in run.claims}
    share = {c.id: c.mutants_rejected / len(c.mutants) for c in run.claims}
    rules = {
        "verdict": lambda c: worst.index(c.verdict.value),
        "time": lambda c: -round(seconds[c.id], 6),
        "mutants": lambda c: share[c.id],
    }
    for name, rule in rules.items():
        page.get_by_label("Order").select_option(name)
        assert shown(page) == [item.id for item in sorted(run.claims, key=rule)]
        assert shown(page) != everything()
    page.get_by_label("Order").select_option("paper")
    assert shown(page) == everything()


def test_filters_stand_in_the_address_and_an_address_brings_them_back(browser: Any, folder: Path) -> None:
    with browser.new_context(viewport=DESKTOP) as context:
        page = opened(context, folder, example_run())
        page.get_by_role("searchbox").fill("risk & more=1")
        page.get_by_role("searchbox").fill("risk")
        page.get_by_role("button", name="refuted").click()
        page.get_by_label("Order").select_option("time")
        address = page.url
        other = opened(context, folder, example_run(), "#" + address.partition("#")[2])
        assert shown(other) == ["xing2021.surrogate_risk_is_convex"]
        assert other.get_by_role("searchbox").input_value() == "risk"
        assert other.get_by_label("Order").input_value() == "time"
        assert other.evaluate("scrollY") > 0


def test_a_count_of_the_summary_shows_its_claims_again_and_again_and_one_can_go_back(page: Any) -> None:
    for _ in range(2):
        page.locator(".tally a", has_text="refuted").click()
        assert shown(page) == ["xing2021.surrogate_risk_is_convex"]
        assert 0 <= page.locator("#claims").bounding_box()["y"] < 100
        page.evaluate("scrollTo(0, 0)")
    page.locator(".tally a", has_text="proved").click()
    assert shown(page) == [item.id for item in example_run().claims if item.verdict.value == "proved"]
    page.go_back()
    assert shown(page) == ["xing2021.surrogate_risk_is_convex"]


@pytest.mark.parametrize("query", ["order=__proto__&verdict=nothing&section=absent", "q=%E0%A4%A&&&=", "verdict=|||"])
def test_an_address_that_means_nothing_shows_everything(browser: Any, folder: Path, query: str) -> None:
    with browser.new_context(viewport=DESKTOP) as context:
        page = opened(context, folder, example_run(), f"#claims?{query}")
        if "q=" not in query:
            assert shown(page) == everything()
        assert page.said == []


def test_papers_keep_their_groups_and_a_group_without_a_claim_is_hidden(browser: Any, tmp_path: Path) -> None:
    run = example_run()
    second = dataclasses.replace(run.claims[3], id="other2030.claim", paper="Another paper", amends=None)
    with browser.new_context(viewport=DESKTOP) as context:
        page = opened(context, tmp_path, dataclasses.replace(run, claims=(*run.claims, second)))
        page.get_by_label("Order").select_option("verdict")
        assert shown(page)[-1] == "other2030.claim"
        page.get_by_label("Section", exact=True).select_option("Another paper · Section 2.1")
        assert shown(page) == ["other2030.claim"]
        assert [group.is_visible() for group in page.locator(".index tr.group").all()] == [False, True]


def test_controls_are_reached_and_used_by_keyboard_alone(desktop: Any) -> None:
    desktop.get_by_role("searchbox").focus()
    desktop.keyboard.type("risk")
    for _ in range(5):
        desktop.keyboard.press("Tab")
    assert desktop.evaluate("document.activeElement.textContent").startswith("refuted")
    desktop.keyboard.press("Space")
    assert shown(desktop) == ["xing2021.surrogate_risk_is_convex"]


def test_without_script_there_are_no_controls_and_the_table_and_the_map_are_whole(browser: Any, folder: Path) -> None:
    with browser.new_context(viewport=DESKTOP, java_script_enabled=False) as context:
        page = opened(context, folder, example_run())
        assert page.locator(".tools, .copy, .map-hint, .map-card").count() == 0
        assert shown(page) == everything()
        page.locator(".map-drawing a").nth(1).click()
        assert page.url.endswith("#xing2021.risk_is_convex")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_link_to_an_evidence_opens_its_derivation_and_is_in_view(browser: Any, folder: Path, scheme: str) -> None:
    name = f"{CLOSED}-derivation"
    with browser.new_context(viewport=DESKTOP, color_scheme=scheme) as context:
        page = opened(context, folder, example_run(), f"#{name}")
        box = page.locator(f"[id='{name}']").bounding_box()
        assert 0 <= box["y"] < 100
        assert page.locator(f"[id='{name}'] ol.steps math").first.is_visible()
        assert not page.locator("[id='xing2021.risk_is_convex-hessian'] details[open]").count()
        page.evaluate("location.hash = 'xing2021.lasso_raises_accuracy-margin_pgd'")
        page.locator("[id='xing2021.lasso_raises_accuracy-margin_pgd'] details.record dl").wait_for(state="visible")


def test_a_link_into_what_is_folded_unfolds_it(desktop: Any) -> None:
    desktop.evaluate("document.querySelector('.map-table table').id = 'folded'; location.hash = 'folded'")
    desktop.locator("#folded").wait_for(state="visible")


def test_copied_links_lead_to_their_claim_and_evidence_and_are_announced(desktop: Any) -> None:
    claims = example_run().claims
    assert desktop.locator("article .copy").count() == len(claims) + sum(len(item.checks) for item in claims)
    for name in (NULL, f"{NULL}-both_sides"):
        button = desktop.locator(f"[id='{name}'] .copy").first
        button.focus()
        desktop.keyboard.press("Enter")
        desktop.get_by_role("status").filter(has_text="The link is copied").wait_for(state="attached")
        copied = desktop.evaluate("navigator.clipboard.readText()")
        assert copied == desktop.url.partition("#")[0] + "#" + quote(name)
        desktop.goto("about:blank")
        desktop.goto(copied)
        assert 0 <= desktop.locator(f"[id='{name}']").bounding_box()["y"] < 100


def test_without_a_clipboard_the_address_bar_holds_the_link(browser: Any, folder: Path) -> None:
    with browser.new_context(viewport=DESKTOP) as context:
        context.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
        page = opened(context, folder, example_run())
        page.locator(f"[id='{NULL}'] .copy").first.click()
        page.get_by_role("status").filter(has_text="The link is in the address bar").wait_for(state="attached")
        assert page.url.endswith("#" + quote(NULL))
        assert page.said == []


def test_the_map_is_one_stop_of_the_keyboard_and_its_arrows_go_to_the_neighbours(desktop: Any) -> None:
    desktop.locator(".map-skip a").focus()
    desktop.keyboard.press("Tab")
    focused = "document.activeElement.getAttribute('href')"
    assert desktop.evaluate(focused) == f"#{CLOSED}"
    places = [desktop.locator(".map-drawing a").first.bounding_box()]
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"):
        desktop.keyboard.press(key)
        places.append(desktop.locator(".map-drawing a:focus").bounding_box())
    moves = [(b["x"] - a["x"], b["y"] - a["y"]) for a, b in itertools.pairwise(places)]
    assert moves[0][0] > 0 < moves[1][1]
    assert moves[2][0] < 0 > moves[3][1]
    assert desktop.locator(".map-drawing a[tabindex='0']").count() == 1
    assert desktop.locator(".map-drawing a[tabindex='0']:focus").count() == 1  # where the Tab key comes back to
    desktop.keyboard.press("End")
    assert desktop.evaluate(focused) == f"#{everything()[-1]}"
    desktop.keyboard.press("Home")
    desktop.keyboard.press("Enter")
    assert desktop.url.endswith(f"#{CLOSED}")
    desktop.locator(".map-drawing a[tabindex='0']").focus()
    desktop.keyboard.press("Tab")
    assert not desktop.evaluate("document.activeElement.closest('.map-drawing')")


def test_pointing_at_a_claim_shows_its_statement_what_it_rests_on_and_what_rests_on_it(desktop: Any) -> None:
    desktop.locator(f".map-drawing a[href='#{CONVEX[0]}']").hover()
    lit = {link.get_attribute("href")[1:] for link in desktop.locator(".map-drawing a.on").all()}
    assert lit == {CLOSED, CONVEX[0], NULL}
    assert desktop.locator(".map-links .on").count() == 2  # not the one from the closed form to the threshold
    card = desktop.locator(".map-card")
    assert "The adversarial risk is convex in" in card.inner_text()
    assert "supported, as printed, Proposition 1" in card.inner_text()
    desktop.keyboard.press("Escape")
    assert not card.is_visible()
    assert desktop.locator(".map-drawing.tracing").count() == 0


def test_pointing_at_a_refuted_claim_says_why_before_what(desktop: Any) -> None:
    desktop.locator(f".map-drawing a[href='#{CONVEX[1]}']").hover()
    card, reason = desktop.locator(".map-card"), desktop.locator(".errata summary, .errata td").first.inner_text()
    assert reason
    assert card.locator(".reason").inner_text().strip() == reason.strip()
    assert card.locator("p").nth(2).get_attribute("class") == "reason"
    desktop.locator(f".map-drawing a[href='#{CONVEX[0]}']").hover()
    assert card.locator(".reason").count() == 0


def test_names_of_sections_stay_in_view_and_cover_no_focused_claim_while_the_map_scrolls(
    browser: Any, folder: Path
) -> None:
    with browser.new_context(viewport=PHONE) as context:
        page = opened(context, folder, example_run())
        names, frame = page.locator(".map-names"), page.locator(".map-box")
        before = names.bounding_box()
        frame.evaluate("box => { box.scrollLeft = box.scrollWidth; }")
        assert frame.evaluate("box => box.scrollLeft") > 50
        assert names.bounding_box()["x"] == before["x"]
        page.locator(".map-skip a").focus()
        for key in ("Tab", "ArrowRight", "ArrowLeft"):
            page.keyboard.press(key)
            box = page.locator(".map-drawing a:focus rect").first.bounding_box()
            assert box["x"] >= before["x"] + before["width"] - 1


def test_print_has_the_map_whole_and_as_a_table_and_every_reason_to_its_end(browser: Any, folder: Path) -> None:
    with browser.new_context(viewport={"width": 700, "height": 900}) as context:
        page = opened(context, folder, example_run())
        page.emulate_media(media="print")
        assert page.locator(".map-table table").is_visible()
        assert page.locator(".map-names").bounding_box()["height"] == pytest.approx(
            page.locator(".map-drawing").bounding_box()["height"], abs=1
        )
        drawing, table = (page.locator(name).bounding_box() for name in (".map-drawing", ".map-table table"))
        assert max(box["x"] + box["width"] for box in (drawing, table)) <= 700
        for details in page.locator(".errata details").all():
            assert details.bounding_box()["height"] > details.locator("summary").bounding_box()["height"]


def test_focus_previews_as_the_pointer_does_and_the_card_stays_in_the_window(page: Any) -> None:
    page.locator(".map-skip a").focus()
    page.keyboard.press("Tab")
    for _ in range(6):
        page.keyboard.press("ArrowDown")
        box, width = page.locator(".map-card").bounding_box(), page.viewport_size["width"]
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]


def test_hostile_words_pass_through_every_tool_as_words(browser: Any, tmp_path: Path) -> None:
    with browser.new_context(viewport=DESKTOP, permissions=["clipboard-read", "clipboard-write"]) as context:
        page = opened(context, tmp_path, hostile_run())
        page.on("dialog", lambda dialog: (page.said.append(dialog.message), dialog.dismiss()))
        page.locator(".map-drawing a").first.hover()
        page.get_by_label("Section", exact=True).select_option(index=1)
        assert "<img src=x onerror=alert(1)>" in page.get_by_label("Section", exact=True).inner_text()
        page.get_by_role("searchbox").fill(HOSTILE.replace("\x07", " ").replace("\ud800", "?"))
        page.get_by_role("searchbox").fill("<img")
        assert page.locator("table.index a.name").is_visible()
        page.reload()
        assert page.get_by_role("searchbox").input_value() == "<img"
        page.locator(".copy").first.click()
        page.get_by_role("status").filter(has_text="copied").wait_for(state="attached")
        page.goto("about:blank")
        page.go_back()
        assert page.locator(".tools img, .map-card img, .copy img").count() == 0
        assert page.said == []
