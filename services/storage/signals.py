"""Indicators and signals."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Select, Table, select, union_all, update
from sqlalchemy.dialects.postgresql import insert

from models.domain.retention import VersionSubject
from models.domain.signals import LABELS, MaturedCounts
from models.tables import datasets, indicators, instruments, matured_counts, signal_versions, signals
from services.storage.binary_copy import to_dates
from services.storage.bulk import RowsSent, copy_out
from services.storage.merging import MergeTarget, merge
from services.storage.retention import check_retained

_COMPUTED = 1e-9  # as exactly as two ways of computing the same agree
_INDICATORS = MergeTarget(indicators, tolerance=_COMPUTED)
_SIGNALS = MergeTarget(
    signals, versions=signal_versions, silent=("computed_at", "segment"), tolerance=_COMPUTED
)


class SqlSignalRepository:
    """``SignalRepository`` on PostgreSQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def merge_indicators(self, frame: pd.DataFrame, now: datetime, on_rows: RowsSent | None = None) -> int:
        """Store new or changed rows (instrument_id, session, values); return the rows written."""
        return merge(self._connection, _INDICATORS, frame, now, on_rows).n_rows

    def merge_signals(self, frame: pd.DataFrame, now: datetime, on_rows: RowsSent | None = None) -> int:
        """Store new or changed rows; a changed signal keeps its old version. Return the rows written."""
        return merge(self._connection, _SIGNALS, frame, now, on_rows).n_rows

    def labels(self, instrument_ids: Sequence[int]) -> np.ndarray:
        """Return instrument_id, session, confluence and label (its place in ``LABELS``) of every signal.

        Returns
        -------
        structured array, shape (n_signals,)
            Sorted by instrument and session; sessions are datetime64[D], confluence NaN where there is none.
        """
        places = " ".join(f"WHEN '{label.value}' THEN {place}" for place, label in enumerate(LABELS))
        numbers = ", ".join(str(int(number)) for number in instrument_ids) or "NULL"
        found = copy_out(
            self._connection,
            "SELECT instrument_id, session, coalesce(confluence, 'NaN'), "  # noqa: S608
            f"(CASE label {places} END)::smallint FROM signals "
            f"WHERE instrument_id IN ({numbers}) ORDER BY instrument_id, session",
            {"instrument_id": "int4", "session": "date", "confluence": "float8", "label": "int2"},
        )
        kinds = [("instrument_id", "i8"), ("session", "M8[D]"), ("confluence", "f8"), ("label", "i2")]
        labels = np.empty(found.size, dtype=kinds)
        for name in ("instrument_id", "confluence", "label"):
            labels[name] = found[name]
        labels["session"] = to_dates(found["session"])
        return labels

    def matured(self, dataset_id: int) -> MaturedCounts | None:
        """Return the counts of matured signals as saved last."""
        row = self._connection.execute(
            select(matured_counts).where(matured_counts.c.dataset_id == dataset_id)
        ).one_or_none()
        if row is None:
            return None
        return MaturedCounts(
            np.datetime64(row.through, "D"), row.n_sessions, np.array(row.ups), np.array(row.totals)
        )

    def save_matured(self, dataset_id: int, counts: MaturedCounts) -> None:
        """Replace the counts of matured signals."""
        values = {
            "through": counts.through.item(),
            "n_sessions": counts.n_sessions,
            "ups": counts.ups.tolist(),
            "totals": counts.totals.tolist(),
        }
        self._connection.execute(
            insert(matured_counts)
            .values(dataset_id=dataset_id, **values)
            .on_conflict_do_update(index_elements=["dataset_id"], set_=values)
        )

    def scored_with(self, dataset_id: int) -> str | None:
        """Return the digest of the code that the stored scores are of; None: not known."""
        query = select(datasets.c.scored_with).where(datasets.c.id == dataset_id)
        found: str | None = self._connection.execute(query).scalar_one()
        return found

    def save_scored_with(self, dataset_id: int, code: str) -> None:
        """Note the digest of the code that everything stored was scored with."""
        self._connection.execute(update(datasets).where(datasets.c.id == dataset_id).values(scored_with=code))

    def sessions_before(self, instrument_ids: np.ndarray, begin: date) -> np.ndarray:
        """Return how many sessions of its window each instrument had before its first one from ``begin`` on.

        Returns
        -------
        int64 array, shape of ``instrument_ids``
            0 where no indicators are stored.
        """
        first = (
            select(indicators.c.window_sessions)
            .where(indicators.c.instrument_id == instruments.c.id, indicators.c.session >= begin)
            .order_by(indicators.c.session)
            .limit(1)
            .lateral("first")
        )
        found = self._connection.execute(
            select(instruments.c.id, first.c.window_sessions).where(
                instruments.c.id.in_(instrument_ids.tolist())
            )
        )
        counts = {row.id: row.window_sessions - 1 for row in found}
        return np.array([counts.get(number, 0) for number in instrument_ids.tolist()], dtype=np.int64)

    def newest(self, dataset_id: int, as_of: date | None = None) -> pd.DataFrame:
        """Return the newest signal of each symbol up to ``as_of``, one row a symbol that has one."""
        return self._newest_of(signals, dataset_id, as_of)

    def newest_indicators(self, dataset_id: int, as_of: date | None = None) -> pd.DataFrame:
        """Return the newest indicators of each symbol up to ``as_of``."""
        return self._newest_of(indicators, dataset_id, as_of)

    def _newest_of(self, table: Table, dataset_id: int, as_of: date | None) -> pd.DataFrame:
        # One index probe a symbol: a DISTINCT ON would read every row of the table.
        rows = select(table).where(table.c.instrument_id == instruments.c.id)
        if as_of is not None:
            rows = rows.where(table.c.session <= as_of)
        newest = rows.order_by(table.c.session.desc()).limit(1).lateral("newest")
        query = (
            select(instruments.c.symbol, newest)
            .where(instruments.c.dataset_id == dataset_id, instruments.c.in_universe)
            .order_by(instruments.c.symbol)
        )
        return _frame(self._connection, query)

    def indicator_history(self, instrument_id: int, first: date, last: date) -> pd.DataFrame:
        """Return one symbol's indicators from one session to another, oldest first."""
        return self._history(indicators, instrument_id, first, last)

    def signal_history(self, instrument_id: int, first: date, last: date) -> pd.DataFrame:
        """Return one symbol's signals from one session to another, oldest first."""
        return self._history(signals, instrument_id, first, last)

    def _history(self, table: Table, instrument_id: int, first: date, last: date) -> pd.DataFrame:
        query = (
            select(table)
            .where(table.c.instrument_id == instrument_id, table.c.session.between(first, last))
            .order_by(table.c.session)
        )
        return _frame(self._connection, query)

    def export_signals(
        self,
        dataset_id: int,
        symbols: Sequence[str],
        sessions: tuple[date | None, date | None],
        known_by: datetime | None,
    ) -> pd.DataFrame:
        """Return every signal of the dataset by symbol and session, as believed now or at a moment.

        Raises
        ------
        PrunedHistoryError
            If what was known at that moment is partly deleted by now.
        """
        of_signal = instruments.c.id == signals.c.instrument_id
        if known_by is None:
            query = select(instruments.c.symbol, signals).join(instruments, of_signal)
            return _frame(self._connection, _restrict(query, signals, dataset_id, symbols, sessions))
        current = (
            select(instruments.c.symbol, signals)
            .join(instruments, of_signal)
            .where(signals.c.known_at <= known_by)
        )
        columns = [column for column in signal_versions.columns if column.name != "believed_until"]
        earlier = (
            select(instruments.c.symbol, *columns)
            .join(instruments, instruments.c.id == signal_versions.c.instrument_id)
            .where(signal_versions.c.known_at <= known_by, signal_versions.c.believed_until > known_by)
        )
        parts = (
            _restrict(current, signals, dataset_id, symbols, sessions, ordered=False),
            _restrict(earlier, signal_versions, dataset_id, symbols, sessions, ordered=False),
        )
        found = _frame(self._connection, union_all(*parts).order_by("symbol", "session"))
        check_retained(self._connection, known_by, VersionSubject.SIGNALS)
        return found


def _restrict(
    query: Select[tuple[object, ...]],
    table: Table,
    dataset_id: int,
    symbols: Sequence[str],
    sessions: tuple[date | None, date | None],
    *,
    ordered: bool = True,
) -> Select[tuple[object, ...]]:
    query = query.where(instruments.c.dataset_id == dataset_id)
    if symbols:
        query = query.where(instruments.c.symbol.in_(symbols))
    first, last = sessions
    if first is not None:
        query = query.where(table.c.session >= first)
    if last is not None:
        query = query.where(table.c.session < last + timedelta(days=1))
    return query.order_by(instruments.c.symbol, table.c.session) if ordered else query


def _frame(connection: Connection, query: object) -> pd.DataFrame:
    result = connection.execute(query)  # type: ignore[call-overload]
    return pd.DataFrame(result.all(), columns=list(result.keys()))
