"""Sliders, pictures and numbers of the closed forms, as a reader moves them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reports.page import render
from tests.reports import chromium
from tests.reports.example import example_run
from theory.optimum import null_threshold, robust_minimizer, standard_risk_cost
from theory.population import LinearGaussian
from theory.risk import adversarial_risk
from theory.surrogate import surrogate_risk

pytestmark = chromium.NEEDED
SLIDERS = ("radius", "smoothing", "noise", "size")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium.launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("site") / "index.html"
    path.write_text(render(example_run()), encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    said: list[str] = []
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(address)
        yield page
    assert said == []


def slide(page: Any, name: str, position: float) -> None:
    page.locator(".slider input").nth(SLIDERS.index(name)).fill(str(position))


def settled(page: Any) -> Any:
    """The page after the drawing that a slider asked for."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return page


def numbers(page: Any) -> dict[str, str]:
    rows = settled(page).locator(".explore-numbers div")
    return dict(zip(rows.locator("dt").all_inner_texts(), rows.locator("dd").all_inner_texts(), strict=True))


def picture(page: Any, place: int) -> Any:
    return page.locator(".explore-figure").nth(place)


def values(figure: Any) -> list[str]:
    return list(figure.locator(".plot-value").all_inner_texts())


def close(text: str, value: float) -> bool:
    """Whether a text shows `value` to the digits it has."""
    plain = text.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")).replace(" × 10", "e").replace("−", "-")
    return float(plain) == pytest.approx(value, rel=1e-4)


def test_numbers_follow_the_sliders_and_are_those_of_the_theory(page: Any) -> None:
    for radius, noise, size in ((0.5, 0.5, 1.0), (0.9, 1.2, 2.5), (0.2, 0.3, 5.0)):
        for name, position in (("radius", radius), ("noise", noise), ("size", size)):
            slide(page, name, position)
        shown = numbers(page)
        population = LinearGaussian([size], [[1.0]], noise)
        best = robust_minimizer(population, radius)
        assert best.shrinkage is not None
        assert close(shown["Least risk R*"], best.risk)
        assert close(shown["Shrinkage κ"], best.shrinkage)
        assert close(shown["θ*/θ₀ = 1/(1 + κ)"], best.coefficients[0] / size)
        assert close(shown["Cost of robustness c(ε)"], standard_risk_cost(population, radius))
        assert close(shown["θ* = 0 from ε ="], null_threshold(population))


def test_beyond_the_threshold_nothing_is_left_of_the_coefficients(page: Any) -> None:
    slide(page, "radius", 2)
    shown = numbers(page)
    assert (shown["Shrinkage κ"], shown["θ*/θ₀ = 1/(1 + κ)"]) == ("∞", "0")


def test_a_slider_moves_the_curve_and_can_be_moved_by_keys(page: Any) -> None:
    curve = picture(page, 0).locator("[data-part=series-0] path")
    before = curve.get_attribute("d")
    page.locator(".slider input").first.press("ArrowRight")
    settled(page)
    assert page.locator(".slider-value").first.inner_text() == "0.51"
    assert page.locator(".slider input").first.get_attribute("aria-valuetext") == "0.51"
    assert curve.get_attribute("d") != before


def test_the_smoothing_reaches_zero_where_the_smoothed_risk_is_the_risk(page: Any) -> None:
    slide(page, "smoothing", 0)
    settled(page)
    curves = [picture(page, 0).locator(f"[data-part=series-{i}] path").get_attribute("d") for i in (0, 1)]
    assert page.locator(".slider-value").nth(1).inner_text() == "0"
    assert curves[0] == curves[1]


def test_values_under_the_pointer_are_those_of_the_theory(page: Any) -> None:
    figure = picture(page, 0)
    area = figure.locator(".plot-area")
    area.hover(position={"x": 200, "y": 90})
    t = float(figure.locator(".plot-at").inner_text().partition(": ")[2].replace("−", "-"))
    population = LinearGaussian([1.0], [[1.0]], 0.5)
    expected = [
        adversarial_risk([t], population, 0.5),
        surrogate_risk([t], population, 0.5, 0.1),
        adversarial_risk([t], population, 0.0),
    ]
    assert all(close(text, float(value)) for text, value in zip(values(figure), expected, strict=True))
    assert area.locator(".cursor circle").count() == 3
    page.mouse.move(5, 5)
    assert values(figure) == ["", "", ""]


def test_keys_move_the_cursor_and_values_are_announced(page: Any) -> None:
    figure = picture(page, 1)
    figure.locator(".plot-area").focus()
    page.keyboard.press("Home")
    assert figure.locator(".plot-at").inner_text() == "ε: 0"
    said = figure.locator("[aria-live]").inner_text()
    assert said.startswith("ε: 0. θ*/θ₀ = 1/(1 + κ): 1. cost of robustness c(ε): 0. ")
    page.keyboard.press("ArrowRight")
    assert figure.locator(".plot-at").inner_text() == "ε: 0.01"
    page.keyboard.press("End")
    assert values(figure)[:3] == ["0", "0.8", "1"]
    page.keyboard.press("Escape")
    assert values(figure)[0] == ""


def test_thresholds_and_minimisers_are_marked(page: Any) -> None:
    slide(page, "noise", 0)
    settled(page)
    marks = picture(page, 1).locator("text.note").all_text_contents()
    assert marks == ["ε", "θ* = 0 from here", "θ* = θ₀ up to here"]
    assert picture(page, 0).locator("text.note").all_text_contents() == ["R*", "θ*"]
    assert picture(page, 0).locator(".plot-area > svg > circle.dot").count() == 2


def test_switches_hide_series_and_make_axes_logarithmic(page: Any) -> None:
    figure = picture(page, 1)
    kept, shrinkage = figure.locator("[data-part=series-0]"), figure.locator("[data-part=series-3]")
    assert kept.is_visible()
    assert not shrinkage.is_visible()  # begins switched off
    entries = figure.locator(".plot-legend button")
    entries.nth(0).click()
    entries.nth(3).click()
    assert not kept.is_visible()
    assert shrinkage.is_visible()
    assert [entries.nth(i).get_attribute("aria-pressed") for i in (0, 3)] == ["false", "true"]
    before = shrinkage.locator("path").get_attribute("d")
    figure.get_by_role("button", name="log vertical").click()
    assert shrinkage.locator("path").get_attribute("d") != before
    assert "not positive on a logarithmic axis" in figure.locator(".plot-note").inner_text()


def test_small_smoothing_is_said_and_drawn_to_cost_convexity(page: Any) -> None:
    status = page.locator(".explore [role=status]")
    slide(page, "radius", 2)
    slide(page, "smoothing", 41)  # 0.01
    settled(page)
    assert "is not convex: it bends down" in status.inner_text()
    figure = picture(page, 2)
    assert len(figure.locator("path.area").get_attribute("d")) > 100
    figure.locator(".plot-area").focus()
    page.keyboard.press("Home")
    assert " to " in values(figure)[0]
    slide(page, "smoothing", 101)  # 10
    settled(page)
    assert "is convex along the ray" in status.inner_text()


def test_without_a_script_there_are_formulas_and_no_sliders(browser: Any, address: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(address)
        part = page.locator("section.explore")
        assert part.locator("math").first.is_visible()
        assert "need JavaScript" in part.inner_text()
        assert page.locator(".slider").count() == 0


def test_pictures_fit_a_phone_and_follow_the_width_of_the_window(browser: Any, address: str) -> None:
    with browser.new_context(viewport={"width": 360, "height": 740}) as context:
        page = context.new_page()
        page.goto(address)
        area = picture(page, 0).locator(".plot-area")
        narrow = area.locator("svg").first.get_attribute("viewBox")
        assert np.all(page.evaluate("[...document.querySelectorAll('.plot')].map(p => p.scrollWidth <= p.clientWidth)"))
        page.set_viewport_size({"width": 700, "height": 740})
        page.wait_for_function(
            "old => document.querySelector('.plot-area svg').getAttribute('viewBox') !== old", arg=narrow
        )
