"""Where a run's results come from: versions, revision, platform, seed and budget."""

import platform
import subprocess
import time
from dataclasses import fields
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from checks.claim import Budget
from checks.result import SCHEMA, ClaimResult, Run

PACKAGES = (
    "advtheory",
    "hypothesis",
    "mpmath",
    "numpy",
    "pytest",
    "pytest-xdist",
    "python-flint",
    "scipy",
    "sympy",
    "torch",
)
ROOT = Path(__file__).resolve().parent.parent


def run(claims: tuple[ClaimResult, ...], budget: Budget, begun: float, workers: int, times: dict[str, float]) -> Run:
    """The results of `claims` with their provenance; `begun` is the start in seconds since the epoch."""
    return Run(
        schema=SCHEMA,
        project="advtheory",
        budget={field.name: _plain(getattr(budget, field.name)) for field in fields(budget) if field.name != "shrink"},
        packages={"python": platform.python_version()} | {name: _version(name) for name in PACKAGES},
        revision=revision(),
        platform=f"{platform.system()} {platform.machine()}",
        started=datetime.fromtimestamp(begun, UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
        seconds=round(time.time() - begun, 3),
        workers=workers,
        false_alarm_probability=budget.error_rate * statistical_checks(claims),
        claims=claims,
        times=dict(sorted(times.items())),
    )


def statistical_checks(claims: tuple[ClaimResult, ...]) -> int:
    """How many checks of a run can raise a false alarm."""
    return sum(check.kind.statistical for claim in claims for check in claim.checks)


def revision() -> str:
    """The git revision of this checkout, marked when it has local changes; "unknown" outside git."""
    found = _git("rev-parse", "HEAD")
    if not found:
        return "unknown"
    return found[:12] + (" with local changes" if _git("status", "--porcelain", "--untracked-files=no") else "")


def _git(*arguments: str) -> str:
    try:
        command = ("git", "-C", str(ROOT), *arguments)
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _plain(value: float | str) -> float | str:
    return value if isinstance(value, str) else float(value)
