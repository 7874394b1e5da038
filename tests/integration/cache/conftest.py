"""A Redis server of a test's own, and a database with the sample's signals."""

import pickle
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import redis
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from models.domain.jobs import JobName
from models.domain.settings import Settings
from services.jobs.handlers import build_handlers
from services.storage.engine import open_engine
from services.storage.unit_of_work import SqlUnitOfWork
from tests.conftest import FixedClock
from tests.databases import new_database
from tests.integration.cache.redis_server import MISSING, PROGRAM, RedisServer


@pytest.fixture
def redis_server(tmp_path) -> Iterator[RedisServer]:
    if PROGRAM is None:
        pytest.skip(MISSING)
    server = RedisServer(tmp_path)
    yield server
    server.kill()


@pytest.fixture
def client(redis_server) -> Iterator[redis.Redis]:
    """Looks into the server past the cache."""
    opened = redis.Redis.from_url(redis_server.url)
    yield opened
    opened.close()


@pytest.fixture
def no_pickle(monkeypatch) -> Iterator[None]:
    """Whoever pickles or unpickles fails the test, even where the error is swallowed."""
    calls = []

    def refuse(*arguments, **_options):
        calls.append(arguments)
        raise AssertionError("something was pickled")

    for name in ("dump", "dumps", "load", "loads", "Pickler", "Unpickler"):
        monkeypatch.setattr(pickle, name, refuse)
    yield
    assert calls == []


def fill(engine: Engine) -> None:
    """Ingest and score the sample."""
    clock = FixedClock(datetime(2026, 1, 5, 12, 0, tzinfo=UTC))
    handlers = build_handlers(Settings(data_provider="sample"), clock)
    for job in (JobName.INGEST_BARS, JobName.SCORE_INDICATORS):
        handlers[job](lambda: SqlUnitOfWork(engine), lambda *_: None, {})


@pytest.fixture(scope="module")
def scored_template(server_url) -> Iterator[str]:
    """The name of a database with the sample's signals, to copy."""
    with new_database(server_url) as url:
        engine = open_engine(url, pooled=False)
        fill(engine)
        engine.dispose()
        yield str(make_url(url).database)


@pytest.fixture
def scored(server_url, scored_template) -> Iterator[Engine]:
    """A fresh copy of it."""
    with new_database(server_url, scored_template) as url:
        engine = open_engine(url)
        yield engine
        engine.dispose()
