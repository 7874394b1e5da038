"""What changed last: one counter a subject, and word of it to whoever listens."""

import selectors
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import psycopg2
from psycopg2 import extensions
from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.dialects.postgresql import insert

from models.domain.errors import DatabaseUnavailableError
from models.tables import revisions
from services.storage.engine import database_errors, open_engine

CHANNEL = "glassbox_revision"
ACCOUNTS = "accounts"


@dataclass(frozen=True)
class SubjectRevision:
    """How often a subject has changed, and when last."""

    subject: str
    number: int
    changed_at: datetime


def bump_revision(connection: Connection, subject: str) -> None:
    """Count one more change of a subject; listeners hear of it when the transaction commits."""
    statement = insert(revisions).values(subject=subject, number=1, changed_at=func.now())
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["subject"],
            set_={"number": revisions.c.number + 1, "changed_at": func.now()},
        )
    )
    connection.execute(select(func.pg_notify(CHANNEL, subject)))


def read_revisions(connection: Connection) -> tuple[SubjectRevision, ...]:
    """Return the counter of every subject that ever changed."""
    rows = connection.execute(select(revisions.c.subject, revisions.c.number, revisions.c.changed_at))
    return tuple(SubjectRevision(row.subject, row.number, row.changed_at) for row in rows)


class RevisionListener:
    """A connection of its own that hears of changes; made by ``listen_for_revisions``."""

    def __init__(self, connection: Connection, driver: extensions.connection) -> None:
        self._connection = connection
        self._driver = driver

    def read(self) -> tuple[SubjectRevision, ...]:
        """Return the counters as committed now."""
        return read_revisions(self._connection)

    def wait(self, timeout_s: float) -> bool:
        """Sleep until something changed or the time is over; return whether something changed.

        Raises
        ------
        DatabaseUnavailableError
            If the server closed the connection meanwhile.
        """
        with selectors.DefaultSelector() as selector:
            selector.register(self._driver, selectors.EVENT_READ)
            if not self._driver.notifies and not selector.select(timeout_s):
                return False
        try:
            self._driver.poll()
        except psycopg2.Error as error:
            raise DatabaseUnavailableError(
                f"PostgreSQL closed the connection that listens for changes: {str(error).strip()}"
            ) from error
        changed = bool(self._driver.notifies)
        self._driver.notifies.clear()
        return changed


@contextmanager
def listen_for_revisions(engine: Engine) -> Iterator[RevisionListener]:
    """Open a connection to the engine's database that listens until the block ends.

    Raises
    ------
    DatabaseUnavailableError
        If the database cannot be reached, or is lost within the block.
    """
    own = own_engine(engine)
    with database_errors(own), own.connect() as connection:
        connection.exec_driver_sql(f"LISTEN {CHANNEL}")
        driver = connection.connection.driver_connection
        if not isinstance(driver, extensions.connection):
            raise TypeError(f"changes are heard through psycopg2, not through {type(driver).__name__}")
        yield RevisionListener(connection, driver)


def own_engine(engine: Engine) -> Engine:
    """Return an engine to the same database for a background thread: one short-lived connection at a time.

    A thread that watches must neither wait for the pool that requests use up, nor hold one of its connections
    for good; a statement that takes over two seconds counts as a database out of reach.
    """
    url = engine.url.render_as_string(hide_password=False)
    return open_engine(url, pooled=False, statement_timeout_s=2).execution_options(
        isolation_level="AUTOCOMMIT"
    )
