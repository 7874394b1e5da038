"""Remembers that a server is gone, so that not every request waits to find out."""

import threading
import time
from collections.abc import Callable

_PAUSE_S = 2.0


class Circuit:
    """Closed while the server answers; open for a pause after a failure, then one caller tries again."""

    def __init__(self, pause_s: float = _PAUSE_S, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._pause_s = pause_s
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._open = False
        self._try_at = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the last try failed."""
        return self._open

    def allows(self) -> bool:
        """Whether the caller may try now; while it tries, the others may not."""
        if not self._open:
            return True
        with self._lock:
            now = self._monotonic()
            if self._open and now < self._try_at:
                return False
            self._try_at = now + self._pause_s
            return True

    def failed(self) -> bool:
        """Note a failure; return whether it is the first in a row."""
        with self._lock:
            first, self._open = not self._open, True
            self._try_at = self._monotonic() + self._pause_s
            return first

    def succeeded(self) -> bool:
        """Note an answer; return whether it is the first after a failure."""
        if not self._open:
            return False
        with self._lock:
            was_open, self._open = self._open, False
            return was_open
