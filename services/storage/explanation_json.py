"""Summaries of explanations as plain JSON values, and back."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from models.domain.drift import Drift
from models.domain.explanations import (
    AttentionVerdict,
    DeletionTest,
    GlobalImportance,
    Method,
    PermutationImportance,
    Stability,
    Summary,
    SummaryType,
)

_KINDS: Mapping[type[Summary], str] = {
    GlobalImportance: "global_importance",
    PermutationImportance: "permutation_importance",
    DeletionTest: "deletion_test",
    Stability: "stability",
    Drift: "drift",
}
_READ: Mapping[str, Callable[[Any], Any]] = {
    "session": date.fromisoformat,
    "first_session": date.fromisoformat,
    "last_session": date.fromisoformat,
    "method": Method,
    "verdict": AttentionVerdict,
}


def kind_of(summary_type: type[Summary]) -> str:
    """Return the name under which a kind of summary is stored."""
    return _KINDS[summary_type]


def summary_to_json(summary: Summary) -> dict[str, Any]:
    """Return all fields as plain values."""
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in asdict(summary).items()
    }


def summary_from_json(kind: type[SummaryType], content: Mapping[str, Any]) -> SummaryType:
    """Return what ``summary_to_json`` was given."""
    found: dict[str, Any] = {name: _READ.get(name, _frozen)(value) for name, value in content.items()}
    return kind(**found)


def _frozen(value: Any) -> Any:
    """Return a JSON value with tuples for its lists."""
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, dict):
        return {name: _frozen(one) for name, one in value.items()}
    return value
