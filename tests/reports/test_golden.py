"""The page of the example run, whole: whatever changes it shows as a difference that someone has read."""

import difflib
from itertools import islice

import pytest

from tests.reports.golden import EXPECTED, example_page

MOST = 80  # lines of a difference
RENEW = "If this is right, `python -m tests.reports.golden` writes it down."


def test_the_page_of_the_example_is_the_committed_one() -> None:
    expected, found = EXPECTED.read_text(encoding="utf-8").splitlines(), example_page().splitlines()
    diff = list(islice(difflib.unified_diff(expected, found, "committed", "now", n=2, lineterm=""), MOST))
    if diff:
        pytest.fail("\n".join([*diff, RENEW]), pytrace=False)
