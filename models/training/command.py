"""`advtheory train`: an experiment's trainings from the command line."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from models.training.experiments import EXPERIMENTS, SCALES, experiment
from models.training.record import Record
from models.training.replay import replay
from models.training.run import Options, train
from models.untrusted import one_line

MOST_SEEDS = 10_000

EPILOG = """examples:
  advtheory train fig4 --data DIR --seeds 0-29 --jobs 2
  advtheory train fig2 --data DIR --device cuda --seeds 0-9
  advtheory train table1 --scale smoke
  torchrun --nproc-per-node 4 -m models.training table1 --data DIR
  advtheory train --replay reports/recorded/fig4.json --data DIR

The same command goes on where it was interrupted. Data sets are looked for in DIR, else in the cache folder, else
downloaded from their own sites; --scale digits needs none."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0 when done, 1 when a replay differs, 2 when it could not be done, with one sentence why."""
    options = parser().parse_args(arguments)
    try:
        return _replay(options) if options.replay else _train(options)
    except (ValueError, OSError) as error:
        print(f"advtheory: {one_line(str(error))}", file=sys.stderr)
    except KeyboardInterrupt:
        print("advtheory: interrupted; the same command goes on from the last checkpoint", file=sys.stderr)
    return 2


def parser() -> argparse.ArgumentParser:
    """The command's grammar."""
    top = argparse.ArgumentParser(
        prog="advtheory train",
        description="Train the networks of one of the paper's experiments and record how they do.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("experiment", nargs="?", choices=EXPERIMENTS, metavar="EXPERIMENT", help=", ".join(EXPERIMENTS))
    top.add_argument("--scale", choices=SCALES, default="paper", help="paper (default), or a stated smaller size")
    top.add_argument("--data", type=Path, metavar="DIR", help="folder with the data set's files")
    top.add_argument("--device", default="auto", metavar="D", help="auto (a GPU where there is one), cpu or cuda")
    top.add_argument(
        "--seeds", type=_seeds, metavar="S", help="for example 0-4 or 0,2,7 (default: 0; a replay's first run)"
    )
    top.add_argument("--epochs", type=int, metavar="N", help="replace the schedule's number; the record says so")
    top.add_argument("--arms", type=lambda text: text.split(","), metavar="A,B", help="only these arms")
    top.add_argument("--case", type=_case, action="append", metavar="NAME=X", help="only this case, as n=20")
    top.add_argument(
        "--out", type=Path, metavar="DIR", help="where record and checkpoints go (default: build/train/...)"
    )
    top.add_argument("--jobs", type=_positive, default=1, metavar="N", help="trainings at once on a CPU (default: 1)")
    top.add_argument("--cluster", metavar="ADDRESS", help="train on a Dask cluster: tcp://host:8786, or local[N]")
    top.add_argument("--threads", type=_positive, default=1, metavar="N", help="CPU threads of a training (default: 1)")
    top.add_argument("--deterministic", action="store_true", help="the same numbers in every run on a GPU; slower")
    top.add_argument("--compile", action="store_true", help="torch.compile; pays on long runs only")
    top.add_argument("--replay", type=Path, metavar="RECORD", help="repeat a recorded first epoch and compare")
    return top


def _train(options: argparse.Namespace) -> int:
    if options.experiment is None:
        raise ValueError(f"experiment must be one of {', '.join(EXPERIMENTS)}, got none")
    out = options.out or Path("build") / "train" / _folder(options)
    record = train(
        options.experiment, scale=options.scale, seeds=options.seeds or (0,), epochs=options.epochs, arms=options.arms,
        cases=options.case, options=_options(options, out),
    )  # fmt: skip
    if int(os.environ.get("RANK", "0")) == 0:
        print(summary(record))
        print(f"\nrecord: {out / 'record.json'}")
    return 0


def _folder(options: argparse.Namespace) -> str:
    name, _ = experiment(options.experiment, options.scale)
    ending = "" if options.scale == "paper" else f"-{options.scale}"
    return name.name + ending + (f"-{options.epochs}-epochs" if options.epochs else "")


def _options(options: argparse.Namespace, out: Path | None) -> Options:
    return Options(
        data=options.data, device=options.device, out=out, jobs=options.jobs, threads=options.threads,
        deterministic=options.deterministic, compiled=options.compile, progress=True, cluster=options.cluster,
    )  # fmt: skip


def _replay(options: argparse.Namespace) -> int:
    lines, same = replay(options.replay, _options(options, None), options.seeds[0] if options.seeds else None)
    print("\n".join(lines))
    return 0 if same else 1


def summary(record: Record) -> str:
    """Means over seeds of the last epoch's figures, one line a case and arm."""
    lines = [f"{record.experiment}, scale {record.scale}: {len(record.runs)} trainings"]
    groups = dict.fromkeys((tuple(sorted(run.case.items())), run.arm) for run in record.runs)
    for case, arm in groups:
        runs = [run for run in record.runs if tuple(sorted(run.case.items())) == case and run.arm == arm]
        where = " ".join(f"{name} = {value:g}" for name, value in case)
        means = {
            name: sum(run.last[name] for run in runs) / len(runs) for name in ("clean", "pgd_ce", "pgd_margin", "apgd")
        }
        figures = "  ".join(f"{name} {value:.4f}" for name, value in means.items())
        lines.append(f"  {where:<12} {arm:<14} {len(runs):>3} seeds  {figures}")
    return "\n".join(lines)


def _seeds(text: str) -> tuple[int, ...]:
    """ "0-4,7" as (0, 1, 2, 3, 4, 7)."""
    seeds: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        if not _short(first) or (last and not _short(last)) or int(last or first) < int(first):
            raise argparse.ArgumentTypeError(
                f"seeds must look like 0-4 or 0,2,7, of at most 9 digits, got {text!r:.80}"
            )
        if len(seeds) + int(last or first) - int(first) >= MOST_SEEDS:
            raise argparse.ArgumentTypeError(f"seeds must be at most {MOST_SEEDS}, got more: {text!r:.80}")
        seeds.extend(range(int(first), int(last or first) + 1))
    return tuple(seeds)


def _case(text: str) -> dict[str, float]:
    name, _, value = text.partition("=")
    try:
        return {name: float(value)}
    except ValueError:
        raise argparse.ArgumentTypeError(f"a case must look like n=20, got {text!r}") from None


def _positive(text: str) -> int:
    if not _short(text) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a number of at least 1 and at most 9 digits, got {text!r:.80}")
    return int(text)


def _short(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9
