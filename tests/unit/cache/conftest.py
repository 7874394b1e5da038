"""A cache with a store that tests can look into."""

import pickle
import threading

import pytest

from services.storage.cache.result_cache import ResultCache
from services.storage.cache.sealing import Seal


class SharedStore:
    """What several caches, standing for processes, see together."""

    name = "fake"

    def __init__(self):
        self.values, self.locks, self.ttls = {}, {}, {}
        self.available, self.n_errors = True, 0
        self._guard = threading.Lock()

    def get(self, address):
        return self.values.get(address)

    def set(self, address, value, ttl_s):
        self.values[address], self.ttls[address] = value, ttl_s

    def try_lock(self, address):
        with self._guard:
            if address in self.locks:
                return None
            self.locks[address] = f"token-{threading.get_ident()}"
            return self.locks[address]

    def unlock(self, address, token):
        with self._guard:
            if self.locks.get(address) == token:
                del self.locks[address]

    def n_entries(self):
        return len(self.values)


@pytest.fixture
def store():
    return SharedStore()


@pytest.fixture
def make_cache(store):
    """Return caches over the same store, one for each process that a test plays."""

    def make(wait_s=2.0, secret="one secret", version="1"):
        return ResultCache(store, Seal(secret), version, wait_s)

    return make


@pytest.fixture
def no_pickle(monkeypatch):
    """Whoever pickles or unpickles fails the test."""
    calls = []

    def refuse(*arguments, **_options):
        calls.append(arguments)
        raise AssertionError("something was pickled")

    for name in ("dump", "dumps", "load", "loads", "Pickler", "Unpickler"):
        monkeypatch.setattr(pickle, name, refuse)
    yield
    assert calls == []
