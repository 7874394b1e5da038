"""Rows of a source that broke a hard rule, and what an administrator made of them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from models.domain.market import BarRule, QuarantineKey, QuarantineStatus
from models.tables import quarantine
from services.storage.bulk import as_parameters

_PRICES = ("open", "high", "low", "close", "volume", "adj_close")
_KEY = ("symbol", "rule", "source")
_DECISION = ("status", "decided_by", "decided_at", "found_at")
_COLUMNS = ("symbol", "session", "rule", "detail", "source", *_PRICES, *_DECISION)
_SAME = ("symbol", "rule", "session", "detail", "file", *_PRICES)
_CONTENT = (*_SAME, "ordinal")


class SqlQuarantineRepository:
    """``QuarantineRepository`` on PostgreSQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, dataset_id: int, rejected: pd.DataFrame, now: datetime) -> int:
        """Keep rejected rows; return how many are new or hold other values than before.

        Parameters
        ----------
        dataset_id : int
        rejected : DataFrame
            Columns symbol, session, rule, detail, source, and the prices that could be read.
        now : datetime
            When they were found.

        Notes
        -----
        A row is known again by what it holds, even where it stands on another line of its file by now: what
        was decided on it goes on to hold. A row that holds other values in the same place is to be looked
        at again.
        """
        unknown = {name: np.nan for name in _PRICES if name not in rejected.columns}
        rows = rejected.drop_duplicates(list(_KEY)).assign(**unknown)
        stored = self.rows(dataset_id)
        known = _with_content(rows).merge(
            _with_content(stored)[[*_CONTENT, "source", *_DECISION]],
            how="left",
            on=list(_CONTENT),
            suffixes=("", "_before"),
            validate="one_to_one",
        )
        is_new = known["source_before"].isna()
        has_moved = ~is_new & (known["source"] != known["source_before"])
        if has_moved.any():
            self._forget(dataset_id, known[has_moved].assign(source=known["source_before"]))
        known.loc[is_new, "status"] = QuarantineStatus.QUARANTINED.value
        known.loc[is_new, "found_at"] = now
        # The others are left alone: whoever decides on one meanwhile is not overruled.
        self._write(known[is_new | has_moved].assign(dataset_id=dataset_id))
        return int(is_new.sum())

    def _write(self, rows: pd.DataFrame) -> None:
        """Insert rows, or put them in place of others that stood there."""
        if rows.empty:
            return
        names = [column.name for column in quarantine.columns]
        new = insert(quarantine)
        keys = quarantine.primary_key.columns
        new = new.on_conflict_do_update(
            index_elements=keys, set_={name: new.excluded[name] for name in names if name not in keys}
        )
        self._connection.execute(new, as_parameters(rows[names]))

    def drop_mended(self, dataset_id: int, bars: pd.DataFrame, rejected: pd.DataFrame) -> int:
        """Let go of undecided rows whose session the source has given a sound bar now.

        Parameters
        ----------
        dataset_id : int
        bars : DataFrame
            The sound bars as read: symbol and session.
        rejected : DataFrame
            What was rejected in the same reading: symbol, rule, source. Those rows stay.

        Returns
        -------
        int
            How many there were.
        """
        stored = self.rows(dataset_id, status=QuarantineStatus.QUARANTINED)
        if stored.empty:
            return 0
        stored["session"] = pd.to_datetime(stored["session"]).astype("datetime64[s]")
        read = bars.loc[bars["symbol"].isin(stored["symbol"].unique()), ["symbol", "session"]]
        mended = stored.merge(read.drop_duplicates(), on=["symbol", "session"])
        again = set(zip(*(rejected[name] for name in _KEY), strict=True))
        keys = zip(*(mended[name] for name in _KEY), strict=True)
        mended = mended[np.array([key not in again for key in keys], dtype=bool)]
        if not mended.empty:
            self._forget(dataset_id, mended)
        return len(mended)

    def first_released_since(self, dataset_id: int, since: datetime) -> date | None:
        """Return the earliest session of which a row was released after a moment, None if none was."""
        first = select(func.min(quarantine.c.session)).where(
            _filtered(dataset_id, (), QuarantineStatus.RELEASED), quarantine.c.decided_at > since
        )
        found: date | None = self._connection.execute(first).scalar_one()
        return found

    def _forget(self, dataset_id: int, rows: pd.DataFrame) -> None:
        this = (quarantine.c.dataset_id == dataset_id, *_is_row("symbol_", "rule_", "source_"))
        keys = [
            {f"{name}_": value for name, value in zip(_KEY, key, strict=True)}
            for key in rows[list(_KEY)].itertuples(index=False, name=None)
        ]
        self._connection.execute(delete(quarantine).where(*this), keys)

    def decide(
        self, dataset_id: int, key: QuarantineKey, status: QuarantineStatus, decided_by: str, now: datetime
    ) -> None:
        """Write down what an administrator made of a row."""
        self._connection.execute(
            update(quarantine)
            .where(_is_this(dataset_id, key))
            .values(status=status.value, decided_by=decided_by, decided_at=now)
        )

    def row(self, dataset_id: int, key: QuarantineKey) -> dict[str, Any] | None:
        """Return one row by the columns of ``rows``, locked until the transaction ends, or None."""
        query = select(*_named(_COLUMNS)).where(_is_this(dataset_id, key)).with_for_update()
        found = self._connection.execute(query).one_or_none()
        return None if found is None else dict(found._mapping)

    def rows(
        self,
        dataset_id: int,
        limit: int | None = None,
        offset: int = 0,
        *,
        symbols: Sequence[str] = (),
        status: QuarantineStatus | None = None,
    ) -> pd.DataFrame:
        """Return what stands in quarantine, sorted by symbol, session and rule.

        Returns
        -------
        DataFrame
            symbol, session, rule, detail, source, open to adj_close, status, decided_by, decided_at,
            found_at.
        """
        query = select(*_named(_COLUMNS)).where(_filtered(dataset_id, symbols, status))
        query = query.order_by(*_named(("symbol", "session", "rule", "source"))).limit(limit).offset(offset)
        frame = pd.DataFrame(self._connection.execute(query).all(), columns=list(_COLUMNS))
        return frame.astype(dict.fromkeys(_PRICES, "float64"))

    def count(
        self, dataset_id: int, *, symbols: Sequence[str] = (), status: QuarantineStatus | None = None
    ) -> int:
        """Return how many rows a dataset has in quarantine, or of them with that symbol and status."""
        counted = select(func.count()).where(_filtered(dataset_id, symbols, status))
        return int(self._connection.execute(counted).scalar_one())

    def counts_by_rule(self, dataset_id: int) -> dict[str, int]:
        """Return how many rows each hard rule rejected and nobody released, the commonest rule first."""
        return self._counts(dataset_id, "rule")

    def counts_by_symbol(self, dataset_id: int, rule: BarRule | None = None) -> dict[str, int]:
        """Return how many rows of each symbol were rejected (by one rule, if named) and not released."""
        return self._counts(dataset_id, "symbol", rule)

    def counts_by_symbol_and_rule(self, dataset_id: int) -> pd.DataFrame:
        """Return symbol, rule, n_rows, n_waiting (undecided): rows that were rejected and not released."""
        waiting = func.count().filter(quarantine.c.status == QuarantineStatus.QUARANTINED.value)
        columns = (quarantine.c.symbol, quarantine.c.rule)
        query = (
            select(*columns, func.count().label("n_rows"), waiting.label("n_waiting"))
            .where(quarantine.c.dataset_id == dataset_id)
            .where(quarantine.c.status != QuarantineStatus.RELEASED.value)
            .group_by(*columns)
        )
        result = self._connection.execute(query)
        return pd.DataFrame(result.all(), columns=list(result.keys()))

    def _counts(self, dataset_id: int, name: str, rule: BarRule | None = None) -> dict[str, int]:
        n_rows, column = func.count(), quarantine.c[name]
        query = (
            select(column, n_rows)
            .where(
                quarantine.c.dataset_id == dataset_id,
                quarantine.c.status != QuarantineStatus.RELEASED.value,
            )
            .group_by(column)
            .order_by(n_rows.desc(), column)
        )
        if rule is not None:
            query = query.where(quarantine.c.rule == rule.value)
        return {row[0]: row[1] for row in self._connection.execute(query)}


def _named(names: Sequence[str]) -> "list[ColumnElement[object]]":
    return [quarantine.c[name] for name in names]


def _is_row(symbol: str, rule: str, source: str) -> tuple[ColumnElement[bool], ...]:
    return (
        quarantine.c.symbol == bindparam(symbol),
        quarantine.c.rule == bindparam(rule),
        quarantine.c.source == bindparam(source),
    )


def _is_this(dataset_id: int, key: QuarantineKey) -> ColumnElement[bool]:
    return and_(
        quarantine.c.dataset_id == dataset_id,
        quarantine.c.symbol == key.symbol,
        quarantine.c.rule == key.rule,
        quarantine.c.source == key.source,
    )


def _filtered(
    dataset_id: int, symbols: Sequence[str], status: QuarantineStatus | None
) -> ColumnElement[bool]:
    conditions = [quarantine.c.dataset_id == dataset_id]
    if symbols:
        conditions.append(quarantine.c.symbol.in_(symbols))
    if status is not None:
        conditions.append(quarantine.c.status == status.value)
    return and_(*conditions)


def _with_content(rows: pd.DataFrame) -> pd.DataFrame:
    """Say of each row what it holds and in which file: all but the line, and which of several alike it is."""
    said = rows.assign(
        session=pd.to_datetime(rows["session"]).astype("datetime64[s]"),
        file=rows["source"].astype("str").str.replace(r":\d+$", "", regex=True),
    )
    return said.assign(ordinal=said.groupby(list(_SAME), dropna=False).cumcount())
