"""The page of the example run as a diff shows it best; `python -m tests.reports.golden` writes what is expected.

Dates, times and the revision of the example are made by hand. Left out is what has tests of its own: the style sheet,
scripts, the charts' data, and the lines and images of drawings.
"""

import re
import tempfile
from pathlib import Path

from reports.calibration import load as load_calibration
from reports.page import render
from reports.power import load as load_power
from tests.reports.attacks import conformance
from tests.reports.example import example_run
from tests.reports.losses import accuracy

EXPECTED = Path(__file__).with_name("golden.html")
LEFT_OUT = re.compile(r"<style>.*?</style>|<script.*?</script>|<(?:path|image|rect|circle|use) [^>]*/>", re.DOTALL)


def example_page() -> str:
    """The page of the example run, a tag a line."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        calibration, power = load_calibration(folder / "calibration.json"), load_power(folder / "power.json")
        page = render(
            example_run(), conformance(folder), accuracy=accuracy(folder), calibration=calibration, power=power
        )
    lines = re.sub(r"(?=<(?!/))", "\n", LEFT_OUT.sub("", page)).splitlines()
    return "\n".join(line.strip() for line in lines if line.strip()) + "\n"


if __name__ == "__main__":
    EXPECTED.write_text(example_page(), encoding="utf-8")
