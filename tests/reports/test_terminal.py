"""reports.terminal: a run as text that fits, in which waiting for a record is neither a success nor a hole."""

import dataclasses
import io
import unicodedata

import pytest

from checks.result import Kind, Run, Verdict
from reports.terminal import Screen, differences, evidence_lines, table, totals
from tests.reports.example import example_run
from tests.reports.runs import FAILS, HOSTILE, check, claim, evidence, hostile_run, run

RUN = example_run()
LONG = "a_claim_whose_name_is_so_long_that_no_terminal_of_this_world_has_room_for_it_" * 3 + "at_all"
WIDTHS = (40, 80, 200)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def line(name: str, text: str = table(RUN)) -> str:
    return next(text for text in text.splitlines() if text.strip().startswith(name))


def columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def many_checks(name: str = LONG, count: int = 9) -> Run:
    checks = tuple(check(f"c{i}", evidence(Kind.MONTE_CARLO), {"m": FAILS}) for i in range(count))
    return run(claim(name, checks, locator="Section " + "7" * 300))


def test_a_claim_that_waits_for_a_record_says_so_in_the_place_of_its_mutants() -> None:
    assert line("smoothing_raises_accuracy").split()[1:5] == ["open", "train?", "train?", "wait"]
    assert line("lasso_raises_accuracy ").split()[1:5] == ["supported", "train+", "train+", "1/1"]


def test_totals_count_what_waits_and_both_false_alarm_probabilities() -> None:
    assert "2 wait for a record; false-alarm probability 3e-06, of recorded trainings 0.002" in totals(RUN)


def test_mutants_of_a_claim_that_waits_are_no_holes() -> None:
    holes = [text for text in differences(RUN) if "survives every check" in text]
    assert not [text for text in holes if "raises_accuracy" in text]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    "found", [RUN, hostile_run(), many_checks(), run()], ids=["example", "hostile", "long", "none"]
)
def test_lines_fit(found: Run, width: int) -> None:
    assert max(map(columns, table(found, Screen(width)).splitlines())) <= width


@pytest.mark.parametrize("width", [10, *WIDTHS])
def test_no_width_loses_a_verdict_a_check_the_mutants_or_the_time(width: int) -> None:
    text = table(many_checks(), Screen(width))
    assert "supported" in text
    assert text.count("mc+") == 9
    assert "1/1" in text
    assert "5.0 s" in text  # nine checks of 0.4 s and nine mutants of 0.15 s


def test_a_long_name_loses_its_middle_and_a_wide_screen_shows_it_whole() -> None:
    shown = line("a_claim", table(many_checks(), Screen(80))).split()[0]
    head, _, tail = shown.partition("…")
    assert LONG.startswith(head)
    assert LONG.endswith(tail)
    assert min(len(head), len(tail)) > 5
    assert LONG in table(many_checks(), Screen(400))
    assert "low_dimensional_training_converges" in table(RUN, Screen(200))


def test_names_that_differ_only_in_their_middle_stay_apart() -> None:
    names = [f"linf_lasso_raises_{kind}_accuracy_in_figure_16" for kind in ("robust", "standard")]
    found = run(*(claim(name, (check("c", evidence(Kind.SAMPLED), {}),)) for name in names))
    first, second = [text.split()[0] for text in table(found, Screen(80)).splitlines() if "linf" in text]
    assert first.startswith("linf_lasso_raises_r")
    assert second.startswith("linf_lasso_raises_s")


def test_wide_signs_count_twice() -> None:
    text = table(run(claim("定理" * 40, (check("c", evidence(Kind.SAMPLED), {}),))), Screen(80))
    assert max(map(columns, text.splitlines())) <= 80


def test_nothing_a_terminal_obeys_is_printed() -> None:
    hostile = dataclasses.replace(hostile_run().claims[0], id="x.\x1b[2J\u202eevil")
    text = table(run(hostile)) + "".join(evidence_lines(evidence(Kind.SAMPLED, counterexample=f"\x1b]0;\n  {HOSTILE}")))
    assert not [sign for sign in text if unicodedata.category(sign) in {"Cc", "Cf", "Cs"} and sign != "\n"]
    assert "<001B>[2J<202E>evil" in text
    assert "\n  </script>" in text


def test_a_verdict_that_nobody_expects_is_marked() -> None:
    assert line("low_dimensional").split()[1] == "open≠"
    assert line("smoothing_stops").split()[1] == "supported*"
    assert line("risk_has_closed_form").split()[1] == "proved"


def test_colour_is_for_a_terminal_that_does_not_refuse_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert Screen.of(Terminal()).colour
    assert not Screen.of(io.StringIO()).colour
    monkeypatch.setenv("TERM", "dumb")
    assert not Screen.of(Terminal()).colour
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "")
    assert not Screen.of(Terminal()).colour


def test_the_width_is_the_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "132")
    assert Screen.of(Terminal()).width == 132


def test_colour_changes_nothing_but_the_colour() -> None:
    coloured = table(RUN, Screen(80, colour=True))
    codes = {Verdict.PROVED: "32", Verdict.SUPPORTED: "36", Verdict.REFUTED: "31", Verdict.OPEN: "33"}
    for verdict, code in codes.items():
        assert f"\x1b[{code}m{verdict.value}" in coloured
        coloured = coloured.replace(f"\x1b[{code}m", "")
    assert coloured.replace("\x1b[0m", "") == table(RUN, Screen(80))
    assert "\x1b" not in table(RUN)


def test_a_run_of_nothing_says_so() -> None:
    assert "0 claims: none was checked" in totals(run())
