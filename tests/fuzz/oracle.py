"""What a call may do: return numbers, or raise a ValueError that names argument and value. All else is a defect."""

import copy
import re
import signal
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from types import FrameType
from typing import Any

import numpy as np
import torch

from tests.fuzz.surface import Target

PATIENCE = 10.0  # seconds of processor time for one call
RETURNED, REFUSED, DEFECT = "returned", "refused", "defect"


class Hang(BaseException):
    """A call took too long; no Exception, so that nothing catches it."""


@dataclass(frozen=True)
class Outcome:
    """How a call ended; `kind` says in a word what is wrong with a defect, `detail` in a sentence."""

    status: str
    kind: str = ""
    detail: str = ""


def outcome(target: Target, arguments: dict[str, Any]) -> Outcome:
    """Call `target` and judge what it does."""
    before = {name: _bytes(value) for name, value in arguments.items()}
    try:
        with warnings.catch_warnings(), limited(PATIENCE):
            warnings.simplefilter("error")
            result = target.call(**arguments)
    except Hang:
        return Outcome(DEFECT, "hang", f"more than {PATIENCE} s")
    except Warning as warning:
        return Outcome(DEFECT, "warning", f"{type(warning).__name__}: {warning}")
    except ValueError as error:
        found = _refusal(target, error)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        return Outcome(DEFECT, type(error).__name__, str(error)[:200])
    else:
        silent = has_nan(result) and "NaN" not in target.doc
        found = Outcome(DEFECT, "NaN", f"returned {result!r:.200}") if silent else Outcome(RETURNED)
    changed = [name for name, value in arguments.items() if _bytes(value) != before[name]]
    return Outcome(DEFECT, "mutation", f"changed {', '.join(changed)}") if changed else found


def _refusal(target: Target, error: ValueError) -> Outcome:
    """A ValueError of ours says what must be, by the argument's name, and what was got."""
    if isinstance(error, np.linalg.LinAlgError | UnicodeError):
        return Outcome(DEFECT, type(error).__name__, str(error)[:200])
    message = str(error)
    named = any(re.search(rf"(?<!\w){name}(?!\w)", message) for name in target.names | POPULATION)
    if not named or not re.search(r"\bgot\b|\blacks\b|has none of them", message):
        return Outcome(DEFECT, "message", message[:200])
    return Outcome(REFUSED)


POPULATION = frozenset({"covariance", "true_coefficients", "noise_std"})  # what is wrong may be in the population


def has_nan(value: Any, depth: int = 8) -> bool:
    """Whether a number anywhere in `value` is NaN; what is nested deeper is no result of ours, and may be endless."""
    if not depth:
        return False
    if isinstance(value, float | complex):
        return value != value
    if isinstance(value, torch.Tensor):
        return bool(torch.isnan(value).any()) if value.is_floating_point() else False
    if isinstance(value, np.ndarray | np.generic):
        return bool(np.isnan(value).any()) if value.dtype.kind in "fc" else False
    if is_dataclass(value) and not isinstance(value, type):
        return any(has_nan(getattr(value, field.name), depth - 1) for field in fields(value))
    if isinstance(value, dict):
        return any(has_nan(entry, depth - 1) for entry in value.values())
    return isinstance(value, list | tuple) and any(has_nan(entry, depth - 1) for entry in value)


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise Hang after so much of processor time, which a busy machine does not change."""

    def ring(number: int, frame: FrameType | None) -> None:
        raise Hang

    before = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _bytes(value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.dtype.kind != "O":
        return value.tobytes()
    if isinstance(value, torch.Tensor):
        return value.detach().numpy().tobytes()
    if is_dataclass(value) and not isinstance(value, type):
        return [_bytes(getattr(value, field.name)) for field in fields(value)]
    return copy.copy(value) if isinstance(value, list) else None
