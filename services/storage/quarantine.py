"""Rows of a source that broke a hard rule."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pandas as pd
from sqlalchemy import Connection, func, select

from models.domain.market import QuarantineStatus
from models.tables import quarantine
from services.storage.merging import MergeTarget, merge

_PRICES = ("open", "high", "low", "close", "volume", "adj_close")
# Whoever decided on a row has decided on its values: they stand until the row comes with others.
_QUARANTINE = MergeTarget(quarantine, silent=("found_at", "status", "decided_by", "decided_at"))


class SqlQuarantineRepository:
    """``QuarantineRepository`` on PostgreSQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, dataset_id: int, rejected: pd.DataFrame, now: datetime) -> int:
        """Keep rejected rows (symbol, session, rule, detail, source); return how many are new or changed."""
        unknown = {name: np.nan for name in _PRICES if name not in rejected.columns}
        rows = rejected.drop_duplicates(["symbol", "rule", "source"]).assign(
            dataset_id=dataset_id,
            found_at=pd.Timestamp(now).tz_convert("UTC").tz_localize(None),
            status=QuarantineStatus.QUARANTINED.value,
            decided_by=None,
            decided_at=None,
            **unknown,
        )
        return merge(self._connection, _QUARANTINE, rows, now).n_rows

    def count(self, dataset_id: int) -> int:
        """Return how many rows of a dataset are in quarantine."""
        counted = select(func.count()).where(quarantine.c.dataset_id == dataset_id)
        return int(self._connection.execute(counted).scalar_one())

    def export(self, dataset_id: int, symbols: Sequence[str]) -> pd.DataFrame:
        """Return symbol, session, rule, detail, source of every row in quarantine."""
        columns = (
            quarantine.c.symbol,
            quarantine.c.session,
            quarantine.c.rule,
            quarantine.c.detail,
            quarantine.c.source,
        )
        query = select(*columns).where(quarantine.c.dataset_id == dataset_id)
        if symbols:
            query = query.where(quarantine.c.symbol.in_(symbols))
        rows = self._connection.execute(
            query.order_by(quarantine.c.symbol, quarantine.c.session, quarantine.c.rule)
        )
        return pd.DataFrame(rows.all(), columns=[column.name for column in columns])
