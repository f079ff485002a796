"""The page of a results file: `python -m reports RESULTS SITE`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from checks.result import load
from reports.page import write_site

EXAMPLE = "example:\n  python -m reports build/verify/results.json build/verify"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page; the exit status is 0, or 2 with one line on standard error when that is impossible."""
    parser = argparse.ArgumentParser(
        prog="python -m reports",
        description="Write a results file as one self-contained HTML page.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("results", type=Path, help="a results file, as `advtheory verify` writes it")
    parser.add_argument("site", type=Path, help="the folder for index.html; made when it is missing")
    options = parser.parse_args(arguments)
    try:
        print(write_site(load(options.results), options.site))
    except (ValueError, OSError) as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
