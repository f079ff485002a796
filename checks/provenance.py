"""Where a run's results come from: versions, revision, platform, seed and budget."""

import math
import platform
import time
from dataclasses import fields
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

from checks.claim import Budget
from checks.result import SCHEMA, CheckResult, ClaimResult, Run, Symbol
from models.revision import revision

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


def run(
    claims: tuple[ClaimResult, ...],
    budget: Budget,
    begun: float,
    workers: int,
    times: dict[str, float],
    notation: tuple[Symbol, ...] = (),
) -> Run:
    """The results of `claims` with their provenance; `begun` is the start in seconds since the epoch."""
    checks = [check for claim in claims for check in claim.checks]
    recorded = [check for check in checks if _is_recorded(check)]
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
        false_alarm_probability=math.fsum(error_rate(check, budget) for check in checks if not _is_recorded(check)),
        claims=claims,
        times=dict(sorted(times.items())),
        recorded_false_alarm_probability=math.fsum(error_rate(check, budget) for check in recorded),
        notation=notation,
    )


def error_rate(check: CheckResult, budget: Budget) -> float:
    """The false-alarm probability that a check's evidence states; the budget's where a statistical one states none.

    A check that decides nothing for want of a record raises no alarm.
    """
    if check.evidence and check.evidence.awaits_record:
        return 0.0
    stated = check.evidence.numbers.get("error rate") if check.evidence else None
    if stated is None:
        return budget.error_rate if check.kind.statistical else 0.0
    return stated


def _is_recorded(check: CheckResult) -> bool:
    return check.evidence is not None and check.evidence.record is not None


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _plain(value: float | str) -> float | str:
    return value if isinstance(value, str) else float(value)
