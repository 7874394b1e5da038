"""Stored models, trials, audits and decisions as the Models page shows them."""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from models.domain.model_views import (
    AuditView,
    BookView,
    DecisionLine,
    Estimate,
    GateLine,
    JudgedModel,
    RegisteredModel,
    Setting,
    Standing,
    TrialLine,
)
from models.domain.registry import GateDecision, ModelDecision, ModelRecord
from models.domain.trials import AuditCheck, TrialKind, TrialSharpe


def judged_model(
    model: ModelRecord | None, trial: Mapping[str, Any] | None, standing: Standing
) -> JudgedModel:
    """Return a line of the evidence of a model, of a trial, or of both."""
    evaluation = model.evaluation if model is not None and model.evaluation is not None else None
    if evaluation is None:
        evaluation = trial["evaluation"] if trial is not None else {}
    power = evaluation.get("power") or {}
    return JudgedModel(
        key=f"model:{model.id}" if model is not None else f"trial:{trial['id'] if trial else 0}",
        name=model.name if model is not None else str(trial["model"] if trial else ""),
        standing=standing,
        model_id=model.id if model is not None else None,
        trial_id=model.trial_id if model is not None else (int(trial["id"]) if trial else None),
        judged_at=_judged_at(model, trial),
        n=int(evaluation["n"]),
        n_sessions=int(evaluation["n_sessions"]),
        first_session=str(evaluation.get("first_session", "")),
        last_session=str(evaluation.get("last_session", "")),
        figures=_figures(evaluation),
        ic_lower_bound=_number(evaluation.get("ic_lower_bound")),
        ic_information_ratio=_number(evaluation.get("ic_information_ratio")),
        power=str(power.get("sentence", "")),
        ic_standard_error=_number(power.get("standard_error")),
        book=_book(evaluation.get("book")),
    )


def registered_model(model: ModelRecord) -> RegisteredModel:
    """Return a model of the registry without its evaluation."""
    trained = model.trained
    return RegisteredModel(
        id=model.id,
        name=model.name,
        status=model.status,
        is_forced=model.is_forced,
        is_proven=model.is_proven,
        is_audited_clean=model.is_audited_clean,
        is_rolled_back=model.is_rolled_back,
        trained_at=trained.trained_at,
        train_from=trained.train_from,
        train_to=trained.train_to,
        trial_id=model.trial_id,
        parent_id=trained.parent_id,
        content_hash=trained.content_hash,
        data_snapshot=trained.data_snapshot,
        feature_hash=trained.feature_hash,
        code_version=trained.code_version,
        seed=trained.seed,
        information_coefficient=_number(model.information_coefficient),
        fault=model.fault,
        gate=gate_lines(model.gate),
        decision=None if model.decision is None else decision_line(model.decision),
    )


def trial_line(trial: Mapping[str, Any], sharpe: TrialSharpe | None) -> TrialLine:
    """Return a configuration of the ledger; ``sharpe``: of its book, None without one."""
    evaluation = trial["evaluation"]
    metrics, book = _trial_metrics(trial), evaluation.get("book") or {}
    chosen = settings_of(trial["configuration"].get("model") or {})
    return TrialLine(
        id=int(trial["id"]),
        name=str(trial["model"]),
        kind=TrialKind(trial["kind"]),
        configuration=", ".join(f"{one.name} {one.value}" for one in chosen),
        n_runs=int(trial["n_runs"]),
        first_run_at=trial["first_run_at"],
        last_run_at=trial["last_run_at"],
        information_coefficient=_estimate(metrics.get("ic")).value,
        accuracy=_estimate(metrics.get("accuracy")).value,
        mcc=_estimate(metrics.get("mcc")).value,
        sharpe=None if sharpe is None else _finite(sharpe.annual_sharpe),
        probabilistic=None if sharpe is None else _finite(sharpe.probabilistic),
        deflated=None if sharpe is None or sharpe.deflated is None else _finite(sharpe.deflated),
        excess=_number(book.get("excess_over_equal_weight")),
        benchmark=str((trial["configuration"].get("protocol") or {}).get("name", "")),
    )


def _trial_metrics(trial: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the figures of a trial by name, each with its value and interval."""
    evaluation: Mapping[str, Any] = trial["evaluation"]
    if not TrialKind(trial["kind"]).is_benchmark:
        found: Mapping[str, Any] = evaluation.get("metrics") or {}
        return found
    return {name: {**evaluation[name], "value": evaluation[name]["mean"]} for name in ("accuracy", "mcc")}


def decision_line(decision: ModelDecision) -> DecisionLine:
    """Return a line of the history."""
    return DecisionLine(
        decision.model_id,
        decision.model_name,
        decision.action,
        decision.actor,
        decision.at,
        tuple(decision.reasons),
    )


def gate_lines(gate: GateDecision | None) -> tuple[GateLine, ...]:
    """Return what the gate found; nothing where it was not asked."""
    if gate is None:
        return ()
    return tuple(GateLine(one.name, one.passed, one.sentence) for one in gate.criteria)


def audit_view(audit: Mapping[str, Any] | None) -> AuditView | None:
    """Return a stored audit."""
    if audit is None:
        return None
    return AuditView(audit["audited_at"], tuple(AuditCheck(**check) for check in audit["checks"]))


def settings_of(configuration: Mapping[str, Any], prefix: str = "") -> tuple[Setting, ...]:
    """Return a configuration line by line, what is nested after its parent's name and a dot."""
    found: list[Setting] = []
    for name, value in configuration.items():
        if isinstance(value, Mapping):
            found += settings_of(value, f"{prefix}{name}.")
        else:
            found.append(Setting(f"{prefix}{name}", str(value)))
    return tuple(found)


def _judged_at(model: ModelRecord | None, trial: Mapping[str, Any] | None) -> datetime | None:
    if trial is not None:
        found: datetime = trial["last_run_at"]
        return found
    return model.trained.trained_at if model is not None else None


def _figures(evaluation: Mapping[str, Any]) -> tuple[tuple[str, Estimate], ...]:
    found = {name: _estimate(metric) for name, metric in sorted(evaluation["metrics"].items())}
    error = Estimate(_number(evaluation.get("calibration_error")), n=int(evaluation["n"]))
    found.setdefault("calibration_error", error)
    return tuple(found.items())


def _book(book: Mapping[str, Any] | None) -> BookView | None:
    if not book:
        return None
    n_sessions = int(book["n_sessions"])
    return BookView(
        annual_return=_number(book["annual_return"]),
        excess=Estimate(
            _number(book["excess_over_equal_weight"]),
            _number(book.get("excess_low")),
            _number(book.get("excess_high")),
            n_sessions,
        ),
        percentile=_number(book["random_books_percentile"]),
        n_random_books=int(book["n_random_books"]),
        median_excess=_number(book["random_books_median_excess"]),
        sharpe=Estimate(
            _number(book["sharpe"]), _number(book["sharpe_low"]), _number(book["sharpe_high"]), n_sessions
        ),
        max_drawdown=_number(book["max_drawdown"]),
        turnover=_number(book["turnover"]),
        n_trades=int(book["n_trades"]),
        first_session=str(book["first_session"]),
        last_session=str(book["last_session"]),
        n_sessions=n_sessions,
    )


def _estimate(metric: Mapping[str, Any] | None) -> Estimate:
    if metric is None:
        return Estimate(None)
    return Estimate(
        _number(metric.get("value")),
        _number(metric.get("low")),
        _number(metric.get("high")),
        int(metric.get("n") or 0),
    )


def _finite(value: float) -> float | None:
    """Return a computed figure, None where it is not defined."""
    return value if math.isfinite(value) else None


def _number(value: Any) -> float | None:
    """Return a stored figure; what is not a number was stored as null."""
    return None if value is None else float(value)
