"""How the cases of a search are spread, as small bars that a page holds many of."""

import itertools
import math
from dataclasses import dataclass

from checks.result import Distribution
from reports.wording import number

WIDTH, GAP, HEIGHT, LEAST = 8, 2, 30, 2  # of a bar, between two bars, and of the tallest and the shortest one
DIGITS = 3


@dataclass(frozen=True)
class Bars:
    """One quantity: the strokes of its bars and of the worst case's bar, their numbers in words, and the ends.

    `only` is the value that every case has, None when there are several.
    """

    quantity: str
    width: int
    others: str
    marked: str
    words: str
    ends: tuple[str, str]
    worst: str | None
    only: str | None


def bars(distributions: tuple[Distribution, ...]) -> list[Bars]:
    """The distributions as bars; ValueError when bins and counts differ in number or are not in order."""
    return [_bars(item) for item in distributions]


def _bars(item: Distribution) -> Bars:
    _validate(item)
    marked = {_place(item)} if item.worst is not None else set()
    tallest = max(item.counts, default=0) or 1
    shapes = [_stroke(i, count / tallest, i in marked) for i, count in enumerate(item.counts)]
    labels = [_label(low, high) for low, high in zip(item.low, item.high, strict=True)]
    return Bars(
        quantity=item.quantity,
        width=len(item.counts) * (WIDTH + GAP) - GAP,
        others="".join(shape for i, shape in enumerate(shapes) if i not in marked),
        marked="".join(shapes[i] for i in marked),
        words=_words(item),
        ends=(_short(item.low[0]), _short(item.high[-1])),
        worst=None if item.worst is None else _short(item.worst),
        only=labels[0] if len(item.counts) == 1 and item.low == item.high else None,
    )


def _validate(item: Distribution) -> None:
    if not len(item.low) == len(item.high) == len(item.counts) > 0:
        sizes = f"{len(item.low)}, {len(item.high)} and {len(item.counts)}"
        raise ValueError(f"low, high and counts of {item.quantity!r} must have one entry a bin, got {sizes}")
    ends = [end for pair in zip(item.low, item.high, strict=True) for end in pair]
    if not all(before <= after for before, after in itertools.pairwise(ends)):
        raise ValueError(f"bins of {item.quantity!r} must be in order, got {item.low} to {item.high}")


def _place(item: Distribution) -> int:
    """The last bin that begins at or below the worst case's value."""
    assert item.worst is not None
    return max((i for i, low in enumerate(item.low) if low <= item.worst), default=0)


def _stroke(place: int, share: float, marked: bool) -> str:
    """A bar as a line WIDTH wide: what is there, or marked, is seen, however many others there are."""
    height = max(LEAST, round(share * HEIGHT)) if share or marked else 0
    return f"M{place * (WIDTH + GAP) + WIDTH // 2} {HEIGHT}v-{height}" if height else ""


def _words(item: Distribution) -> str:
    """The bins that are not empty with their counts; one that begins where the one before ended names its end."""
    found, reached = list[str](), math.nan
    for low, high, count in zip(item.low, item.high, item.counts, strict=True):
        if count:
            found.append(f"{f'to {_short(high)}' if low == reached < high else _label(low, high)}: {count}")
            reached = high
    return ", ".join(found)


def _label(low: float, high: float) -> str:
    return _short(low) if low == high else f"{_short(low)} to {_short(high)}"


def _short(value: float) -> str:
    return number(float(f"{value:.{DIGITS}g}"))
