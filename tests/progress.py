"""A line that says how far a run has come: rewritten in place on a terminal, ten lines in all elsewhere."""

from typing import TextIO

WIDTH = 79


class Progress:
    """Counts finished checks and matrices out of `total` on `stream`."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.total = 0
        self.done = 0

    def advance(self, name: str, outcome: str) -> None:
        """Note that `name` has finished with `outcome`."""
        self.done += 1
        line = f"[{self.done:>{len(str(self.total))}}/{self.total}] {name}: {outcome}"
        if self.stream.isatty():
            end = "\n" if self.done == self.total else ""
            self.stream.write(f"\r{line[:WIDTH]:<{WIDTH}}{end}")
        elif self.done * 10 // self.total > (self.done - 1) * 10 // self.total:
            self.stream.write(line + "\n")
        self.stream.flush()
