"""Folders with a server of their own, gone again after the tests."""

import shutil
import tempfile
from pathlib import Path

import pytest

from services.storage.embedded import EmbeddedPostgres
from tests.integration.storage.embedded.support import Holder, destroyed_afterwards


@pytest.fixture
def holders(data_dir):
    """Start processes that are gone again after the test."""
    started = []

    def start(folder, *arguments, **options):
        started.append(Holder(folder, *arguments, **options))
        return started[-1]

    yield start
    for holder in started:
        if holder.process.poll() is None:
            holder.kill()


@pytest.fixture(scope="package")
def data_dir(tmp_path_factory):
    """A folder that, as root, the server's account cannot reach: pytest closes it to others.

    One for many tests, because initdb takes longer than most of them; each makes tables of its own.
    """
    with destroyed_afterwards(tmp_path_factory.mktemp("shared") / "data") as folder:
        yield folder


@pytest.fixture
def fresh_dir(tmp_path):
    """A folder where nothing has been started yet."""
    with destroyed_afterwards(tmp_path / "data") as folder:
        yield folder


@pytest.fixture
def open_dir():
    """A folder that every user can reach, with a path that shells and encodings stumble on."""
    parent = Path(tempfile.mkdtemp())
    parent.chmod(0o755)
    with destroyed_afterwards(parent / "Kurse & Bücher $(touch harm) 'δ' \"x\"") as folder:
        yield folder
    shutil.rmtree(parent)


@pytest.fixture
def postgres(data_dir):
    embedded = EmbeddedPostgres(data_dir)
    yield embedded
    embedded.release()


@pytest.fixture
def fresh(fresh_dir):
    embedded = EmbeddedPostgres(fresh_dir)
    yield embedded
    embedded.release()
