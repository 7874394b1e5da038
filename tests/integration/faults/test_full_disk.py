"""Disks that are full: of the database, of the folder of the application's own files."""

import secrets
import tempfile
from pathlib import Path

import pytest
from sqlalchemy import text

from app.bootstrap import _refuse_full_disk
from app.supervisor import _record_processes
from models.domain.errors import DatabaseFullError, DatabaseUnavailableError
from models.domain.settings import Settings
from services.storage.embedded import EmbeddedPostgres
from services.storage.embedded.account import server_account
from services.storage.engine import open_engine
from tests.databases import new_database
from tests.integration.faults.disks import disk, fill
from tests.integration.faults.support import (
    Source,
    assert_complete,
    data_revision,
    let_the_silence_pass,
    runs,
    same,
    stored,
)
from tests.integration.processes.support import contents

pytestmark = pytest.mark.slow

MEGABYTE = 1 << 20


@pytest.fixture
def reachable():
    """A folder that the account of the server can enter; pytest's are closed."""
    with tempfile.TemporaryDirectory(prefix="glassbox-test-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def full_tablespace(server_url, reachable):
    """A disk of 64 MB, and the address of a database that lies on it."""
    name = f"small_{secrets.token_hex(4)}"
    admin = open_engine(server_url, pooled=False).execution_options(isolation_level="AUTOCOMMIT")
    with disk(reachable / "disk", "size=64m,mode=700") as small:
        server_account().give(small)
        with admin.connect() as connection:
            connection.execute(text(f"CREATE TABLESPACE {name} LOCATION '{small}'"))
        with new_database(server_url) as url:
            database = url.rpartition("/")[2]
            with admin.connect() as connection:
                connection.execute(text(f"ALTER DATABASE {database} SET TABLESPACE {name}"))
            yield small, url
        with admin.connect() as connection:
            connection.execute(text(f"DROP TABLESPACE {name}"))


def test_the_database_s_disk(full_tablespace, commands, tmp_path):
    small, url = full_tablespace
    path = tmp_path / "panel.parquet"
    few = Source(path, n_symbols=5)
    settings = {"DATABASE_URL": url, "DATA_DIR": tmp_path / "var", **few.settings}
    assert commands.run("ingest", **settings) == 0, commands.printed()
    revision = data_revision(url)
    filler = fill(small, left_bytes=2 * MEGABYTE)
    many = Source(path)
    assert commands.run("ingest", **settings) == 1
    error = commands.error()
    assert "disk of PostgreSQL" in error
    assert "is full" in error
    assert "free space on that disk and try again" in error
    assert same(stored(url), few.bars)
    assert data_revision(url) == revision
    assert [run[1:3] for run in runs(url)] == [(1, "succeeded"), (1, "failed")]
    assert "is full" in runs(url)[-1][3]
    assert commands.run("export", "bars", "--symbol", "S001", **settings) == 0, "reading goes on"
    filler.unlink()
    assert commands.run("ingest", **settings) == 0, commands.printed()
    assert_complete(url, many)
    assert runs(url)[-1][1:3] == (1, "succeeded")


def test_one_disk_for_everything(reachable, commands):
    """The embedded server's own log finds no place either: it may end altogether, and comes back."""
    with disk(reachable / "disk", "size=160m,mode=755") as data_dir:
        postgres = EmbeddedPostgres(data_dir)
        url = postgres.acquire()
        try:
            path = reachable / "panel.parquet"
            few = Source(path, n_symbols=5)
            settings = {"DATABASE_URL": "", "DATA_DIR": data_dir, **few.settings}
            assert commands.run("ingest", **settings) == 0, commands.printed()
            filler = fill(data_dir, left_bytes=4 * MEGABYTE)
            many = Source(path)
            assert commands.run("ingest", **settings) == 1
            error = commands.error()
            assert "is full" in error
            assert "ree space" in error
            filler.unlink()
            postgres.ensure_running()
            assert same(stored(url), few.bars)
            let_the_silence_pass(url)
            assert commands.run("ingest", **settings) == 0, commands.printed()
            assert_complete(url, many)
        finally:
            postgres.destroy()


@pytest.mark.parametrize(("left_megabytes", "is_why"), [(1, True), (31, True), (33, False)])
def test_a_server_that_gives_up_without_a_word_is_explained(left_megabytes, is_why):
    """PostgreSQL needs 16 MB for the next file of its log, and ends where it finds no place."""

    class Gone:
        free_bytes = left_megabytes * MEGABYTE

    error = DatabaseUnavailableError("it does not start")
    if not is_why:
        _refuse_full_disk(Gone(), error)
        return
    with pytest.raises(DatabaseFullError, match=rf"full \({left_megabytes} MB left\).*Free space.*not start"):
        _refuse_full_disk(Gone(), error)


def test_the_folder_of_our_own_files(commands, filled_url, reachable):
    with disk(reachable / "disk", "size=256k,mode=755") as data_dir:
        filler = fill(data_dir)
        before = contents(filled_url)
        assert commands.run("ingest", DATABASE_URL=filled_url, DATA_DIR=data_dir) == 1
        error = commands.error()
        for named in (f"DATA_DIR={data_dir}", "disk is full", "Free space there", "another folder"):
            assert named in error
        assert contents(filled_url) == before
        filler.unlink()
        assert commands.run("export", "bars", DATABASE_URL=filled_url, DATA_DIR=data_dir) == 0


def test_a_log_that_fills_its_disk_costs_the_log_alone(commands, database_url, tmp_path):
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "cli.log").symlink_to("/dev/full")
    assert commands.run("ingest", DATABASE_URL=database_url, DATA_DIR=tmp_path, DATA_PROVIDER="sample") == 0
    printed = commands.printed()
    assert "Traceback" not in printed
    assert printed.count("cannot be written (No space left on device): free space on its disk") == 1
    assert "attempt 1 begins" in printed
    assert runs(database_url)[0][:3] == ("ingest_bars", 1, "succeeded")


def test_the_list_of_processes_is_no_reason_to_end(tmp_path):
    class NoDatabase:
        embedded = None

    (tmp_path / "processes.tmp").symlink_to("/dev/full")
    _record_processes(Settings(data_dir=tmp_path), NoDatabase(), [])
    assert not (tmp_path / "processes.json").exists()
