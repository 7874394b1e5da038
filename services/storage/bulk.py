"""Whole frames into tables: binary COPY into a staging table, then one merge."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import numpy as np
import pandas as pd
import psycopg2
from sqlalchemy import Boolean, Connection, Date, DateTime, Double, Integer, SmallInteger, Table, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import BigInteger, TypeEngine

from services.storage import binary_copy


@dataclass(frozen=True)
class MergeTarget:
    """A table to merge into.

    ``silent`` columns do not count as a change and keep their value unless another column changes.
    ``versions`` takes the rows that a change replaces; the table then has ``known_at``.
    """

    table: Table
    versions: Table | None = None
    silent: tuple[str, ...] = ()


def merge(connection: Connection, target: MergeTarget, frame: pd.DataFrame, now: datetime) -> int:
    """Insert new rows, replace changed ones, leave equal ones alone; return how many were written.

    Parameters
    ----------
    connection : Connection
        Within a transaction.
    target : MergeTarget
        The table, its versions, its silent columns.
    frame : DataFrame
        The table's columns, each key once. NaN, NaT and None become NULL; times are naive UTC.
    now : datetime
        The moment from which a changed row is known.
    """
    if frame.empty:
        return 0
    table = target.table
    columns = [column.name for column in table.columns]
    keys = [column.name for column in table.primary_key.columns]
    staging = f"staging_{table.name}"
    connection.execute(text(f"CREATE TEMP TABLE {staging} (LIKE {table.name}) ON COMMIT DROP"))
    copy_in(connection, staging, frame[columns], {c.name: kind_of(c.type) for c in table.columns})
    connection.execute(text(f"ANALYZE {staging}"))
    always_new = {*keys, "known_at", *target.silent}
    compared = [name for name in columns if name not in always_new]
    differs = f"({_list(compared, 'old')}) IS DISTINCT FROM ({_list(compared, 'new')})"
    if target.versions is not None:
        _keep_versions(connection, target.versions, table, staging, keys, differs, now)
    changed = [name for name in columns if name not in keys]
    assignments = ", ".join(
        f"{name} = :now" if name == "known_at" else f"{name} = excluded.{name}" for name in changed
    )
    result = connection.execute(
        text(
            f"INSERT INTO {table.name} AS old ({_list(columns)}) SELECT {_list(columns)} FROM {staging} "  # noqa: S608
            f"ORDER BY {_list(keys)} ON CONFLICT ({_list(keys)}) DO UPDATE SET {assignments} "
            f"WHERE {differs.replace('new.', 'excluded.')}"
        ),
        {"now": now},
    )
    connection.execute(text(f"DROP TABLE {staging}"))
    return int(result.rowcount)


def _keep_versions(
    connection: Connection,
    versions: Table,
    table: Table,
    staging: str,
    keys: Sequence[str],
    differs: str,
    now: datetime,
) -> None:
    columns = [column.name for column in table.columns]
    same_key = " AND ".join(f"old.{key} = new.{key}" for key in keys)
    connection.execute(
        text(
            f"INSERT INTO {versions.name} ({_list(columns)}, believed_until) "  # noqa: S608
            f"SELECT {_list(columns, 'old')}, :now FROM {table.name} AS old "
            # What was not yet known at that moment was never believed.
            f"JOIN {staging} AS new ON {same_key} WHERE {differs} AND old.known_at < :now"
        ),
        {"now": now},
    )


def _list(names: Sequence[str], alias: str = "") -> str:
    prefix = f"{alias}." if alias else ""
    return ", ".join(f"{prefix}{name}" for name in names)


def kind_of(column_type: TypeEngine[Any]) -> str:
    """Return the binary COPY kind of a column type."""
    kinds: tuple[tuple[type[TypeEngine[Any]], str], ...] = (
        (BigInteger, "int8"),
        (SmallInteger, "int2"),
        (Integer, "int4"),
        (Double, "float8"),
        (DateTime, "timestamptz"),
        (Date, "date"),
        (Boolean, "bool"),
    )
    return next((kind for known, kind in kinds if isinstance(column_type, known)), "text")


class _Stream(io.RawIOBase):
    """A file to read from, over an iterator of bytes: psycopg2's COPY asks for a file."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")
        self.error: Exception | None = None

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while not self._rest:
            try:
                piece = next(self._pieces, None)
            except Exception as error:
                self.error = error
                raise
            if piece is None:
                return b""
            self._rest = memoryview(piece)
        taken = self._rest if size < 0 else self._rest[:size]
        self._rest = self._rest[len(taken) :]
        return bytes(taken)


@contextmanager
def _driver_cursor(connection: Connection) -> Iterator[Any]:
    """Yield psycopg2's cursor; its errors become SQLAlchemy's, as those of every other statement are."""
    try:
        with cast(Any, connection.connection).cursor() as cursor:
            yield cursor
    except psycopg2.Error as error:
        lost = bool(cast(Any, connection.connection.driver_connection).closed)
        if lost:
            connection.invalidate(error)
        raise DBAPIError.instance(
            "COPY", None, error, psycopg2.Error, connection_invalidated=lost, dialect=connection.dialect
        ) from error


def copy_in(connection: Connection, table: str, frame: pd.DataFrame, kinds: dict[str, str]) -> None:
    """Append a frame to a table through binary COPY."""
    stream = _Stream(binary_copy.encode(frame, kinds))
    try:
        with _driver_cursor(connection) as cursor:
            copy = f"COPY {table} ({_list(list(kinds))}) FROM STDIN (FORMAT binary)"
            cursor.copy_expert(copy, stream, size=1 << 20)
    except DBAPIError:
        if stream.error is not None:
            raise stream.error from None  # the driver knows only that reading failed
        raise


def copy_out(connection: Connection, query: str, kinds: dict[str, str]) -> np.ndarray:
    """Return the rows of a query without NULLs as a structured array, through binary COPY.

    The query comes from this package alone and has its parameters written into it as integers.
    """
    buffer = io.BytesIO()
    with _driver_cursor(connection) as cursor:
        cursor.copy_expert(f"COPY ({query}) TO STDOUT (FORMAT binary)", buffer)
    return binary_copy.decode(buffer.getbuffer(), kinds)


def naive_utc(moment: datetime) -> np.datetime64:
    """Return an aware time as the naive UTC that frames hold."""
    return np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "us")
