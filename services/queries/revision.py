"""What changed last, without a query: a thread listens and re-reads."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import Engine

from services.queries.background import BackgroundReader
from services.storage.revisions import SubjectRevision, listen_for_revisions

_REREAD_S = 2.0
_STALE_S = 6.0  # a re-read and a statement's time limit have passed, and some


@dataclass(frozen=True)
class Revision:
    """How often anything has changed.

    ``number`` is the sum over all subjects, ``subjects`` has each one's own. ``database`` is False while the
    database is out of reach; the numbers are then the last known.
    """

    number: int = 0
    changed_at: datetime | None = None
    database: bool = False
    subjects: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


class RevisionWatcher(BackgroundReader):
    """Keeps the newest revision at hand; ``current`` never queries."""

    def __init__(self, engine: Engine) -> None:
        super().__init__("revision-watcher")
        self._engine = engine
        self._revision = Revision()
        self._read_at = 0.0

    @property
    def current(self) -> Revision:
        """The newest revision that is known."""
        self.start()
        revision = self._revision
        if revision.database and time.monotonic() - self._read_at > _STALE_S:
            # The server does not answer and has not hung up either.
            return replace(revision, database=False)
        return revision

    def _read_until_stopped(self) -> None:
        with listen_for_revisions(self._engine) as listener:
            while not self._stopping.is_set():
                revision = _total(listener.read())
                self._read_at = time.monotonic()
                if revision != self._revision:
                    self._revision = revision
                self._published()
                self._sleep(listener.wait)

    def _sleep(self, wait: Callable[[float], bool]) -> None:
        # In short steps, so that stopping takes no time.
        until = time.monotonic() + _REREAD_S
        while not self._stopping.is_set() and time.monotonic() < until:
            if wait(0.25):
                return

    def _publish_lost(self) -> None:
        self._revision = replace(self._revision, database=False)


def _total(subjects: tuple[SubjectRevision, ...]) -> Revision:
    return Revision(
        number=sum(subject.number for subject in subjects),
        changed_at=max((subject.changed_at for subject in subjects), default=None),
        database=True,
        subjects=MappingProxyType({subject.subject: subject.number for subject in subjects}),
    )
