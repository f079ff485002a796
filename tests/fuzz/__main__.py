"""`python -m tests.fuzz`: drawn arguments for every public function, mutated files for every parser, and a table."""

import argparse
import random
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from importlib.util import find_spec

from tests.fuzz import functions, surface
from tests.fuzz.functions import Tally
from tests.fuzz.known import reason
from tests.fuzz.oracle import REFUSED, RETURNED
from tests.fuzz.parsers import PARSERS, fed

ROUND = 60  # examples of a target at a time


def main() -> int:
    """Fuzz for the time given; 1 where a defect was found that is not known."""
    options = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    start = random.SystemRandom().randrange(2**32)
    options.add_argument(
        "--seconds", type=float, default=600, help="for functions, and as many for parsers; default: 600"
    )
    options.add_argument("--seed", type=int, default=start, help="default: a random one")
    options.add_argument("-k", default="", metavar="TEXT", help="only targets whose names hold TEXT")
    given = options.parse_args()
    print(f"seed {given.seed}")
    targets, left_out = surface.everything()
    chosen = [target for target in targets if given.k in target.name]
    tallies = [Tally(target.name) for target in chosen]
    rounds, end = 0, time.monotonic() + given.seconds
    while time.monotonic() < end:
        for target, tally in zip(chosen, tallies, strict=True):
            tally.add(functions.fuzzed(target, ROUND, given.seed + rounds))
            if time.monotonic() >= end and rounds:
                break
        rounds += 1
    found = list(_report(tallies))
    print("\nnot fuzzed:", *_reasons(left_out), sep="\n")
    broken = [] if given.k else list(_parsers(given.seconds / len(PARSERS), given.seed))
    return 1 if broken or any(not known for *_, known in found) else 0


def _parsers(seconds: float, seed: int) -> Iterator[str]:
    """Feed every parser for so long; print a line for each and yield what it should not have done."""
    guided = find_spec("atheris") is not None
    print(f"\nparsers, by mutation{' and by atheris' if guided else '; atheris is not installed'}:")
    files = 0
    for parser in PARSERS:
        noted = fed(parser, 10**9, seed, seconds / 2 if guided else seconds)
        led = _led(parser.name, seconds / 2) if guided else 0
        files += noted.files + led
        print(f"{parser.name:<32} {noted.files:>8} files {noted.refused:>8} refused {led:>8} by atheris")
        for defect, content in noted.defects.items():
            print(f"DEFECT {parser.name}: {defect}\n  {content[:200]!r}")
            yield defect
        if led < 0:
            yield f"{parser.name}: atheris"
    print(f"\n{len(PARSERS)} parsers, {files} files")


def _led(name: str, seconds: float) -> int:
    """How many files atheris tried; -1, after its words, where it found a defect."""
    command = [sys.executable, "-m", "tests.fuzz.guided", name, str(max(1, round(seconds)))]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        print(f"DEFECT {name}, found by atheris:\n{done.stderr[-2000:]}")
        return -1
    return int(re.findall(r"Done (\d+) runs", done.stderr)[-1])


def _report(tallies: list[Tally]) -> Iterator[tuple[str, str, str | None]]:
    """Print a line a target, then the defects; yield target, kind, and why a known one stays."""
    for tally in tallies:
        ended = tally.ended
        print(f"{tally.target:<70} {tally.calls:>6} calls {ended[RETURNED]:>6} returned {ended[REFUSED]:>6} refused")
    found = [(t.target, kind, text) for t in tallies for (kind, _), text in t.defects.items()]
    kept = Counter((target, kind) for target, kind, _ in found if reason(target, kind))
    for target, kind, text in found:
        if not reason(target, kind):
            print(f"\nDEFECT {target}: {kind}\n  {text}")
        yield target, kind, reason(target, kind)
    for (target, kind), count in sorted(kept.items()):
        print(f"known: {target}: {kind} ({count}): {reason(target, kind)}")
    calls, bad = sum(tally.calls for tally in tallies), len(found) - sum(kept.values())
    print(f"\n{len(tallies)} functions, {calls} calls, {bad} defects, {len(kept)} known ones that stay")


def _reasons(left_out: dict[str, str]) -> Iterator[str]:
    for why in dict.fromkeys(left_out.values()):
        names = [name for name, other in left_out.items() if other == why]
        yield f"  {len(names)} for: {why} ({', '.join(names[:3])}{', ...' if len(names) > 3 else ''})"


if __name__ == "__main__":
    sys.exit(main())
