"""The page of a results file, and of several with their history: `python -m reports RESULTS... SITE`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from reports.history import load_runs
from reports.page import write_site

EXAMPLE = "example:\n  python -m reports build/verify/results.json build/verify"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page; the exit status is 0, or 2 with one line on standard error when that is impossible."""
    parser = argparse.ArgumentParser(
        prog="python -m reports",
        description="Write a results file as one self-contained HTML page; several, oldest first, with their history.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("results", type=Path, nargs="+", help="results files, as `advtheory verify` writes them")
    parser.add_argument("site", type=Path, help="the folder for index.html; made when it is missing")
    options = parser.parse_args(arguments)
    try:
        *earlier, run = load_runs(options.results)
        print(write_site(run, options.site, earlier))
    except (ValueError, OSError) as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
