"""Files are untrusted data: mutated ones are read or refused, each reader has a limit, and nothing in one is run."""

import ast
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from checks import result
from models.conformance import record as conformance_record
from models.training import checkpoint
from models.training import record as training_record
from models.untrusted import LONGEST, one_line, read_bytes, read_json
from reports import accuracy, calibration, conformance, ledger, power
from reports.records import changed_sources
from tests.fuzz.oracle import limited
from tests.fuzz.parsers import PARSERS, Parser, fed

ROOT = Path(result.__file__).parent.parent
FILES = 150


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.name)
def test_a_mutated_file_is_read_or_refused(parser: Parser) -> None:
    found = fed(parser, FILES, seed=0)
    assert not found.defects
    assert found.files >= FILES
    if parser.name != "journal":  # which says what it leaves out, and goes on
        assert found.refused > FILES / 3


def test_a_parser_that_breaks_is_seen() -> None:
    def breaks(path: Path) -> object:
        (path.parent / "escaped").write_text("x", encoding="utf-8")
        return json.loads(path.read_bytes())["a"]["b"]

    found = fed(Parser("broken", lambda: [b'{"a": {"b": 1}}'], breaks), 100, seed=0)
    kinds = {defect.partition(":")[0] for defect in found.defects}
    assert {"KeyError", "TypeError", "RecursionError", "UnicodeDecodeError", "wrote escaped"} <= kinds


@pytest.mark.parametrize(
    ("module", "read"),
    [
        (result, result.load),
        (ledger, ledger.load),
        (training_record, training_record.load_record),
        (accuracy, accuracy.load),
        (calibration, calibration.load),
        (conformance, conformance.load),
        (power, power.load),
        (checkpoint, lambda path: checkpoint.load_checkpoint(path, torch.device("cpu"))),
        (conformance_record, lambda path: conformance_record.save([], path)),
    ],
    ids=lambda thing: getattr(thing, "__name__", ""),
)
def test_a_reader_has_a_limit(module: object, read: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 100)
    path = tmp_path / "large"
    path.write_text('{"schema": 1, "x": "' + "x" * 100 + '"}', encoding="utf-8")
    try:
        said = str(read(path).problem)  # type: ignore[operator]
    except ValueError as error:
        said = str(error)
    assert "must have at most 100 bytes" in said


@pytest.mark.parametrize("place", ["/dev/zero", "pipe", "."])
def test_what_is_no_regular_file_is_not_waited_for(place: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with limited(5), pytest.raises(ValueError, match=r"must be a regular file|Is a directory"):
        read_json(tmp_path / place, "it", 100)


def test_a_path_with_a_nul_byte_is_refused() -> None:
    with pytest.raises(ValueError, match="without a NUL byte"):
        read_bytes(Path("a\0b"), 100)


@pytest.mark.parametrize("text", ["nan", '{"a"', "[" * 100_000, "9" * 5000, "\ufeff{}", ""])
def test_what_is_no_json_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"it must be whole JSON, got a damaged or truncated file: .*x"):
        read_json(tmp_path / "x", "it", 10**6)


def test_a_number_beyond_float64_is_refused() -> None:
    with pytest.raises(ValueError, match=r"where\[1\] must be a number that float64 has"):
        result.decode(tuple[float, ...], [1, 10**400], "where")


def test_a_name_in_a_record_leads_to_no_file_outside(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "outside.py").write_text("x", encoding="utf-8")
    (inside / "link.py").symlink_to(tmp_path / "outside.py")
    (inside / "own.py").write_text("x", encoding="utf-8")
    digest = "2d711642b726"  # of an x
    names = ["../outside.py", str(tmp_path / "outside.py"), "link.py", "/dev/zero", "a\0b", "x" * 5000, "."]
    with limited(5):
        assert changed_sources(dict.fromkeys([*names, "own.py"], digest), inside) == tuple(names)


def test_a_sentence_about_hostile_text_is_one_short_line() -> None:
    assert one_line("a\nb\x1b[31m\u202e\ud800") == "a b\N{REPLACEMENT CHARACTER}[31m" + 2 * "\N{REPLACEMENT CHARACTER}"
    assert len(one_line("x" * 10**6)) <= LONGEST + 5


RUNS_CODE = {"eval", "exec", "compile", "__import__"}
LOADS_CODE = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "yaml", "runpy"}
ALLOWED = {
    "checks/power/judge.py: compile": "the suite's own code with one mutation of our own",
    "checks/power/probe.py: compile": "the suite's own code with probes of our own",
    "checks/power/probe.py: import marshal": "hands that code to processes of the same run, in memory",
    "checks/power/reach.py: import marshal": "takes it from there",
    "checks/power/sites.py: compile": "the suite's own code, to see whether a mutation is Python; never run",
    "models/datasets/pickles.py: import pickle": "its unpickler refuses all but the parts of an array, runs nothing",
}
"""Where code is made or pickles are read, and why that is safe."""


def dangers(path: Path) -> Iterator[str]:
    """What in a file could run what is read from another."""
    name = path.relative_to(ROOT).as_posix()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = node.module if isinstance(node, ast.ImportFrom) else None
            roots = {(module or alias.name).split(".")[0] for alias in node.names}
            yield from (f"{name}: import {root}" for root in sorted(roots & LOADS_CODE))
        elif isinstance(node, ast.Call):
            yield from (f"{name}: {danger}" for danger in _call(node))


def _call(node: ast.Call) -> Iterator[str]:
    values = {keyword.arg: getattr(keyword.value, "value", None) for keyword in node.keywords}
    if isinstance(node.func, ast.Name) and node.func.id in RUNS_CODE:
        yield node.func.id
    if not isinstance(node.func, ast.Attribute):
        return
    owner = getattr(node.func.value, "id", "")
    if (owner, node.func.attr) == ("torch", "load") and values.get("weights_only") is not True:
        yield "torch.load without weights_only"
    if (owner, node.func.attr) == ("np", "load") and values.get("allow_pickle") is not False:
        yield "np.load without allow_pickle=False"
    if (owner, node.func.attr) in {("os", "system"), ("os", "popen")} or values.get("shell") is True:
        yield "a shell"
    if node.func.attr in {"extractall"}:
        yield "an archive unpacked"


def product() -> list[Path]:
    folders = ("theory", "models", "checks", "reports")
    return [*(path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))), ROOT / "advtheory.py"]


def test_nothing_that_is_read_is_run() -> None:
    found = {danger for path in product() for danger in dangers(path)}
    assert found == set(ALLOWED)


def test_dangers_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    code = "import yaml\nfrom pickle import loads\neval('1')\ntorch.load(p)\ntorch.load(p, weights_only=False)\n"
    code += "np.load(p)\nos.system('x')\n"
    (tmp_path / "bad.py").write_text(code, encoding="utf-8")
    kinds = [danger.removeprefix("bad.py: ") for danger in dangers(tmp_path / "bad.py")]
    assert sorted(kinds) == [
        "a shell", "eval", "import pickle", "import yaml", "np.load without allow_pickle=False",
        "torch.load without weights_only", "torch.load without weights_only",
    ]  # fmt: skip
