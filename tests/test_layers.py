"""Imports point one way: theory <- models <- checks -> results file -> reports."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = {"theory", "models", "checks", "reports", "tests", "benchmarks", "advtheory"}
ALLOWED = {
    "theory": {"theory"},
    "models": {"models", "theory"},
    "checks": {"checks", "models", "theory"},
    "reports": {"reports", "checks.result"},
}


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("layer", ALLOWED)
def test_layer_imports_only_what_lies_below_it(layer: str) -> None:
    for path in sorted((ROOT / layer).rglob("*.py")):
        for name in imports(path):
            if name.split(".")[0] in OURS:
                assert any(name == base or name.startswith(base + ".") for base in ALLOWED[layer]), f"{path}: {name}"


def test_derivations_never_import_a_stated_result() -> None:
    for path in sorted((ROOT / "theory" / "derivations").rglob("*.py")):
        for name in imports(path):
            if name.split(".")[0] in OURS:
                assert name.startswith(("theory.derivations", "theory.notation")), f"{path}: {name}"


def test_theory_and_the_records_load_without_torch_hypothesis_or_pytest() -> None:
    for path in [
        *(ROOT / "theory").rglob("*.py"),
        ROOT / "checks" / "result.py",
        ROOT / "checks" / "codec.py",
    ]:
        assert not {name.split(".")[0] for name in imports(path)} & {"torch", "hypothesis", "pytest"}, path


def test_no_check_imports_pytest() -> None:
    for path in (ROOT / "checks").rglob("*.py"):
        assert "pytest" not in {name.split(".")[0] for name in imports(path)}, path
