"""Whole frames into tables and out of queries, through binary COPY."""

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import numpy as np
import pandas as pd
import psycopg2
from sqlalchemy import Boolean, Connection, Date, DateTime, Double, Integer, SmallInteger
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import BigInteger, TypeEngine

from services.storage import binary_copy

RowsSent = Callable[[int], None]


def name_list(names: Sequence[str], alias: str = "") -> str:
    """Return column names for SQL, each after the table's alias if there is one."""
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


def copy_in(
    connection: Connection,
    table: str,
    frame: pd.DataFrame,
    kinds: dict[str, str],
    on_rows: RowsSent | None = None,
) -> None:
    """Append a frame to a table through binary COPY; ``on_rows`` is told how many rows have been sent."""
    stream = _Stream(binary_copy.encode(frame, kinds, on_rows))
    try:
        with _driver_cursor(connection) as cursor:
            copy = f"COPY {table} ({name_list(list(kinds))}) FROM STDIN (FORMAT binary)"
            cursor.copy_expert(copy, stream, size=1 << 20)
    except DBAPIError:
        if stream.error is not None:
            raise stream.error from None  # the driver knows only that reading failed
        raise


def as_parameters(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as a statement's parameters, missing values as None: for frames in which texts differ.

    Binary COPY encodes rows with the same texts together, which is slow where hardly any two are alike.
    """
    plain = frame.astype(object).where(frame.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in plain.to_dict("records")]


def copy_out(connection: Connection, query: str, kinds: dict[str, str]) -> np.ndarray:
    """Return the rows of a query without NULLs as a structured array, through binary COPY.

    The query comes from this package alone and has its parameters written into it as integers.
    """
    buffer = io.BytesIO()
    with _driver_cursor(connection) as cursor:
        cursor.copy_expert(f"COPY ({query}) TO STDOUT (FORMAT binary)", buffer)
    return binary_copy.decode(buffer.getbuffer(), kinds)
