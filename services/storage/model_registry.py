"""Trained models, what was decided about them, and what they said."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Connection, Row, Select, select, true, update
from sqlalchemy.dialects.postgresql import insert

from models.domain.registry import (
    Criterion,
    GateDecision,
    ModelAction,
    ModelDecision,
    ModelRecord,
    ModelStatus,
    NewModel,
)
from models.domain.trials import AuditCheck
from models.tables import audits, instruments, model_decisions, model_scores, models
from services.storage.bulk import as_parameters

# Where each decision leaves the model that it is about.
_STATUS_AFTER: Mapping[ModelAction, ModelStatus] = {
    ModelAction.PROMOTE: ModelStatus.CHAMPION,
    ModelAction.FORCE: ModelStatus.CHAMPION,
    ModelAction.RESTORE: ModelStatus.CHAMPION,
    ModelAction.REFUSE: ModelStatus.REFUSED,
    ModelAction.RETIRE: ModelStatus.RETIRED,
    ModelAction.ROLLBACK: ModelStatus.RETIRED,
}
_TRAINED = tuple(NewModel.__dataclass_fields__)


class SqlModelRepository:
    """``ModelRepository`` on PostgreSQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def register(self, trained: NewModel) -> int:
        """Enter a model as candidate; the same content again is the model that stands there already."""
        row = {name: getattr(trained, name) for name in _TRAINED}
        row["configuration"] = dict(trained.configuration)
        row["learning_curves"] = {name: list(values) for name, values in trained.learning_curves.items()}
        statement = insert(models).values(**row).on_conflict_do_nothing().returning(models.c.id)
        found = self._connection.execute(statement).scalar_one_or_none()
        if found is None:
            this = (models.c.dataset_id == trained.dataset_id) & (
                models.c.content_hash == trained.content_hash
            )
            found = self._connection.execute(select(models.c.id).where(this)).scalar_one()
        return int(found)

    def judge(self, model_id: int, evaluation: Mapping[str, Any], trial_id: int, audit_id: int) -> None:
        """Enter how a model did out of sample, its number in the ledger, and the audit of its training."""
        self._update(model_id, evaluation=dict(evaluation), trial_id=trial_id, audit_id=audit_id)

    def decide(self, decision: ModelDecision) -> None:
        """Add a decision to the history and give the model the status that follows from it.

        Whoever makes a champion retires the one before in the same transaction, first.
        """
        gate = None if decision.gate is None else _gate_to_json(decision.gate)
        self._connection.execute(
            insert(model_decisions).values(
                model_id=decision.model_id,
                action=decision.action.value,
                actor=decision.actor,
                at=decision.at,
                reasons=list(decision.reasons),
                gate=gate,
            )
        )
        changes: dict[str, Any] = {"status": _STATUS_AFTER[decision.action].value}
        if gate is not None:
            changes["gate"] = gate
        if decision.action in {ModelAction.PROMOTE, ModelAction.FORCE}:
            changes["is_forced"] = decision.action is ModelAction.FORCE
        self._update(decision.model_id, **changes)

    def note_fault(self, model_id: int, fault: str) -> bool:
        """Note why a model's files cannot be used, or, empty, that they can; return whether that is new."""
        statement = update(models).where(models.c.id == model_id, models.c.fault != fault)
        return bool(self._connection.execute(statement.values(fault=fault)).rowcount)

    def get(self, model_id: int) -> ModelRecord | None:
        """Return one model, None if there is none of that number."""
        row = self._connection.execute(_records(models.c.id == model_id)).one_or_none()
        return None if row is None else _record(row)

    def all(self, dataset_id: int | None = None) -> list[ModelRecord]:
        """Return the models of a dataset, or all of them, newest first."""
        wanted = true() if dataset_id is None else models.c.dataset_id == dataset_id
        query = _records(wanted).order_by(models.c.id.desc())
        return [_record(row) for row in self._connection.execute(query)]

    def champion(self, dataset_id: int, *, lock: bool = False) -> ModelRecord | None:
        """Return a dataset's champion; with ``lock``, nobody else decides until the transaction ends."""
        if lock:
            of_dataset = select(models.c.id).where(models.c.dataset_id == dataset_id)
            self._connection.execute(of_dataset.with_for_update()).all()
        is_champion = (models.c.dataset_id == dataset_id) & (models.c.status == ModelStatus.CHAMPION.value)
        row = self._connection.execute(_records(is_champion)).one_or_none()
        return None if row is None else _record(row)

    def decisions(self, dataset_id: int) -> list[ModelDecision]:
        """Return what was decided about a dataset's models, newest first."""
        query = (
            select(model_decisions, models.c.name.label("model_name"))
            .join(models, models.c.id == model_decisions.c.model_id)
            .where(models.c.dataset_id == dataset_id)
            .order_by(model_decisions.c.id.desc())
        )
        return [_decision(row) for row in self._connection.execute(query)]

    def save_scores(self, frame: pd.DataFrame) -> int:
        """Store what a model said of sessions that no model has scored yet; return how many.

        ``frame`` has the columns of ``model_scores``, ``computed_at`` in naive UTC.
        """
        if frame.empty:
            return 0
        stamped = frame.assign(computed_at=frame["computed_at"].dt.tz_localize("UTC"))
        statement = insert(model_scores).on_conflict_do_nothing().returning(model_scores.c.instrument_id)
        return len(self._connection.execute(statement, as_parameters(stamped)).all())

    def scores(
        self, dataset_id: int, from_session: date | None = None, to_session: date | None = None
    ) -> pd.DataFrame:
        """Return instrument_id, session, model_id, score, is_proven by instrument and session."""
        columns = [
            model_scores.c[name] for name in ("instrument_id", "session", "model_id", "score", "is_proven")
        ]
        query = (
            select(*columns)
            .join(instruments, instruments.c.id == model_scores.c.instrument_id)
            .where(instruments.c.dataset_id == dataset_id)
            .order_by(model_scores.c.instrument_id, model_scores.c.session)
        )
        if from_session is not None:
            query = query.where(model_scores.c.session >= from_session)
        if to_session is not None:
            query = query.where(model_scores.c.session <= to_session)
        rows = self._connection.execute(query).all()
        frame = pd.DataFrame(rows, columns=[column.name for column in columns])
        return frame.assign(session=pd.to_datetime(frame["session"]).astype("datetime64[s]"))

    def _update(self, model_id: int, **values: Any) -> None:
        self._connection.execute(update(models).where(models.c.id == model_id).values(**values))


def _records(wanted: ColumnElement[bool]) -> Select[Any]:
    newest = (
        select(*(column.label(f"decision_{column.name}") for column in model_decisions.columns))
        .where(model_decisions.c.model_id == models.c.id)
        .order_by(model_decisions.c.id.desc())
        .limit(1)
        .lateral("newest")
    )
    return (
        select(models, audits.c.checks, newest)
        .outerjoin(audits, audits.c.id == models.c.audit_id)
        .outerjoin(newest, true())
        .where(wanted)
    )


def _record(row: Row[Any]) -> ModelRecord:
    found = row._mapping
    decision = None
    if found["decision_id"] is not None:
        decision = ModelDecision(
            row.id,
            ModelAction(found["decision_action"]),
            found["decision_actor"],
            found["decision_at"],
            tuple(found["decision_reasons"]),
            _gate(found["decision_gate"]),
            row.name,
            found["decision_id"],
        )
    return ModelRecord(
        id=row.id,
        trained=NewModel(**{name: found[name] for name in _TRAINED}),
        status=ModelStatus(row.status),
        evaluation=row.evaluation,
        trial_id=row.trial_id,
        audit_id=row.audit_id,
        audit=tuple(AuditCheck(**check) for check in row.checks or ()),
        gate=_gate(row.gate),
        decision=decision,
        is_forced=row.is_forced,
        fault=row.fault,
    )


def _decision(row: Row[Any]) -> ModelDecision:
    return ModelDecision(
        row.model_id,
        ModelAction(row.action),
        row.actor,
        row.at,
        tuple(row.reasons),
        _gate(row.gate),
        row.model_name,
        row.id,
    )


def _gate(criteria: Sequence[Mapping[str, Any]] | None) -> GateDecision | None:
    return None if criteria is None else GateDecision(tuple(Criterion(**one) for one in criteria))


def _gate_to_json(gate: GateDecision) -> list[dict[str, Any]]:
    return [vars(criterion) for criterion in gate.criteria]
