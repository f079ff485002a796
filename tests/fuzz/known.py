"""Defects that stay: each with the reason why it is not mended. Whatever is not listed here fails."""

from models.training.record import TRAINER

FROZEN = frozenset("models." + name.removesuffix(".py").replace("/", ".") for name in TRAINER)
"""Modules whose code is the trainer's: the recorded trainings, hours each, are keyed by its digest."""

UNCHECKED = "refused, but by an error of Python's or torch's own; the trainer's code, keyed by its digest"
OVERFLOW = "inf - inf of a caller's model whose outputs overflow, or 0/0; the trainer's code, keyed by its digest"

KNOWN = {
    "TypeError": UNCHECKED,
    "IndexError": UNCHECKED,
    "RuntimeError": UNCHECKED,
    "UFuncTypeError": UNCHECKED,
    "OverflowError": UNCHECKED,
    "message": UNCHECKED,
    "warning": UNCHECKED,
    "NaN": OVERFLOW,
}
"""By kind, for the public functions of FROZEN alone."""


def reason(target: str, kind: str) -> str | None:
    """Why this kind of defect of a target stays; None where it must not."""
    frozen = any(target.startswith(f"{module}.") for module in FROZEN)
    return KNOWN.get(kind) if frozen else None
