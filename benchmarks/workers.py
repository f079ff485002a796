"""The whole quick verification with one worker and with two."""

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.timing import Row, seconds


def verify(workers: int) -> None:
    """Run the quick verification in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "advtheory", "verify", "-n", str(workers)]
        command += ["--results", str(Path(folder) / "results.json")]
        subprocess.run(command, check=True, capture_output=True)


def row() -> Row:
    """Wall-clock seconds of both."""
    return Row(
        name="advtheory verify, quick budget, 2 workers",
        ours=seconds(lambda: verify(2)),
        peer=seconds(lambda: verify(1)),
        peer_name="1 worker",
        goal=1.7,
        note="goal for 2 workers: under 120 s on 2 cores",
    )
