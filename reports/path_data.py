"""Path data of SVG in few characters: steps from point to point, and no letter or space that can be left out."""

import re
from collections.abc import Iterable, Sequence

Point = tuple[int, int]

COMMAND = re.compile(r"([MLQCz])([^MLQCz]*)")  # those that matplotlib writes
PAIR = re.compile(r"(-?[\d.]+) (-?[\d.]+)")
ORIGIN = (0, 0)


def relative(d: str) -> str:
    """The path `d`, of M, L, Q, C and z in absolute places, in steps of whole tenths; ValueError on other commands."""
    written: list[str] = []
    last, here, start = "", ORIGIN, ORIGIN
    for command, numbers in COMMAND.findall(d):
        points = _points(numbers)
        start = points[-1] if command == "M" else start
        letter, steps = _step(command, here, points)
        here = points[-1] if points else start
        if letter in "hv" and steps == [0] and last not in {"", "m"}:
            continue  # goes nowhere; alone it would be a dot
        implied = (letter == last and letter not in "mz") or (letter, last) == ("l", "m")
        written += [text for text in ("" if implied else letter, *map(_tenths, steps)) if text]
        last = letter
    return _joined(written)


def moved(d: str, x: float, y: float) -> str:
    """The path `d`, whose commands are as in `relative`, moved by (x, y), in tenths."""
    return PAIR.sub(lambda pair: f"{float(pair[1]) + x:.1f} {float(pair[2]) + y:.1f}", d)


def _points(numbers: str) -> list[Point]:
    tenths = [round(10 * float(number)) for number in numbers.split()]
    return list(zip(tenths[::2], tenths[1::2], strict=True))


def _step(command: str, here: Point, points: Sequence[Point]) -> tuple[str, list[int]]:
    """The letter of a relative command, and its numbers."""
    steps = [far - near for point in points for far, near in zip(point, here, strict=True)]
    if command != "L" or all(steps):
        return command.lower(), steps
    return ("v", steps[1:]) if steps[1] else ("h", steps[:1])


def _tenths(count: int) -> str:
    size = f"{abs(count) / 10:g}".removeprefix("0") or "0"
    return f"-{size}" if count < 0 else size


def _joined(texts: Iterable[str]) -> str:
    """Letters and numbers in a row, with a space where two numbers would run together."""
    row, before = [], ""
    for text in texts:
        apart = text[0] == "-" or text[0].isalpha() or before[-1:].isalpha() or not before
        apart |= text[0] == "." and "." in before
        row += [text] if apart else [" ", text]
        before = text
    return "".join(row)
