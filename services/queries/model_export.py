"""The registry as a flat table."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from models.domain.registry import ModelRecord

_METRICS = ("accuracy", "mcc", "brier", "ic")
_COLUMNS = (
    "id",
    "name",
    "status",
    "trained_at",
    "train_from",
    "train_to",
    "trial",
    "accuracy",
    "mcc",
    "brier",
    "ic",
    "ic_lower_bound",
    "is_proven",
    "is_forced",
    "window_sessions",
    "n_classes",
    "seed",
    "labels_through",
    "parent_id",
    "content_hash",
    "data_snapshot",
    "feature_hash",
    "code_version",
    "fault",
)


def model_table(models: Sequence[ModelRecord], known_by: datetime | None = None) -> pd.DataFrame:
    """Return a row a model, oldest first; with ``known_by``, those that were trained by then.

    The status is that of now: what was decided when stands in the history of decisions.
    """
    chosen = [one for one in models if known_by is None or one.trained.trained_at <= known_by]
    rows = [_row(one) for one in sorted(chosen, key=lambda one: one.id)]
    whole = dict.fromkeys(("id", "trial", "parent_id", "window_sessions", "n_classes", "seed"), "Int64")
    return pd.DataFrame(rows, columns=list(_COLUMNS)).astype(whole)


def _row(one: ModelRecord) -> dict[str, Any]:
    trained, evaluation = one.trained, one.evaluation or {}
    metrics = evaluation.get("metrics", {})
    return {
        "id": one.id,
        "name": one.name,
        "status": one.status.value,
        "trained_at": trained.trained_at.isoformat(),
        "trial": one.trial_id,
        **{name: metrics.get(name, {}).get("value") for name in _METRICS},
        "ic_lower_bound": evaluation.get("ic_lower_bound"),
        "is_proven": one.is_proven,
        "is_forced": one.is_forced,
        "window_sessions": trained.configuration.get("window_sessions"),
        "n_classes": trained.configuration.get("labels", {}).get("n_classes"),
        "fault": one.fault,
        **{
            name: getattr(trained, name)
            for name in (
                "train_from",
                "train_to",
                "labels_through",
                "seed",
                "parent_id",
                "content_hash",
                "data_snapshot",
                "feature_hash",
                "code_version",
            )
        },
    }
