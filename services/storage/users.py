"""Accounts."""

import hashlib
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select, update
from sqlalchemy.dialects.postgresql import insert

from models.domain.errors import InvalidRequestError
from models.domain.users import Role, User
from models.tables import users
from services.storage.revisions import ACCOUNTS, bump_revision

_PUBLIC = (users.c.id, users.c.username, users.c.role, users.c.session_version, users.c.disabled)


class SqlUserRepository:
    """``UserRepository`` on PostgreSQL. Changes are announced: other processes then end old sessions."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def by_id(self, user_id: int) -> User | None:
        """Return the account, None if there is none."""
        return self._one(users.c.id == user_id)

    def by_token(self, token: str) -> User | None:
        """Return the account whose API token this is."""
        return self._one(users.c.token_sha256 == _fingerprint(token))

    def credentials(self, username: str) -> tuple[User, str] | None:
        """Return the account and its argon2 hash."""
        row = self._connection.execute(
            select(*_PUBLIC, users.c.password_hash).where(_named(username))
        ).one_or_none()
        return None if row is None else (_user(row), row.password_hash)

    def add(self, username: str, password_hash: str, role: Role, now: datetime) -> User:
        """Create an account.

        Raises
        ------
        InvalidRequestError
            If the name is taken; upper and lower case are the same name.
        """
        row = self._connection.execute(
            insert(users)
            .values(username=username, password_hash=password_hash, role=role.value, created_at=now)
            .on_conflict_do_nothing()
            .returning(*_PUBLIC)
        ).one_or_none()
        if row is None:
            raise InvalidRequestError(f"There is a user {username!r} already: choose another name")
        bump_revision(self._connection, ACCOUNTS)
        return _user(row)

    def set_password(self, username: str, password_hash: str) -> User:
        """Replace the password and end older sessions.

        Raises
        ------
        InvalidRequestError
            If there is no such user.
        """
        return self._change(
            username, password_hash=password_hash, session_version=users.c.session_version + 1
        )

    def replace_hash(self, user_id: int, old_hash: str, new_hash: str) -> None:
        """Store the same password under newer hash parameters; sessions go on.

        Nothing happens if the password was changed since ``old_hash`` was read.
        """
        self._connection.execute(
            update(users)
            .where(users.c.id == user_id, users.c.password_hash == old_hash)
            .values(password_hash=new_hash)
        )

    def set_token(self, username: str, token: str) -> User:
        """Replace the API token (only its SHA-256 is stored).

        Raises
        ------
        InvalidRequestError
            If there is no such user.
        """
        return self._change(username, token_sha256=_fingerprint(token))

    def all(self) -> list[User]:
        """Return every account by name."""
        rows = self._connection.execute(select(*_PUBLIC).order_by(func.lower(users.c.username)))
        return [_user(row) for row in rows]

    def _one(self, condition: ColumnElement[bool]) -> User | None:
        row = self._connection.execute(select(*_PUBLIC).where(condition)).one_or_none()
        return None if row is None else _user(row)

    def _change(self, username: str, **values: object) -> User:
        row = self._connection.execute(
            update(users).where(_named(username)).values(**values).returning(*_PUBLIC)
        ).one_or_none()
        if row is None:
            raise InvalidRequestError(f"There is no user {username!r}: `users list` shows the names")
        bump_revision(self._connection, ACCOUNTS)
        return _user(row)


def _named(username: str) -> ColumnElement[bool]:
    return func.lower(users.c.username) == username.lower()


def _fingerprint(token: str) -> str:
    # Tokens are random and long, so a plain hash cannot be guessed back.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _user(row: Row[*tuple[Any, ...]]) -> User:
    return User(row.id, row.username, Role(row.role), row.session_version, row.disabled)
