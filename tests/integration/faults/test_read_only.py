"""A DATA_DIR that cannot be written to: one line with the cure, and nothing happens."""

import os
import tempfile
from pathlib import Path

import pytest

from tests.integration.faults.disks import disk
from tests.integration.processes.support import contents, free_port

pytestmark = pytest.mark.slow

NOBODY = 65534
COMMANDS = [("ingest",), ("migrate",), ("export", "bars"), ("users", "list"), ("worker",)]


@pytest.fixture
def reachable():
    """A folder that others can enter; pytest's are closed."""
    with tempfile.TemporaryDirectory(prefix="glassbox-test-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_folder_without_permission(commands, filled_url, reachable, command):
    folder = reachable / "var"
    folder.mkdir(mode=0o555)
    before = contents(filled_url)
    # Root may write anywhere: then an ordinary user tries.
    user_id = NOBODY if os.geteuid() == 0 else None
    assert commands.run(*command, user_id=user_id, DATABASE_URL=filled_url, DATA_DIR=folder) == 1
    error = commands.error()
    assert f"DATA_DIR={folder} cannot be written to (Permission denied" in error
    assert "make it writable for this user or set DATA_DIR to another folder" in error
    assert commands.printed().count("\n") == 1
    assert contents(filled_url) == before
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("command", "database"),
    [("ingest", "external"), ("ingest", "embedded"), ("serve", "embedded"), ("web", "external")],
)
def test_a_read_only_disk(commands, filled_url, reachable, command, database):
    before = contents(filled_url)
    url = filled_url if database == "external" else ""
    with disk(reachable / "disk", "ro,size=1m") as folder:
        assert commands.run(command, DATABASE_URL=url, DATA_DIR=folder, PORT=free_port()) == 1
    error = commands.error()
    assert f"DATA_DIR={folder} cannot be written to (Read-only file system" in error
    assert "another folder" in error
    assert contents(filled_url) == before
