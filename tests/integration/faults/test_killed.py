"""``kill -9`` of the process that ingests, at moments spread over the whole run."""

import os
import signal
import time
from collections import Counter
from contextlib import suppress

import numpy as np
import pytest

from app.clock import SystemClock
from services.jobs.runner import JobRunner
from tests.integration.faults.support import (
    Source,
    assert_complete,
    let_the_silence_pass,
    report,
    runs,
    same,
    stored,
)
from tests.integration.processes.support import ask, measured

pytestmark = pytest.mark.slow
N_KILLS = 20
SEED = 20261121
STATE_OF_THE_NEWEST = "SELECT state FROM job_runs ORDER BY id DESC LIMIT 1"


def test_twenty_kills_lose_and_double_nothing(commands, database_url, engine, tmp_path):
    """Every other kill meets a first ingestion, the others one that corrects a twentieth of the bars."""
    rng = np.random.default_rng(SEED)
    source = Source(tmp_path / "panel.parquet")
    settings = {"DATABASE_URL": database_url, "DATA_DIR": tmp_path / "var", **source.settings}
    commands.start("ingest", **settings)
    begun = time.monotonic()
    assert commands.wait() == 0
    whole_run = time.monotonic() - begun
    # One moment in each twentieth of the run, in any order; the last may come when all is done.
    moments = rng.permutation((np.arange(N_KILLS) + rng.random(N_KILLS)) / N_KILLS) * whole_run
    met = Counter()
    for number, moment in enumerate(moments):
        if number % 2 == 0:
            ask(database_url, "TRUNCATE datasets, instruments, bars, bar_versions CASCADE")
            before, source.replaced = source.bars.iloc[:0], source.bars.iloc[:0]
        else:
            before = source.bars.copy()
            source.correct(rng)
        pid = commands.start("ingest", "--json", **settings)
        time.sleep(moment)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        ended = commands.wait()
        assert ended in {-signal.SIGKILL, 0}, commands.printed()
        ((state,),) = ask(database_url, STATE_OF_THE_NEWEST)
        met[state] += 1
        # All or nothing, without any repair.
        left = stored(database_url)
        assert same(left, before) or same(left, source.bars)
        let_the_silence_pass(database_url)
        assert commands.run("ingest", "--json", **settings) == 0, commands.printed()
        assert_complete(database_url, source)
        assert report(commands)["rows_written"] in {0, source_change(source, before)}
        assert runs(database_url)[-1][1:3] == (1, "succeeded")
    measured("a whole run: %.2f s; killed while the newest run was %s", whole_run, dict(met))
    assert met["running"] >= N_KILLS // 4
    # A place in the queue that its owner left is given up by whoever looks after the queue next.
    JobRunner(engine, SystemClock(), "worker:test:1", {}).recover(owner_prefix=None)
    states = Counter(state for _, _, state, _ in runs(database_url))
    # Each run that was met alive is recorded as failed, nothing is left that waits for ever.
    assert states["failed"] == met["running"]
    assert states["cancelled"] == met["queued"]
    assert set(states) <= {"succeeded", "failed", "cancelled"}
    assert all(
        "nothing half-done" in message for _, _, state, message in runs(database_url) if state == "failed"
    )


def source_change(source, before):
    """How many rows a complete ingestion after ``before`` writes."""
    if before.empty:
        return len(source.bars)
    return int((source.bars["close"] != before["close"]).sum())
