"""reports.terminal: a run as text, in which waiting for a record is neither a success nor a hole."""

from reports.terminal import differences, table, totals
from tests.reports.example import example_run

RUN = example_run()


def line(name: str) -> str:
    return next(text for text in table(RUN).splitlines() if text.strip().startswith(name))


def test_a_claim_that_waits_for_a_record_says_so_in_the_place_of_its_mutants() -> None:
    assert line("smoothing_raises_accuracy").split()[1:5] == ["open", "train?", "train?", "wait"]
    assert line("lasso_raises_accuracy ").split()[1:5] == ["supported", "train+", "train+", "1/1"]


def test_totals_count_what_waits_and_both_false_alarm_probabilities() -> None:
    assert "2 wait for a record; false-alarm probability 3e-06, of recorded trainings 0.002" in totals(RUN)


def test_mutants_of_a_claim_that_waits_are_no_holes() -> None:
    holes = [text for text in differences(RUN) if "survives every check" in text]
    assert not [text for text in holes if "raises_accuracy" in text]


def test_lines_fit_eighty_columns() -> None:
    assert max(map(len, table(RUN).splitlines())) <= 80
