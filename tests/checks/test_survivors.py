"""What is said of mutants that survive every claim: of lines that the code has, and of tests that there are."""

import ast
import json
from pathlib import Path

import pytest

from checks.power.record import TESTED, explanations
from checks.power.suite import OURS


def stripped_lines(file: str, function: str) -> set[str]:
    """The lines of a function, given by its dotted name, or of the whole file."""
    text = (OURS.root / file).read_text(encoding="utf-8")
    node: ast.AST = ast.parse(text)
    for name in filter(None, function.split(".")):
        named = (child for child in ast.walk(node) if getattr(child, "name", None) == name)
        node = next(named)
    found = text if isinstance(node, ast.Module) else ast.get_source_segment(text, node) or ""
    return {line.strip() for line in found.splitlines()}


def test_every_explanation_is_of_a_line_that_the_code_has() -> None:
    for file, function, before, after in explanations():
        lines = stripped_lines(file, function)
        assert before in lines, (file, before)
        assert after not in lines, (file, after)


def test_every_test_that_is_said_to_fail_exists() -> None:
    named = {why.removeprefix(TESTED).split()[0] for why in explanations().values() if why.startswith(TESTED)}
    assert named
    for test in sorted(named):
        file, *names = test.split("::")
        tree = ast.parse((OURS.root / file).read_text(encoding="utf-8"))
        assert set(names) <= {getattr(node, "name", "") for node in ast.walk(tree)}, test


@pytest.mark.parametrize(
    "entry", [{"file": "f"}, {"file": "f", "function": "", "before": "a", "after": "b", "why": "?"}]
)
def test_a_reason_of_another_kind_is_refused(tmp_path: Path, entry: dict[str, str]) -> None:
    path = tmp_path / "survivors.json"
    path.write_text(json.dumps([entry]))
    with pytest.raises(ValueError, match="must"):
        explanations(path)
