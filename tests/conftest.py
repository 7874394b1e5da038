"""Fixtures for everyone: a real PostgreSQL, and a fresh, migrated database for each test that asks."""

import contextlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from models.domain.errors import DatabaseUnavailableError
from services.storage.embedded import EmbeddedPostgres
from services.storage.engine import open_engine
from services.storage.migrations import migrate
from tests.databases import TEMPLATE, new_database, url_of


class FixedClock:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 1, 5, 12, 0, tzinfo=UTC))


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's DATABASE_URL must never be what the tests write to."""
    for name in ("DATABASE_URL", "REDIS_URL", "DATA_PROVIDER", "APP_ENV", "DATA_DIR", "PORT", "HOST"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One PostgreSQL for the whole run, with a migrated template; parallel test processes share it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    server = EmbeddedPostgres(shared / "postgres-for-tests")
    url = server.acquire()
    try:
        with open_engine(url, pooled=False).connect() as connection:
            autocommit = connection.execution_options(isolation_level="AUTOCOMMIT")
            autocommit.execute(text("SELECT pg_advisory_lock(1)"))
            found = autocommit.execute(
                text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": TEMPLATE}
            ).one_or_none()
            if found is None:
                autocommit.execute(text(f"CREATE DATABASE {TEMPLATE}"))
                template = open_engine(url_of(url, TEMPLATE), pooled=False)
                migrate(template)
                template.dispose()
            autocommit.execute(text("SELECT pg_advisory_unlock(1)"))
        yield url
    finally:
        server.release()
        # The last of parallel test processes removes the cluster; for the others it is in use.
        with contextlib.suppress(DatabaseUnavailableError):
            server.destroy()


@pytest.fixture
def database_url(server_url: str) -> Iterator[str]:
    """A fresh, migrated database."""
    with new_database(server_url) as url:
        yield url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    opened = open_engine(database_url)
    yield opened
    opened.dispose()


@pytest.fixture(scope="session")
def repository_root() -> Path:
    return Path(__file__).resolve().parents[1]
