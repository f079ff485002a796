"""The git revision of this checkout, for records and results."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


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
