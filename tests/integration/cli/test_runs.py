"""``jobs list`` and ``jobs cancel``."""

import json
from datetime import UTC, datetime

from models.domain.jobs import JobName
from services.storage.engine import open_engine
from services.storage.unit_of_work import SqlUnitOfWork
from tests.conftest import FixedClock
from tests.integration.processes.support import ask


def test_the_newest_runs_come_first(filled_url, call):
    runs = json.loads(call("jobs", "list", "--json", DATABASE_URL=filled_url).stdout)["runs"]
    assert [(run["job"], run["state"]) for run in runs] == [
        ("score_indicators", "succeeded"),
        ("ingest_bars", "succeeded"),
    ]


def test_a_queued_run_is_cancelled_and_it_is_written_down_who_did(database_url, call):
    clock = FixedClock(datetime(2026, 1, 5, tzinfo=UTC))
    with SqlUnitOfWork(open_engine(database_url, pooled=False)) as work:
        run_id = work.jobs.enqueue(JobName.INGEST_BARS, clock.now())
        work.commit()
    assert call("jobs", "cancel", str(run_id), DATABASE_URL=database_url).returncode == 0
    assert ask(database_url, "SELECT state FROM job_runs") == [("cancelled",)]
    assert ask(database_url, "SELECT actor, subject FROM audit_log") == [("cli", str(run_id))]


def test_a_run_that_is_not_there(database_url, call):
    ended = call("jobs", "cancel", "7", DATABASE_URL=database_url)
    assert ended.returncode == 2
    assert "Run 7" in ended.stderr
    assert ask(database_url, "SELECT count(*) FROM audit_log") == [(0,)]
