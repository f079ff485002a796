"""Every reader of files, fed files that are nearly right: it reads them, or refuses them in a sentence, and soon.

Where atheris is installed, `tests/fuzz/guided.py` has it find mutations by the lines that they reach.
"""

import gzip
import io
import json
import pickle
import random
import tarfile
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from checks import result
from checks.journal import Journal
from models.datasets import cifar10, mnist
from models.training.checkpoint import load_checkpoint, save_checkpoint
from models.training.record import load_record
from reports import accuracy, calibration, conformance, ledger, power
from tests.fuzz.oracle import Hang, limited
from tests.reports.example import example_run

RECORDED = Path(accuracy.__file__).parent / "recorded"
LONGEST = 200_000  # bytes of a seed that are mutated: what is larger is cut down
PATIENCE = 20.0

DEEP, DIGITS = b"[" * 100_000, b"9" * 10_000
PIECES = (
    DEEP, b'{"a":' * 50_000, DIGITS, b"-" + DIGITS, b"1" + b"0" * 400, b"1e999", b"-1e999", b"1e-400",
    b"NaN", b"Infinity", b"0", b"-0", b"null", b"true", b"[]", b"{}", b'""', b'"inf"', b'"nan"',
    b'"../../../etc/passwd"', b'"/dev/zero"',
    b'"\\u0000"', b'"\\ud800"', b"\xff\xfe", b"\0", b"</script>", b"\r\n", b'{"schema": 1}', b'"schema"',
)  # fmt: skip


@dataclass(frozen=True)
class Parser:
    """A reader: files that it accepts, the ending of their name, and how it is called."""

    name: str
    seeds: Callable[[], list[bytes]]
    read: Callable[[Path], object]
    ending: str = ".json"


@dataclass
class Fed:
    """How many files a parser was fed, how many it read and refused, and what it should not have raised."""

    parser: str
    files: int = 0
    refused: int = 0
    defects: dict[str, bytes] = field(default_factory=dict)


def feed(parser: Parser, content: bytes, folder: Path, fed: Fed) -> None:
    """Let the parser read a file with this content and note what it does; nothing else in the folder may change."""
    path = folder / f"file{parser.ending}"
    path.write_bytes(content)
    fed.files += 1
    try:
        with limited(PATIENCE), warnings.catch_warnings(action="error"):
            found = parser.read(path)
        fed.refused += found is None or getattr(found, "problem", None) is not None
    except ValueError as error:
        fed.refused += 1
        if isinstance(error, UnicodeError) or len(str(error)) > 2000:
            fed.defects.setdefault(f"{type(error).__name__}: {error!s:.60}", content)
    except (Hang, Exception) as error:
        fed.defects.setdefault(f"{type(error).__name__}: {error!s:.60}", content)
    for other in folder.iterdir():
        if other.name.startswith("file"):
            other.unlink()
        else:
            fed.defects.setdefault(f"wrote {other.name}", content)


def mutated(content: bytes, rng: random.Random) -> bytes:
    """The content with up to four changes: bits, cuts, repeats, and pieces that have broken parsers before."""
    found = bytearray(content)
    for _ in range(rng.randint(0, 4)):
        at, end = sorted(rng.randrange(len(found) + 1) for _ in range(2))
        match rng.randrange(7):
            case 0 if found:
                found[at % len(found)] ^= 1 << rng.randrange(8)
            case 1:
                del found[at:]
            case 2:
                del found[at : min(end, at + 200)]
            case 3:
                found[at:at] = found[at : min(end, at + 200)]
            case 4:
                found[at:at] = rng.choice(PIECES)
            case 5 | 6:
                _replace_value(found, rng)
    return bytes(found)


def _replace_value(found: bytearray, rng: random.Random) -> None:
    """Put a piece in the place of what stands between two marks of JSON."""
    marks = [i for i, byte in enumerate(found[:20_000]) if byte in b":,[]{}"]
    if len(marks) > 1:
        which = rng.randrange(len(marks) - 1)
        found[marks[which] + 1 : marks[which + 1]] = rng.choice(PIECES)


def fed(parser: Parser, count: int, seed: int, seconds: float = float("inf")) -> Fed:
    """Feed a parser so many mutated files, the same ones for a seed, or as many as the time allows."""
    rng, noted, end = random.Random(f"{seed} {parser.name}"), Fed(parser.name), time.monotonic() + seconds
    seeds = [content for content in parser.seeds() if len(content) <= LONGEST] or [b"{}"]
    with tempfile.TemporaryDirectory() as folder:
        for content in (*seeds, *PIECES, b""):
            feed(parser, content, Path(folder), noted)
        while noted.files < count and time.monotonic() < end:
            feed(parser, mutated(rng.choice(seeds), rng), Path(folder), noted)
    return noted


def _json(data: Any) -> list[bytes]:
    return [json.dumps(data).encode()]


def _results() -> list[bytes]:
    whole = result.encode(example_run())
    small = whole | {"claims": whole["claims"][:1]}
    return [*_json(small), *_json(whole)]


def _recorded(name: str, *lists: str) -> Callable[[], list[bytes]]:
    """A committed record, with the first two entries of its lists."""

    def seeds() -> list[bytes]:
        data = json.loads((RECORDED / name).read_text(encoding="utf-8"))
        return _json(data | {key: data[key][:2] for key in lists})

    return seeds


def _journal() -> list[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal"
        journal = Journal(path, {"code": "1"})
        journal.add("a", {"x": [1.0, "inf"]})
        journal.add("b", None)
        journal.close()
        return [path.read_bytes()]


def _read_journal(path: Path) -> object:
    journal = Journal(path, {"code": "1"})
    journal.close()
    return dict(journal.finished)


def _checkpoint() -> list[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "c.pt"
        save_checkpoint({"epoch": 3, "weights": [torch.zeros(2)], "curves": {"loss": [0.1]}}, path)
        return [path.read_bytes(), pickle.dumps({"epoch": 3})]


def _archive() -> list[bytes]:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name in ("../../escaped", "/tmp/absolute", "data_batch_1.bin"):
            member = tarfile.TarInfo(name)
            member.size = 3
            archive.addfile(member, io.BytesIO(b"abc"))
    return [gzip.compress(buffer.getvalue())]


def _idx() -> list[bytes]:
    return [bytes([0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 7, 9])]


def _pickled() -> list[bytes]:
    data = {"data": np.zeros((2, 3), np.uint8), "labels": [1, 2]}
    return [pickle.dumps(data, protocol=protocol) for protocol in (0, 2, 4)]


def _substituted(path: Path) -> object:
    return cifar10.read_substituted(path, {"data_batch_1": np.zeros((2, 3073), np.uint8)})


def _binary(path: Path) -> object:
    raw = path.read_bytes()
    return cifar10.read_archive(path.parent, path.name, ".bin", cifar10.from_binary) if raw else None


PARSERS = (
    Parser("results file", _results, result.load),
    Parser("journal", _journal, _read_journal, ".journal"),
    Parser("ledger", lambda: [ledger.LEDGER.read_bytes()], ledger.load),
    Parser("record of a training", _recorded("fig2-smoke.json", "runs"), load_record),
    Parser("record of accuracy", _recorded("accuracy.json", "rows"), accuracy.load),
    Parser("record of conformance", _recorded("attack_conformance.json", "rows"), conformance.load),
    Parser("record of calibration", lambda: _json({"schema": 1, "rows": []}), calibration.load),
    Parser("record of mutants", lambda: _json({"schema": 1, "survivors": []}), power.load),
    Parser("checkpoint", _checkpoint, lambda path: load_checkpoint(path, torch.device("cpu")), ".pt"),
    Parser("IDX file", _idx, lambda path: mnist.read_idx(path.read_bytes(), 3, path), ""),
    Parser("pickled batch", _pickled, lambda path: cifar10.from_python(path.read_bytes(), "batch"), ".py"),
    Parser("archive of batches", _archive, _binary, ".tar.gz"),
    Parser(
        "list of substituted records",
        lambda: [b"file,record,label,class\ndata_batch_1,0,0,airplane\n"],
        _substituted,
        ".csv",
    ),
)
