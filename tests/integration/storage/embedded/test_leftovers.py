"""What an end in the middle leaves: pid files, half a cluster, a lock of another container."""

import os
import shutil
import subprocess
import time
from contextlib import contextmanager, suppress

import psutil
import pytest

from models.domain.errors import DatabaseUnavailableError
from services.storage.embedded import EmbeddedPostgres, server
from services.storage.embedded.account import server_account
from services.storage.embedded.lease import FileLock
from tests.integration.storage.embedded.support import (
    IS_ROOT,
    ask,
    destroyed_afterwards,
    home_of,
    is_kept,
    keep_a_row,
)
from tests.patience import patience

pytestmark = pytest.mark.slow


def test_server_that_lives_in_another_container_is_not_started_a_second_time(postgres, data_dir, monkeypatch):
    monkeypatch.setattr(server, "_REFUSED_SECONDS", 0.2)
    postgres.acquire()
    postgres.release()
    elsewhere = FileLock(home_of(data_dir) / "alive.lock")
    assert elsewhere.try_exclusive()
    with pytest.raises(DatabaseUnavailableError, match="other container"):
        postgres.acquire()
    elsewhere.close()
    assert ask(postgres.acquire(), "select 1") == [(1,)]


@contextmanager
def process_of(kind, tmp_path):
    if kind == "dead":
        finished = subprocess.Popen(["true"])
        finished.wait()
        yield finished.pid
    elif kind == "another user's":
        yield os.getpid() if IS_ROOT else 1
    elif kind == "the same user's":
        account = server_account()
        options = {"user": account.uid, "group": account.gid} if account.is_other else {}
        with subprocess.Popen(["sleep", "60"], cwd="/", **options) as sleeper:
            yield sleeper.pid
            assert sleeper.poll() is None, "an innocent process was ended"
            sleeper.kill()
    else:
        with destroyed_afterwards(tmp_path / "other") as folder:
            other = EmbeddedPostgres(folder)
            with other as url:
                yield other.pid
                assert ask(url, "select 1") == [(1,)]


@pytest.mark.parametrize("kind", ["dead", "another user's", "the same user's", "another cluster's"])
def test_stale_pid_file_does_not_block_the_start(kind, postgres, data_dir, tmp_path):
    kept = keep_a_row(postgres.acquire())
    pid_file = home_of(data_dir) / "cluster" / "postmaster.pid"
    told = pid_file.read_text().splitlines()
    postgres.release()
    with process_of(kind, tmp_path) as pid:
        pid_file.write_text("\n".join([str(pid), *told[1:]]) + "\n")
        shutil.chown(pid_file, server_account().uid, server_account().gid)
        assert postgres.pid is None
        url = postgres.acquire()
        assert postgres.pid != pid
        assert is_kept(url, kept)
        postgres.release()


@pytest.mark.parametrize("orphan_goes_on", [False, True])
def test_interrupted_initdb_is_begun_anew(orphan_goes_on, fresh, fresh_dir, holders):
    holder = holders(fresh_dir)
    deadline = time.monotonic() + patience(20)
    while time.monotonic() < deadline:
        home = home_of(fresh_dir)
        if home and list(home.glob("cluster.new-*/PG_VERSION")):
            break
        time.sleep(0.002)
    orphans = [] if orphan_goes_on else psutil.Process(holder.process.pid).children(recursive=True)
    holder.process.kill()
    for orphan in orphans:
        with suppress(psutil.NoSuchProcess):
            orphan.kill()
    assert list(home_of(fresh_dir).glob("cluster.new-*"))
    assert not (home_of(fresh_dir) / "cluster").exists()

    assert ask(fresh.acquire(), "select 1") == [(1,)]
    fresh.release()
    time.sleep(0.5 if orphan_goes_on else 0.0)
    fresh.acquire()
    assert not list(home_of(fresh_dir).glob("*.new-*"))
