"""The servers that operators bring."""

from collections.abc import Iterator

import pytest

from tests.integration.cache.conftest import redis_server as redis_server  # noqa: PLC0414 - a fixture
from tests.integration.servers.postgres_server import MISSING, PostgresServer, find_programs


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    programs = find_programs()
    if programs is None:
        pytest.skip(MISSING)
    server = PostgresServer(programs)
    yield server
    server.destroy()
