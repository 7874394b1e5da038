"""A model's settings with some of them changed by name, as a protocol or a command line asks."""

from collections.abc import Mapping
from dataclasses import fields, replace
from enum import StrEnum
from typing import Any, get_type_hints

from models.domain.errors import InvalidRequestError

_NUMBERS = (int, float, float | None)


def changed_settings(model: str, settings: Any, changes: Mapping[str, Any]) -> Any:
    """Return the settings with other values.

    Parameters
    ----------
    model : str
        Its name, for what is said of a change that does not hold.
    settings : dataclass, or None where the model has none
    changes : mapping
        Values as TOML has them; a whole number will do for a fraction.

    Raises
    ------
    InvalidRequestError
        If there is no such setting, or it cannot have that value.
    """
    known = [] if settings is None else [entry.name for entry in fields(settings)]
    kinds = {} if settings is None else get_type_hints(type(settings))
    chosen = {}
    for name, value in changes.items():
        if name not in known:
            choice = f"choose from {', '.join(known)}" if known else "it has none"
            raise InvalidRequestError(f"{model} has no setting {name}; {choice}")
        try:
            chosen[name] = _of_kind(value, kinds[name])
        except (TypeError, ValueError) as error:
            raise InvalidRequestError(
                f"Setting {name} of {model} is {value!r}; it must be {error}"
            ) from error
    return replace(settings, **chosen)


def _of_kind(value: Any, kind: Any) -> Any:
    """Return the value as the setting's kind has it, so that 0 and 0.0 are one configuration."""
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        if value not in list(kind):
            raise ValueError(f"one of {', '.join(kind)}")
        return kind(value)
    if kind is bool or isinstance(value, bool):
        if kind is bool and isinstance(value, bool):
            return value
        raise TypeError(_word(kind))
    if kind in _NUMBERS:
        return _number(value, kind)
    if isinstance(value, list | tuple) and all(type(entry) is int for entry in value):
        return tuple(value)
    raise TypeError("a list of int")


def _number(value: Any, kind: Any) -> int | float:
    if kind is int and type(value) is int:
        return value
    if kind is not int and isinstance(value, int | float):
        return float(value)
    raise TypeError(_word(kind))


def _word(kind: Any) -> str:
    return kind.__name__ if isinstance(kind, type) else "float"
