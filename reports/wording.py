"""Numbers, times and names as a reader wants them."""

import math
import re

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
PLAIN = (1e-3, 1e9)  # numbers between are written without a power of ten

# Control characters, which a terminal obeys, marks that reverse what stands beside them, and halves of characters.
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")

TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")  # of those, what turns round its line


def number(value: float) -> str:
    """A number for readers: at most six significant digits, a power of ten where that is shorter."""
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else "∞" if value > 0 else "−∞"
    size = abs(value)
    if size and not PLAIN[0] <= size < PLAIN[1]:
        digits, _, power = f"{value:.5e}".partition("e")
        return f"{digits.rstrip('0').rstrip('.')} × 10{str(int(power)).translate(SUPERSCRIPTS)}".replace("-", "−")
    rounded = float(f"{value:.6g}") if size < 1e6 else round(value)
    text = f"{rounded:,.0f}" if rounded == int(rounded) else f"{rounded:.6g}"
    return text.replace(",", "\N{NARROW NO-BREAK SPACE}").replace("-", "−")


def exactly(value: float) -> str:
    """A number for programs: as many digits as a reader can compare, in their notation."""
    return f"{value:.9g}"


def duration(seconds: float | None) -> str:
    """A time for readers."""
    if seconds is None or not math.isfinite(seconds):
        return "–"
    if seconds >= 120:
        return f"{seconds / 60:.1f} min"
    return f"{seconds:.1f} s" if seconds >= 0.95 else f"{max(seconds, 0) * 1000:.0f} ms"


def title(claim_id: str) -> str:
    """A claim's id as a heading: without its paper, with spaces."""
    words = claim_id.rpartition(".")[2].replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def slug(text: str) -> str:
    """`text` as an id that needs no quoting anywhere."""
    return re.sub(r"[^\w.-]", "_", text, flags=re.ASCII)


def visible(text: str) -> str:
    """`text` as one line that hides nothing: what cannot be seen shows its code."""
    return verbatim(re.sub(r"\s+", " ", text))


def verbatim(text: str) -> str:
    """`text` in its own lines, with the codes of what cannot be seen."""
    lines = text.expandtabs(4).split("\n")
    return "\n".join(UNSEEN.sub(lambda match: f"<{ord(match[0]):04X}>", line) for line in lines)


def unturned(page: str) -> str:
    """A page of HTML with the codes of the marks in it that would reverse what the page itself says beside them."""
    return TURNING.sub(lambda match: f"&lt;{ord(match[0]):04X}&gt;", page)
