"""An evaluation as plain JSON values, for the ledger and the pages."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from models.domain.judging import Evaluation, Interval
from models.domain.networks import EpochResult
from models.domain.trials import BookFigures, Overfitting, TrialSharpe
from services.ml.protocol_evaluation import ProtocolEvaluation

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


def curves_to_json(curves: Mapping[int, Sequence[EpochResult]]) -> list[dict[str, Any]]:
    """Return how the model of each fold learnt: its number and a mapping for each epoch."""
    return [
        {"fold": fold, "epochs": [_plain(asdict(epoch)) for epoch in epochs]}
        for fold, epochs in sorted(curves.items())
    ]


def figures_to_json(figures: BookFigures | TrialSharpe | Overfitting | Interval) -> dict[str, Any]:
    """Return every figure of a record of plain values; what is not a number becomes null."""
    return {name: _plain(value) for name, value in asdict(figures).items()}


def protocol_to_json(found: ProtocolEvaluation) -> dict[str, Any]:
    """Return the figures of a benchmark: counts, and each measure with its interval and its value by seed."""
    return {
        "part": found.part.value,
        "n_train": found.n_train,
        "n_validation": found.n_validation,
        "n_test": found.n_test,
        "accuracy": _seeded(found.accuracy, found.accuracy_by_seed),
        "mcc": _seeded(found.mcc, found.mcc_by_seed),
        "epochs_by_seed": list(found.epochs_by_seed),
    }


def _seeded(interval: Interval, by_seed: tuple[float, ...]) -> dict[str, Any]:
    return {
        "mean": interval.value,
        "low": interval.low,
        "high": interval.high,
        "confidence": interval.confidence,
        "by_seed": list(by_seed),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
