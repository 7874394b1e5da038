"""Runs whose process is gone: given up, tried again, never done twice."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from models.domain.errors import DatabaseUnavailableError, FencedError
from models.domain.jobs import JobProgress, JobResult, JobState
from models.domain.market import Dataset, Instrument, PriceBasis
from services.jobs import heartbeat, runner
from services.jobs.runner import MAX_ATTEMPTS
from tests.integration.jobs.conftest import INGEST, SCORE
from tests.integration.processes.support import ask
from tests.patience import wait_until

QUEUED, RUNNING, SUCCEEDED = JobState.QUEUED, JobState.RUNNING, JobState.SUCCEEDED
FAILED, SKIPPED, CANCELLED = JobState.FAILED, JobState.SKIPPED, JobState.CANCELLED
MINUTE = timedelta(minutes=1)
END_OTHERS = (
    "SELECT count(pg_terminate_backend(pid, 1000)) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def test_three_attempts_then_what_waits_is_skipped(queue, make_runner, clock):
    queue.add(parameters={"full": True})
    for _ in range(MAX_ATTEMPTS):
        assert queue.claim("worker:gone:1") is not None
        clock.time += MINUTE
        (lost,) = make_runner().recover(owner_prefix=None)
        assert lost.job is INGEST
    assert queue.states() == [
        *((INGEST, attempt, FAILED) for attempt in range(1, MAX_ATTEMPTS + 1)),
        (SCORE, 1, SKIPPED),
    ]
    runs = queue.all()
    assert len({run.scheduled_for for run in runs}) == 1
    assert all(run.parameters == {"full": True} for run in runs[:MAX_ATTEMPTS])
    assert all(run.finished_at is not None for run in runs)
    assert "3 times" in runs[-1].message
    assert not make_runner().run_next()


def test_who_beats_is_left_alone(queue, make_runner, clock):
    queue.add()
    run, token = queue.claim("worker:slow:1")
    clock.time += MINUTE
    with queue.work() as work:
        work.jobs.beat(run.id, token, clock.now(), JobProgress())
        work.commit()
    assert make_runner().recover(owner_prefix=None) == []
    assert queue.states() == [(INGEST, 1, RUNNING)]


def test_a_new_leader_takes_every_worker_s_run_and_no_other(queue, make_runner):
    queue.add()
    queue.claim("worker:gone:1")
    queue.add(SCORE)
    queue.claim("cli:here:1")
    make_runner().recover(owner_prefix=runner.WORKER_PREFIX)
    assert queue.states() == [(INGEST, 1, FAILED), (SCORE, 1, RUNNING), (INGEST, 2, QUEUED)]


def test_a_run_that_was_to_stop_is_not_tried_again(queue, make_runner, clock):
    run_id = queue.add()
    queue.claim("worker:gone:1")
    queue.cancel(run_id)
    clock.time += MINUTE
    make_runner().recover(owner_prefix=None)
    assert queue.states() == [(INGEST, 1, CANCELLED), (SCORE, 1, SKIPPED)]


def test_a_place_kept_by_a_process_that_is_gone_is_given_up(queue, make_runner, clock):
    reserved = queue.add()
    with queue.work() as work:
        work.jobs.reserve(reserved, "cli:gone:1", clock.now())
        work.commit()
    make_runner().recover(owner_prefix=None)
    assert queue.states() == [(INGEST, 1, QUEUED)]
    clock.time += MINUTE
    make_runner().recover(owner_prefix=None)
    assert queue.states() == [(INGEST, 1, CANCELLED)]


def store(work, clock):
    """Write something that a reader would notice."""
    dataset_id = work.datasets.save(Dataset("fake", "f", "Fake", PriceBasis.RAW), clock.now())
    work.datasets.save_instruments(dataset_id, [Instrument("AAA", "A")])
    work.touch("data")


def stored(url):
    return ask(url, "SELECT (SELECT count(*) FROM datasets), (SELECT count(*) FROM instruments)")[0]


@pytest.mark.parametrize("moment", ["before its transaction", "within it"])
def test_a_run_taken_over_commits_nothing_and_does_not_finish(
    queue, make_runner, clock, database_url, moment
):
    begun, go_on = threading.Event(), threading.Event()

    def slow(open_work, progress, parameters):
        if moment == "before its transaction":
            begun.set()
            go_on.wait(10)
        with open_work() as work:
            store(work, clock)
            begun.set()
            go_on.wait(10)
            work.commit()
        return JobResult(1, "too late")

    queue.add()
    with ThreadPoolExecutor(1) as pool:
        outcome = pool.submit(make_runner(slow).run_next)
        assert begun.wait(5)
        make_runner(owner="worker:next:2").recover(owner_prefix=runner.WORKER_PREFIX)
        go_on.set()
        with pytest.raises((FencedError, DatabaseUnavailableError)):
            outcome.result(10)
    assert stored(database_url) == (0, 0)
    assert queue.states() == [(INGEST, 1, FAILED), (INGEST, 2, QUEUED)]

    def quick(open_work, progress, parameters):
        with open_work() as work:
            store(work, clock)
            work.commit()
        return JobResult(1, "in time")

    assert make_runner(quick, owner="worker:next:2").run_next()
    assert stored(database_url) == (1, 1)
    assert queue.states() == [(INGEST, 1, FAILED), (INGEST, 2, SUCCEEDED), (SCORE, 1, QUEUED)]


def test_a_run_taken_over_hears_of_it_where_it_next_reports(queue, make_runner, monkeypatch):
    monkeypatch.setattr(heartbeat, "_SECONDS", 0.05)
    begun = threading.Event()

    def slow(open_work, progress, parameters):
        begun.set()
        wait_until(lambda: progress(1, 2, "half"), 5, "word of the takeover")

    queue.add()
    with ThreadPoolExecutor(1) as pool:
        outcome = pool.submit(make_runner(slow).run_next)
        assert begun.wait(5)
        make_runner(owner="worker:next:2").recover(owner_prefix=runner.WORKER_PREFIX)
        with pytest.raises(FencedError):
            outcome.result(10)


@pytest.mark.parametrize("moment", ["idle", "writing", "copying"])
def test_a_database_that_goes_away_in_mid_run_costs_an_attempt(
    queue, make_runner, clock, database_url, moment
):
    def ingest(open_work, progress, parameters):
        with open_work() as work:
            store(work, clock)
            if not attempts:
                attempts.append(1)
                ask(database_url, END_OTHERS)
                if moment == "writing":
                    work.datasets.active()
                if moment == "copying":
                    work.bars.panel(1)
            work.commit()
        return JobResult(1, "stored")

    attempts = []
    queue.add()
    one = make_runner(ingest)
    with pytest.raises(DatabaseUnavailableError):
        one.run_next()
    assert stored(database_url) == (0, 0)
    assert queue.states() == [(INGEST, 1, RUNNING)]
    assert [run.attempt for run in one.recover(owner_prefix="worker:test:1")] == [1]
    assert one.run_next()
    assert stored(database_url) == (1, 1)
    assert queue.states() == [(INGEST, 1, FAILED), (INGEST, 2, SUCCEEDED), (SCORE, 1, QUEUED)]


def test_a_database_that_goes_away_under_the_heartbeat_alone_costs_nothing(
    queue, make_runner, clock, database_url, monkeypatch
):
    monkeypatch.setattr(heartbeat, "_SECONDS", 0.05)

    def ingest(open_work, progress, parameters):
        for _ in range(5):
            ask(database_url, END_OTHERS)
            threading.Event().wait(0.1)
            progress(1, 2, "half")
        with open_work() as work:
            store(work, clock)
            work.commit()
        return JobResult(1, "stored")

    queue.add()
    assert make_runner(ingest).run_next()
    assert queue.states() == [(INGEST, 1, SUCCEEDED), (SCORE, 1, QUEUED)]


def test_eight_recover_one_lost_run_once(queue, make_runner, clock):
    queue.add()
    queue.claim("worker:gone:1")
    clock.time += MINUTE
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: make_runner().recover(owner_prefix=None), range(8)))
    assert sum(map(len, found)) == 1
    assert queue.states() == [(INGEST, 1, FAILED), (INGEST, 2, QUEUED)]
