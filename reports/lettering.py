"""Lines of text for boxes of a drawing: as wide as the letters may be at most, since no font is measured."""

from itertools import pairwise

SIZE = 11.0  # of the letters, in pixels
MOST_LINES = 5
NARROW, BROAD, WIDE = "fijlrtI.,:;'|!()[]- ", "wM", "mW@%—"


def wrapped(text: str, room: float) -> tuple[str, ...]:
    """`text` in at most five lines of `room`, cut where it is longer; letters are taken to be wide ones."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if _width(longer) <= room:
            lines[-1] = longer
        else:
            lines += _pieces(word, room)
    lines = [line for line in lines if line] or [""]
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], _pieces(lines[MOST_LINES - 1], room - SIZE)[0] + "…"]
    return tuple(lines)


def _pieces(word: str, room: float) -> list[str]:
    """A word, broken where it is wider than a line."""
    cuts, width = [0], 0.0
    for place, letter in enumerate(word):
        width += _width(letter)
        if width > room:
            cuts.append(place)
            width = _width(letter)
    return [word[a:b] for a, b in pairwise([*cuts, len(word)])]


def _width(text: str) -> float:
    """How wide `text` is at most in a usual sans-serif: those of DejaVu are among the widest."""
    return SIZE * sum(_em(letter) for letter in text)


def _em(letter: str) -> float:
    if letter in NARROW:
        return 0.4
    if letter in WIDE or ord(letter) > 0x2FF:
        return 0.99
    return 0.86 if letter in BROAD else 0.61
