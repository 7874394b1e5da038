"""Where kept results stand: the protocol, and this process's own memory."""

from typing import Any, Protocol

from flask_caching.backends.simplecache import SimpleCache

from services.storage.cache.sealing import BytesOnly

MAX_VALUE_BYTES = 8 * 2**20
_MAX_ENTRIES = 512
_MAX_BYTES = 32 * 2**20


class Store(Protocol):
    """Bytes by address. No method raises when the place behind it is out of reach.

    ``name`` is for the metrics.
    """

    name: str

    @property
    def available(self) -> bool:
        """Whether the place behind it answered last time."""

    @property
    def n_errors(self) -> int:
        """How many reads and writes have failed."""

    def get(self, address: str) -> bytes | None:
        """Return what stands there, None if nothing or out of reach."""

    def set(self, address: str, value: bytes, ttl_s: int) -> None:
        """Keep a value, or let it be if it cannot be kept."""

    def try_lock(self, address: str) -> str | None:
        """Return a token for who may compute this now, None while another process does."""

    def unlock(self, address: str, token: str) -> None:
        """Give the token back; does nothing to another's lock."""

    def n_entries(self) -> int | None:
        """Return how many values there are, None if that cannot be told."""


class _BoundedCache(SimpleCache):
    """Flask-Caching's memory backend, bounded in bytes as well, which drops what was stored first."""

    serializer = BytesOnly()

    def __init__(self, max_entries: int, max_bytes: int) -> None:
        super().__init__(threshold=max_entries)
        self._max_bytes = max_bytes

    def set(self, key: str, value: Any, timeout: Any = None) -> bool | None:
        """Store at the end of the queue, then make room from its head."""
        with self._lock:
            self._cache.pop(key, None)
            stored = super().set(key, value, timeout)
            self._prune()
            return stored

    def n_entries(self) -> int:
        """Return how many values there are."""
        return len(self._cache)

    def n_bytes(self) -> int:
        """Return what the values take."""
        return sum(len(value) for _, value in list(self._cache.values()))

    def _over_threshold(self) -> bool:
        return len(self._cache) > self._threshold or self.n_bytes() > self._max_bytes

    def _remove_older(self) -> None:
        while self._cache and self._over_threshold():
            self._cache.pop(next(iter(self._cache)))


class MemoryStore:
    """The memory of this process: always there, gone with the process."""

    name = "memory"
    available = True
    n_errors = 0

    def __init__(self, max_entries: int = _MAX_ENTRIES, max_bytes: int = _MAX_BYTES) -> None:
        self._cache = _BoundedCache(max_entries, max_bytes)

    def get(self, address: str) -> bytes | None:
        """Return what stands there."""
        value: bytes | None = self._cache.get(address)
        return value

    def set(self, address: str, value: bytes, ttl_s: int) -> None:
        """Keep a value, at the cost of the oldest where there is no room."""
        self._cache.set(address, value, timeout=ttl_s)

    def try_lock(self, address: str) -> str | None:
        """Return a token: there is no other process."""
        return ""

    def unlock(self, address: str, token: str) -> None:
        """Do nothing: there was no lock."""

    def n_entries(self) -> int | None:
        """Return how many values there are."""
        return self._cache.n_entries()

    def n_bytes(self) -> int:
        """Return what the values take."""
        return self._cache.n_bytes()
