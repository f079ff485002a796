"""`python -m checks.calibration`: run every statistical check under many seeds, print the worst, keep a record.

Ends with 0 when no check has a defect, 1 when one has, and 2 when it could not run. Interrupted, it goes on where it
stopped.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from checks.calibration.record import record, save
from checks.calibration.run import calibrate, finished, key
from checks.calibration.subjects import Subject, subjects
from checks.journal import Journal
from models.revision import ROOT

SEEDS = 1000
RECORD = Path("reports") / "recorded" / "calibration.json"
JOURNAL = Path("build") / "calibration" / "pieces.jsonl"
WORST = 15  # rows that are printed beside those with a defect


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; its exit status."""
    command = parser()
    options = command.parse_args(arguments)
    for name in ("seeds", "workers"):
        if getattr(options, name) < 1:
            command.error(f"--{name} must be at least 1, got {getattr(options, name)}")
    chosen = subjects(options.k)
    if not chosen:
        command.error(f"-k must be part of a statistical check's name, CLAIM/CHECK, got {options.k!r}")
    try:
        whole = _calibrated(chosen, options)
    except ValueError as error:
        print(f"calibration: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("calibration: interrupted; the same command goes on from what is finished", file=sys.stderr)
        return 2
    print("\n".join(lines(whole)))
    if options.out or not options.k:
        save(whole, options.out or ROOT / RECORD)
    return int(any(row["defects"] for row in whole["rows"]))


def parser() -> argparse.ArgumentParser:
    """The command line."""
    found = argparse.ArgumentParser(prog="python -m checks.calibration", description=(__doc__ or "").partition("\n")[0])
    add = found.add_argument
    add("--seeds", type=int, default=SEEDS, metavar="N", help=f"seeds a check, fewer where it is slow; default {SEEDS}")
    add("--workers", type=int, default=os.cpu_count() or 1, metavar="N", help="processes; default one a core")
    add("--cluster", metavar="ADDRESS", help="tcp://HOST:PORT of a Dask scheduler, or local[N], instead of --workers")
    add("-k", default="", metavar="TEXT", help="only checks whose name, CLAIM/CHECK, holds TEXT; keeps no record")
    add("--out", type=Path, metavar="FILE", help=f"the record; default {RECORD}")
    add("--journal", type=Path, default=ROOT / JOURNAL, metavar="FILE", help=f"what is finished; default {JOURNAL}")
    add("--finished", action="store_true", help="run nothing: the record of what is finished so far")
    return found


def lines(whole: dict[str, Any]) -> list[str]:
    """A record in words: what rests on what, tails, and the checks with defects and with the most alarms."""
    rows = whole["rows"]
    found = [f"{len(names)} checks not calibrated: {why}" for why, names in whole["rests"].items() if names]
    found += [
        "{found} p-values of all checks are at most {at_most:g}, {expected:g} expected".format(**tail)
        for tail in whole["tails"]
    ]
    wrong = [row for row in rows if row["defects"]]
    others = sorted((row for row in rows if not row["defects"]), key=_alarm_rate, reverse=True)
    found += [line(row) for row in [*wrong, *others[:WORST]]]
    fewest = min((row["seeds"] for row in rows), default=0)
    return [*found, f"{len(rows)} checks under {fewest} seeds or more, {len(wrong)} with a defect"]


def line(row: dict[str, Any]) -> str:
    """A row of the record as one line."""
    fails = f"fails {row['outcomes'].get('fails', 0)} of {row['seeds']}"
    rate = "refuted" if row["refuted"] else f"at least {row['alarm_interval'][0]:.3f} for {row['announced']:g}"
    caught = "" if row["caught"] is None else f", catches {row['caught']}, at most {row['caught_interval'][1]:.3f}"
    shape = "" if row["spread"] is None else f", spread {row['spread']:.2f}"
    bias = "" if row["bias"] is None else f", bias {row['bias']:+.2f}"
    defects = "".join(f"; {words.upper()}" for words in row["defects"])
    return f"{row['claim'].split('.')[-1]}/{row['check']}: {fails} ({rate}){caught}{shape}{bias}{defects}"


def _calibrated(chosen: Sequence[Subject], options: argparse.Namespace) -> dict[str, Any]:
    journal = Journal(options.journal, key())
    try:
        for damage in journal.damage:
            print(f"calibration: {damage}", file=sys.stderr)
        if not options.finished:
            pieces = calibrate(chosen, options.seeds, journal, options.workers, options.cluster)
            for _ in tqdm(pieces, unit=" blocks", disable=None):
                pass
        return record([(subject, finished(subject, options.seeds, journal)) for subject in chosen])
    finally:
        journal.close()


def _alarm_rate(row: dict[str, Any]) -> float:
    return 0.0 if row["refuted"] else row["outcomes"].get("fails", 0) / row["seeds"]


if __name__ == "__main__":
    sys.exit(main())
