"""One server for many processes, until the last leaves."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from models.domain.errors import DatabaseUnavailableError
from services.storage.embedded import EmbeddedPostgres
from tests.integration.storage.embedded.support import Holder, ask, home_of, is_gone, is_kept, keep_a_row

pytestmark = pytest.mark.slow


def test_several_processes_share_one_server_until_the_last_leaves(postgres, data_dir, holders):
    url = postgres.acquire()
    pid = postgres.pid
    first, second = holders(data_dir).wait(), holders(data_dir).wait()
    assert {first.url, second.url} == {url}
    assert {first.pid, second.pid} == {pid}
    postgres.release()
    first.release()
    assert ask(second.url, "select 1") == [(1,)]
    second.release()
    assert is_gone(pid)


def test_several_objects_of_one_process_share_one_server(postgres, data_dir):
    other = EmbeddedPostgres(data_dir)
    url = postgres.acquire()
    assert other.acquire() == url
    postgres.release()
    assert ask(url, "select 1") == [(1,)]
    pid = other.pid
    other.release()
    assert is_gone(pid)


def test_eight_processes_at_once_get_one_server(fresh_dir, holders):
    started = [holders(fresh_dir) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(Holder.wait, started))
    assert len({holder.pid for holder in started}) == 1
    assert len({holder.url for holder in started}) == 1
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(Holder.release, started))
    assert is_gone(started[0].pid)


def test_killed_holder_counts_no_more(postgres, data_dir, holders):
    postgres.acquire()
    pid = postgres.pid
    holders(data_dir).wait().kill()
    assert postgres.pid == pid
    postgres.release()
    assert is_gone(pid)


def test_forked_child_of_a_killed_holder_counts_no_more(postgres, data_dir, holders):
    postgres.acquire()
    pid = postgres.pid
    holder = holders(data_dir, "fork").wait()
    assert postgres.pid == pid, "the child's release must not stop the server"
    holder.process.kill()
    holder.process.wait()
    try:
        assert psutil.pid_exists(holder.child)
        postgres.release()
        assert is_gone(pid)
    finally:
        os.kill(holder.child, signal.SIGKILL)


def test_server_of_killed_holders_is_adopted(postgres, data_dir, holders):
    started = [holders(data_dir).wait(), holders(data_dir).wait()]
    kept = keep_a_row(started[0].url)
    for holder in started:
        holder.kill()
    url = postgres.acquire()
    assert (url, postgres.pid) == (started[0].url, started[0].pid)
    assert is_kept(url, kept)
    postgres.release()
    assert is_gone(started[0].pid)


def test_server_killed_with_its_holders_is_started_anew(postgres, data_dir, holders):
    holder = holders(data_dir).wait()
    kept = keep_a_row(holder.url)
    holder.kill()
    os.kill(holder.pid, signal.SIGKILL)
    url = postgres.acquire()
    assert postgres.pid != holder.pid
    assert is_kept(url, kept)


def test_destroy_spares_what_others_use_and_then_leaves_nothing(fresh, fresh_dir, holders):
    fresh.acquire()
    home = home_of(fresh_dir)
    holder = holders(fresh_dir).wait()
    with pytest.raises(DatabaseUnavailableError, match="in use"):
        fresh.destroy()
    assert ask(holder.url, "select 1") == [(1,)]
    holder.kill()
    fresh.destroy()
    assert is_gone(holder.pid)
    assert sorted(os.listdir(fresh_dir / "postgres")) == ["control.lock", "lease.lock"]
    assert home == fresh_dir / "postgres" or not home.exists()
    assert ask(fresh.acquire(), "select count(*) from pg_tables where schemaname = 'public'") == [(0,)]
