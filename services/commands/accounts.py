"""Signing in and out, and changing accounts; everything is written to the audit log."""

import math
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from sqlalchemy import Connection, Engine

from models.domain.errors import InvalidRequestError, UserError
from models.domain.users import Role, User
from services.commands.passwords import Passwords
from services.ports import Clock
from services.storage.audit import SqlAuditLog
from services.storage.engine import database_errors
from services.storage.users import SqlUserRepository

SESSION_LIFETIME = timedelta(hours=12)
_WINDOW = timedelta(minutes=15)
_NAME = re.compile(r"[A-Za-z0-9._@-]{1,64}")
_SIGNED_IN, _FAILED, _SIGNED_OUT = "sign_in", "sign_in_failed", "sign_out"


class SignInFailedError(UserError):
    """Name or password are wrong, or the account is disabled; deliberately not said which."""


class TooManyAttemptsError(UserError):
    """Too many failures; ``wait_s`` seconds have to pass before the next attempt."""

    def __init__(self, wait_s: int) -> None:
        self.wait_s = wait_s
        minutes = math.ceil(wait_s / 60)
        wait = "1 minute" if minutes == 1 else f"{minutes} minutes"
        super().__init__(f"Too many failed attempts to sign in. Try again in {wait}.")


@dataclass(frozen=True)
class SignInLimits:
    """Failures within 15 minutes after which sign-in is refused."""

    per_name_and_address: int = 10
    per_address: int = 50


class AccountCommands:
    """The commands on accounts. All raise ``DatabaseUnavailableError`` while there is no database."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        hasher: PasswordHasher,
        limits: SignInLimits | None = None,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._passwords = Passwords(hasher)
        self._limits = limits or SignInLimits()

    def sign_in(self, username: str, password: str, address: str) -> User:
        """Return the account whose name and password these are.

        Parameters
        ----------
        username : str
            As typed; upper and lower case are the same.
        password : str
        address : str
            Where the request came from; failures are counted per address.

        Raises
        ------
        SignInFailedError
            If they are of no account that may sign in.
        TooManyAttemptsError
            If there were 10 failures for this name from this address in 15 minutes, or 50 from the address.
        """
        name = username.lower() if _NAME.fullmatch(username) else ""
        with self._transaction() as connection:
            self._refuse_too_many(SqlAuditLog(connection), name, address)
            found = SqlUserRepository(connection).credentials(name) if name else None
        # Outside of any transaction: this takes long on purpose.
        stored = found[1] if found else None
        right = self._passwords.verify(stored, password)
        newer_hash = self._passwords.rehashed(stored, password) if right and stored else None
        with self._transaction() as connection:
            audit = SqlAuditLog(connection)
            # Counted again under a lock: requests sent at once would all pass the first count.
            audit.lock_address(address)
            self._refuse_too_many(audit, name, address)
            if right and found and stored and not found[0].disabled:
                if newer_hash:
                    SqlUserRepository(connection).replace_hash(found[0].id, stored, newer_hash)
                audit.add(self._clock.now(), found[0].username, _SIGNED_IN, name, address)
                return found[0]
            audit.add(self._clock.now(), "anonymous", _FAILED, _shown(username, name), address)
        raise SignInFailedError("The name or the password is not right.")

    def sign_out(self, user: User, session_id: str, address: str) -> None:
        """End one session for good: a copy of its cookie is worth nothing any more."""
        with self._transaction() as connection:
            SqlAuditLog(connection).add(self._clock.now(), user.username, _SIGNED_OUT, session_id, address)

    def session_user(self, user_id: int, session_version: int, session_id: str) -> User | None:
        """Return the account of a session, None if it ended: signed out, password changed, disabled."""
        with self._transaction() as connection:
            user = SqlUserRepository(connection).by_id(user_id)
            if user is None or user.disabled or user.session_version != session_version:
                return None
            since = self._clock.now() - SESSION_LIFETIME
            ended = SqlAuditLog(connection).count_since(_SIGNED_OUT, since, subject=session_id)
            return None if ended else user

    def token_user(self, token: str) -> User | None:
        """Return the account whose API token this is, None if there is none that may be used."""
        with self._transaction() as connection:
            user = SqlUserRepository(connection).by_token(token)
            return None if user is None or user.disabled else user

    def add(self, username: str, password: str, role: Role, actor: str = "cli") -> User:
        """Create an account.

        Raises
        ------
        InvalidRequestError
            If the name is taken or has other characters than letters, digits and ``._@-``, or the password
            has fewer than 12 characters.
        """
        if not _NAME.fullmatch(username):
            raise InvalidRequestError(
                f"The name {username[:64]!r} cannot be used: take 1 to 64 letters, digits, or any of . _ @ -"
            )
        password_hash = self._passwords.hash_new(password)
        with self._transaction() as connection:
            user = SqlUserRepository(connection).add(username, password_hash, role, self._clock.now())
            self._record(connection, actor, "user_added", user, role=role.value)
        return user

    def set_password(self, username: str, password: str, actor: str = "cli") -> User:
        """Replace a password and end the sessions that were begun with the old one.

        Raises
        ------
        InvalidRequestError
            If there is no such user, or the password has fewer than 12 characters.
        """
        password_hash = self._passwords.hash_new(password)
        with self._transaction() as connection:
            user = SqlUserRepository(connection).set_password(_checked(username), password_hash)
            self._record(connection, actor, "password_changed", user)
        return user

    def set_token(self, username: str, actor: str = "cli") -> str:
        """Make a new API token for an account and return it; it cannot be read again, the old one ends.

        Raises
        ------
        InvalidRequestError
            If there is no such user.
        """
        token = f"gbx_{secrets.token_urlsafe(32)}"
        with self._transaction() as connection:
            user = SqlUserRepository(connection).set_token(_checked(username), token)
            self._record(connection, actor, "token_replaced", user)
        return token

    def users(self) -> list[User]:
        """Return every account by name."""
        with self._transaction() as connection:
            return SqlUserRepository(connection).all()

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with database_errors(self._engine), self._engine.begin() as connection:
            yield connection

    def _record(self, connection: Connection, actor: str, action: str, user: User, **detail: str) -> None:
        SqlAuditLog(connection).add(self._clock.now(), actor, action, user.username, **detail)

    def _refuse_too_many(self, audit: SqlAuditLog, name: str, address: str) -> None:
        now = self._clock.now()
        since = now - _WINDOW
        limits = [(self._limits.per_address, "")]
        if name:
            limits.append((self._limits.per_name_and_address, name))
        blocking: list[datetime] = []
        for limit, subject in limits:
            at = audit.nth_newest_since(limit, _FAILED, since, subject=subject, address=address)
            if at is not None:
                blocking.append(at)
        if blocking:
            raise TooManyAttemptsError(max(math.ceil((max(blocking) + _WINDOW - now).total_seconds()), 1))


def _checked(username: str) -> str:
    if not _NAME.fullmatch(username):
        raise InvalidRequestError(f"There is no user {username[:64]!r}: `users list` shows the names")
    return username


def _shown(username: str, name: str) -> str:
    # What is no possible name may hold anything, a password too: the audit log says no more than its length.
    return name or f"({len(username)} characters that are no name)"
