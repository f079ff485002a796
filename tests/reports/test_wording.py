"""reports.wording: numbers and times keep their meaning."""

import math

import pytest

from reports.wording import duration, number, title, unturned


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (60.0, "60"),
        (-2.5, "−2.5"),
        (100_000.0, "100\u202f000"),
        (1234567.25, "1\u202f234\u202f567"),
        (1e-6, "1 × 10⁻⁶"),
        (-3.25e-12, "−3.25 × 10⁻¹²"),
        (1e300, "1 × 10³⁰⁰"),
        (0.1 + 0.2, "0.3"),
        (999_999.9999, "1\u202f000\u202f000"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (math.nan, "not a number"),
    ],
)
def test_numbers_are_written_for_readers(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "–"), (math.nan, "–"), (0.004, "4 ms"), (0.9996, "1.0 s"), (83.42, "83.4 s"), (600.0, "10.0 min")],
)
def test_times_are_written_for_readers(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


def test_title_is_the_id_without_its_paper() -> None:
    assert title("xing2021.risk_is_convex") == "Risk is convex"
    assert title("") == ""


def test_marks_that_reverse_a_line_show_their_codes_and_letters_of_any_script_stay() -> None:
    assert unturned("<p>a\u202eb\u2066 \u05d0\u200b</p>") == "<p>a&lt;202E&gt;b&lt;2066&gt; \u05d0\u200b</p>"
