"""Explanations of signals, and what is said of a model as a whole."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row, delete, func, select
from sqlalchemy.dialects.postgresql import distinct_on, insert

from models.domain.explanation_views import AttentionLine
from models.domain.explanations import Explanation, Method, Summary, SummaryType
from models.tables import explanation_summaries, explanations, instruments, sectors
from services.storage.explanation_json import kind_of, summary_from_json, summary_to_json

_STORED_AS_BYTES = ("scaled_days", "day_attributions", "attention")
_OF_CLASS = ("probabilities", "base_probabilities")
_OF_FEATURE = ("values", "percentiles", "attributions", "standard_errors")
_ARRAYS = (*_OF_CLASS, *_OF_FEATURE)
_KEY = ("instrument_id", "session", "model_id", "method")
_FIELDS = tuple(column.name for column in fields(Explanation) if column.name != "symbol")


class SqlExplanationRepository:
    """``ExplanationRepository`` on PostgreSQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save(self, ids: Mapping[str, int], found: Sequence[Explanation], now: datetime) -> int:
        """Insert or replace by symbol, session, model and method; return how many."""
        if not found:
            return 0
        rows = [{**_to_row(one), "instrument_id": ids[one.symbol], "computed_at": now} for one in found]
        statement = insert(explanations)
        newest = {name: statement.excluded[name] for name in rows[0] if name not in _KEY}
        self._connection.execute(statement.on_conflict_do_update(index_elements=_KEY, set_=newest), rows)
        return len(rows)

    def find(
        self, dataset_id: int, symbol: str, session: date, model_id: int, method: Method | None = None
    ) -> Explanation | None:
        """Return one explanation, by the newest computed method unless one is named; None: not computed."""
        query = (
            select(instruments.c.symbol, explanations)
            .join(instruments, instruments.c.id == explanations.c.instrument_id)
            .where(instruments.c.dataset_id == dataset_id, instruments.c.symbol == symbol)
            .where(explanations.c.session == session, explanations.c.model_id == model_id)
            .order_by(explanations.c.computed_at.desc())
            .limit(1)
        )
        if method is not None:
            query = query.where(explanations.c.method == method.value)
        row = self._connection.execute(query).one_or_none()
        return None if row is None else _from_row(row)

    def of_session(
        self, dataset_id: int, model_id: int, session: date, method: Method | None = None
    ) -> list[Explanation]:
        """Return the explanations of a session's signals by one model, by symbol and method."""
        query = (
            select(instruments.c.symbol, explanations)
            .join(instruments, instruments.c.id == explanations.c.instrument_id)
            .where(instruments.c.dataset_id == dataset_id)
            .where(explanations.c.session == session, explanations.c.model_id == model_id)
            .order_by(instruments.c.symbol, explanations.c.method)
        )
        if method is not None:
            query = query.where(explanations.c.method == method.value)
        return [_from_row(row) for row in self._connection.execute(query)]

    def newest_attention(
        self, dataset_id: int, model_id: int, first: date, last: date
    ) -> tuple[tuple[AttentionLine, ...], datetime | None]:
        """Return the newest window of every symbol between two sessions, and when the last was computed.

        By symbol; only what is drawn is read.
        """
        columns = (
            "session",
            "shown_class",
            "class_names",
            "probabilities",
            "window",
            "is_filled",
            "attention",
        )
        query = (
            select(
                instruments.c.symbol,
                instruments.c.name,
                sectors.c.name.label("sector"),
                *(explanations.c[name] for name in (*columns, "computed_at")),
            )
            .join(instruments, instruments.c.id == explanations.c.instrument_id)
            .outerjoin(sectors, sectors.c.id == instruments.c.sector_id)
            .where(instruments.c.dataset_id == dataset_id, instruments.c.in_universe)
            .where(explanations.c.model_id == model_id, explanations.c.session.between(first, last))
            .ext(distinct_on(instruments.c.symbol))
            .order_by(instruments.c.symbol, explanations.c.session.desc(), explanations.c.computed_at.desc())
        )
        rows = self._connection.execute(query).all()
        return tuple(_line(row) for row in rows), max((row.computed_at for row in rows), default=None)

    def explained_models(self, dataset_id: int) -> dict[int, date]:
        """Return the newest session that each model has explained a signal of."""
        query = (
            select(explanations.c.model_id, func.max(explanations.c.session))
            .join(instruments, instruments.c.id == explanations.c.instrument_id)
            .where(instruments.c.dataset_id == dataset_id)
            .group_by(explanations.c.model_id)
        )
        return {row[0]: row[1] for row in self._connection.execute(query)}

    def prune(self, before: datetime) -> int:
        """Delete explanations computed before a moment; return how many."""
        statement = delete(explanations).where(explanations.c.computed_at < before)
        return int(self._connection.execute(statement).rowcount)

    def save_summary(
        self, dataset_id: int, model_id: int, session: date, summary: Summary, now: datetime
    ) -> None:
        """Insert or replace what is said of a model as of a session."""
        row = {
            "dataset_id": dataset_id,
            "model_id": model_id,
            "kind": kind_of(type(summary)),
            "session": session,
            "content": summary_to_json(summary),
            "computed_at": now,
        }
        statement = insert(explanation_summaries).values(row)
        newest = {name: statement.excluded[name] for name in ("content", "computed_at")}
        key = ("dataset_id", "model_id", "kind", "session")
        self._connection.execute(statement.on_conflict_do_update(index_elements=key, set_=newest))

    def summaries(
        self, dataset_id: int, model_id: int, kind: type[SummaryType], limit: int = 1
    ) -> list[SummaryType]:
        """Return the newest summaries of a kind, newest session first."""
        query = (
            select(explanation_summaries.c.content)
            .where(explanation_summaries.c.dataset_id == dataset_id)
            .where(explanation_summaries.c.model_id == model_id)
            .where(explanation_summaries.c.kind == kind_of(kind))
            .order_by(explanation_summaries.c.session.desc())
            .limit(limit)
        )
        return [summary_from_json(kind, row.content) for row in self._connection.execute(query)]

    def summarised(self, dataset_id: int, model_id: int, kind: type[SummaryType]) -> date | None:
        """Return as of which session a kind of summary was made last, None where it never was."""
        query = (
            select(func.max(explanation_summaries.c.session))
            .where(explanation_summaries.c.dataset_id == dataset_id)
            .where(explanation_summaries.c.model_id == model_id)
            .where(explanation_summaries.c.kind == kind_of(kind))
        )
        found: date | None = self._connection.execute(query).scalar_one()
        return found


def _line(row: Row[Any]) -> AttentionLine:
    shown = list(row.class_names).index(row.shown_class)
    return AttentionLine(
        symbol=row.symbol,
        name=row.name,
        sector=row.sector or "",
        session=row.session,
        shown_class=row.shown_class,
        probability=float(row.probabilities[shown]),
        window=tuple(row.window),
        is_filled=np.array(row.is_filled, dtype=np.bool_),
        attention=np.frombuffer(row.attention, dtype="<f4").reshape(-1, len(row.window)),
    )


def _to_row(one: Explanation) -> dict[str, Any]:
    row = {name: getattr(one, name) for name in _FIELDS}
    for name in _ARRAYS:
        row[name] = row[name].tolist()
    for name in _STORED_AS_BYTES:
        row[name] = np.ascontiguousarray(row[name], dtype="<f4").tobytes()
    return {
        **row,
        "is_filled": one.is_filled.tolist(),
        "method": one.method.value,
        **{name: list(row[name]) for name in ("class_names", "feature_names", "window", "sentences")},
    }


def _from_row(row: Row[Any]) -> Explanation:
    found = {name: row._mapping[name] for name in ("symbol", *_FIELDS)}
    for name in _ARRAYS:
        found[name] = np.array(found[name], dtype=np.float64)
    for name in ("class_names", "feature_names", "window", "sentences"):
        found[name] = tuple(found[name])
    for name in _STORED_AS_BYTES:
        n_columns = len(found["window" if name == "attention" else "feature_names"])
        found[name] = np.frombuffer(found[name], dtype="<f4").reshape(-1, n_columns)
    found["is_filled"] = np.array(found["is_filled"], dtype=np.bool_)
    return Explanation(**{**found, "method": Method(found["method"])})
