"""Threads that keep a state at hand, so that a request reads memory and never waits for a query."""

import logging
import os
import threading
from abc import ABC, abstractmethod

from sqlalchemy.exc import SQLAlchemyError

from models.domain.errors import GlassboxError

_log = logging.getLogger(__name__)
_FIRST_ANSWER_S = 0.05
_RETRY_S = 0.25


class BackgroundReader(ABC):
    """A daemon thread, begun by the first reader in the process that serves.

    Threads do not survive a fork and a web server forks after the application was made; so nothing starts
    with the object, and a process that is not the one which started the thread starts its own.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._pid = 0
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._answered = threading.Event()
        self._lost = False

    def start(self) -> None:
        """Make sure that the thread runs in this process; costs next to nothing when it does."""
        if self._running():
            return
        with self._lock:
            if self._running():
                return
            self._stopping = threading.Event()
            self._answered = threading.Event()
            self._thread = threading.Thread(target=self._keep_reading, name=self._name, daemon=True)
            self._pid = os.getpid()
            self._thread.start()
        # The first answer should be a true one where the database is quick; otherwise it says "unknown".
        self._answered.wait(_FIRST_ANSWER_S)

    def stop(self) -> None:
        """End the thread and wait for it; the next reader starts another."""
        if self._running() and self._thread is not None:
            self._stopping.set()
            self._thread.join(timeout=5.0)

    def _running(self) -> bool:
        return self._pid == os.getpid() and self._thread is not None and self._thread.is_alive()

    def _keep_reading(self) -> None:
        while not self._stopping.is_set():
            try:
                self._read_until_stopped()
            except (GlassboxError, SQLAlchemyError, OSError) as error:
                if not self._lost:
                    _log.warning("%s has no database and keeps trying: %s", self._name, error)
                self._lost = True
                self._publish_lost()
                self._answered.set()
                self._stopping.wait(_RETRY_S)

    def _published(self) -> None:
        """Note that a state was read; to be called after each one."""
        if self._lost:
            _log.info("%s has the database again", self._name)
        self._lost = False
        self._answered.set()

    @abstractmethod
    def _read_until_stopped(self) -> None:
        """Connect, publish again and again, tell ``_published``; raise when the database is lost."""

    @abstractmethod
    def _publish_lost(self) -> None:
        """Publish that the database is out of reach."""
