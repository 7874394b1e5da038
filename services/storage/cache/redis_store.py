"""Kept results in Redis, shared by all processes that name the same server."""

import logging
import secrets
import threading
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

import redis
from flask_caching.backends.rediscache import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from models.domain.errors import OperatorError
from services.storage.cache.circuit import Circuit
from services.storage.cache.sealing import BytesOnly

_log = logging.getLogger(__name__)
T = TypeVar("T")
_TIMEOUT_S = 0.25  # a query takes less than a Redis that does not answer within this
_LOCK_MS = 10_000  # no statement of a page runs longer
_PREFIX = "glassbox:"
_LOCK_PREFIX = "glassbox-lock:"
# Only the holder's own lock: it may have run out, and be another's by now.
_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


class _RedisBytes(RedisCache):
    """Flask-Caching's Redis backend, storing bytes alone."""

    serializer = BytesOnly()


class RedisStore:
    """A Redis server; while it is gone, nothing is found and nothing is kept.

    Parameters
    ----------
    url : str
        ``redis://`` or ``rediss://``; connects on first use.
    timeout_s : float
        Limit of each exchange, connecting included.
    pause_s : float
        How long nobody asks after a failure.

    Raises
    ------
    OperatorError
        If the URL cannot be used.
    """

    name = "redis"

    def __init__(self, url: str, timeout_s: float = _TIMEOUT_S, pause_s: float = 2.0) -> None:
        try:
            self._client = redis.Redis.from_url(
                url,
                socket_timeout=timeout_s,
                socket_connect_timeout=timeout_s,
                retry=Retry(NoBackoff(), 0),
                protocol=2,  # no messages that the server sends unasked
            )
        except (ValueError, TypeError) as error:
            raise OperatorError(f"REDIS_URL cannot be used: {error}; expected redis://host:6379/0") from error
        self._place = f"{urlsplit(url).hostname}:{urlsplit(url).port or 6379}"
        self._cache = _RedisBytes(self._client, key_prefix=_PREFIX)
        self._circuit = Circuit(pause_s)
        self._lock = threading.Lock()
        self._n_errors = 0
        self._refusals: set[str] = set()  # each reason is logged once

    @property
    def available(self) -> bool:
        """Whether the server answered last time."""
        return not self._circuit.is_open

    @property
    def n_errors(self) -> int:
        """How many exchanges have failed."""
        return self._n_errors

    def get(self, address: str) -> bytes | None:
        """Return what stands there, None if nothing or out of reach."""
        value: bytes | None = self._attempt(lambda: self._cache.get(address), None)
        return value

    def set(self, address: str, value: bytes, ttl_s: int) -> None:
        """Keep a value, or let it be if the server cannot."""
        self._attempt(lambda: self._cache.set(address, value, timeout=ttl_s), None)

    def try_lock(self, address: str) -> str | None:
        """Return a token, None while another process computes; without a server everybody computes."""
        token = secrets.token_hex(8)
        taken = self._attempt(
            lambda: bool(self._client.set(_LOCK_PREFIX + address, token, nx=True, px=_LOCK_MS)), True
        )
        return token if taken else None

    def unlock(self, address: str, token: str) -> None:
        """Give the lock back if it is still ours; otherwise it runs out."""
        self._attempt(lambda: self._client.eval(_RELEASE, 1, _LOCK_PREFIX + address, token), None)

    def n_entries(self) -> int | None:
        """Return how many keys the server's database holds."""
        return self._attempt(self._count, None)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _count(self) -> int | None:
        n_keys: Any = self._client.dbsize()
        return int(n_keys)

    def _attempt(self, exchange: Callable[[], T], otherwise: T) -> T:
        if not self._circuit.allows():
            return otherwise
        try:
            answer = exchange()
        except (RedisConnectionError, RedisTimeoutError, OSError) as error:
            self._note_error()
            if self._circuit.failed():
                _log.warning("Redis at %s is out of reach, pages take longer: %s", self._place, error)
            return otherwise
        except RedisError as error:
            # It answers, but not to this: full, read-only, or something else stands under the key.
            self._note_error()
            self._report_refusal(error)
            answer = otherwise
        if self._circuit.succeeded():
            _log.info("Redis at %s answers again", self._place)
        return answer

    def _note_error(self) -> None:
        with self._lock:
            self._n_errors += 1

    def _report_refusal(self, error: RedisError) -> None:
        reason = str(error).split(" ", maxsplit=1)[0]
        if reason not in self._refusals:
            self._refusals.add(reason)
            _log.warning("Redis at %s refuses what the cache asks: %s", self._place, error)
