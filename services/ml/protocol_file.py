"""A benchmark's rules from a TOML file."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from models.domain.errors import InvalidRequestError
from models.domain.protocols import Protocol, PublishedResult
from services.ml.price_ratios import FEATURE_SETS

_TOP = {"name": str, "drop_symbols": list, "window_sessions": int, "feature_set": str}
_SESSIONS = ("train_from", "validation_from", "test_from", "test_to")
_THRESHOLDS = ("up_from", "down_to")
_PUBLISHED = {"model": str, "accuracy": float, "mcc": float, "source": str}


def read_protocol(path: Path) -> Protocol:
    """Read and check a protocol.

    Raises
    ------
    InvalidRequestError
        If there is no such file, it is no TOML, or its rules do not hold; all faults are named at once.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidRequestError(
            f"{path}: cannot be read ({error.strerror}); name a protocol file"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidRequestError(f"{path}: is no TOML ({error}); see benchmarks/protocols") from error
    faults: list[str] = []
    top = _values(content, _TOP, "", faults)
    sessions = _values(content.get("sessions", {}), dict.fromkeys(_SESSIONS, date), "sessions.", faults)
    thresholds = _values(content.get("labels", {}), dict.fromkeys(_THRESHOLDS, float), "labels.", faults)
    published = tuple(
        PublishedResult(**_values(entry, _PUBLISHED, f"published[{place}].", faults))
        for place, entry in enumerate(content.get("published", []))
        if isinstance(entry, dict)
    )
    models = content.get("models", {})
    faults += [
        f"models.{name} is no table of settings" for name in models if not isinstance(models[name], dict)
    ]
    if not faults:
        faults = list(_contradictions(top, sessions, thresholds))
    if faults:
        raise InvalidRequestError(f"{path}: {'; '.join(faults)}")
    top["drop_symbols"] = tuple(str(symbol) for symbol in top["drop_symbols"])
    return Protocol(**top, **sessions, **thresholds, published=published, model_settings=models)


def _values(table: Any, kinds: dict[str, type], prefix: str, faults: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    entries = table if isinstance(table, dict) else {}
    faults += [f"{prefix}{name} is not known" for name in entries if _is_stray(name, entries[name], kinds)]
    for name, kind in kinds.items():
        value = entries.get(name)
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if type(value) is not kind:
            word = "missing" if value is None else f"{value!r}, which is no {kind.__name__}"
            faults.append(f"{prefix}{name} is {word}")
        found[name] = value
    return found


def _is_stray(name: str, value: Any, kinds: dict[str, type]) -> bool:
    return name not in kinds and not isinstance(value, dict) and name != "published"


def _contradictions(top: dict[str, Any], sessions: dict[str, Any], thresholds: dict[str, Any]) -> list[str]:
    days = [sessions[name] for name in _SESSIONS]
    found = []
    if days != sorted(days) or days[0] == days[1] or days[1] == days[2]:
        found.append("sessions must rise: " + " < ".join(_SESSIONS))
    if not thresholds["down_to"] < thresholds["up_from"]:
        found.append("labels.down_to must be below labels.up_from")
    if not 1 <= top["window_sessions"] <= 250:
        found.append(f"window_sessions is {top['window_sessions']}; it must be from 1 to 250")
    if top["feature_set"] not in FEATURE_SETS:
        found.append(f"feature_set is {top['feature_set']!r}; choose one of {', '.join(FEATURE_SETS)}")
    return found
