"""What stands behind one line of the evidence: by confidence, period, sector, horizon and epoch."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from models.domain.model_views import Curve, JudgedModel, ModelDetail, Part, Standing
from models.domain.registry import ModelRecord
from services.quant.judging.differences import share_interval
from services.queries.model_evidence import Ledger
from services.queries.model_rows import audit_view, decision_line, gate_lines, settings_of

_ABOUT_EPOCHS = ("epoch", "is_best")  # of a learning curve's columns
_NO_DAYS = np.empty(0, dtype="datetime64[D]")


def describe_model(ledger: Ledger, line: JudgedModel, evidence: Sequence[JudgedModel]) -> ModelDetail:
    """Return all that was reported of a line, beside the champion or the best baseline."""
    evaluation = ledger.evaluation(line)
    model, trial = ledger.model(line.model_id), ledger.trial(line.trial_id)
    configuration = _configuration(model, trial)
    horizon = int((configuration.get("labels") or {}).get("horizon_sessions", 0))
    sessions, ic = daily_ic(evaluation)
    beside = _beside(line, evidence)
    beside_sessions, beside_ic = (_NO_DAYS, np.empty(0))
    if beside is not None:
        beside_sessions, beside_ic = daily_ic(ledger.evaluation(beside))
    confusion = evaluation.get("confusion") or []
    curves = {} if model is None else model.trained.learning_curves
    return ModelDetail(
        line=line,
        n_classes=len(confusion),
        confusion=tuple(tuple(int(count) for count in row) for row in confusion),
        by_confidence=_parts(evaluation.get("by_confidence"), horizon),
        by_year=_parts(evaluation.get("by_year"), horizon),
        by_sector=_parts(evaluation.get("by_sector"), horizon),
        ic_by_horizon=tuple(
            sorted((int(name), value) for name, value in (evaluation.get("ic_by_horizon") or {}).items())
        ),
        horizon_sessions=horizon,
        sessions=sessions,
        cumulative_ic=_running_sum(ic),
        beside_name="" if beside is None else beside.name,
        beside_sessions=beside_sessions,
        beside_ic=_running_sum(beside_ic),
        curves=_curves(curves),
        fold_curves=_fold_curves(evaluation.get("learning_curves") or ()),
        best_epoch=_best_epoch(curves),
        settings=settings_of(configuration),
        data_snapshot=_provenance(model, trial, "data_snapshot"),
        code_version=_provenance(model, trial, "code_version"),
        audit=audit_view({"audited_at": None, "checks": [vars(one) for one in model.audit]})
        if model is not None and model.audit
        else None,
        gate=gate_lines(model.gate) if model is not None else (),
        decision=decision_line(model.decision) if model is not None and model.decision else None,
    )


def daily_ic(evaluation: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Return sessions and IC of each, NaN where it has none."""
    daily = evaluation.get("daily") or {"sessions": [], "ic": []}
    values = [np.nan if value is None else value for value in daily["ic"]]
    return np.array(daily["sessions"], dtype="datetime64[D]"), np.array(values, dtype=np.float64)


def _running_sum(ic: np.ndarray) -> np.ndarray:
    summed: np.ndarray = np.cumsum(np.nan_to_num(ic))
    return summed


def _beside(line: JudgedModel, evidence: Sequence[JudgedModel]) -> JudgedModel | None:
    """Return what a line is held against: the champion, of that one the best baseline on its sessions."""
    others = [one for one in evidence if one.key != line.key and one.is_comparable]
    if others and others[0].standing is Standing.CHAMPION:
        return others[0]
    baselines = [one for one in others if one.standing is Standing.BASELINE]
    return max(baselines, key=lambda one: one.figure("ic").value or 0.0, default=None)


def _configuration(model: ModelRecord | None, trial: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if model is not None:
        return model.trained.configuration
    found: Mapping[str, Any] = trial["configuration"] if trial is not None else {}
    return found


def _provenance(model: ModelRecord | None, trial: Mapping[str, Any] | None, name: str) -> str:
    if model is not None:
        return str(getattr(model.trained, name))
    return str(trial[name]) if trial is not None else ""


def _parts(parts: Sequence[Mapping[str, Any]] | None, horizon_sessions: int) -> tuple[Part, ...]:
    return tuple(
        Part(
            str(one["name"]),
            int(one["n"]),
            float(one["accuracy"]),
            *share_interval(float(one["accuracy"]), one["n"] / max(horizon_sessions, 1)),
            float(one["base_rate"]),
            float(one["mean_confidence"]),
            None if one.get("ic") is None else float(one["ic"]),
        )
        for one in parts or ()
        if one["n"]
    )


def _curves(curves: Mapping[str, Sequence[float]]) -> tuple[Curve, ...]:
    return tuple(
        Curve(name, tuple(float(value) for value in values))
        for name, values in sorted(curves.items())
        if name not in _ABOUT_EPOCHS and len(values)
    )


def _fold_curves(curves: Sequence[Mapping[str, Any]]) -> tuple[Curve, ...]:
    return tuple(
        Curve(
            f"fold {one['fold'] + 1}",
            tuple(
                epoch["validation_loss"] for epoch in one["epochs"] if epoch["validation_loss"] is not None
            ),
        )
        for one in curves
    )


def _best_epoch(curves: Mapping[str, Sequence[float]]) -> int | None:
    # Each epoch is marked that was the best so far: the last of them is the best of all.
    marked = [place for place, is_best in enumerate(curves.get("is_best", ()), start=1) if is_best]
    return marked[-1] if marked else None
