"""Records of trainings: what was trained where, with which settings, and how it did; one JSON file an experiment.

A record is append-only: a run, once finished, is never replaced, and its key is (case, arm, seed).
"""

from __future__ import annotations

import ast
import hashlib
import json
import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from models import untrusted

SCHEMA = 1
MAX_BYTES = 2**26  # a full record of 240 runs has about 2 MiB
ROOT = Path(__file__).resolve().parent.parent
TRAINER = (
    "attacks/apgd.py", "attacks/losses.py", "attacks/pgd.py", "attacks/smoothing.py", "attacks/threat.py",
    "perceptron.py", "resnet.py", "training/batches.py", "training/evaluation.py", "training/loop.py",
    "training/schedules.py", "training/state.py", "training/step.py", "training/task.py", "training/workers.py",
)  # fmt: skip
"""The sources that decide what a training computes, given its settings."""
LAYOUT = {"kind", "type_comment", "type_ignores", "type_params"}

Key = tuple[tuple[tuple[str, float], ...], str, int]


@dataclass(frozen=True)
class Run:
    """One trained network.

    `case` is what varies besides the arm ({"n": 10}), `resumed` how often it went on from a checkpoint. `epochs` holds
    curves of one length over `epochs["epoch"]`; `last` and `best` hold the figures after the last epoch and after the
    one with the highest robust accuracy on held-out training images: accuracies as fractions of 1, `zeros` as the share
    of weights that are exactly 0. `first` is what a replay of the first epoch must reproduce.
    """

    case: dict[str, float]
    arm: str
    seed: int
    resumed: int
    started: str
    seconds: float
    images_per_second: float
    device: dict[str, Any]
    versions: dict[str, str]
    epochs: dict[str, list[float]]
    first: dict[str, float]
    last: dict[str, float]
    best: dict[str, float]

    @property
    def key(self) -> Key:
        """What tells it from the other runs of its record."""
        return tuple(sorted(self.case.items())), self.arm, self.seed


@dataclass(frozen=True)
class Record:
    """An experiment's finished runs and their common settings.

    `scale` is "paper" for the paper's sizes; a smaller one supports no claim about those, and `scale_note` says what
    was reduced. `trainer` holds the digest of the trainer's sources and the revision.
    """

    experiment: str
    scale: str
    scale_note: str
    config: dict[str, Any]
    data: dict[str, Any]
    trainer: dict[str, str]
    command: str
    runs: tuple[Run, ...]
    schema: int = SCHEMA

    @property
    def stale(self) -> bool:
        """Whether the trainer's sources have changed since."""
        return self.trainer["digest"] != trainer_digest()

    def with_runs(self, runs: Iterable[Run]) -> Record:
        """The record with `runs` appended, ordered by case, seed and arm; those already there stay as they are."""
        found = {run.key: run for run in (*runs, *self.runs)}
        ordered = sorted(found.values(), key=lambda run: (run.key[0], run.seed, run.arm))
        return replace(self, runs=tuple(ordered))


def trainer_digest() -> str:
    """A fingerprint of the code that decides what a training computes: comments, docstrings and layout aside."""
    digest = hashlib.sha256()
    for name in TRAINER:
        digest.update(repr(_code(ast.parse((ROOT / name).read_text(encoding="utf-8")))).encode())
    return digest.hexdigest()[:16]


def _code(node: object) -> object:
    """A syntax tree as plain data, the same in every version of Python that reads the source alike."""
    if isinstance(node, list):
        return [_code(entry) for entry in node if not _is_text(entry)]
    if not isinstance(node, ast.AST):
        return node
    fields = [(name, value) for name, value in ast.iter_fields(node) if name not in LAYOUT and value not in (None, [])]
    # How formatted strings are parsed depends on the version; here they are the wording of errors.
    return type(node).__name__, [] if isinstance(node, ast.JoinedStr) else [(n, _code(value)) for n, value in fields]


def _is_text(node: object) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def save_record(record: Record, path: Path) -> None:
    """Write `record` as JSON, whole or not at all; numbers that are not finite become null."""
    write_json(asdict(record), path)


def load_record(path: Path) -> Record:
    """The record at `path`; ValueError when it is missing, too large, damaged or of another schema."""
    data = read_json(path)
    if data.get("schema") != SCHEMA:
        raise ValueError(f"record must have schema {SCHEMA}, got {data.get('schema')!r}: {path}")
    runs = data.get("runs")
    if not isinstance(runs, list):
        raise ValueError(f"record must hold a list of runs, got {type(runs).__name__}: {path}")
    fields = _fields(Record, data, path) | {"runs": tuple(parse_run(run, path) for run in runs)}
    record = Record(**fields)
    if len({run.key for run in record.runs}) < len(record.runs):
        raise ValueError(f"runs of a record must differ in case, arm or seed, got one twice: {path}")
    return record


def parse_run(data: object, path: Path) -> Run:
    """A run from JSON; ValueError when a field is missing, unknown or of a wrong type."""
    fields = _fields(Run, data, path)
    for name in ("case", "epochs", "first", "last", "best"):
        fields[name] = {key: _numbers(name, value, path) for key, value in fields[name].items()}
    lengths = {len(curve) if isinstance(curve, list) else -1 for curve in fields["epochs"].values()}
    if len(lengths) > 1 or -1 in lengths:
        raise ValueError(f"epochs of a run must be lists of one length, got lengths {sorted(lengths)}: {path}")
    return Run(**fields)


TYPES: Mapping[str, tuple[type, ...]] = {
    "int": (int,), "float": (int, float), "str": (str,), "tuple[Run, ...]": (list,),
    "dict[str, Any]": (dict,), "dict[str, str]": (dict,), "dict[str, float]": (dict,),
    "dict[str, list[float]]": (dict,),
}  # fmt: skip


def _fields(cls: type, data: object, path: Path) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise ValueError(f"{cls.__name__.lower()} must be a JSON object, got {type(data).__name__}: {path}")
    kinds = {name: TYPES[field.type] for name, field in cls.__dataclass_fields__.items()}  # type: ignore[attr-defined]
    if set(data) != set(kinds):
        wrong = untrusted.one_line(", ".join(sorted(set(data) ^ set(kinds))))
        raise ValueError(f"{cls.__name__.lower()} must have the fields {', '.join(kinds)}; wrong: {wrong:.200}: {path}")
    for name, kind in kinds.items():
        if not isinstance(data[name], kind) or isinstance(data[name], bool):
            raise ValueError(f"{name} must be a {kind[-1].__name__}, got {data[name]!r:.60}: {path}")
    return dict(data)


def _numbers(name: str, value: object, path: Path) -> Any:
    if isinstance(value, list):
        return [_numbers(name, entry, path) for entry in value]
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{name} must hold numbers, got {value!r:.60}: {path}")
    try:
        return float(value)
    except OverflowError:
        raise ValueError(f"{name} must hold numbers that float64 has, got one of too many digits: {path}") from None


def write_json(data: object, path: Path) -> None:
    """Write `data` as JSON, whole or not at all; ValueError when the file cannot be written."""
    part = path.with_name(path.name + f".part{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(_finite(data), indent=1, allow_nan=False) + "\n", encoding="utf-8")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise ValueError(f"record cannot be written: {path}: {error.strerror}") from error


def read_json(path: Path) -> dict[str, Any]:
    """The JSON object in `path`; ValueError when there is none."""
    data = untrusted.read_json(path, "record", MAX_BYTES)
    if not isinstance(data, dict):
        raise ValueError(f"record must be a JSON object, got {type(data).__name__}: {path}")
    return data


def _finite(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _finite(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_finite(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data
