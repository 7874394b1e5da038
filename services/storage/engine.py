"""Connections to PostgreSQL, and its failures in the application's own words."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import NullPool

from models.domain.errors import DatabaseFullError, DatabaseUnavailableError

_DISK_FULL = "53100"  # SQLSTATE
# A peer that vanished without a word is noticed within 3 + 2 * 3 seconds.
_KEEPALIVE = {"keepalives": 1, "keepalives_idle": 3, "keepalives_interval": 3, "keepalives_count": 2}


def open_engine(url: str, *, pooled: bool = True, statement_timeout_s: int | None = None) -> Engine:
    """Return an engine for an SQLAlchemy or plain ``postgresql://`` URL; connects on first use.

    Parameters
    ----------
    url : str
        ``postgresql://user:password@host:port/name``.
    pooled : bool
        Keep connections. Without, each one is opened and closed: for locks that live with a connection.
    statement_timeout_s : int, optional
        PostgreSQL ends a statement that runs longer, so that a page never hangs.

    Raises
    ------
    DatabaseUnavailableError
        If the URL cannot be read.
    """
    try:
        parsed = make_url(url).set(drivername="postgresql+psycopg2")
    except ArgumentError as error:
        raise DatabaseUnavailableError(
            "DATABASE_URL cannot be read: expected postgresql://user:password@host:port/name"
        ) from error
    options = "-c timezone=UTC -c application_name=glassbox"
    if statement_timeout_s is not None:
        options += f" -c statement_timeout={statement_timeout_s * 1000}"
    connect_args = {"connect_timeout": 3, "options": options, **_KEEPALIVE}
    if pooled:
        return create_engine(
            parsed, connect_args=connect_args, pool_pre_ping=True, pool_size=5, max_overflow=5
        )
    return create_engine(parsed, connect_args=connect_args, poolclass=NullPool)


@contextmanager
def database_errors(engine: Engine) -> Iterator[None]:
    """Turn a lost or refused connection into ``DatabaseUnavailableError``; let other errors pass."""
    try:
        yield
    except PoolTimeoutError as error:
        raise DatabaseUnavailableError(
            f"All connections to PostgreSQL at {_place(engine)} are busy; try again in a moment"
        ) from error
    except DBAPIError as error:
        if getattr(error.orig, "pgcode", None) == _DISK_FULL:
            raise DatabaseFullError(_describe_full(engine, error)) from error
        if error.connection_invalidated:
            raise DatabaseUnavailableError(_describe_lost(engine, error)) from error
        if isinstance(error, (OperationalError, InterfaceError)):
            raise DatabaseUnavailableError(_describe(engine, error)) from error
        raise


def _place(engine: Engine) -> str:
    return engine.url.set(drivername="postgresql").render_as_string(hide_password=True)


def _cause(error: DBAPIError) -> str:
    lines = str(error.orig).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error.orig).__name__


def _describe(engine: Engine, error: DBAPIError) -> str:
    return (
        f"PostgreSQL at {_place(engine)} cannot be used: {_cause(error)}. "
        "Check that it runs and that DATABASE_URL names host, port, user, password and database."
    )


def _describe_lost(engine: Engine, error: DBAPIError) -> str:
    return (
        f"PostgreSQL at {_place(engine)} ended the connection in the middle: {_cause(error)}. Nothing "
        "half-done was kept; try again when it runs."
    )


def _describe_full(engine: Engine, error: DBAPIError) -> str:
    return (
        f"The disk of PostgreSQL at {_place(engine)} is full: {_cause(error)}. Nothing half-done was kept; "
        "free space on that disk and try again."
    )
