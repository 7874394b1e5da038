"""One computation a key, and never another's result."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from models.domain.errors import DatabaseUnavailableError, NotYetComputedError
from services.storage.cache import TTL_SECONDS, CacheKind, shape_of

NUMBER = shape_of(int)
TEXT = shape_of(str)


class Work:
    """Takes a moment and counts itself."""

    def __init__(self, seconds=0.3, error=None):
        self.seconds, self.error, self.n_times = seconds, error, 0
        self._lock = threading.Lock()

    def __call__(self):
        with self._lock:
            self.n_times += 1
            number = self.n_times
        time.sleep(self.seconds)
        if self.error:
            raise self.error
        return number


def ask(cache, work, scope="r1", name="x"):
    return cache.get_or_compute(CacheKind.SIGNALS, scope, name, NUMBER, work)


def ask_all(caches, work):
    """Ask with a thread for each cache, all at the same moment; return what became of each."""
    together = threading.Barrier(len(caches))

    def ask_together(cache):
        together.wait()
        return ask(cache, work)

    with ThreadPoolExecutor(len(caches)) as pool:
        asked = [pool.submit(ask_together, cache) for cache in caches]
    return [each.exception() or each.result() for each in asked]


def test_a_result_is_kept_for_its_scope_and_name_alone(make_cache):
    cache, work = make_cache(), Work(0)
    assert [ask(cache, work), ask(cache, work)] == [1, 1]
    assert ask(cache, work, scope="r2") == 2
    assert ask(cache, work, name="y") == 3
    assert cache.statistics().hit_ratio == pytest.approx(1 / 4)


def test_times_to_live_are_the_sources(make_cache, store):
    assert {kind.value: seconds for kind, seconds in TTL_SECONDS.items()} == {
        "indicators": 3600, "metadata": 24 * 3600, "signals": 15 * 60, "metrics": 3600, "quality": 3600,
        "models": 3600,
    }  # fmt: skip
    assert set(TTL_SECONDS) == set(CacheKind)
    for kind in CacheKind:
        make_cache().get_or_compute(kind, "r1", "x", NUMBER, lambda: 1)
    assert sorted(store.ttls.values()) == sorted(TTL_SECONDS.values())


def test_another_release_or_another_shape_shares_nothing(make_cache):
    work = Work(0)
    assert [ask(make_cache(version=version), work) for version in ("1", "2", "1")] == [1, 2, 1]
    text = make_cache().get_or_compute(CacheKind.SIGNALS, "r1", "x", TEXT, lambda: "text")
    assert text == "text"


def test_many_threads_compute_once(make_cache):
    cache, work = make_cache(), Work()
    assert ask_all([cache] * 16, work) == [1] * 16
    assert work.n_times == 1
    assert cache.statistics().requests == {("signals", "miss"): 1, ("signals", "shared"): 15}


def test_many_processes_compute_once(make_cache, store):
    work = Work()
    assert ask_all([make_cache() for _ in range(8)], work) == [1] * 8
    assert work.n_times == 1
    assert store.locks == {}


def test_who_waits_in_vain_computes_and_is_right(make_cache, store):
    cache, work = make_cache(wait_s=0.2), Work(0)
    ask(cache, work)
    [address] = store.values
    store.values.clear()
    store.locks[address] = "a process that was stopped"
    begun = time.monotonic()
    assert ask(cache, work) == 2
    assert 0.2 <= time.monotonic() - begun < 1.0
    assert store.locks[address] == "a process that was stopped"
    assert ask(cache, work) == 2


def test_threads_do_not_wait_for_ever_either(make_cache):
    cache, slow, quick = make_cache(wait_s=0.1), Work(0.6), Work(0)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(ask, cache, slow)
        time.sleep(0.05)
        begun = time.monotonic()
        assert ask(cache, quick) == 1
        assert time.monotonic() - begun < 0.4
        assert first.result() == 1


def test_whoever_takes_a_lock_that_was_given_back_finds_the_result(make_cache, store, monkeypatch):
    cache, work = make_cache(), Work(0)
    real, answers = store.get, iter([None])  # computed by another just after the first look

    ask(make_cache(), work)
    monkeypatch.setattr(store, "get", lambda address: next(answers, real(address)))
    assert ask(cache, work) == 1
    assert cache.statistics().requests == {("signals", "shared"): 1}


@pytest.mark.parametrize("error", [NotYetComputedError("scoring"), DatabaseUnavailableError("gone")])
def test_errors_reach_every_caller_and_are_not_kept(make_cache, store, error):
    cache, work = make_cache(), Work(error=error)
    assert ask_all([cache] * 8, work) == [error] * 8
    assert work.n_times == 1
    assert (store.values, store.locks) == ({}, {})
    work.error = None
    assert ask(cache, work) == 2


def test_an_unforeseen_error_is_each_callers_own(make_cache, store):
    cache, work = make_cache(), Work(error=ZeroDivisionError())
    assert ask_all([cache] * 3, work) == [work.error] * 3
    assert work.n_times == 3
    assert store.locks == {}


def test_a_result_without_a_form_is_given_and_not_kept(make_cache, store):
    cache = make_cache()
    assert cache.get_or_compute(CacheKind.METRICS, "r1", "x", TEXT, lambda: {1, 2}) == {1, 2}
    assert store.values == {}
    assert cache.statistics().n_rejected == 1


def test_nothing_asked_has_no_ratio(make_cache):
    assert make_cache().statistics().hit_ratio is None
