"""Results as JSON and back, driven by the types that their dataclasses declare; never pickle.

Whatever a page shows is a frozen dataclass, so its declaration is the whole schema: no class is named in the
stored text, and nothing but the declared classes can come out of it.
"""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from enum import Enum
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, Generic, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import numpy as np

T = TypeVar("T")
_Convert = Callable[[Any], Any]
_PLAIN = {int: "int", float: "float", str: "str", bool: "bool", NoneType: "None"}
_ARRAY_KINDS = frozenset("biufM")  # an array of objects would need pickle


@dataclass(frozen=True)
class _Converter:
    """To plain JSON values and back; None where the value is one already."""

    signature: str
    encode: _Convert | None = None
    decode: _Convert | None = None


@dataclass(frozen=True)
class Shape(Generic[T]):
    """The JSON form of a type. ``fingerprint`` changes with every field that is added, dropped or retyped."""

    fingerprint: str
    _converter: _Converter

    def dumps(self, value: T) -> bytes:
        """Return the value as JSON.

        Raises
        ------
        TypeError
            If it holds what its declaration does not allow and JSON cannot express.
        """
        plain = self._converter.encode(value) if self._converter.encode else value
        return json.dumps(plain, separators=(",", ":")).encode()

    def loads(self, text: bytes) -> T:
        """Return the value that ``dumps`` was given, its arrays writable.

        Raises
        ------
        ValueError, TypeError, RecursionError
            If the text is no such value.
        """
        plain = json.loads(text)
        return cast(T, self._converter.decode(plain) if self._converter.decode else plain)


def shape_of(kind: type[T]) -> Shape[T]:
    """Return the JSON form of a dataclass, or of a plain type.

    Raises
    ------
    TypeError
        If a field's type has none.
    """
    converter = _converter(kind)
    return Shape(hashlib.sha256(converter.signature.encode()).hexdigest()[:12], converter)


def _converter(kind: Any) -> _Converter:
    if kind in _PLAIN:
        return _Converter(_PLAIN[kind])
    if get_origin(kind) in {Union, UnionType}:
        return _optional(kind)
    if get_origin(kind) is tuple:
        return _tuple(kind)
    if get_origin(kind) is dict:
        return _mapping(kind)
    if isinstance(kind, type):
        return _of_class(kind)
    raise TypeError(f"{kind} has no JSON form")


def _of_class(kind: type) -> _Converter:
    if issubclass(kind, date):  # a datetime is one too
        return _Converter(kind.__name__, lambda value: value.isoformat(), kind.fromisoformat)
    if issubclass(kind, Enum):
        members = ",".join(f"{member.name}={member.value}" for member in kind)
        return _Converter(f"{kind.__name__}[{members}]", lambda value: value.value, kind)
    if issubclass(kind, np.ndarray):
        return _Converter("array", _array_to_plain, _array_from_plain)
    if is_dataclass(kind):
        return _dataclass(kind)
    raise TypeError(f"{kind} has no JSON form")


def _optional(kind: Any) -> _Converter:
    inner = [_converter(part) for part in get_args(kind) if part is not NoneType]
    if len(inner) != 1 or NoneType not in get_args(kind):
        raise TypeError(f"{kind} has no JSON form: a value cannot tell which of its types it is")
    encode, decode = inner[0].encode, inner[0].decode
    return _Converter(
        f"{inner[0].signature}?",
        None if encode is None else lambda value: None if value is None else encode(value),
        None if decode is None else lambda value: None if value is None else decode(value),
    )


def _tuple(kind: Any) -> _Converter:
    parts = get_args(kind)
    if parts == (float, ...):
        return _Converter("floats", _floats_to_plain, _floats_from_plain)
    inner = [_converter(part) for part in parts if part is not Ellipsis]
    if len(parts) == 2 and parts[1] is Ellipsis:
        encode, decode = inner[0].encode or _same, inner[0].decode or _same
        return _Converter(
            f"({inner[0].signature}...)",
            lambda values: [encode(value) for value in values],
            lambda plain: tuple(decode(value) for value in plain),
        )
    encoders, decoders = [each.encode or _same for each in inner], [each.decode or _same for each in inner]
    return _Converter(
        f"({','.join(each.signature for each in inner)})",
        lambda values: [encode(value) for encode, value in zip(encoders, values, strict=True)],
        lambda plain: tuple(decode(value) for decode, value in zip(decoders, plain, strict=True)),
    )


def _mapping(kind: Any) -> _Converter:
    """Return the form of a mapping by names."""
    names, values = get_args(kind)
    if names is not str:
        raise TypeError(f"{kind} has no JSON form: its keys are no texts")
    inner = _converter(values)
    encode, decode = inner.encode or _same, inner.decode or _same
    return _Converter(
        f"{{{inner.signature}}}",
        lambda found: {name: encode(value) for name, value in found.items()},
        lambda plain: {name: decode(value) for name, value in plain.items()},
    )


def _dataclass(kind: type) -> _Converter:
    hints = get_type_hints(kind)
    names = [each.name for each in fields(kind)]
    inner = [_converter(hints[name]) for name in names]
    encoders = [(place, each.encode) for place, each in enumerate(inner) if each.encode]
    decoders = [(place, each.decode) for place, each in enumerate(inner) if each.decode]
    # attrgetter of one name gives the bare value.
    read = attrgetter(*names) if len(names) > 1 else lambda value: (getattr(value, names[0]),)

    def encode(value: Any) -> list[Any]:
        plain = list(read(value))
        for place, convert in encoders:
            plain[place] = convert(plain[place])
        return plain

    def decode(plain: Any) -> Any:
        if not isinstance(plain, list) or len(plain) != len(names):
            raise ValueError(f"is no {kind.__name__}: expected a list of {len(names)} values")
        for place, convert in decoders:
            plain[place] = convert(plain[place])
        return kind(*plain)

    described = ",".join(f"{name}:{each.signature}" for name, each in zip(names, inner, strict=True))
    return _Converter(f"{kind.__name__}{{{described}}}", encode, decode)


def _same(value: Any) -> Any:
    return value


def _array_to_plain(array: np.ndarray) -> list[Any]:
    if array.dtype.kind not in _ARRAY_KINDS:
        raise TypeError(f"an array of {array.dtype} has no JSON form")
    raw = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
    return [array.dtype.str, list(array.shape), raw]


def _array_from_plain(plain: list[Any]) -> np.ndarray:
    name, lengths, raw = plain
    kind = np.dtype(name)
    if kind.kind not in _ARRAY_KINDS:
        raise ValueError(f"an array of {kind} has no JSON form")
    # A copy: what base64 gives is read-only.
    return np.frombuffer(base64.b64decode(raw), dtype=kind).reshape(lengths).copy()


def _floats_to_plain(values: tuple[float, ...]) -> str:
    return base64.b64encode(np.array(values, dtype="<f8").tobytes()).decode()


def _floats_from_plain(plain: str) -> tuple[float, ...]:
    return tuple(np.frombuffer(base64.b64decode(plain), dtype="<f8").tolist())
