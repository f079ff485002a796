"""`python -m checks.accuracy`: measure the bits that every closed form loses, print them, keep a record."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from checks.accuracy.catalogue import FORMS
from checks.accuracy.measure import Measurement, measure
from checks.accuracy.record import record, save, sources
from models.revision import ROOT

POINTS = 4000
RECORD = Path("reports") / "recorded" / "accuracy.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0 where something was measured, whatever it was."""
    parser = argparse.ArgumentParser(prog="python -m checks.accuracy", description=__doc__)
    parser.add_argument("--points", type=int, default=POINTS, metavar="N", help=f"points a form; default {POINTS}")
    parser.add_argument("--form", metavar="TEXT", help="only forms whose name or code holds TEXT; keeps no record")
    parser.add_argument("--out", type=Path, metavar="FILE", help=f"the record; default {RECORD}")
    chosen = parser.parse_args(arguments)
    if chosen.points < 1:
        parser.error(f"--points must be at least 1, got {chosen.points}")
    forms = [form for form in FORMS if not chosen.form or chosen.form in form.name or chosen.form in form.code]
    if not forms:
        parser.error(f"--form must be part of a name or code, got {chosen.form!r}")
    found, measured = [], sources()  # what runs now, whatever becomes of the files meanwhile
    for form in forms:
        found.append(measure(form, chosen.points))
        print(line(found[-1]), flush=True)
    if not chosen.form:
        save(record(found, chosen.points, measured), chosen.out or ROOT / RECORD)
    return 0


def line(found: Measurement) -> str:
    """A measurement as one line."""
    worst = f"worst {found.worst.bits:5.2f} bits, {found.unexplained.excess:5.2f} beyond conditioning"
    shares = f"{found.share(1):7.2%} within 1 bit, {found.share(4):7.2%} within 4"
    wrong = f", {found.infinite} infinite, {found.undefined} undefined" if found.infinite or found.undefined else ""
    wide = f", {found.undecided} undecided" if found.undecided else ""
    return f"{found.form.name:42} {worst}, {shares}{wrong}{wide}"


if __name__ == "__main__":
    sys.exit(main())
