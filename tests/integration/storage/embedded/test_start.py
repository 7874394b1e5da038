"""Starts: the first, the next, from whatever path."""

import os
import signal
import socket
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from models.domain.errors import DatabaseUnavailableError
from services.storage.embedded import EmbeddedPostgres
from tests.integration.storage.embedded.support import ask, home_of, is_gone, is_kept, keep_a_row

pytestmark = pytest.mark.slow


def test_first_start_gives_a_database_with_the_settings_that_keep_rows(fresh):
    url = fresh.acquire()
    parts = sa.make_url(url)
    assert (parts.drivername, parts.host) == ("postgresql+psycopg2", "127.0.0.1")
    assert (parts.username, parts.database) == ("glassbox", "glassbox")
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        assert connection.scalar(sa.text("select rolsuper from pg_roles where rolname = current_user"))
        shown = {
            name: connection.scalar(sa.text(f"show {name}"))
            for name in (
                "fsync",
                "synchronous_commit",
                "wal_level",
                "max_connections",
                "shared_buffers",
                "server_encoding",
                "password_encryption",
            )
        }
        collation = connection.scalar(
            sa.text("select datcollate from pg_database where datname = 'glassbox'")
        )
    engine.dispose()
    assert shown == {
        "fsync": "on",
        "synchronous_commit": "on",
        "wal_level": "minimal",
        "max_connections": "60",
        "shared_buffers": "128MB",
        "server_encoding": "UTF8",
        "password_encryption": "scram-sha-256",
    }
    assert collation == "C"


def test_next_start_finds_the_rows_and_the_port_again(postgres):
    first = postgres.acquire()
    kept = keep_a_row(first)
    pid = postgres.pid
    postgres.release()
    assert is_gone(pid)
    assert postgres.pid is None
    postgres.release()

    second = postgres.acquire()
    assert second == first
    assert is_kept(second, kept)


def test_url_as_context_manager_and_repeated_acquire(data_dir):
    postgres = EmbeddedPostgres(data_dir)
    with postgres as url:
        pid = postgres.pid
        assert postgres.acquire() == url
        assert postgres.pid == pid
    assert is_gone(pid)


def test_next_start_takes_another_port_when_its_own_is_taken(postgres):
    port = sa.make_url(postgres.acquire()).port
    postgres.release()
    with socket.create_server(("127.0.0.1", port)):
        other = sa.make_url(postgres.acquire()).port
        assert other != port
    assert ask(postgres.acquire(), "select 1") == [(1,)]


def test_path_with_spaces_quotes_and_other_alphabets(open_dir):
    postgres = EmbeddedPostgres(open_dir)
    with postgres as url:
        assert home_of(open_dir) == open_dir / "postgres"
        pid = postgres.pid
        kept = keep_a_row(url)
        os.kill(pid, signal.SIGKILL)
        while not postgres.ensure_running():
            time.sleep(0.01)
        assert is_kept(url, kept)
        pid = postgres.pid
    assert is_gone(pid)


def test_relative_data_dir_and_link_lead_to_the_same_server(postgres, data_dir, tmp_path, monkeypatch):
    url = postgres.acquire()
    (tmp_path / "link").symlink_to(data_dir)
    monkeypatch.chdir(data_dir.parent)
    for same in (Path(data_dir.name), tmp_path / "link"):
        with EmbeddedPostgres(same) as other_url:
            assert other_url == url


def test_failed_start_shows_the_servers_words_and_leaves_no_lease(postgres, data_dir):
    postgres.acquire()
    postgres.release()
    settings = home_of(data_dir) / "cluster" / "postgresql.conf"
    sound = settings.read_text()
    settings.write_text(sound + "\nno_such_setting = 1\n")
    with pytest.raises(DatabaseUnavailableError, match=r"(?s)server\.log.*no_such_setting"):
        postgres.acquire()
    settings.write_text(sound)
    other = EmbeddedPostgres(data_dir)
    other.acquire()
    pid = other.pid
    other.release()
    assert is_gone(pid)


def test_log_is_kept_small(postgres, data_dir):
    postgres.acquire()
    log = home_of(data_dir) / "server.log"
    with log.open("a") as file:
        file.write("filler\n" * 900_000)
    assert postgres.ensure_running() is False
    assert log.stat().st_size < 10_000
    assert log.with_name("server.log.1").stat().st_size > 5_000_000
