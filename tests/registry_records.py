"""Models of the registry for tests: one line each, everything else as a training would write it."""

from datetime import UTC, date, datetime
from typing import Any

from models.domain.registry import ModelRecord, ModelStatus, NewModel
from models.domain.trials import AuditCheck

CLEAN = (AuditCheck("disjoint dates", passed=True, detail="2 folds"),)
LEAKY = (AuditCheck("disjoint dates", passed=False, detail="fold 1: 3 sessions are in both"),)


def new_model(dataset_id: int = 1, content: str = "a", **changes: Any) -> NewModel:
    """Return what a training registers."""
    values: dict[str, Any] = {
        "dataset_id": dataset_id,
        "name": "fast",
        "content_hash": content * 64,
        "data_snapshot": "d" * 64,
        "feature_hash": "f" * 64,
        "configuration": {"window_sessions": 60, "labels": {"n_classes": 3, "horizon_sessions": 5}},
        "seed": 0,
        "code_version": "c" * 64,
        "trained_at": datetime(2026, 1, 5, 12, 0, tzinfo=UTC),
        "train_from": date(2001, 5, 29),
        "train_to": date(2013, 2, 14),
        "labels_through": date(2013, 2, 22),
        "learning_curves": {
            "epoch": [1.0, 2.0],
            "train_loss": [1.1, 1.0],
            "validation_loss": [1.09, 1.08],
            "is_best": [1.0, 1.0],
        },
    }
    return NewModel(**(values | changes))


def evaluation(ic: float = 0.02, low: float = 0.005, brier: float = 0.66) -> dict[str, Any]:
    """Return the figures of an evaluation that decide about a promotion."""
    return {
        "n": 12_000,
        "n_sessions": 2_500,
        "metrics": {"ic": {"value": ic, "low": low, "high": ic}, "brier": {"value": brier}},
        "ic_lower_bound": low,
    }


def record(number: int, status: ModelStatus = ModelStatus.CANDIDATE, **changes: Any) -> ModelRecord:
    """Return a model of the registry, audited clean."""
    values: dict[str, Any] = {"audit": CLEAN, "evaluation": evaluation()}
    return ModelRecord(number, new_model(), status, **(values | changes))
