"""tests.progress: ten lines in all where nobody watches, one line rewritten on a terminal."""

import io

from tests.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(stream: io.StringIO, total: int) -> str:
    progress = Progress(stream)
    progress.total = total
    for i in range(total):
        progress.advance(f"claim check{i}", "holds")
    return stream.getvalue()


def test_a_file_gets_ten_lines() -> None:
    lines = shown(io.StringIO(), 57).splitlines()
    assert len(lines) == 10
    assert lines[-1] == "[57/57] claim check56: holds"


def test_a_terminal_gets_one_line_that_fits() -> None:
    text = shown(Terminal(), 57)
    assert text.count("\n") == 1
    assert all(len(line) <= 79 for line in text.strip().split("\r"))
