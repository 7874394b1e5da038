"""The registry as a flat table."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from models.domain.registry import ModelRecord
from services.queries.model_rows import trial_line

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
_TRIAL_COLUMNS = (
    "id",
    "name",
    "kind",
    "accuracy",
    "mcc",
    "ic",
    "excess",
    "sharpe",
    "accuracy_by_seed",
    "mcc_by_seed",
    "epochs_by_seed",
    "n_runs",
    "first_run_at",
    "last_run_at",
    "configuration",
    "data_snapshot",
    "code_version",
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


def trial_table(trials: Sequence[Mapping[str, Any]], known_by: datetime | None = None) -> pd.DataFrame:
    """Return a row a configuration that was tried, oldest first; with ``known_by``, those tried by then.

    The figures are those of the newest run.
    """
    chosen = [one for one in trials if known_by is None or one["first_run_at"] <= known_by]
    rows = [_trial_row(one) for one in sorted(chosen, key=lambda one: one["id"])]
    return pd.DataFrame(rows, columns=list(_TRIAL_COLUMNS)).astype({"id": "Int64", "n_runs": "Int64"})


def _trial_row(trial: Mapping[str, Any]) -> dict[str, Any]:
    line, evaluation = trial_line(trial, None), trial["evaluation"]
    book = evaluation.get("book") or {}
    return {
        "id": line.id,
        "name": line.name,
        "kind": line.kind.value,
        "accuracy": line.accuracy,
        "mcc": line.mcc,
        "ic": line.information_coefficient,
        "excess": line.excess,
        "sharpe": book.get("sharpe"),
        "accuracy_by_seed": _listed(evaluation, "accuracy"),
        "mcc_by_seed": _listed(evaluation, "mcc"),
        "epochs_by_seed": json.dumps(evaluation["epochs_by_seed"])
        if "epochs_by_seed" in evaluation
        else None,
        "n_runs": line.n_runs,
        "first_run_at": line.first_run_at.isoformat(),
        "last_run_at": line.last_run_at.isoformat(),
        "configuration": json.dumps(trial["configuration"], sort_keys=True),
        "data_snapshot": trial["data_snapshot"],
        "code_version": trial["code_version"],
    }


def _listed(evaluation: Mapping[str, Any], name: str) -> str | None:
    """Return a benchmark's figure by seed as JSON; other trials have one seed."""
    figure = evaluation.get(name)
    return json.dumps([round(value, 6) for value in figure["by_seed"]]) if figure else None
