"""How good the stored prices are: flags of soft rules, shares by symbol, by run and by session."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Column, Connection, Select, bindparam, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert

from models.domain.quality import Assessment
from models.tables import (
    bar_flags,
    datasets,
    instruments,
    quality_runs,
    quality_scores,
    sectors,
    session_completeness,
)
from services.storage.binary_copy import to_dates
from services.storage.bulk import as_parameters, copy_out
from services.storage.merging import MergeTarget, merge

_SCORES = MergeTarget(quality_scores, silent=("assessed_at",))
_SESSIONS = MergeTarget(session_completeness)
_MEASURES = (
    "completeness",
    "validity",
    "timeliness",
    "uniqueness",
    "n_bars",
    "n_expected",
    "n_quarantined",
    "n_flagged",
    "longest_gap_sessions",
    "first_session",
    "last_session",
)


class SqlQualityRepository:
    """``QualityRepository`` on PostgreSQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def replace_flags(
        self,
        instrument_ids: Sequence[int],
        flags: pd.DataFrame,
        now: datetime,
        from_session: date | None = None,
    ) -> None:
        """Put flags in place of the instruments' from a session on; equal ones keep their time.

        Parameters
        ----------
        instrument_ids : sequence of int
            Whose flags were looked for.
        flags : DataFrame
            Columns instrument_id, session, rule, detail.
        now : datetime
            When they were found.
        from_session : date, optional
            Flags before it stay.
        """
        old = select(bar_flags.c.instrument_id, bar_flags.c.session, bar_flags.c.rule).where(
            bar_flags.c.instrument_id.in_(instrument_ids)
        )
        if from_session is not None:
            old = old.where(bar_flags.c.session >= from_session)
        stored = {tuple(row) for row in self._connection.execute(old)}
        days = flags["session"].dt.date
        found = set(zip(flags["instrument_id"].tolist(), days.tolist(), flags["rule"].tolist(), strict=True))
        gone = stored - found
        if gone:
            names = ("owner", "day", "broken")
            this = (
                bar_flags.c.instrument_id == bindparam("owner"),
                bar_flags.c.session == bindparam("day"),
                bar_flags.c.rule == bindparam("broken"),
            )
            keys = [dict(zip(names, key, strict=True)) for key in gone]
            self._connection.execute(delete(bar_flags).where(*this), keys)
        new = insert(bar_flags)
        new = new.on_conflict_do_update(
            index_elements=bar_flags.primary_key.columns,
            set_={"detail": new.excluded.detail, "found_at": new.excluded.found_at},
            where=bar_flags.c.detail != new.excluded.detail,
        )
        columns = ["instrument_id", "session", "rule", "detail"]
        if not flags.empty:
            rows = as_parameters(flags[columns].assign(session=days, found_at=now))
            self._connection.execute(new, rows)

    def assessed(self, dataset_id: int) -> tuple[datetime | None, str | None]:
        """Return when a dataset was assessed last, and with which code; None where it never was."""
        newest = select(func.max(quality_runs.c.assessed_at)).where(quality_runs.c.dataset_id == dataset_id)
        code = select(datasets.c.assessed_with).where(datasets.c.id == dataset_id)
        return self._connection.execute(newest).scalar_one(), self._connection.execute(code).scalar_one()

    def covers_universe(self, dataset_id: int) -> bool:
        """Return whether those assessed are those in the universe now."""
        of_dataset = instruments.c.dataset_id == dataset_id
        is_assessed = exists().where(quality_scores.c.instrument_id == instruments.c.id)
        strays = select(instruments.c.id).where(of_dataset, instruments.c.in_universe != is_assessed)
        return self._connection.execute(strays.limit(1)).one_or_none() is None

    def bar_sessions(self, dataset_id: int) -> tuple[np.ndarray, np.ndarray]:
        """Return instrument number and session of each bar of the universe, sorted by both.

        Returns
        -------
        owners : int32 array, shape (n_bars,)
        session : datetime64[D] array, shape (n_bars,)
        """
        members = select(instruments.c.id).where(
            instruments.c.dataset_id == dataset_id, instruments.c.in_universe
        )
        numbers = ", ".join(map(str, self._connection.execute(members).scalars())) or "NULL"
        found = copy_out(
            self._connection,
            f"SELECT instrument_id, session FROM bars WHERE instrument_id IN ({numbers}) "  # noqa: S608
            "ORDER BY instrument_id, session",
            {"instrument_id": "int4", "session": "date"},
        )
        return found["instrument_id"].astype(np.int32), to_dates(found["session"])

    def save(self, dataset_id: int, assessment: Assessment, code: str, now: datetime) -> None:
        """Replace what was last assessed of a dataset, and add a run to its history.

        Parameters
        ----------
        dataset_id : int
        assessment : Assessment
            Its ``scores`` by instrument_id.
        code : str
            The version of the code that assessed it.
        now : datetime
            When it was assessed.
        """
        members = select(instruments.c.id).where(instruments.c.dataset_id == dataset_id)
        named = assessment.scores["instrument_id"].tolist()
        self._connection.execute(
            delete(quality_scores).where(
                quality_scores.c.instrument_id.in_(members), quality_scores.c.instrument_id.not_in(named)
            )
        )
        scores = assessment.scores.drop(columns="symbol").assign(assessed_at=_naive(now))
        merge(self._connection, _SCORES, scores, now)
        sessions = assessment.sessions.assign(dataset_id=dataset_id)
        of_dataset = session_completeness.c.dataset_id == dataset_id
        first, last = sessions["session"].min().date(), sessions["session"].max().date()
        outside = ~session_completeness.c.session.between(first, last)
        self._connection.execute(delete(session_completeness).where(of_dataset, outside))
        merge(self._connection, _SESSIONS, sessions, now)
        run = assessment.run
        self._connection.execute(
            insert(quality_runs).values(
                dataset_id=dataset_id,
                assessed_at=now,
                n_symbols=run.n_symbols,
                n_bars=run.n_bars,
                completeness=run.completeness,
                validity=run.validity,
                timeliness=run.timeliness,
                uniqueness=run.uniqueness,
                n_quarantined=run.n_quarantined,
                n_flagged=run.n_flagged,
                findings=dict(run.findings),
            )
        )
        this = update(datasets).where(datasets.c.id == dataset_id)
        self._connection.execute(this.values(assessed_with=code))

    def scores(self, dataset_id: int) -> pd.DataFrame:
        """Return symbol, name, sector and how good the symbol's prices are, sorted by symbol."""
        named = (instruments.c.symbol, instruments.c.name, sectors.c.name.label("sector"))
        columns = (*named, *(quality_scores.c[name] for name in _MEASURES))
        query = (
            select(*columns)
            .select_from(quality_scores)
            .join(instruments, instruments.c.id == quality_scores.c.instrument_id)
            .outerjoin(sectors, sectors.c.id == instruments.c.sector_id)
            .where(instruments.c.dataset_id == dataset_id)
            .order_by(instruments.c.symbol)
        )
        return self._read(query)

    def runs(self, dataset_id: int, limit: int = 250) -> pd.DataFrame:
        """Return the newest assessments first, columns of ``quality_runs``."""
        columns = [column for column in quality_runs.c if column.name not in ("id", "dataset_id")]
        query = select(*columns).where(quality_runs.c.dataset_id == dataset_id)
        return self._read(query.order_by(quality_runs.c.id.desc()).limit(limit))

    def flags(self, dataset_id: int, symbols: Sequence[str] = (), limit: int | None = None) -> pd.DataFrame:
        """Return symbol, session, rule, detail, found_at; the newest sessions first."""
        columns = (
            instruments.c.symbol,
            bar_flags.c.session,
            bar_flags.c.rule,
            bar_flags.c.detail,
            bar_flags.c.found_at,
        )
        query = (
            select(*columns)
            .join(instruments, instruments.c.id == bar_flags.c.instrument_id)
            .where(instruments.c.dataset_id == dataset_id)
            .order_by(bar_flags.c.session.desc(), instruments.c.symbol, bar_flags.c.rule)
            .limit(limit)
        )
        if symbols:
            query = query.where(instruments.c.symbol.in_(symbols))
        return self._read(query)

    def flag_counts(self, dataset_id: int) -> dict[str, int]:
        """Return how many bars each soft rule flags, the commonest rule first."""
        return self._flag_counts(dataset_id, bar_flags.c.rule)

    def flag_counts_by_symbol(self, dataset_id: int) -> dict[str, int]:
        """Return how many flags each symbol has, the most first."""
        return self._flag_counts(dataset_id, instruments.c.symbol)

    def _flag_counts(self, dataset_id: int, by: "Column[Any]") -> dict[str, int]:
        n_flags = func.count()
        query = (
            select(by, n_flags)
            .select_from(bar_flags)
            .join(instruments, instruments.c.id == bar_flags.c.instrument_id)
            .where(instruments.c.dataset_id == dataset_id)
            .group_by(by)
            .order_by(n_flags.desc(), by)
        )
        return {row[0]: row[1] for row in self._connection.execute(query)}

    def flag_counts_by_symbol_and_rule(self, dataset_id: int) -> pd.DataFrame:
        """Return symbol, rule, n_rows: how many bars of each symbol each soft rule flags."""
        query = (
            select(instruments.c.symbol, bar_flags.c.rule, func.count().label("n_rows"))
            .select_from(bar_flags)
            .join(instruments, instruments.c.id == bar_flags.c.instrument_id)
            .where(instruments.c.dataset_id == dataset_id)
            .group_by(instruments.c.symbol, bar_flags.c.rule)
        )
        return self._read(query)

    def completeness_by_session(self, dataset_id: int) -> pd.DataFrame:
        """Return session, n_expected, n_present, oldest first."""
        columns = (
            session_completeness.c.session,
            session_completeness.c.n_expected,
            session_completeness.c.n_present,
        )
        query = select(*columns).where(session_completeness.c.dataset_id == dataset_id)
        return self._read(query.order_by(session_completeness.c.session))

    def _read(self, query: Select[Any]) -> pd.DataFrame:
        result = self._connection.execute(query)
        return pd.DataFrame(result.all(), columns=list(result.keys()))


def _naive(now: datetime) -> pd.Timestamp:
    return pd.Timestamp(now).tz_convert("UTC").tz_localize(None)
