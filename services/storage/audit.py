"""Who did what, when, from where."""

import zlib
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, insert, select

from models.tables import audit_log

_LOCK_NAMESPACE = 0x61756469  # "audi"


class SqlAuditLog:
    """``AuditLog`` on PostgreSQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(
        self, at: datetime, actor: str, action: str, subject: str = "", address: str = "", **detail: Any
    ) -> None:
        """Append an entry."""
        self._connection.execute(
            insert(audit_log).values(
                at=at, actor=actor, action=action, subject=subject, address=address, detail=detail
            )
        )

    def count_since(self, action: str, since: datetime, *, subject: str = "", address: str = "") -> int:
        """Return how many entries of that action came since, with that subject or address where given."""
        count = select(func.count()).select_from(audit_log)
        return int(
            self._connection.execute(count.where(_matches(action, since, subject, address))).scalar_one()
        )

    def nth_newest_since(
        self, n: int, action: str, since: datetime, *, subject: str = "", address: str = ""
    ) -> datetime | None:
        """Return when the n-th newest such entry was made, None if there are fewer; n counts from 1."""
        times = select(audit_log.c.at).where(_matches(action, since, subject, address))
        found = self._connection.execute(times.order_by(audit_log.c.at.desc()).offset(n - 1).limit(1))
        at: datetime | None = found.scalar_one_or_none()
        return at

    def lock_address(self, address: str) -> None:
        """Let no other transaction count and add for this address until this one ends."""
        key = zlib.crc32(address.encode()) - 2**31  # a signed 32-bit number, as PostgreSQL wants it
        self._connection.execute(select(func.pg_advisory_xact_lock(_LOCK_NAMESPACE, key)))


def _matches(action: str, since: datetime, subject: str, address: str) -> ColumnElement[bool]:
    conditions = [audit_log.c.action == action, audit_log.c.at > since]
    if subject:
        conditions.append(audit_log.c.subject == subject)
    if address:
        conditions.append(audit_log.c.address == address)
    return and_(*conditions)
