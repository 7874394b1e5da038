"""The database restarted while bars stream into it: a message, a record, and the next attempt completes."""

import numpy as np
import pytest

from services.storage.engine import open_engine
from services.storage.migrations import migrate
from tests.databases import new_database
from tests.integration.faults.relay import HoldingRelay
from tests.integration.faults.servers import restartable
from tests.integration.faults.support import (
    Source,
    assert_complete,
    data_revision,
    let_the_silence_pass,
    runs,
)
from tests.integration.processes.support import app_command, ask, environment, running
from tests.patience import wait_until

pytestmark = pytest.mark.slow
COPYING = "SELECT bytes_processed FROM pg_stat_progress_copy WHERE command = 'COPY FROM'"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with restartable(tmp_path_factory.mktemp("restarted")) as started:
        yield started


@pytest.fixture
def url(server):
    with new_database(server.url, None) as address:
        migrate(open_engine(address, pooled=False))
        yield address


@pytest.fixture
def source(tmp_path):
    return Source(tmp_path / "panel.parquet")


@pytest.fixture
def relay(url):
    """The way to the server, which halts once two megabytes of bars have gone there."""
    opened = HoldingRelay(url)
    yield opened
    opened.close()


def restart_in_mid_copy(server, relay, url, mode):
    relay.wait_until_held()
    ((n_bytes,),) = ask(url, COPYING)
    assert n_bytes > 0
    server.restart(mode)
    relay.let_go()


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_command(server, url, relay, source, commands, tmp_path, mode):
    settings = {"DATABASE_URL": url, "DATA_DIR": tmp_path / "var", **source.settings}
    assert commands.run("ingest", **settings) == 0
    revision = data_revision(url)
    assert_complete(url, source)
    source.correct(np.random.default_rng(1))
    commands.start("ingest", **{**settings, "DATABASE_URL": relay.url})
    restart_in_mid_copy(server, relay, url, mode)
    assert commands.wait() == 1
    error = commands.error()
    assert "ended the connection in the middle" in error
    assert "Nothing half-done was kept; try again" in error
    assert data_revision(url) == revision
    let_the_silence_pass(url)
    assert commands.run("ingest", **settings) == 0
    assert_complete(url, source)
    assert [(attempt, state) for _, attempt, state, _ in runs(url)] == [
        (1, "succeeded"),
        (1, "failed"),
        (1, "succeeded"),
    ]


def test_a_worker_tries_again_by_itself(server, url, relay, source, tmp_path):
    settings = environment(DATABASE_URL=relay.url, DATA_DIR=tmp_path / "var", **source.settings)
    with (
        (tmp_path / "output").open("w") as output,
        running(app_command("worker"), env=settings, stdout=output, stderr=output) as worker,
    ):
        restart_in_mid_copy(server, relay, url, "immediate")
        wait_until(
            lambda: ("ingest_bars", 2, "succeeded") in [run[:3] for run in runs(url)], 30, "a second attempt"
        )
        assert worker.poll() is None
    assert runs(url)[0][:3] == ("ingest_bars", 1, "failed")
    assert_complete(url, source)
    assert "Traceback" not in (tmp_path / "output").read_text()
