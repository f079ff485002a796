"""Python pickles of plain data and NumPy arrays, read without running anything that they name."""

from __future__ import annotations

import io
import math
import pickle
from typing import Any

import numpy as np

from models.datasets.images import Pixels

# All that a pickled array refers to: in files of 2009, and in those that later versions of NumPy write.
ARRAY_PARTS = {
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
}


class Recorded:
    """Stands for NumPy's constructors: it keeps what it was to be built from, and builds nothing."""

    def __init__(self, *arguments: Any) -> None:
        self.arguments = arguments
        self.state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state

    def array(self, shape: tuple[int, ...]) -> Pixels:
        """The unsigned bytes recorded for a C-ordered array of this shape; ValueError where it is another array."""
        match self.state:
            case (_, found, Recorded(arguments=(b"u1" | "u1", *_)), False | 0, bytes(raw)) if found == shape:
                if len(raw) == math.prod(shape):
                    return np.frombuffer(raw, np.uint8).reshape(shape)
        raise ValueError(f"it must hold an array of unsigned bytes of shape {shape}")


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> type[Recorded]:
        if (module, name) not in ARRAY_PARTS:
            raise pickle.UnpicklingError(f"{module}.{name} is refused")
        return Recorded


def read_dictionary(raw: bytes) -> dict[str, Any]:
    """Return the pickled dictionary with its keys as text; an array in it is a `Recorded`, text of Python 2 is bytes.

    Raises ValueError for a pickle that names anything but the parts of an array, that is damaged, or that holds
    something else.
    """
    try:
        found = _Reader(io.BytesIO(raw), encoding="bytes").load()
    except Exception as error:  # a damaged pickle can raise any
        raise ValueError(f"it cannot be read ({type(error).__name__}: {error!s:.200})") from None
    if not isinstance(found, dict):
        raise ValueError(f"it must hold a dictionary, got {type(found).__name__}")
    return {key.decode("latin-1") if isinstance(key, bytes) else str(key): value for key, value in found.items()}
