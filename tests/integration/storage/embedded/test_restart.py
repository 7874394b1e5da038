"""A server that died comes back on its port, with every row."""

import os
import secrets
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress

import psycopg2
import pytest
import sqlalchemy as sa

from models.domain.errors import DatabaseUnavailableError
from services.storage.embedded import EmbeddedPostgres, server
from tests.integration.storage.embedded.support import ask, connect, is_gone

pytestmark = pytest.mark.slow


def test_ensure_running_is_cheap_and_does_nothing_for_a_live_server(postgres):
    assert postgres.ensure_running() is False, "no lease, nothing to run"
    postgres.acquire()
    pid = postgres.pid
    begun = time.perf_counter()
    assert not any(postgres.ensure_running() for _ in range(50))
    assert (time.perf_counter() - begun) / 50 < 0.02
    assert postgres.pid == pid
    postgres.release()
    assert postgres.ensure_running() is False
    assert postgres.pid is None


def test_postmaster_killed_in_mid_write_comes_back_with_every_acknowledged_row(postgres, data_dir):
    url = postgres.acquire()
    written = f"written_{secrets.token_hex(4)}"
    ask(url, f"create table {written} (number int primary key)")
    acknowledged = []

    def write():
        with closing(connect(url)) as connection, suppress(psycopg2.Error):
            connection.autocommit = True
            cursor = connection.cursor()
            for number in range(1_000_000):
                cursor.execute(f"insert into {written} values (%s)", (number,))
                acknowledged.append(number)

    other = EmbeddedPostgres(data_dir)
    assert other.acquire() == url
    writer = threading.Thread(target=write)
    writer.start()
    idle_client = connect(url)
    while len(acknowledged) < 300:
        time.sleep(0.01)
    killed = postgres.pid
    os.kill(killed, signal.SIGKILL)
    assert is_gone(killed)

    with ThreadPoolExecutor(2) as pool:
        assert any(pool.map(EmbeddedPostgres.ensure_running, (postgres, other)))
    writer.join(timeout=10)
    assert not writer.is_alive()
    idle_client.close()
    assert postgres.pid == other.pid != killed
    assert postgres.acquire() == url
    stored = {number for (number,) in ask(url, f"select number from {written}")}
    assert len(acknowledged) >= 300
    assert stored >= set(acknowledged)
    other.release()
    assert ask(url, "select 1") == [(1,)]


def test_backend_that_is_busy_when_its_postmaster_dies_does_not_block_the_restart(postgres):
    url = postgres.acquire()

    def work():
        with suppress(psycopg2.Error):
            ask(url, "do $$ begin for i in 1..2000000000 loop end loop; end $$")

    client = threading.Thread(target=work)
    client.start()
    busy = "select count(*) from pg_stat_activity where state = 'active' and query like 'do %'"
    while ask(url, busy) != [(1,)]:
        time.sleep(0.01)
    os.kill(postgres.pid, signal.SIGKILL)
    while not postgres.ensure_running():
        time.sleep(0.01)
    assert ask(url, "select 1") == [(1,)]
    client.join(timeout=10)
    assert not client.is_alive()


def test_restart_says_so_when_something_else_took_the_port(postgres, monkeypatch):
    monkeypatch.setattr(server, "_REFUSED_SECONDS", 0.5)
    url = postgres.acquire()
    port = sa.make_url(url).port
    killed = postgres.pid
    os.kill(killed, signal.SIGKILL)
    assert is_gone(killed)
    with socket.socket() as thief:
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        thief.bind(("127.0.0.1", port))
        thief.listen()
        with pytest.raises(DatabaseUnavailableError, match=f"(?s)127.0.0.1:{port}.*Address already in use"):
            postgres.ensure_running()
    assert postgres.ensure_running() is True
    assert ask(url, "select 1") == [(1,)]
