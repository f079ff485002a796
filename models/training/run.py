"""From an experiment's name to its record: data, tasks, trainings, one after another or several at once."""

from __future__ import annotations

import multiprocessing
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from models.cluster import connected
from models.datasets import Images, load
from models.revision import revision
from models.training.batches import TrainingData, training_data
from models.training.experiments import Experiment, experiment
from models.training.loop import train_task
from models.training.measured import measured
from models.training.record import Record, Run, load_record, save_record, trainer_digest, write_json
from models.training.state import State
from models.training.task import How, Task
from models.training.workers import joined

TOGETHER_BYTES = {"cpu": 2**19, "cuda": 2**30}
"""Weights of perceptrons trained at once: on a CPU no more than stay in a core's cache, on a GPU enough to fill it."""

REDUCED = "-reduced"
"""What the scale of a record with another number of epochs ends with."""


@dataclass(frozen=True)
class Options:
    """What a command says besides the experiment: see `train`."""

    data: Path | None = None
    device: str = "auto"
    out: Path | None = None
    jobs: int = 1
    threads: int = 1
    deterministic: bool = False
    compiled: bool = False
    progress: bool = False
    cluster: str | None = None


def train(
    name: str,
    *,
    scale: str = "paper",
    seeds: Iterable[int] = (0,),
    epochs: int | None = None,
    arms: Sequence[str] | None = None,
    cases: Sequence[dict[str, float]] | None = None,
    options: Options | None = None,
) -> Record:
    """Train the arms of the experiment `name` at `scale` with each of the `seeds`, in each of its cases, and record it.

    With `options.out` the record is kept there, with checkpoints, and trainings that it already holds are not repeated:
    the same call after an interruption goes on, on a CPU with the very numbers of an uninterrupted one. `epochs`
    replaces the schedule's number; the scale of the record then ends with "-reduced". `options.jobs` trainings run at
    once, in processes of their own, on a CPU; with `options.cluster` as many as that Dask cluster has workers, which
    find data and checkpoints under the same paths. A dead worker's training is done by another one.

    Raises ValueError for unknown names, data that cannot be read, a device that is not there, and a record or a
    checkpoint in `options.out` that is damaged or of other settings.
    """
    options = options or Options()
    chosen, note = experiment(name, scale)
    if epochs is not None and epochs != chosen.schedule.epochs:
        chosen, note = with_epochs(chosen, note, epochs)
        scale += REDUCED
    seeds = tuple(dict.fromkeys(seeds))
    if not seeds or min(seeds) < 0:
        raise ValueError(f"seeds must be one or more numbers of at least 0, got {seeds}")
    device = resolved(options.device, here=options.cluster is None)
    record = _record(chosen, scale, note, images_of(chosen, options.data), options)
    tasks = list(pending(chosen, record, seeds, arms, cases, device))
    for runs in _trained(tasks, device, options):
        record = record.with_runs(runs)
        if options.out and int(os.environ.get("RANK", "0")) == 0:
            save_record(record, options.out / "record.json")
    return record


def with_epochs(chosen: Experiment, note: str, epochs: int) -> tuple[Experiment, str]:
    """`chosen` with another number of epochs, and the note that says so."""
    if epochs < 1:
        raise ValueError(f"epochs must be at least 1, got {epochs}")
    reduced = replace(
        chosen,
        schedule=replace(chosen.schedule, epochs=epochs),
        evaluation=replace(chosen.evaluation, every=min(epochs, chosen.evaluation.every)),
    )
    return reduced, "; ".join(filter(None, (note, f"{epochs} epochs for {chosen.schedule.epochs}")))


def resolved(device: str, here: bool = True) -> torch.device:
    """The device called `device`; "auto" is a GPU where there is one `here`. ValueError for one that is not there."""
    if device == "auto":
        return torch.device("cuda" if here and torch.cuda.is_available() else "cpu")
    if device not in {"cpu", "cuda"}:
        raise ValueError(f"device must be auto, cpu or cuda, got {device!r}")
    if device == "cuda" and here and not torch.cuda.is_available():
        raise ValueError("device must be one that is there, got cuda on a machine where torch finds no GPU")
    return torch.device(device)


@lru_cache(maxsize=2)
def _loaded(dataset: str, classes: tuple[int, ...] | None, data: Path | None) -> Images:
    images = load(dataset, data, progress=sys.stderr.isatty())
    return images.only(classes) if classes else images


def images_of(chosen: Experiment, data: Path | None) -> Images:
    """The images that an experiment trains on."""
    return _loaded(chosen.dataset, chosen.classes, data)


def _record(chosen: Experiment, scale: str, note: str, images: Images, options: Options) -> Record:
    """The record in `options.out`, or an empty one; ValueError where that one has other settings or data."""
    base = scale.removesuffix(REDUCED)
    command = f"advtheory train {chosen.name}" + (f" --scale {base}" if base != "paper" else "")
    command += f" --epochs {chosen.schedule.epochs}" if base != scale else ""
    fresh = Record(
        chosen.name, scale, note, as_json(chosen), {"name": images.name, **asdict(images.provenance)},
        {"digest": trainer_digest(), "revision": revision()}, command, (),
    )  # fmt: skip
    path = options.out / "record.json" if options.out else None
    if path is None or not path.is_file():
        return fresh
    found = load_record(path)
    for field in ("experiment", "scale", "config"):
        if getattr(found, field) != getattr(fresh, field):
            raise ValueError(f"{path} must be of the same {field} to be continued; name another --out")
    if found.data["checksum"] != fresh.data["checksum"]:
        raise ValueError(f"{path} must be of the same data to be continued; name another --out")
    if found.stale:
        raise ValueError(
            f"{path} must be of the present trainer to be continued, which has changed; name another --out"
        )
    return found


def as_json(chosen: Experiment) -> dict[str, Any]:
    """An experiment's settings as JSON reads them back: tuples are lists, infinity is a word."""
    return {name: _plain(value) for name, value in asdict(chosen).items()}


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return "inf" if value == float("inf") else value


def pending(
    chosen: Experiment,
    record: Record,
    seeds: Sequence[int],
    arms: Sequence[str] | None,
    cases: Sequence[dict[str, float]] | None,
    device: torch.device,
) -> Iterator[Task]:
    """The trainings that `record` does not hold yet: case by case, seed by seed, so that a cut-off run holds pairs."""
    names = [chosen.arm(name).name for name in arms] if arms else [arm.name for arm in chosen.arms]
    done = {run.key for run in record.runs}
    known = [dict(case) for case in chosen.cases]
    for case in cases or known:
        if case not in known:
            raise ValueError(f"case must be one of {known}, got {case}")
        wanted = [(name, seed) for seed in seeds for name in names]
        left = [member for member in wanted if (tuple(sorted(case.items())), *member) not in done]
        for epochs in dict.fromkeys(chosen.arm(name).standard_epochs for name, _ in left):
            alike = [member for member in left if chosen.arm(member[0]).standard_epochs == epochs]
            size = _together(chosen, device)
            for first in range(0, len(alike), size):
                yield Task(chosen, case, tuple(alike[first : first + size]))


def _together(chosen: Experiment, device: torch.device) -> int:
    """How many networks of an experiment are trained at once."""
    if chosen.network.kind != "perceptron" or chosen.schedule.batch is not None:
        return 1
    inputs = {"mnist": 784, "digits": 64}[chosen.dataset]
    return max(1, TOGETHER_BYTES[device.type] // (4 * inputs * chosen.network.width))


def _trained(tasks: Sequence[Task], device: torch.device, options: Options) -> Iterator[list[Run]]:
    quiet = not options.progress or int(os.environ.get("RANK", "0")) > 0
    with tqdm(total=sum(task.epochs for task in tasks), unit="epoch", disable=quiet, smoothing=0.05) as bar:
        with _pool(device, options) as pool:
            if pool is not None:
                there = replace(
                    options, data=options.data and options.data.absolute(), out=options.out and options.out.absolute()
                )
                waiting = {pool.submit(run_elsewhere, task, device, there, trainer_digest()): task for task in tasks}
                for finished in as_completed(waiting):
                    bar.update(waiting[finished].epochs)
                    yield finished.result()
                return
        for task in tasks:
            yield run_task(task, device, options, _shown(bar, task))


@contextmanager
def _pool(device: torch.device, options: Options) -> Iterator[Executor | None]:
    """Where several trainings run at once; None where one runs after another, in this process."""
    if options.cluster:
        with connected(options.cluster) as client:
            yield client.get_executor()
    elif options.jobs > 1 and device.type == "cpu":
        with ProcessPoolExecutor(options.jobs, multiprocessing.get_context("spawn")) as pool:
            yield pool
    else:
        yield None


def _shown(bar: tqdm[Any], task: Task) -> Callable[[int, str], None]:
    begun = bar.n

    def progress(epoch: int, text: str) -> None:
        bar.set_postfix_str(f"{task.name}: {text}", refresh=False)
        bar.update(begun + epoch - bar.n)

    return progress


def run_elsewhere(task: Task, device: torch.device, options: Options, trainer: str) -> list[Run]:
    """`run_task` in another process; ValueError when its `trainer` is not the one of the process that asks."""
    if trainer != trainer_digest():
        raise ValueError(f"workers must have the trainer {trainer}, got {trainer_digest()} on {platform.node()}")
    return run_task(task, device, options)


def run_task(
    task: Task, device: torch.device, options: Options, progress: Callable[[int, str], None] | None = None
) -> list[Run]:
    """Train one task and measure its networks, from its checkpoint where there is one, which is removed at the end."""
    with prepared(device, options):
        return _run_task(task, device, options, progress)


def _run_task(
    task: Task, device: torch.device, options: Options, progress: Callable[[int, str], None] | None
) -> list[Run]:
    workers, device = joined(device)
    how = How(device, options.compiled, workers, progress or (lambda epoch, text: None))
    data = data_of(task, options.data, device)
    started = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
    checkpoint = options.out / "checkpoints" / f"{task.name}.pt" if options.out else None
    curves = options.out / "progress" / f"{task.name}.json" if options.out else None

    def report(state: State) -> None:
        if curves and workers.leads:
            write_json({"members": task.members, "case": task.case, "curves": state.curves}, curves)

    state = train_task(task, data, how, checkpoint, report)
    runs = measured(task, data, how, state, started, options.deterministic)
    for path in (checkpoint, curves):
        if path and workers.leads:
            path.unlink(missing_ok=True)
    return runs


def data_of(task: Task, data: Path | None, device: torch.device) -> TrainingData:
    """The images of a task's networks, on `device`."""
    n = int(task.case["n"]) if "n" in task.case else None
    return training_data(task.experiment, images_of(task.experiment, data), n, task.seeds, device)


@contextmanager
def prepared(device: torch.device, options: Options) -> Iterator[None]:
    """The process as a training wants it: its threads, its kernels, and no denormal numbers; as before afterwards."""
    threads, deterministic = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)  # weights that a penalty shrinks would slow a CPU down tenfold
    if device.type == "cuda":
        torch.backends.cudnn.benchmark = not options.deterministic
        torch.set_float32_matmul_precision("high")
    if options.deterministic:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        # Whatever else runs in this process counts on denormal numbers.
        torch.set_flush_denormal(False)
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(deterministic)
