"""Everything on servers of one's own: the same commands, and no embedded database beside them."""

import json
from contextlib import contextmanager

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from services.queries.signal_feed import SignalFeedQueries
from services.storage.engine import open_engine
from tests.integration.processes.support import (
    app_command,
    ask,
    environment,
    fetch,
    free_port,
    run_app,
    running,
    wait_until,
)

pytestmark = pytest.mark.slow
TOKEN = "a token for the metrics of tests"


def assert_nothing_embedded(data_dir):
    assert not (data_dir / "postgres").exists()


def result_of(command, **settings):
    done = run_app(command, "--json", timeout=180, **settings)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def data_dir(tmp_path):
    return tmp_path / "data"


@contextmanager
def serving(data_dir, settings, **more):
    """Run the web process alone; give it and its address."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    own = environment(**settings, **more, PORT=port, METRICS_TOKEN=TOKEN, ADMIN_PASSWORD="x" * 16)
    with (
        (data_dir.parent / "web.log").open("wb") as log,
        running(app_command("web"), env=own, stdout=log, stderr=log) as web,
    ):
        wait_until(lambda: fetch(f"{address}/health")[0] == 200, 60, "the web process answers")
        yield web, address


def metrics(address):
    status, body = fetch(f"{address}/metrics", Authorization=f"Bearer {TOKEN}")
    assert status == 200
    families = text_string_to_metric_families(body)
    return {(each.name, *each.labels.values()): each.value for family in families for each in family.samples}


def signals(address):
    status, body = fetch(f"{address}/api/v1/signals", timeout=15.0)
    return json.loads(body)["signals"] if status == 200 else None


@pytest.fixture
def filled(postgres, data_dir):
    """The sample, ingested and scored by the commands."""
    settings = {"DATABASE_URL": postgres.url, "DATA_DIR": data_dir, "DATA_PROVIDER": "sample"}
    result_of("migrate", **settings)
    result_of("ingest", **settings)
    result_of("score", **settings)
    return settings


def test_migrate_ingest_score_and_read(postgres, filled, data_dir, clock):
    [(version,)] = ask(postgres.url, "SELECT current_setting('server_version_num')::int / 10000")
    assert version >= 15
    again = result_of("migrate", **filled)
    assert again["before"] == again["schema"]
    engine = open_engine(postgres.url)
    feed = SignalFeedQueries(engine, clock).feed()
    assert [row.symbol for row in feed.rows] == ["AAPL", "FB", "GOOG", "IBM", "MSFT"]
    assert len([row for row in feed.rows if row.label is not None]) == 4
    assert SignalFeedQueries(engine, clock).ticker("IBM").session.size == 250
    engine.dispose()
    assert_nothing_embedded(data_dir)


def test_a_plain_postgres_address_will_do_and_a_wrong_one_is_told(postgres, data_dir):
    short = postgres.url.replace("postgresql://", "postgres://")
    assert result_of("migrate", DATABASE_URL=short, DATA_DIR=data_dir)["schema"]
    wrong = postgres.url.replace("glassbox:", "glassbox:not-")
    refused = run_app("migrate", DATABASE_URL=wrong, DATA_DIR=data_dir)
    assert refused.returncode == 1
    assert "DATABASE_URL" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert_nothing_embedded(data_dir)


def test_the_web_process_starts_no_database_and_outlives_a_restart_of_it(postgres, filled, data_dir):
    with serving(data_dir, filled) as (web, address):
        assert len(signals(address)) == 5
        names = [each.name() for each in psutil.Process(web.pid).children(recursive=True)]
        assert not [name for name in names if "postgres" in name]
        postgres.kill()
        wait_until(lambda: fetch(f"{address}/health")[0] == 503, 10, "health tells of it")
        assert signals(address) is None
        postgres.start()
        wait_until(lambda: fetch(f"{address}/health")[0] == 200, 10, "health tells of its return")
        wait_until(lambda: signals(address), 10, "signals are back")
    assert_nothing_embedded(data_dir)


@pytest.mark.redis
def test_the_web_process_outlives_redis(redis_server, filled, data_dir):
    with serving(data_dir, filled, REDIS_URL=redis_server.url) as (_, address):
        first = signals(address)
        assert signals(address) == first
        found = metrics(address)
        assert found["glassbox_cache_up", "redis"] == 1.0
        assert found["glassbox_cache_requests_total", "signals", "hit"] >= 1.0
        assert found["glassbox_cache_entries",] >= 2.0  # the feed and its JSON
        assert found["glassbox_cache_hit_ratio",] > 0.0
        redis_server.kill()
        assert signals(address) == first
        assert metrics(address)["glassbox_cache_up", "redis"] == 0.0
        assert fetch(f"{address}/health")[0] == 200
        redis_server.start()
        wait_until(
            lambda: signals(address) == first and metrics(address)["glassbox_cache_up", "redis"] == 1.0,
            10,
            "the cache is back",
        )
