"""What is installed: every package but torch locked with hashes, at the versions that are pinned, and with a reason."""

import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
UNLOCKED = {"torch"}  # which of its builds fits depends on the machine


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def pins() -> dict[str, str]:
    lines = [line for line in text("constraints.txt").splitlines() if line and not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in (line.split("==") for line in lines)}


def lock() -> dict[str, tuple[str, list[str]]]:
    """Version and hashes by package."""
    entries = re.split(r"\n(?=\S)", text("requirements.txt"))
    found = [re.match(r"([\w.-]+)==([\w.]+)", entry) for entry in entries]
    return {
        canonicalize_name(match[1]): (match[2], re.findall(r"--hash=sha256:([0-9a-f]{64})\b", entry))
        for match, entry in zip(found, entries, strict=True)
        if match
    }


def asked_for() -> Iterator[str]:
    project = tomllib.loads(text("pyproject.toml"))
    groups = [*project["project"]["optional-dependencies"].values(), *project["dependency-groups"].values()]
    for line in [*project["project"]["dependencies"], *(line for group in groups for line in group)]:
        yield canonicalize_name(Requirement(line).name)


def test_every_package_is_locked_with_its_hashes() -> None:
    locked = lock()
    assert set(asked_for()) - UNLOCKED <= set(locked)
    assert not UNLOCKED & set(locked)
    assert all(hashes for _, hashes in locked.values())


def test_the_lock_has_the_pinned_versions() -> None:
    locked = lock()
    assert {name: locked[name][0] for name in pins() if name in locked} == {
        name: version for name, version in pins().items() if name in locked
    }
    assert set(asked_for()) <= set(pins()), "make lock holds to constraints.txt, which names what is asked for"


def test_every_package_asked_for_has_a_reason() -> None:
    table = text("CONTRIBUTING.md").partition("## Dependencies")[2]
    reasons = {canonicalize_name(name) for name in re.findall(r"[\w.-]+", table)}
    assert set(asked_for()) <= reasons


def test_no_host_of_a_registry_is_named() -> None:
    assert "://" not in text("requirements.txt") + text("constraints.txt")


CLEAN, BAD = '{"name": "a", "vulns": []}', '{"name": "b", "vulns": [{"id": "PYSEC-1"}]}'
UNKNOWN = '{"name": "c", "skip_reason": "not found"}'


@pytest.mark.parametrize(
    ("answer", "log", "status", "passes", "says"),
    [
        (f"[{CLEAN}, {CLEAN}, {UNKNOWN}]", "", 0, True, "in 2 locked packages; 1 could not"),
        (f"[{UNKNOWN}]", "", 0, True, "skipped"),
        ("", "ConnectionError: Max retries exceeded", 1, True, "skipped"),
        (f"[{CLEAN}, {BAD}]", "Found 1 known vulnerability", 1, False, "PYSEC-1"),
        ("", "hashes do not match", 1, False, "hashes do not match"),
    ],
)
def test_the_audit_fails_on_what_it_finds_and_not_without_a_network(
    tmp_path: Path, answer: str, log: str, status: int, passes: bool, says: str
) -> None:
    """With a stand-in for pip-audit that answers as the real one does."""
    shutil.copy(ROOT / "audit.sh", tmp_path)
    command = tmp_path / ".venv" / "bin" / "pip-audit"
    command.parent.mkdir(parents=True)
    command.write_text(f"#!/bin/sh\necho '{answer}'\necho '{log}' >&2\nexit {status}\n", encoding="utf-8")
    command.chmod(0o755)
    done = subprocess.run(["sh", "audit.sh"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) is passes
    assert says in done.stdout + done.stderr
