"""Records to plain JSON data and back; what comes back is checked against the record's own types."""

import math
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from typing import Any


def encode(value: Any) -> Any:
    """`value` as plain JSON data: records as objects, enumerations by value, non-finite floats as strings."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: encode(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [encode(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else str(float(value))
    return value


def decode(kind: Any, data: Any, where: str = "results") -> Any:
    """`data`, plain JSON, as the type `kind`; anything else than that type raises ValueError naming the place."""
    origin = typing.get_origin(kind)
    if origin in {types.UnionType, typing.Union}:
        return _decode_union(kind, data, where)
    if origin is tuple:
        return _decode_tuple(typing.get_args(kind), data, where)
    if origin is dict:
        _expect(isinstance(data, dict), "an object", data, where)
        value_kind = typing.get_args(kind)[1]
        return {key: decode(value_kind, item, f"{where}.{key}") for key, item in data.items()}
    if is_dataclass(kind):
        return _decode_record(typing.cast(type, kind), data, where)
    return _decode_scalar(kind, data, where)


def _decode_union(kind: Any, data: Any, where: str) -> Any:
    options = [option for option in typing.get_args(kind) if option is not type(None)]
    if data is None and len(options) < len(typing.get_args(kind)):
        return None
    for option in options[:-1]:
        try:
            return decode(option, data, where)
        except ValueError:
            continue
    return decode(options[-1], data, where)


def _decode_tuple(kinds: tuple[Any, ...], data: Any, where: str) -> tuple[Any, ...]:
    _expect(isinstance(data, list), "a list", data, where)
    if kinds[-1] is Ellipsis:
        kinds = (kinds[0],) * len(data)
    _expect(len(kinds) == len(data), f"{len(kinds)} entries", data, where)
    return tuple(decode(kind, item, f"{where}[{i}]") for i, (kind, item) in enumerate(zip(kinds, data, strict=True)))


def _decode_record(kind: type, data: Any, where: str) -> Any:
    _expect(isinstance(data, dict), "an object", data, where)
    hints = typing.get_type_hints(kind)
    younger = {field.name for field in fields(kind) if field.default is not MISSING}  # than a file may be
    known = set(hints) - younger <= set(data) <= set(hints)
    _expect(known, f"the keys {', '.join(sorted(hints))}", sorted(data), where)
    return kind(**{name: decode(hints[name], item, f"{where}.{name}") for name, item in data.items()})


def _decode_scalar(kind: Any, data: Any, where: str) -> Any:
    if isinstance(kind, type) and issubclass(kind, Enum):
        _expect(data in [member.value for member in kind], f"one of {[m.value for m in kind]}", data, where)
        return kind(data)
    if kind is float:
        number = type(data) in {int, float} or (isinstance(data, str) and data in {"inf", "-inf", "nan"})
        _expect(number, "a number", data, where)
        try:
            return float(data)
        except OverflowError:
            raise ValueError(f"{where} must be a number that float64 has, got one of too many digits") from None
    _expect(type(data) is kind, f"a value of type {kind.__name__}", data, where)
    return data


def _expect(condition: bool, expected: str, data: Any, where: str) -> None:
    if not condition:
        raise ValueError(f"{where} must be {expected}, got {str(data)[:80]!r}")
