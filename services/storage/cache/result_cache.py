"""Computes what is not at hand, once, and keeps it."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from models.domain.errors import GlassboxError
from services.storage.cache.kinds import TTL_SECONDS, CacheKind
from services.storage.cache.sealing import Seal
from services.storage.cache.shapes import Shape
from services.storage.cache.stores import MAX_VALUE_BYTES, Store

_log = logging.getLogger(__name__)
T = TypeVar("T")
_FORMAT = 1  # of addresses and values; another number starts with an empty cache
_WAIT_S = 5.0
_POLL_S = 0.025
HIT, SHARED, MISS = "hit", "shared", "miss"


@dataclass(frozen=True)
class CacheStatistics:
    """What the cache has done in this process.

    ``requests``: by kind and outcome: found (``hit``), had from another's computation (``shared``) or
    computed (``miss``). ``n_rejected``: values that were not ours or could not be read, and results that
    have no stored form.
    """

    store: str
    available: bool
    requests: dict[tuple[str, str], int]
    n_errors: int
    n_rejected: int
    n_entries: int | None

    @property
    def hit_ratio(self) -> float | None:
        """Share of the requests that needed no computation of their own, None before the first."""
        total = sum(self.requests.values())
        computed = sum(count for (_, outcome), count in self.requests.items() if outcome == MISS)
        return None if total == 0 else 1.0 - computed / total


class _Flight:
    """A computation under way in this process."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.payload: bytes | None = None
        self.error: GlassboxError | None = None


class ResultCache:
    """Results by kind, scope and name; one computation a key, over threads and, with Redis, over processes.

    Keys name the data that a result was computed from, so a result is never wrong, only no longer asked for.
    Errors of the computation reach every caller and are not kept.

    Parameters
    ----------
    store : Store
        Where results stand.
    seal : Seal
        Signs them.
    version : str
        The program's, part of every key: another release may compute something else from the same data.
    wait_s : float
        How long a caller waits for another's computation before doing it too.
    """

    def __init__(self, store: Store, seal: Seal, version: str, wait_s: float = _WAIT_S) -> None:
        self._store = store
        self._seal = seal
        self._version = version
        self._wait_s = wait_s
        self._lock = threading.Lock()
        self._flights: dict[str, _Flight] = {}
        self._requests: Counter[tuple[str, str]] = Counter()
        self._n_rejected = 0

    def get_or_compute(
        self, kind: CacheKind, scope: str, name: str, shape: Shape[T], compute: Callable[[], T]
    ) -> T:
        """Return the result kept under these names, or compute and keep it.

        Parameters
        ----------
        kind : CacheKind
            Decides how long it is kept.
        scope : str
            The data it comes from: dataset and revision.
        name : str
            The question, with its parameters.
        shape : Shape
            The stored form of the result.
        compute : callable
            Gives the result; may raise.
        """
        address = f"{_FORMAT}:{self._version}:{shape.fingerprint}:{kind}:{scope}:{name}"
        found = self._find(address, shape)
        if found is not None:
            return self._count(kind, HIT, found)
        with self._lock:
            flight = self._flights.get(address)
            leads = flight is None
            if flight is None:
                flight = self._flights[address] = _Flight()
        if leads:
            return self._lead(kind, address, shape, compute, flight)
        return self._follow(kind, address, shape, compute, flight)

    def statistics(self) -> CacheStatistics:
        """Return what has been counted; asks the store how many entries it has."""
        n_entries = self._store.n_entries()
        with self._lock:
            requests = dict(self._requests)
        return CacheStatistics(
            self._store.name,
            self._store.available,
            requests,
            self._store.n_errors,
            self._n_rejected,
            n_entries,
        )

    def _lead(
        self, kind: CacheKind, address: str, shape: Shape[T], compute: Callable[[], T], flight: _Flight
    ) -> T:
        token: str | None = None
        try:
            turn = self._await_turn(address, shape)
            token, found = turn
            if found is not None:
                return self._count(kind, SHARED, found)
            result = self._count(kind, MISS, compute())
            flight.payload = self._keep(kind, address, shape, result)
            return result
        except GlassboxError as error:
            flight.error = error
            raise
        finally:
            with self._lock:
                del self._flights[address]
            flight.done.set()
            if token:
                self._store.unlock(address, token)

    def _await_turn(self, address: str, shape: Shape[T]) -> tuple[str | None, T | None]:
        """Take the lock, or wait for what its holder computes; neither once the time is over."""
        deadline = time.monotonic() + self._wait_s
        while True:
            token = self._store.try_lock(address)
            # Whoever held the lock before may have finished since we looked.
            found = self._find(address, shape)
            if token is not None or found is not None or time.monotonic() > deadline:
                return token, found
            time.sleep(_POLL_S)

    def _follow(
        self, kind: CacheKind, address: str, shape: Shape[T], compute: Callable[[], T], flight: _Flight
    ) -> T:
        if flight.done.wait(self._wait_s):
            if flight.error is not None:
                raise flight.error
            payload = flight.payload
            found = self._find(address, shape) if payload is None else shape.loads(payload)
            if found is not None:
                return self._count(kind, SHARED, found)
        result = self._count(kind, MISS, compute())
        self._keep(kind, address, shape, result)
        return result

    def _find(self, address: str, shape: Shape[T]) -> T | None:
        stored = self._store.get(address)
        if stored is None:
            return None
        payload = self._seal.open(address, stored)
        if payload is not None:
            try:
                return shape.loads(payload)
            except (ValueError, TypeError, RecursionError) as error:
                _log.warning("a kept result cannot be read and is computed anew: %s", error)
        self._reject()
        return None

    def _keep(self, kind: CacheKind, address: str, shape: Shape[T], result: T) -> bytes | None:
        try:
            payload = shape.dumps(result)
        except (ValueError, TypeError, AttributeError) as error:
            self._reject()
            _log.warning("a result of kind %s cannot be kept: %s", kind, error)
            return None
        if len(payload) <= MAX_VALUE_BYTES:
            self._store.set(address, self._seal.close(address, payload), TTL_SECONDS[kind])
        return payload

    def _reject(self) -> None:
        with self._lock:
            self._n_rejected += 1

    def _count(self, kind: CacheKind, outcome: str, result: T) -> T:
        with self._lock:
            self._requests[kind.value, outcome] += 1
        return result
