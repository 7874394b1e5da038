"""Who of several workers may run jobs.

A session-level advisory lock on a connection of its own: PostgreSQL gives it up when the holder's process
or network dies. A holder that only stopped keeps the connection, so a challenger that sees an old heartbeat
ends that connection.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from models.domain.errors import FencedError
from models.tables import leadership

_LOCK_KEY = 0x676C617373626F78  # "glassbox"
HEARTBEAT_SECONDS = 1.0
STALE_AFTER = timedelta(seconds=3)


def connection_name(token: int) -> str:
    """Return what a leader calls the connections on which it starts work, by its token."""
    return f"glassbox leader {token}"


class LeaderLock:
    """The lock as one candidate sees it. All methods are called from one thread."""

    def __init__(self, engine: Engine, owner: str) -> None:
        """Take an engine without a pool: the lock lives exactly as long as its connection."""
        self._engine = engine
        self._owner = owner
        self._connection: Connection | None = None
        self.token: int | None = None

    def try_acquire(self, now: datetime) -> bool:
        """Become leader if nobody is; end a leader whose heartbeat is stale, to try again at once."""
        if self._connection is None:
            self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if not self._lock() and not (self._end_stale_holder(now) and self._lock()):
            return False
        statement = insert(leadership).values(
            id=1,
            token=func.nextval("fencing_tokens"),
            owner=self._owner,
            backend_pid=func.pg_backend_pid(),
            acquired_at=now,
            heartbeat_at=now,
        )
        described = ("token", "owner", "backend_pid", "acquired_at", "heartbeat_at")
        self.token = self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["id"], set_={name: statement.excluded[name] for name in described}
            ).returning(leadership.c.token)
        ).scalar_one()
        return True

    def _lock(self) -> bool:
        assert self._connection is not None  # noqa: S101 - opened by the caller
        return bool(self._connection.execute(select(func.pg_try_advisory_lock(_LOCK_KEY))).scalar_one())

    def _end_stale_holder(self, now: datetime) -> bool:
        """End the leader's connections if its heartbeat stopped; return whether it held the lock.

        On others than the lock's it may be about to start work, and then holds the leader's row.
        """
        assert self._connection is not None  # noqa: S101 - opened by the caller
        row = self._connection.execute(select(leadership)).one_or_none()
        if row is None or now - row.heartbeat_at < STALE_AFTER:
            return False
        starting = text(
            "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND application_name = :name"
        )
        self._connection.execute(starting, {"name": connection_name(row.token)})
        holder = text(
            "SELECT pg_terminate_backend(pid, 1000) FROM pg_locks WHERE locktype = 'advisory' AND granted "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
            "AND classid = :high AND objid = :low AND pid <> pg_backend_pid()"
        )
        parts = {"high": _LOCK_KEY >> 32, "low": _LOCK_KEY & 0xFFFFFFFF}
        return any(self._connection.execute(holder, parts).scalars())

    def beat(self, now: datetime) -> None:
        """Say that the leader lives.

        Raises
        ------
        FencedError
            If another worker leads by now.
        """
        if self._connection is None or self.token is None:
            raise FencedError("this worker does not lead")
        statement = text("UPDATE leadership SET heartbeat_at = :now WHERE id = 1 AND token = :token")
        if self._connection.execute(statement, {"now": now, "token": self.token}).rowcount == 0:
            raise FencedError(f"another worker took the lead from {self._owner}")

    def release(self) -> None:
        """Give the lock back by closing its connection; safe when it is gone already."""
        connection, self._connection, self.token = self._connection, None, None
        if connection is None:
            return
        try:
            # The server notices a closed connection a moment later; whoever waits may lead at once.
            connection.execute(select(func.pg_advisory_unlock_all()))
            connection.close()
        except SQLAlchemyError:
            # The connection was lost, and the lock with it.
            connection.invalidate()
