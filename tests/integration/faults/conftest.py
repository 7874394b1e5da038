"""One process that forks commands, for all tests of faults, and a database that they must not harm."""

from collections.abc import Iterator

import pytest

from tests.databases import new_database
from tests.integration.faults.forking import Commands


@pytest.fixture(scope="package")
def commands(tmp_path_factory) -> Iterator[Commands]:
    forked = Commands(tmp_path_factory.mktemp("commands"))
    yield forked
    forked.close()


@pytest.fixture(scope="package")
def filled_url(server_url, commands, tmp_path_factory) -> Iterator[str]:
    """A database that holds the sample's prices; a test leaves in it what it found."""
    with new_database(server_url) as url:
        data_dir = tmp_path_factory.mktemp("filling")
        status = commands.run("ingest", DATABASE_URL=url, DATA_DIR=data_dir, DATA_PROVIDER="sample")
        assert status == 0, commands.printed()
        yield url
