"""Values that nobody should pass, and those that few think of: wrong types, shapes, dtypes, scales and layouts."""

import math
from typing import Any

import numpy as np
from hypothesis import strategies as st

LARGEST, SMALLEST = float(np.finfo(np.float64).max), 5e-324
EXTREMES = (0.0, -0.0, SMALLEST, -SMALLEST, 1e-308, 2.3e-308, 1e-160, 1e-20, 1.0, 1e20, 1e160, 1e308, LARGEST)
NOT_FINITE = (math.nan, math.inf, -math.inf)
HUGE = (2**62, 2**64, 2**70, 10**400)  # of smaller ones the memory decides, which may be there


class Refusing:
    """An object that raises when NumPy or Python asks what it is."""

    def __array__(self, *arguments: Any, **keywords: Any) -> Any:
        raise TypeError("no array")

    def __float__(self) -> float:
        raise TypeError("no number")

    def __repr__(self) -> str:
        return "Refusing()"


def _endless() -> list[Any]:
    nested: list[Any] = []
    nested.append(nested)
    return nested


JUNK = (
    None, "", "text", "1.0", "nan", b"bytes", {}, {"a": 1.0}, set(), (), [], [None], [[1.0], [2.0, 3.0]], object,
    Refusing(), 1j, np.array([1 + 2j]), np.array(["1.0", "2.0"]), np.array([1.0, None], object),
    np.array(2**70, object), np.datetime64("2020-01-01"), range(3), lambda: 1.0, _endless(), "\ud800", "\u202e\n<b>",
    "x" * 10_000,
)  # fmt: skip


def scalars(mode: str) -> st.SearchStrategy[float]:
    """Numbers of the size that `mode` says: everyday ones, or of any size float64 has."""
    if mode == "mild":
        return st.sampled_from([0.0, 1.0, -1.0, 0.5, 2.0, -0.3, 1.7]) | st.floats(-3, 3, allow_subnormal=False)
    powers = st.builds(lambda m, e: math.ldexp(m, e), st.floats(0.5, 1), st.integers(-1073, 1023))
    return st.builds(math.copysign, st.sampled_from(EXTREMES) | powers, st.sampled_from([1.0, 1.0, -1.0]))


def numbers() -> st.SearchStrategy[Any]:
    """In the place of a number."""
    odd: tuple[Any, ...] = (
        *NOT_FINITE, *EXTREMES, -1.0, -1, 0, True, False, np.float32(0.1), np.float16(6e4), np.int8(-1), np.bool_(True),
        np.array(0.5), np.array([0.5]), np.array([]), np.longdouble(1), np.float64(math.nan), *HUGE, -(2**70),
    )  # fmt: skip
    return st.sampled_from([*odd, *JUNK])


def integers(count_of_work: bool) -> st.SearchStrategy[Any]:
    """In the place of an integer; where it counts work to be done, no huge one, which would be done."""
    odd: tuple[Any, ...] = (
        0, -1, -(2**70), True, False, 1.0, 2.5, *NOT_FINITE, np.int8(3), np.uint64(2), np.float64(2), np.array(2),
        np.array([2]), "2",
    )  # fmt: skip
    return st.sampled_from([*odd, *JUNK, *(() if count_of_work else HUGE)])


def texts() -> st.SearchStrategy[Any]:
    """In the place of a name."""
    return st.sampled_from(["FROZEN", " frozen", "frozen\0", "../../x", "full,frozen", 2, math.nan, *JUNK])


@st.composite
def arrays(draw: st.DrawFn, valid: np.ndarray) -> Any:
    """In the place of the array `valid`: one of another shape, dtype, content or layout, or none at all."""
    kind = draw(st.sampled_from(("shape", "entry", "entry", "dtype", "layout", "junk")))
    if kind == "junk":
        return draw(st.sampled_from(JUNK) | numbers())
    if kind == "entry" and valid.size:
        changed = valid.copy()
        changed.flat[draw(st.integers(0, valid.size - 1))] = draw(st.sampled_from([*NOT_FINITE, *EXTREMES, -1.0]))
        return changed
    if kind == "shape":
        return _one(draw, _shapes(valid))
    if kind == "dtype":
        return _as(
            valid, draw(st.sampled_from(("f2", "f4", "g", ">f8", "i8", "u1", "?", "c16", "O", "U", "S", "M8[s]")))
        )
    return _one(draw, _layouts(valid))


def _one(draw: st.DrawFn, choices: list[Any]) -> Any:
    return choices[draw(st.integers(0, len(choices) - 1))]  # Hypothesis would hash them


def _shapes(valid: np.ndarray) -> list[Any]:
    flat = valid.reshape(-1)
    return [
        valid[None], valid[None, None], valid[..., None], flat[:0], np.zeros((0, *valid.shape)),
        np.zeros((*valid.shape, 0)), np.concatenate([flat, flat, [1.0]]), flat[:-1], np.array(1.0), valid.T,
        np.zeros((1,) * 30), np.stack([valid] * 3),
        *([valid[:1], valid[:-1], valid[..., :-1], valid[..., 0]] if valid.size and valid.ndim else []),
    ]  # fmt: skip


def _as(valid: np.ndarray, dtype: str) -> Any:
    with np.errstate(all="ignore"):
        whole = np.nan_to_num(valid).clip(-1e9, 1e9).astype("i8") if dtype in {"i8", "u1", "M8[s]"} else valid
        return whole.astype(dtype)


def _layouts(valid: np.ndarray) -> list[Any]:
    locked, nested = valid.copy(), valid.tolist()
    locked.setflags(write=False)
    return [
        locked, np.asfortranarray(valid), nested, np.broadcast_to(valid, valid.shape), np.ma.array(valid),
        memoryview(np.ascontiguousarray(valid)),
        *([np.repeat(valid, 2, axis=-1)[..., ::2], valid[..., ::-1], tuple(nested)] if valid.ndim else []),
    ]  # fmt: skip
