"""Accounts that were looked up a moment ago, so that each request does not ask the database again."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from models.domain.errors import DatabaseUnavailableError
from models.domain.users import User
from services.queries.revision import RevisionWatcher
from services.storage.revisions import ACCOUNTS

_FRESH_S = 10.0
# While the database is away nobody can change an account in it; open pages go on showing what they have.
_KEPT_WITHOUT_DATABASE_S = 600.0
_MAX_ENTRIES = 512


@dataclass(frozen=True)
class _Entry:
    user: User
    accounts_revision: int
    read_at: float


class KnownUsers:
    """Remembers who a session or a token stands for until accounts change, ten seconds at most.

    The time limit is for what bypasses the revision: a sign-out at another web process, or SQL by hand. Who
    was not found is not remembered.
    """

    def __init__(self, revision: RevisionWatcher) -> None:
        self._revision = revision
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, look_up: Callable[[], User | None]) -> User | None:
        """Return the remembered account, or what ``look_up`` says now.

        Raises
        ------
        DatabaseUnavailableError
            If the account is not remembered and cannot be looked up.
        """
        accounts_revision = self._revision.current.subjects.get(ACCOUNTS, 0)
        now = time.monotonic()
        with self._lock:
            known = self._entries.get(key)
        if known and known.accounts_revision == accounts_revision and now - known.read_at < _FRESH_S:
            return known.user
        try:
            user = look_up()
        except DatabaseUnavailableError:
            if known and now - known.read_at < _KEPT_WITHOUT_DATABASE_S:
                return known.user
            raise
        self._remember(key, None if user is None else _Entry(user, accounts_revision, now))
        return user

    def forget(self, key: Hashable) -> None:
        """Look this one up again next time."""
        self._remember(key, None)

    def _remember(self, key: Hashable, entry: _Entry | None) -> None:
        with self._lock:
            self._entries.pop(key, None)
            if entry is not None:
                self._entries[key] = entry
            while len(self._entries) > _MAX_ENTRIES:
                self._entries.popitem(last=False)
