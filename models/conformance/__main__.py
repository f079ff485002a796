"""`python -m models.conformance`: measure the attacks of the installed libraries, print a table, keep a record."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from models.conformance.adapters import LIBRARIES
from models.conformance.record import Row, installed, measure, record, save
from models.conformance.table import table


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0 where something was measured, whatever it was."""
    parser = argparse.ArgumentParser(prog="python -m models.conformance", description=__doc__)
    parser.add_argument(
        "--library", nargs="+", choices=LIBRARIES, metavar="NAME", help=f"of {', '.join(LIBRARIES)}; default: all"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="JSON record; other libraries' rows in it are kept")
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(1)  # sums must not depend on the machine
    rows = [row for name in chosen.library or LIBRARIES for row in _measured(name)]
    if not rows:
        return 1
    try:
        whole = save(rows, chosen.out) if chosen.out else record(rows)
    except (OSError, ValueError, json.JSONDecodeError) as error:
        parser.error(f"{chosen.out} could not be written: {error}")
    print(table(whole))
    return 0


def _measured(name: str) -> list[Row]:
    """The rows of one library; none, with a line that says why, where it cannot be used."""
    found = installed(LIBRARIES[name])
    print(f"{name}: {f'measuring {found}' if found else 'not installed'}", file=sys.stderr)
    try:
        return list(measure(LIBRARIES[name])) if found else []
    except ImportError as error:
        print(f"{name}: cannot be imported: {error}", file=sys.stderr)
        return []


if __name__ == "__main__":
    sys.exit(main())
