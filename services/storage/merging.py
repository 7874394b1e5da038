"""Frames into tables that hold some of their rows already: only what differs is written."""

from dataclasses import dataclass, field
from datetime import date, datetime

import pandas as pd
from sqlalchemy import Column, Connection, Double, Table, text

from services.storage.bulk import RowsSent, copy_in, kind_of, name_list

# PostgreSQL gathers statistics by itself, but a minute later; until then a merge of a few rows into the
# millions that have just come reads all of them.
_ANALYZED_FROM_ROWS = 100_000


@dataclass(frozen=True)
class MergeTarget:
    """A table to merge into.

    ``silent`` columns do not count as a change and keep their value unless another column changes.
    ``versions`` takes the rows that a change replaces; the table then has ``known_at``.
    ``tolerance``: numbers that differ by less, relative to 1 + their size, count as equal: for what is
    computed, since another start of the history moves its last digits.
    """

    table: Table
    versions: Table | None = None
    silent: tuple[str, ...] = ()
    tolerance: float = 0.0

    @property
    def columns(self) -> list[str]:
        """Names of all columns."""
        return [column.name for column in self.table.columns]

    @property
    def keys(self) -> list[str]:
        """Names of the primary key's columns."""
        return [column.name for column in self.table.primary_key.columns]

    def differs(self) -> str:
        """Return the SQL condition that the rows ``old`` and ``new`` of one key differ."""
        unchanging = {*self.keys, "known_at", *self.silent}
        compared = [column for column in self.table.columns if column.name not in unchanging]
        return " OR ".join(self._column_differs(column) for column in compared)

    def _column_differs(self, column: "Column[object]") -> str:
        name = column.name
        if self.tolerance and isinstance(column.type, Double):
            size = f"greatest(abs(old.{name}), abs(new.{name}))"
            return (
                f"((old.{name} IS NULL) <> (new.{name} IS NULL) OR "
                f"abs(old.{name} - new.{name}) > {self.tolerance} * (1 + {size}))"
            )
        return f"old.{name} IS DISTINCT FROM new.{name}"


@dataclass(frozen=True)
class Merged:
    """What a merge wrote: the rows, and the first session that changed by the first key (instrument)."""

    n_rows: int = 0
    first_sessions: dict[int, date] = field(default_factory=dict)


def merge(
    connection: Connection,
    target: MergeTarget,
    frame: pd.DataFrame,
    now: datetime,
    on_rows: RowsSent | None = None,
) -> Merged:
    """Insert new rows, replace changed ones, leave equal ones alone.

    Parameters
    ----------
    connection : Connection
        Within a transaction.
    target : MergeTarget
        The table, its versions, its silent columns, its tolerance.
    frame : DataFrame
        The table's columns, each key once. NaN, NaT and None become NULL; times are naive UTC.
    now : datetime
        The moment from which a changed row is known.
    on_rows : callable, optional
        Told how many rows have been sent.
    """
    if frame.empty:
        return Merged()
    table = target.table.name
    kinds = {column.name: kind_of(column.type) for column in target.table.columns}
    if _holds_nothing_of(connection, target, frame):
        copy_in(connection, table, frame[target.columns], kinds, on_rows)
        _analyze(connection, table, len(frame))
        return Merged(len(frame), _first_sessions(frame, target))
    connection.execute(text(f"CREATE TEMP TABLE staging (LIKE {table}) ON COMMIT DROP"))
    copy_in(connection, "staging", frame[target.columns], kinds, on_rows)
    connection.execute(text("ANALYZE staging"))
    n_different = _find_differences(connection, target)
    merged = Merged()
    if n_different:
        if target.versions is not None:
            _keep_versions(connection, target, now)
        merged = Merged(_write(connection, target, now), _first_changed(connection, target))
        _analyze(connection, table, merged.n_rows)
    connection.execute(text("DROP TABLE staging, difference"))
    return merged


def _analyze(connection: Connection, table: str, n_written: int) -> None:
    if n_written >= _ANALYZED_FROM_ROWS:
        connection.execute(text(f"ANALYZE {table}"))


def _holds_nothing_of(connection: Connection, target: MergeTarget, frame: pd.DataFrame) -> bool:
    """Whether the table has no row under any of the frame's first keys: then all is new."""
    first = target.keys[0]
    owners = [int(owner) for owner in frame[first].unique()]
    query = text(f"SELECT EXISTS (SELECT 1 FROM {target.table.name} WHERE {first} = ANY(:owners))")  # noqa: S608
    return not connection.execute(query, {"owners": owners}).scalar_one()


def _find_differences(connection: Connection, target: MergeTarget) -> int:
    """Put new and changed rows into ``difference``; return how many there are."""
    first = target.keys[0]
    result = connection.execute(
        text(
            "CREATE TEMP TABLE difference ON COMMIT DROP AS "  # noqa: S608
            f"SELECT new.*, old.{first} IS NOT NULL AS replaces "
            f"FROM staging AS new LEFT JOIN {target.table.name} AS old USING ({name_list(target.keys)}) "
            f"WHERE old.{first} IS NULL OR {target.differs()}"
        )
    )
    return int(result.rowcount)


def _keep_versions(connection: Connection, target: MergeTarget, now: datetime) -> None:
    assert target.versions is not None  # noqa: S101 - the caller asked
    columns = target.columns
    connection.execute(
        text(
            f"INSERT INTO {target.versions.name} ({name_list(columns)}, believed_until) "  # noqa: S608
            f"SELECT {name_list(columns, 'old')}, :now FROM {target.table.name} AS old "
            # What was not yet known at that moment was never believed.
            f"JOIN difference AS new USING ({name_list(target.keys)}) "
            "WHERE new.replaces AND old.known_at < :now"
        ),
        {"now": now},
    )


def _write(connection: Connection, target: MergeTarget, now: datetime) -> int:
    columns, keys = target.columns, target.keys
    assignments = ", ".join(
        f"{name} = :now" if name == "known_at" else f"{name} = excluded.{name}"
        for name in columns
        if name not in keys
    )
    result = connection.execute(
        text(
            f"INSERT INTO {target.table.name} ({name_list(columns)}) SELECT {name_list(columns)} "  # noqa: S608
            f"FROM difference ORDER BY {name_list(keys)} "
            f"ON CONFLICT ({name_list(keys)}) DO UPDATE SET {assignments}"
        ),
        {"now": now},
    )
    return int(result.rowcount)


def _first_sessions(frame: pd.DataFrame, target: MergeTarget) -> dict[int, date]:
    if "session" not in target.keys:
        return {}
    first = frame.groupby(target.keys[0])["session"].min().reset_index()
    owners, sessions = first.iloc[:, 0].tolist(), first["session"].dt.date.tolist()
    return dict(zip(owners, sessions, strict=True))


def _first_changed(connection: Connection, target: MergeTarget) -> dict[int, date]:
    if "session" not in target.keys:
        return {}
    first = target.keys[0]
    query = f"SELECT {first}, min(session) FROM difference GROUP BY {first}"  # noqa: S608
    return {row[0]: row[1] for row in connection.execute(text(query))}
