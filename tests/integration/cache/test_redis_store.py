"""A real Redis: shared, mistrusted, killed, hung, full and back again."""

import logging
import pickle
import subprocess
import sys
import time

import pytest

from models.domain.errors import OperatorError
from services.storage.cache import TTL_SECONDS, CacheKind, open_cache, shape_of
from services.storage.cache.redis_store import RedisStore
from services.storage.cache.result_cache import ResultCache
from services.storage.cache.sealing import Seal
from tests.integration.cache.redis_server import PASSWORD

pytestmark = pytest.mark.redis
TEXT = shape_of(str)
SECRET = "a secret that is long enough for tests"


def ask(cache, value, name="x"):
    return cache.get_or_compute(CacheKind.SIGNALS, "r1", name, TEXT, lambda: value)


def timed(cache, value, name):
    begun = time.monotonic()
    assert ask(cache, value, name) == value
    return time.monotonic() - begun


class Hostile:
    """Unpickled, it makes a file."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return open, (self.path, "w")


def test_processes_with_the_same_secret_share(redis_server, client, no_pickle):
    one, other = (open_cache(redis_server.url, SECRET) for _ in range(2))
    stranger = open_cache(redis_server.url, "another secret")
    assert ask(one, "first") == "first"
    assert ask(other, "never") == "first"
    [key] = client.keys("*")
    assert 0 < client.ttl(key) <= TTL_SECONDS[CacheKind.SIGNALS]
    assert key.startswith(b"glassbox:")
    assert ask(stranger, "its own") == "its own"
    assert one.statistics().n_entries == 1


@pytest.mark.parametrize("prefix", [b"", b"!"])
def test_a_planted_pickle_does_not_run(redis_server, client, tmp_path, prefix):
    cache = open_cache(redis_server.url, SECRET)
    ask(cache, "value")
    [key] = client.keys("*")
    client.set(key, prefix + pickle.dumps(Hostile(tmp_path / "ran")))
    assert ask(cache, "anew") == "anew"
    assert not (tmp_path / "ran").exists()
    assert cache.statistics().n_rejected >= 1
    assert ask(cache, "never") == "anew"


def test_another_type_under_the_key_is_a_miss(redis_server, client):
    cache = open_cache(redis_server.url, SECRET)
    ask(cache, "value")
    [key] = client.keys("*")
    client.delete(key)
    client.rpush(key, "a list")
    assert ask(cache, "anew") == "anew"
    assert cache.statistics().available
    assert ask(cache, "never") == "anew"


def test_killed_and_restarted(redis_server, caplog):
    caplog.set_level(logging.INFO, "services.storage.cache")
    cache = ResultCache(RedisStore(redis_server.url, pause_s=0.5), Seal(SECRET), "1")
    assert [ask(cache, "a"), ask(cache, "never")] == ["a", "a"]
    redis_server.kill()
    assert max(timed(cache, str(number), f"gone {number}") for number in range(50)) < 0.5
    found = cache.statistics()
    assert not found.available
    assert found.n_entries is None
    assert 1 <= found.n_errors <= 3
    redis_server.start()
    time.sleep(0.6)
    assert [ask(cache, "b", "back"), ask(cache, "never", "back")] == ["b", "b"]
    assert cache.statistics().available
    lost, back = (record.getMessage() for record in caplog.records)
    assert "out of reach" in lost
    assert "answers again" in back
    assert PASSWORD not in caplog.text


def test_a_server_that_hangs_costs_one_short_wait(redis_server):
    cache = open_cache(redis_server.url, SECRET)
    ask(cache, "a")
    redis_server.hang()
    try:
        first = timed(cache, "first", "hung 1")
        later = max(timed(cache, str(number), f"hung {number}") for number in range(2, 30))
    finally:
        redis_server.go_on()
    assert first < 1.0
    assert later < 0.1


def test_a_server_that_never_was(free_port_url):
    cache = open_cache(free_port_url, SECRET)
    assert [ask(cache, "a"), ask(cache, "b")] == ["a", "b"]
    assert not cache.statistics().available


@pytest.fixture
def free_port_url(redis_server):
    redis_server.kill()
    return redis_server.url


def test_a_full_server_refuses_and_is_said_once(redis_server, client, caplog):
    cache = open_cache(redis_server.url, SECRET)
    client.config_set("maxmemory-policy", "noeviction")
    client.config_set("maxmemory", "1mb")
    caplog.set_level(logging.INFO, "services.storage.cache")
    for number in range(3):
        assert ask(cache, "x" * 2_000_000, str(number)) == "x" * 2_000_000
    assert cache.statistics().available
    assert len([record for record in caplog.records if "refuses" in record.getMessage()]) == 1


def test_a_wrong_password_means_no_cache(redis_server):
    cache = open_cache(redis_server.url.replace("password", "passport"), SECRET)
    assert [ask(cache, "a"), ask(cache, "b")] == ["a", "b"]


def test_a_url_that_redis_cannot_read_names_the_setting():
    with pytest.raises(OperatorError, match="REDIS_URL"):
        open_cache("redis://host:6379/0?socket_timeout=soon")


COMPUTE = """
import sys, time
from services.storage.cache import CacheKind, open_cache, shape_of
cache = open_cache(sys.stdin.readline().strip(), sys.argv[1])
def compute():
    print("computed", flush=True)
    time.sleep(0.5)
    return "value"
print("ready", flush=True)
sys.stdin.readline()
assert cache.get_or_compute(CacheKind.SIGNALS, "r1", "x", shape_of(str), compute) == "value"
"""


@pytest.mark.slow
def test_processes_compute_once(redis_server, client, repository_root):
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", COMPUTE, SECRET],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=repository_root,
        )
        for _ in range(5)
    ]  # fmt: skip
    for process in processes:
        process.stdin.write(redis_server.url + "\n")
        process.stdin.flush()
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    outputs = [process.communicate(timeout=30)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * 5
    assert "".join(outputs).count("computed") == 1
    assert len(client.keys("*")) == 1  # and no lock is left


def test_a_lock_whose_holder_died_runs_out(redis_server, client):
    store = RedisStore(redis_server.url)
    token = store.try_lock("x")
    assert token
    assert store.try_lock("x") is None
    assert 0 < client.pttl("glassbox-lock:x") <= 10_000
    store.unlock("x", "another's token")
    assert store.try_lock("x") is None
    store.unlock("x", token)
    assert store.try_lock("x")
