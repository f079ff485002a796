"""`python -m checks.power`: mutate the code under the claims and count the mutants that it does not notice."""

import argparse
import math
import os
import sys
import time
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

from checks.accuracy.record import save
from checks.power.grid import constants, smallest
from checks.power.record import explanations, record
from checks.power.sample import drawn, every
from checks.power.session import Session, opened
from checks.power.sites import rank, sites
from checks.power.suite import OURS
from models.revision import ROOT

SEED = 20210413
SAMPLE, CONSTANTS = 400, 40
MINUTES, SHARE = 60.0, 0.85  # no mutant is begun after this share of the time, no constant after all of it
FOLDER = ROOT / "build" / "power"
RECORD = ROOT / "reports" / "recorded" / "power.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command: 0 when every survivor is explained, 1 when one is not, 2 when it could not run."""
    parser = argparse.ArgumentParser(prog="python -m checks.power", description=__doc__)
    parser.add_argument("--full", action="store_true", help="all mutants and all constants")
    parser.add_argument("--sample", type=int, default=SAMPLE, metavar="N", help=f"mutants; default {SAMPLE}")
    parser.add_argument("--constants", type=int, default=CONSTANTS, metavar="N", help=f"default {CONSTANTS}")
    parser.add_argument("--minutes", type=float, default=MINUTES, metavar="M", help=f"at most; default {MINUTES:g}")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="processes at a time")
    parser.add_argument(
        "--folder", type=Path, default=FOLDER, help="where finished pieces are kept; default build/power"
    )
    parser.add_argument("--out", type=Path, default=RECORD, help="the record; default reports/recorded/power.json")
    chosen = parser.parse_args(arguments)
    for name in ("sample", "constants", "jobs"):
        if getattr(chosen, name) < (name == "jobs"):
            parser.error(f"--{name} must be at least {int(name == 'jobs')}, got {getattr(chosen, name)}")
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = "1"  # as in a run of the suite
    begun = time.monotonic()
    try:
        with opened(OURS, chosen.folder, chosen.jobs, _say) as session:
            found = _judge(session, chosen, begun)
    except ValueError as error:
        print(f"advtheory: {error}", file=sys.stderr)
        return 2
    save(found, chosen.out)
    if found["judged"] < found["asked"]:
        print(f"there was time for {found['judged']} of {found['asked']} mutants; the same command goes on")
    for row in found["totals"]:
        print(_sentence(row))
    for survivor in (s for s in found["survivors"] if not s["why"]):
        print("unexplained: {file}:{line} {before} -> {after} ({checks} checks run it)".format(**survivor))
    return int(any(row["open"] for row in found["totals"]))


def _judge(session: Session, chosen: argparse.Namespace, begun: float) -> dict[str, Any]:
    minutes = math.inf if chosen.full else chosen.minutes
    places = [
        site for file in session.suite.files() for site in sites(file, (session.suite.root / file).read_text("utf-8"))
    ]
    mutants = every(places) if chosen.full else drawn(places, chosen.sample, SEED)
    mutants.sort(key=lambda mutant: rank(SEED, mutant.file, mutant.text))  # what is done so far is a sample, too
    numbers = constants(places, "theory/", None if chosen.full else chosen.constants, SEED)
    session.watch(mutants, begun + 60 * SHARE * minutes)
    found = session.judge(mutants, begun + 60 * SHARE * minutes)
    judged = [found[mutant] for mutant in takewhile(found.__contains__, mutants)]  # any others are those that are fast
    table = smallest(session, numbers, begun + 60 * minutes)
    whole = {
        "seed": SEED,
        "mutants": sum(len(site.ways) for site in places),
        "sites": len(places),
        "asked": len(mutants),
        "numbers": len(constants(places, "theory/", None, SEED)),
        "seconds": round(sum(b.seconds for b in session.baselines) + sum(j.seconds for j in judged)),  # of CPU time
    }
    return record(session.suite, judged, table, explanations(), whole)


def _sentence(row: dict[str, Any]) -> str:
    noticed = row["verdict"] + row["check"] + row["crash"] + row["timeout"]
    counted = row["judged"] - row["equivalent"]
    return (
        f"{row['name']}/: {noticed} of {counted} mutants noticed ({row['low']:.1%} to {row['high']:.1%}): "
        f"{row['verdict']} by a verdict, {row['check']} by a check's outcome, {row['crash']} by a crash, "
        f"{row['timeout']} by a time-out; "
        f"{row['equivalent']} more are equivalent, {row['tested']} are for tests, {row['open']} unexplained"
    )


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
