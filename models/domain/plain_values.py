"""Frozen dataclasses as plain JSON values by the names of their fields, and back.

What is stored for years is written by name: a field that is added later, with a default, leaves what was
stored before it readable.
"""

import math
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from enum import Enum
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")


def to_plain(value: Any) -> Any:
    """Return dictionaries, lists, strings, numbers, booleans and None.

    Raises
    ------
    ValueError
        If a number is not finite: it would be shown as one.
    TypeError
        If a value is of no kind that can be stored.
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [to_plain(entry) for entry in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{value} is no figure that can be stored")
        return float(value)
    if value is None or isinstance(value, str | int):
        return value
    raise TypeError(f"{type(value).__name__} cannot be stored as a plain value")


def from_plain(kind: type[T], plain: Any) -> T:
    """Return the dataclass that ``to_plain`` was given; names that it does not know are left out.

    Raises
    ------
    ValueError, TypeError, KeyError
        If the values are not of that kind.
    """
    return cast(T, _read(kind, plain))


def _read(kind: Any, plain: Any) -> Any:
    origin = get_origin(kind)
    if origin in {Union, UnionType}:
        return None if plain is None else _read(_inner(kind), plain)
    if origin is tuple:
        return _read_tuple(get_args(kind), plain)
    if is_dataclass(kind):
        return _read_dataclass(cast(type, kind), plain)
    return _read_scalar(kind, plain)


def _inner(kind: Any) -> Any:
    (inner,) = (part for part in get_args(kind) if part is not NoneType)
    return inner


def _read_tuple(parts: tuple[Any, ...], plain: Any) -> tuple[Any, ...]:
    if not isinstance(plain, list | tuple):
        raise TypeError(f"{plain!r} is no list")
    if len(parts) == 2 and parts[1] is Ellipsis:
        return tuple(_read(parts[0], entry) for entry in plain)
    return tuple(_read(part, entry) for part, entry in zip(parts, plain, strict=True))


def _read_dataclass(kind: type, plain: Any) -> Any:
    if not isinstance(plain, dict):
        raise TypeError(f"{plain!r} is no {kind.__name__}")
    hints = get_type_hints(kind)
    values = {}
    for field in fields(kind):
        if field.name in plain:
            values[field.name] = _read(hints[field.name], plain[field.name])
        elif field.default is MISSING and field.default_factory is MISSING:
            raise KeyError(f"{kind.__name__} without {field.name}")
    return kind(**values)


def _read_scalar(kind: Any, plain: Any) -> Any:
    convert: Callable[[Any], Any] = kind
    if issubclass(kind, date):
        convert = kind.fromisoformat
    elif kind is float and isinstance(plain, bool | str):
        raise TypeError(f"{plain!r} is no number")
    elif kind in {int, str, bool} and type(plain) is not kind:
        raise TypeError(f"{plain!r} is no {kind.__name__}")
    return convert(plain)
