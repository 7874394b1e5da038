"""Memory has bounds; a server that is gone is not asked again and again."""

import time

from services.storage.cache.circuit import Circuit
from services.storage.cache.stores import MemoryStore


def test_the_oldest_make_room_by_number():
    store = MemoryStore(max_entries=3)
    for number in range(5):
        store.set(str(number), b"x", 100)
    assert [store.get(str(number)) for number in range(5)] == [None, None, b"x", b"x", b"x"]
    assert store.n_entries() == 3


def test_the_oldest_make_room_by_bytes():
    store = MemoryStore(max_entries=1000, max_bytes=10_000)
    for number in range(200):
        store.set(str(number), b"x" * 999, 86_400 if number % 2 else 900)
        assert store.n_bytes() <= 10_000
        assert store.get(str(number)) is not None
    assert store.n_entries() == 10


def test_what_is_stored_again_is_new():
    store = MemoryStore(max_entries=2)
    for key in ("a", "b", "a", "c"):
        store.set(key, b"x", 100)
    assert [store.get(key) for key in ("a", "b", "c")] == [b"x", None, b"x"]


def test_a_value_that_fills_all_leaves_nothing_broken():
    store = MemoryStore(max_bytes=10)
    store.set("a", b"x" * 11, 100)
    assert (store.get("a"), store.n_entries()) == (None, 0)


def test_values_end_with_their_time():
    store = MemoryStore()
    store.set("a", b"x", 1)
    assert store.get("a") == b"x"
    time.sleep(1.1)
    assert store.get("a") is None


def test_the_circuit_lets_one_caller_try_after_each_pause():
    now = [0.0]
    circuit = Circuit(pause_s=2.0, monotonic=lambda: now[0])
    assert circuit.allows()
    assert circuit.failed() is True
    assert not circuit.allows()
    now[0] = 2.1
    assert [circuit.allows(), circuit.allows()] == [True, False]
    assert circuit.failed() is False
    now[0] = 4.2
    assert circuit.allows()
    assert circuit.succeeded() is True
    assert circuit.succeeded() is False
    assert circuit.allows()
    assert not circuit.is_open
