"""Prices within a session: shown, never scored, never a version of a bar."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pandas as pd
from sqlalchemy import Connection, delete, select, true
from sqlalchemy.dialects.postgresql import insert

from models.domain.feed import Quote
from models.domain.providers import QUOTE_COLUMNS
from models.tables import instruments, quotes


class SqlQuoteRepository:
    """``QuoteRepository`` on PostgreSQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, ids: Mapping[str, int], found: pd.DataFrame, now: datetime) -> int:
        """Store quotes by ``QUOTE_COLUMNS`` that are not there yet; return how many."""
        rows = [
            {
                "instrument_id": ids[row["symbol"]],
                "quoted_at": row["quoted_at"].tz_localize(UTC),
                "price": row["price"],
                "previous_close": None if pd.isna(row["previous_close"]) else row["previous_close"],
                "volume": None if pd.isna(row["volume"]) else row["volume"],
                "received_at": now,
            }
            for row in found.to_dict("records")
            if row["symbol"] in ids
        ]
        if not rows:
            return 0
        statement = insert(quotes).values(rows).on_conflict_do_nothing()
        return int(self._connection.execute(statement).rowcount)

    def newest(self, dataset_id: int) -> pd.DataFrame:
        """Return the newest quote of each symbol by ``QUOTE_COLUMNS``, times aware, and received_at."""
        newest = (
            select(quotes)
            .where(quotes.c.instrument_id == instruments.c.id)
            .order_by(quotes.c.quoted_at.desc())
            .limit(1)
            .lateral("newest")
        )
        columns = [newest.c[name] for name in (*QUOTE_COLUMNS, "received_at") if name != "symbol"]
        rows = self._connection.execute(
            select(instruments.c.symbol, *columns)
            .select_from(instruments.join(newest, true()))
            .where(instruments.c.dataset_id == dataset_id)
            .order_by(instruments.c.symbol)
        )
        return pd.DataFrame(rows.all(), columns=[*QUOTE_COLUMNS, "received_at"])

    def of(self, dataset_id: int, symbol: str) -> Quote | None:
        """Return the newest quote of a symbol, None where there is none."""
        row = self._connection.execute(
            select(quotes.c.price, quotes.c.quoted_at, quotes.c.previous_close)
            .join(instruments, instruments.c.id == quotes.c.instrument_id)
            .where(instruments.c.dataset_id == dataset_id, instruments.c.symbol == symbol)
            .order_by(quotes.c.quoted_at.desc())
            .limit(1)
        ).one_or_none()
        if row is None:
            return None
        change = row.price / row.previous_close - 1.0 if row.previous_close else None
        return Quote(row.price, row.quoted_at.astimezone(UTC), change)

    def prune(self, dataset_id: int, before: datetime) -> int:
        """Delete quotes of before a moment; return how many."""
        members = select(instruments.c.id).where(instruments.c.dataset_id == dataset_id)
        statement = delete(quotes).where(quotes.c.instrument_id.in_(members), quotes.c.quoted_at < before)
        return int(self._connection.execute(statement).rowcount)
