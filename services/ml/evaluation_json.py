"""An evaluation as plain JSON values, for the ledger and the pages."""

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from models.domain.judging import Evaluation
from models.domain.trials import BookFigures, Overfitting, TrialSharpe

_ARRAYS = ("daily_ic", "sessions")


def evaluation_to_json(evaluation: Evaluation) -> dict[str, Any]:
    """Return every figure; what is not a number becomes null. ``daily_ic`` goes by session, in order."""
    plain = {name: value for name, value in asdict(evaluation).items() if name not in _ARRAYS}
    plain["power"]["sentence"] = evaluation.power.sentence()
    plain["daily"] = {
        "sessions": [str(day) for day in evaluation.sessions],
        "ic": [round(float(value), 6) for value in evaluation.daily_ic],
    }
    return {name: _plain(value) for name, value in plain.items()}


def figures_to_json(figures: BookFigures | TrialSharpe | Overfitting) -> dict[str, Any]:
    """Return every figure of a record of plain values; what is not a number becomes null."""
    return {name: _plain(value) for name, value in asdict(figures).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
