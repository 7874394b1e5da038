"""The feed from the cache: the same as without, until something is written, and an error when it must be."""

import json
from contextlib import contextmanager
from dataclasses import fields

import numpy as np
import pytest
from sqlalchemy import event, text

from models.domain.errors import DatabaseUnavailableError, NotYetComputedError, UnknownSymbolError
from services.queries.cached_feed import CachedFeedQueries, DataCache
from services.queries.revision import RevisionWatcher
from services.queries.signal_feed import SignalFeedQueries
from services.storage.cache import open_cache
from services.storage.engine import open_engine
from services.storage.revisions import bump_revision

STORES = [pytest.param("memory"), pytest.param("redis", marks=pytest.mark.redis)]


@pytest.fixture(params=STORES)
def cache(request):
    if request.param == "memory":
        return open_cache()
    return open_cache(request.getfixturevalue("redis_server").url, "one secret")


@pytest.fixture
def make_feed(clock, eventually):
    watchers = []

    def make(engine, cache):
        watchers.append(RevisionWatcher(engine))
        eventually(lambda: watchers[-1].current.database)
        return CachedFeedQueries(
            SignalFeedQueries(engine, clock), DataCache(engine, watchers[-1], cache)
        ), watchers[-1]

    yield make
    for watcher in watchers:
        watcher.stop()


@contextmanager
def counted(engine):
    statements = []

    def note(_connection, _cursor, statement, *_rest):
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


def rename(engine, name, subject="data"):
    with engine.begin() as connection:
        connection.execute(text("UPDATE instruments SET name = :name WHERE symbol = 'IBM'"), {"name": name})
        bump_revision(connection, subject)


def name_of_ibm(feed):
    return next(row.name for row in feed.feed().rows if row.symbol == "IBM")


def assert_same_panel(one, other):
    for each in fields(one):
        left, right = getattr(one, each.name), getattr(other, each.name)
        if isinstance(left, np.ndarray):
            assert left.dtype == right.dtype
            np.testing.assert_array_equal(left, right)
        else:
            assert left == right


def test_what_is_kept_is_what_was_computed_and_costs_no_query(scored, clock, cache, make_feed, no_pickle):
    feed, _ = make_feed(scored, cache)
    plain = SignalFeedQueries(scored, clock)
    feed.feed(), feed.ticker("IBM"), feed.ticker("FB", 60)
    with counted(scored) as statements:
        kept = feed.feed(), feed.ticker("IBM"), feed.ticker("FB", 60)
    assert statements == []
    assert kept[0] == plain.feed()
    assert_same_panel(kept[1], plain.ticker("IBM"))
    assert_same_panel(kept[2], plain.ticker("FB", 60))
    assert cache.statistics().requests[("indicators", "hit")] == 2
    assert cache.statistics().requests[("signals", "hit")] == 1


def test_every_write_of_data_is_seen(scored, cache, make_feed, eventually):
    feed, _ = make_feed(scored, cache)
    before = name_of_ibm(feed)
    for number in range(3):
        rename(scored, f"name {number}")
        eventually(lambda wanted=f"name {number}": name_of_ibm(feed) == wanted)
    assert before != "name 2"


def test_what_changes_no_data_leaves_the_results(scored, cache, make_feed, eventually):
    feed, watcher = make_feed(scored, cache)
    feed.feed()
    number = watcher.current.number
    rename(scored, "unheard of", subject="jobs")
    eventually(lambda: watcher.current.number > number)
    with counted(scored) as statements:
        assert name_of_ibm(feed) != "unheard of"
        assert name_of_ibm(feed) != "unheard of"
    assert len(statements) == 1  # the revision of the data, once


def test_another_database_that_counted_as_far_is_another(scored, engine, cache, make_feed):
    feed, watcher = make_feed(scored, cache)
    feed.feed()
    with engine.begin() as connection:
        for _ in range(watcher.current.subjects["data"]):
            bump_revision(connection, "data")
    empty, other = make_feed(engine, cache)
    assert other.current.subjects["data"] == watcher.current.subjects["data"]
    with pytest.raises(NotYetComputedError):
        empty.feed()


def test_errors_pass(scored, cache, make_feed):
    feed, _ = make_feed(scored, cache)
    for _ in range(2):
        with pytest.raises(UnknownSymbolError, match="NONE"):
            feed.ticker("NONE")
    assert feed.activity().sentence


def test_a_lost_database_is_told_though_the_results_are_kept(
    scored, cache, make_feed, eventually, server_url
):
    feed, watcher = make_feed(scored, cache)
    feed.feed(), feed.ticker("IBM")
    name = scored.url.database
    with closed(server_url, name):
        eventually(lambda: not watcher.current.database, seconds=5.0)
        with pytest.raises(DatabaseUnavailableError):
            feed.feed()
        with pytest.raises(DatabaseUnavailableError):
            feed.ticker("IBM")
    eventually(lambda: watcher.current.database, seconds=5.0)
    with counted(scored) as statements:
        feed.feed(), feed.ticker("IBM")
    assert statements == []


@contextmanager
def closed(server_url, name):
    """Let nobody connect to a database for the block."""
    admin = open_engine(server_url, pooled=False).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"),
            {"name": name},
        )
        try:
            yield
        finally:
            connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))


@pytest.mark.redis
def test_the_stored_text_is_json(scored, make_feed, redis_server, client):
    feed, _ = make_feed(scored, open_cache(redis_server.url, "one secret"))
    feed.feed()
    [key] = client.keys("*")
    assert json.loads(client.get(key)[20:])
